import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsDefined,
  IsISO31661Alpha2,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { Trimmed } from '../../platform/http';
import { MoneyDto } from '../../platform/money';

/** A way in which a store delivers. */
export class MakeDeliveryOptionRequest {
  /**
   * Name that shoppers see
   * @example "Standard"
   */
  @Trimmed()
  @IsString()
  @Length(1, 80)
  name: string;

  /** Flat price of one delivery, in the store's currency */
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  price: MoneyDto;

  /** Value of goods from which this option costs nothing; left out or null: never free */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  freeOver?: MoneyDto | null;

  /**
   * Earliest arrival, in days from the order
   * @example 3
   */
  @IsInt()
  @Min(0)
  @Max(365)
  minDays: number;

  /**
   * Latest arrival, in days from the order
   * @example 5
   */
  @IsInt()
  @Min(0)
  @Max(365)
  maxDays: number;

  /**
   * Countries that it reaches, ISO 3166-1 alpha-2; left out or null: everywhere
   * @example ["US", "VE"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(250)
  @ArrayUnique()
  @IsISO31661Alpha2({ each: true })
  @Matches(/^[A-Z]{2}$/, { each: true, message: 'countries must be two capitals each' })
  countries?: string[] | null;
}

/** What may change in a delivery option; fields left out stay as they are. */
export class PatchDeliveryOptionRequest {
  /**
   * Name that shoppers see
   * @example "Standard"
   */
  @ValidateIf((body: PatchDeliveryOptionRequest) => body.name !== undefined)
  @Trimmed()
  @IsString()
  @Length(1, 80)
  name?: string;

  /** Flat price of one delivery, in the store's currency */
  @ValidateIf((body: PatchDeliveryOptionRequest) => body.price !== undefined)
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  price?: MoneyDto;

  /** Value of goods from which this option costs nothing; null: never free */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  freeOver?: MoneyDto | null;

  /**
   * Earliest arrival, in days from the order
   * @example 3
   */
  @ValidateIf((body: PatchDeliveryOptionRequest) => body.minDays !== undefined)
  @IsInt()
  @Min(0)
  @Max(365)
  minDays?: number;

  /**
   * Latest arrival, in days from the order
   * @example 5
   */
  @ValidateIf((body: PatchDeliveryOptionRequest) => body.maxDays !== undefined)
  @IsInt()
  @Min(0)
  @Max(365)
  maxDays?: number;

  /**
   * Countries that it reaches, ISO 3166-1 alpha-2; null: everywhere
   * @example ["US", "VE"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(250)
  @ArrayUnique()
  @IsISO31661Alpha2({ each: true })
  @Matches(/^[A-Z]{2}$/, { each: true, message: 'countries must be two capitals each' })
  countries?: string[] | null;
}
