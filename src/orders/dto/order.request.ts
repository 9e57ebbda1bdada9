import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsISO8601,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  IsUrl,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { MANUAL_METHODS, PaymentRequest, type ManualMethod } from '../../payments';
import { NullIsAbsent, PageRequest } from '../../platform/http';
import { IsPublicUrl } from '../../platform/http-client';
import { ORDER_STATUSES, OVERRIDES, PAYMENT_STATUSES, type OrderStatus, type PaymentStatus } from '../order-states';
import { ItemUnitsRequest, ParcelRequest, ReasonRequest } from './parts.request';

const trimmed = ({ value }: { value: unknown }): unknown => (typeof value === 'string' ? value.trim() : value);

const OVERRIDE_TARGETS = [...new Set(Object.values(OVERRIDES).flat())];

/** A calendar day, or a moment with its offset. */
const DAY_OR_MOMENT =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?$/;

/** Which orders to list. */
export class ListOrdersRequest extends PageRequest {
  /**
   * Only those in this state
   * @example "pending"
   */
  @IsOptional()
  @IsIn(ORDER_STATUSES)
  status?: OrderStatus;

  /**
   * Only those whose money stands so
   * @example "unpaid"
   */
  @IsOptional()
  @IsIn(PAYMENT_STATUSES)
  paymentStatus?: PaymentStatus;

  /** Only this store's */
  @IsOptional()
  @IsUUID()
  storeId?: string;

  /** Only those of one checkout */
  @IsOptional()
  @IsUUID()
  checkoutSessionId?: string;

  /**
   * Placed on this day or at this moment, or later
   * @example "2026-11-01"
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(DAY_OR_MOMENT, { message: '$property must be a day (2026-11-01) or an RFC 3339 moment with its offset' })
  from?: string;

  /**
   * Placed on this day, or before this moment
   * @example "2026-11-30"
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(DAY_OR_MOMENT, { message: '$property must be a day (2026-11-01) or an RFC 3339 moment with its offset' })
  to?: string;

  /**
   * In the numbers, the store's name, product names and SKUs
   * @example "boots"
   */
  @IsOptional()
  @Transform(trimmed)
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  q?: string;
}

export class CancelOrderRequest {
  /**
   * Why, for the store; kept encrypted, and not at all of an order that names nobody
   * @example "Ordered twice"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;
}

/** Why a merchant cancels. */
export class StoreCancelRequest extends ReasonRequest {}

/** Where support puts an order by hand. */
export class OverrideOrderRequest extends ReasonRequest {
  /**
   * The state
   * @example "delivered"
   */
  @IsIn(OVERRIDE_TARGETS)
  status: OrderStatus;
}

/** A private note. */
export class OrderNoteRequest {
  /**
   * What it says
   * @example "Picks it up on Friday"
   */
  @Transform(trimmed)
  @IsString()
  @MinLength(1)
  @MaxLength(2000)
  body: string;
}

/** How an order is paid. */
export class PayOrderRequest extends PaymentRequest {
  /**
   * Where the buyer comes back to from a page of their bank or payment service: an address of the shop's own front ends
   * @example "https://shop.example/orders"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsUrl({ protocols: ['https', 'http'], require_protocol: true, require_tld: false })
  @MaxLength(2048)
  returnUrl?: string;
}

/** Money that the store received by itself. */
export class MarkPaidRequest {
  /**
   * How
   * @example "bank_transfer"
   */
  @IsIn(MANUAL_METHODS)
  method: ManualMethod;

  /**
   * By what the store finds it in its own books: the number of the transfer, of the receipt
   * @example "TRF-2026-0113"
   */
  @Transform(trimmed)
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  reference: string;

  /**
   * When it came, not in the future; now if it is left out
   * @example "2026-11-24T15:30:00Z"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(DAY_OR_MOMENT, { message: '$property must be a day (2026-11-01) or an RFC 3339 moment with its offset' })
  paidAt?: string;
}

/** An amount to give back. */
export class RefundAmountRequest {
  /**
   * Whole minor units (cents) of the order's currency
   * @example 1000
   */
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  amount: number;

  /**
   * The order's
   * @example "USD"
   */
  @IsString()
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be three capitals' })
  currency: string;
}

export class RefundItemRequest extends ItemUnitsRequest {}

/** Either `amount` or `items`. */
export class RefundRequest extends ReasonRequest {
  /** How much */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => RefundAmountRequest)
  amount?: RefundAmountRequest;

  /** What these units were paid, delivery left out; each item once */
  @NullIsAbsent()
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ArrayUnique((item: RefundItemRequest) => item?.itemId)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => RefundItemRequest)
  items?: RefundItemRequest[];
}

export class ShipItemRequest extends ItemUnitsRequest {}

export class ShipOrderRequest extends ParcelRequest {
  /** What lies in the parcel, each item once; left out: all that has not left yet */
  @NullIsAbsent()
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ArrayUnique((item: ShipItemRequest) => item?.itemId)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ShipItemRequest)
  items?: ShipItemRequest[];

  /**
   * Where it can be followed; well-known carriers need none
   * @example "https://www.ups.com/track?tracknum=1Z999AA10123456784"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsUrl({ protocols: ['https'], require_protocol: true })
  @IsPublicUrl()
  @MaxLength(2048)
  trackingUrl?: string;
}
