import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsISO8601,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { NullIsAbsent, Trimmed } from '../../../platform/http';
import { MoneyDto } from '../../../platform/money';
import { OfItemRequest, ReasonRequest, VariantUnitsRequest } from '../../dto/parts.request';

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

export class ChangedItemRequest extends OfItemRequest {
  /**
   * How many units from now on; 0 takes the item out
   * @example 1
   */
  @NullIsAbsent()
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(999)
  quantity?: number;

  /** What one costs from now on */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  unitPrice?: MoneyDto;
}

export class AddedItemRequest extends VariantUnitsRequest {
  /** What one costs; the catalogue's price if it is left out */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  unitPrice?: MoneyDto;
}

export class ChangedDeliveryRequest {
  /** What delivery costs from now on */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  price?: MoneyDto;

  /**
   * The first day it may arrive; with `to`
   * @example "2026-12-01"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(DAY, { message: '$property must be a calendar day (2026-12-01)' })
  from?: string;

  /**
   * The last day it should arrive; with `from`
   * @example "2026-12-04"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(DAY, { message: '$property must be a calendar day (2026-12-01)' })
  to?: string;
}

/** What a merchant would like to change in an order; what is not named stays. */
export class ProposeChangeRequest extends ReasonRequest {
  /** Items of the order with other units or prices; each once */
  @NullIsAbsent()
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ArrayUnique((item: ChangedItemRequest) => item?.itemId)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ChangedItemRequest)
  items?: ChangedItemRequest[];

  /** Goods of the store that come in; each once */
  @NullIsAbsent()
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ArrayUnique((item: AddedItemRequest) => item?.variantId)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => AddedItemRequest)
  added?: AddedItemRequest[];

  /** Another price or another time of delivery */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ChangedDeliveryRequest)
  delivery?: ChangedDeliveryRequest;
}

export class RefuseChangeRequest {
  /**
   * Why; the merchant reads it
   * @example "Then rather not"
   */
  @NullIsAbsent()
  @Trimmed()
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  reason?: string;
}
