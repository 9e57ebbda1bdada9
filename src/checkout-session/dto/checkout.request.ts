import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsEmail,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  IsUrl,
  IsIn,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { AddressRequest } from '../../identity';
import { LowerCase, NullIsAbsent } from '../../platform/http';
import { MoneyResponse } from '../../platform/money';
import { IsSealed } from './sealed.decorator';
import { DestinationRequest } from './destination.request';

/** What a client has sealed for one store: one JWE (general JSON) with everything, or one for each field. */
export type SealedPartsRequest = Record<string, unknown>;

const MAX_TOTAL = Number.MAX_SAFE_INTEGER;

/** Which lines to check out. */
export class CreateSessionRequest {
  /**
   * Lines of the cart; left out: all that no other session is placing
   * @example ["019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f"]
   */
  @NullIsAbsent()
  @LowerCase()
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  itemIds?: string[];

  /**
   * Who buys is told to the stores alone, sealed to their keys. Always so for users with `privacy: paranoid`; cannot be
   * taken back in this checkout
   * @example true
   */
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  sealed?: boolean;
}

export class ChangeSessionItemRequest {
  /**
   * The new quantity; 0 takes the line out of this checkout (it stays in the cart)
   * @example 1
   */
  @IsInt()
  @Min(0)
  @Max(999)
  quantity: number;
}

export class ContactRequest {
  /**
   * For the confirmation and the stores
   * @example "ana@example.com"
   */
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @IsEmail()
  @MaxLength(254)
  email: string;

  /**
   * For the courier
   * @example "+1 212 555 0123"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Matches(/^\+?[0-9][0-9 ().-]{3,30}$/, { message: 'phone must be a telephone number' })
  phone?: string;
}

/** Where everything goes, and whom it is for. Either `address` or `addressId`. */
export class ShippingRequest {
  /** The address, for all stores */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => AddressRequest)
  address?: AddressRequest;

  /** One of the address book instead */
  @NullIsAbsent()
  @IsOptional()
  @IsUUID()
  addressId?: string;

  /** Left out: the same */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => AddressRequest)
  billingAddress?: AddressRequest;

  /** Left out: what was given before, or a user's own e-mail */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ContactRequest)
  contact?: ContactRequest;

  /**
   * true: Muse seals what is given here for each store in this very request, and keeps nothing else. Or what the client has
   * sealed itself, by store id, in the place of address and contact
   */
  @ApiProperty({
    required: false,
    oneOf: [{ type: 'boolean' }, { type: 'object', additionalProperties: true }],
    example: true,
  })
  @NullIsAbsent()
  @IsOptional()
  @IsSealed({ orBoolean: true })
  sealed?: boolean | Record<string, SealedPartsRequest>;

  /** Where to, roughly, beside what the client has sealed: delivery and tax depend on it */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => DestinationRequest)
  destination?: DestinationRequest;
}

export class GiftRequest {
  /**
   * For the card
   * @example "Happy birthday!"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(500)
  message?: string;

  /**
   * Whether to wrap it
   * @example true
   */
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  wrap?: boolean;
}

/** What is different for one store; what is left out stays. */
export class StoreCheckoutRequest {
  /** false leaves the store out of this checkout; its lines stay in the cart */
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  included?: boolean;

  /** Another address for this store; null takes the session's again */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => AddressRequest)
  address?: AddressRequest | null;

  /** One of the address book instead */
  @NullIsAbsent()
  @IsOptional()
  @IsUUID()
  addressId?: string;

  /** One of the store's deliveryOptions; null takes the cheapest again */
  @LowerCase()
  @IsOptional()
  @IsUUID()
  deliveryOptionId?: string | null;

  /**
   * An address that the store holds for the shopper (`GET /integrations/{storeId}/addresses`), in the place of ours; null takes ours again
   * @example "addr_1"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  storeAddressId?: string | null;

  /**
   * What the store is paid with, of what it holds for the shopper (`GET /integrations/{storeId}/instruments`); null takes its default again
   * @example "card_1"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  storeInstrumentId?: string | null;

  /**
   * Discount codes of the store's own, in the place of those given before; only of a store that Muse checks out at by its API,
   * or opens with the cart filled (there they are told by the link, if `shareAtStore`). [] or null takes them back
   * @example ["WELCOME10"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10)
  @ArrayUnique((code: unknown) => (typeof code === 'string' ? code.toUpperCase() : code))
  @Matches(/^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/, {
    each: true,
    message: 'storeDiscountCodes must be codes of up to 64 characters',
  })
  storeDiscountCodes?: string[] | null;

  /**
   * Whether the link to the store's own site tells it what it can: e-mail, postcode, codes of its own and the note, as
   * `handoff.carries` names them. Left out: not before the shopper agrees. Never in a sealed checkout
   * @example true
   */
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  shareAtStore?: boolean;

  /** One of the store's settlementOptions */
  @NullIsAbsent()
  @IsOptional()
  @IsIn(['pay_now', 'pay_later', 'at_store'])
  settlement?: 'pay_now' | 'pay_later' | 'at_store';

  /**
   * For the store; null takes it back
   * @example "Please use the side entrance"
   */
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  note?: string | null;

  /** If it is a gift; null takes it back */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => GiftRequest)
  gift?: GiftRequest | null;

  /**
   * For the courier; null takes it back
   * @example "Leave with the porter"
   */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  deliveryNote?: string | null;

  /**
   * Of a sealed checkout: what the client has sealed for this store, one JWE (as `sealed` of an order holds them) or one for
   * each field
   */
  @ApiProperty({
    type: 'object',
    required: false,
    additionalProperties: true,
    example: {},
  } as never)
  @NullIsAbsent()
  @IsOptional()
  @IsSealed()
  sealed?: SealedPartsRequest;

  /** Where to, roughly, beside an address that the client has sealed for this store */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => DestinationRequest)
  destination?: DestinationRequest;
}

/** A total as the shopper saw it. */
export class ExpectedTotalRequest implements MoneyResponse {
  /**
   * Whole minor units (cents)
   * @example 35193
   */
  @IsInt()
  @Min(0)
  @Max(MAX_TOTAL)
  amount: number;

  /**
   * ISO 4217 code
   * @example "USD"
   */
  @IsString()
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be three capitals' })
  currency: string;
}

export class PlaceRequest {
  /** The total that the shopper saw: where it is another by now, nothing is bought */
  @IsObject()
  @ValidateNested()
  @Type(() => ExpectedTotalRequest)
  expectedTotal: ExpectedTotalRequest;

  /**
   * Codes of the disclosures that the shopper accepted; recorded, never required
   * @example ["separate_sellers"]
   */
  @NullIsAbsent()
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(100, { each: true })
  accepted?: string[];

  /**
   * Where the shopper comes back to from a page of their bank or payment service: an address of the shop's own front ends
   * @example "https://shop.example/checkout/done"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsUrl({ protocols: ['https', 'http'], require_protocol: true, require_tld: false })
  @MaxLength(2048)
  returnUrl?: string;
}

export class ChangeHandoffRequest {
  /**
   * Whether its links may be affiliate links
   * @example false
   */
  @IsBoolean()
  affiliateLink: boolean;
}

export class HandoffOrderedRequest {
  /**
   * The store's number for it, if it was shown
   * @example "ON-20394"
   */
  @NullIsAbsent()
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @IsString()
  // People copy a space along with a number; the document says that it does no harm.
  @Matches(/^\s*[\p{L}\p{N}#][\p{L}\p{N} #._/-]{0,99}\s*$/u, {
    message: 'storeOrderNumber must be 1 to 100 letters, digits or # . _ / -',
  })
  storeOrderNumber?: string;
}

export class ResolvePlacementRequest {
  /** What the store says became of it */
  @IsIn(['placed', 'not_placed'])
  outcome: 'placed' | 'not_placed';

  /**
   * The store's number, when placed
   * @example "ND-12345"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  storeOrderNumber?: string;

  /**
   * How it is known
   * @example "Called the store: order found under the shopper's name"
   */
  @IsString()
  @MinLength(3)
  @MaxLength(1000)
  reason: string;
}
