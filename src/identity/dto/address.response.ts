import { ApiProperty } from '@nestjs/swagger';
import type { Address } from '../addresses/address';
import type { SavedAddress } from '../addresses/address-book';

/** An address in the clear, for its owner. */
export class AddressResponse implements Address {
  /**
   * Who receives
   * @example "Ana Pérez"
   */
  name: string;

  /**
   * Street and number
   * @example "350 5th Ave"
   */
  line1: string;

  /** Flat, floor, company */
  @ApiProperty({ type: 'string', nullable: true, example: 'Apt 12B' })
  line2: string | null;

  /**
   * City or town
   * @example "New York"
   */
  city: string;

  /** State, province or department; its ISO 3166-2 code where Muse knows the country's */
  @ApiProperty({ type: 'string', nullable: true, example: 'NY' })
  region: string | null;

  /** Of the country's form */
  @ApiProperty({ type: 'string', nullable: true, example: '10118' })
  postalCode: string | null;

  /**
   * ISO 3166-1 alpha-2
   * @example "US"
   */
  country: string;

  /** For the courier */
  @ApiProperty({ type: 'string', nullable: true, example: '+1 212 555 0123' })
  phone: string | null;

  /** Where exactly, degrees north */
  @ApiProperty({ type: 'number', format: 'double', nullable: true, example: 40.7484 })
  lat: number | null;

  /** Where exactly, degrees east */
  @ApiProperty({ type: 'number', format: 'double', nullable: true, example: -73.9857 })
  lng: number | null;

  static of(address: Address): AddressResponse {
    const { name, line1, line2, city, region, postalCode, country, phone, lat, lng } = address;
    return Object.assign(new AddressResponse(), {
      name,
      line1,
      line2,
      city,
      region,
      postalCode,
      country,
      phone,
      lat,
      lng,
    });
  }
}

/** An address of the address book. */
export class SavedAddressResponse extends AddressResponse {
  /**
   * Its id
   * @example "019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f"
   */
  @ApiProperty({ format: 'uuid' })
  id: string;

  /** Whether it is the one that checkouts begin with */
  @ApiProperty({ example: true })
  isDefault: boolean;

  /** When it was added */
  createdAt: Date;

  /** When it was last changed */
  updatedAt: Date;

  static ofSaved(saved: SavedAddress): SavedAddressResponse {
    const { id, isDefault, createdAt, updatedAt } = saved;
    return Object.assign(new SavedAddressResponse(), {
      id,
      ...AddressResponse.of(saved.address),
      isDefault,
      createdAt,
      updatedAt,
    });
  }
}

export class AddressListResponse {
  /** A page of the address book, in the order of adding */
  data: SavedAddressResponse[];

  /** Give it as cursor for the next page; null on the last */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  nextCursor: string | null;
}
