import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  IsBoolean,
  IsISO31661Alpha2,
  IsLatitude,
  IsLongitude,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  registerDecorator,
  type ValidationArguments,
} from 'class-validator';
import type { Address } from '../addresses/address';
import { postalCodeFault, regionCode, regionFault } from '../addresses/country-rules';

type Fault = (country: string, value: string | null | undefined) => string | undefined;

/** A rule that depends on the country of the same address. Unlike others it speaks of an absent field too. */
function ByCountry(fault: Fault) {
  const found = (value: unknown, { object }: ValidationArguments): string | undefined => {
    const { country } = object as { country?: unknown };
    // A country or a value that is none at all is said by its own rule.
    if (typeof country !== 'string' || (value !== undefined && value !== null && typeof value !== 'string'))
      return undefined;
    return fault(country, value);
  };
  return (target: object, propertyName: string) =>
    registerDecorator({
      name: `${propertyName}OfCountry`,
      target: target.constructor,
      propertyName,
      validator: {
        validate: (value, args) => found(value, args!) === undefined,
        defaultMessage: (args) => found(args!.value, args!)!,
      },
    });
}

const Trimmed = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim().normalize('NFC') : value));
const Coded = () => Transform(({ value }: { value: unknown }) => upper(value));
/** Text where there is any. IsOptional would silence the country's rule, which speaks of absence. */
function TextIfGiven(max: number) {
  return (target: object, propertyName: string) =>
    registerDecorator({
      name: 'textIfGiven',
      target: target.constructor,
      propertyName,
      validator: {
        validate: (value) =>
          value === undefined ||
          value === null ||
          (typeof value === 'string' && value.length > 0 && value.length <= max),
        defaultMessage: () => `${propertyName} must be text of 1 to ${max} characters`,
      },
    });
}

const upper = (value: unknown): unknown => (typeof value === 'string' ? value.trim().toUpperCase() : value);

/** An address as its country writes it. */
export class AddressRequest {
  /**
   * Who receives
   * @example "Ana Pérez"
   */
  @Trimmed()
  @IsString()
  @Length(1, 100)
  name: string;

  /**
   * Street and number
   * @example "350 5th Ave"
   */
  @Trimmed()
  @IsString()
  @Length(1, 200)
  line1: string;

  /** Flat, floor, company */
  @ApiProperty({ type: 'string', nullable: true, required: false, maxLength: 200, example: 'Apt 12B' })
  @Trimmed()
  @IsOptional()
  @IsString()
  @MaxLength(200)
  line2?: string | null;

  /**
   * City or town
   * @example "New York"
   */
  @Trimmed()
  @IsString()
  @Length(1, 100)
  city: string;

  /** State, province or department: code or name; required where the country's post needs it (US, CA, AU, BR, MX …) */
  @ApiProperty({ type: 'string', nullable: true, required: false, maxLength: 100, example: 'NY' })
  @Transform(({ value, obj }: { value: unknown; obj: { country?: unknown } }) =>
    typeof value === 'string' ? regionCode(upper(obj.country), value.trim().normalize('NFC')) : value,
  )
  @TextIfGiven(100)
  @ByCountry(regionFault)
  region?: string | null;

  /** Of the country's form; required where the country's post needs it (US, CA, GB, DE …) */
  @ApiProperty({ type: 'string', nullable: true, required: false, maxLength: 16, example: '10118' })
  @Coded()
  @TextIfGiven(16)
  @ByCountry(postalCodeFault)
  postalCode?: string | null;

  /**
   * ISO 3166-1 alpha-2
   * @example "US"
   */
  @ApiProperty({ pattern: '^[A-Z]{2}$', example: 'US' })
  @Coded()
  @IsISO31661Alpha2()
  country: string;

  /** For the courier */
  @ApiProperty({ type: 'string', nullable: true, required: false, maxLength: 32, example: '+1 212 555 0123' })
  @Trimmed()
  @IsOptional()
  @IsString()
  @Matches(/^\+?[0-9][0-9 ().-]{3,30}$/, { message: 'phone must be a telephone number' })
  phone?: string | null;

  /** Where exactly, degrees north */
  @ApiProperty({
    type: 'number',
    format: 'double',
    nullable: true,
    required: false,
    minimum: -90,
    maximum: 90,
    example: 40.7484,
  })
  @IsOptional()
  @IsNumber()
  @IsLatitude()
  lat?: number | null;

  /** Where exactly, degrees east */
  @ApiProperty({
    type: 'number',
    format: 'double',
    nullable: true,
    required: false,
    minimum: -180,
    maximum: 180,
    example: -73.9857,
  })
  @IsOptional()
  @IsNumber()
  @IsLongitude()
  lng?: number | null;

  /** The address with every absent member null, as Muse keeps it. */
  static toAddress(given: AddressRequest): Address {
    const { name, line1, line2, city, region, postalCode, country, phone, lat, lng } = given;
    return {
      name,
      line1,
      line2: line2 || null,
      city,
      region: region ?? null,
      postalCode: postalCode ?? null,
      country,
      phone: phone ?? null,
      lat: lat ?? null,
      lng: lng ?? null,
    };
  }
}

/** An address for the address book. */
export class SaveAddressRequest extends AddressRequest {
  /**
   * Whether it becomes the default; the first address always does
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  isDefault?: boolean;
}
