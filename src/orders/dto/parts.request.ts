import { IsInt, IsString, IsUUID, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { LowerCase, Trimmed } from '../../platform/http';

/** Something about an item of an order. */
export class OfItemRequest {
  /** The order's item */
  @LowerCase()
  @IsUUID()
  itemId: string;
}

/** Units of an item of an order. */
export class ItemUnitsRequest extends OfItemRequest {
  /**
   * How many units
   * @example 1
   */
  @IsInt()
  @Min(1)
  @Max(999)
  quantity: number;
}

/** Units of goods of the store. */
export class VariantUnitsRequest {
  /** A variant of the same store */
  @LowerCase()
  @IsUUID()
  variantId: string;

  /**
   * How many units
   * @example 1
   */
  @IsInt()
  @Min(1)
  @Max(999)
  quantity: number;
}

/** What somebody does for a reason. */
export class ReasonRequest {
  /**
   * Why; whoever it concerns reads it
   * @example "It has a scratch"
   */
  @Trimmed()
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  reason: string;
}

/** What is on its way with a carrier. */
export class ParcelRequest {
  /**
   * Who carries it
   * @example "UPS"
   */
  @Trimmed()
  @IsString()
  @MinLength(1)
  @MaxLength(50)
  carrier: string;

  /**
   * The carrier's number
   * @example "1Z999AA10123456784"
   */
  @Trimmed()
  @IsString()
  @Matches(/^[A-Za-z0-9 -]{4,100}$/, { message: 'trackingNumber must be 4 to 100 letters, digits, spaces or hyphens' })
  trackingNumber: string;
}
