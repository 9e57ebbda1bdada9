import { Transform } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, IsUUID, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { PageRequest, Trimmed, toNumber } from '../../platform/http';
import { MAX_PRICE_MINOR } from '../../platform/money';

const toBoolean = ({ value }: { value: unknown }): unknown =>
  value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value;

/** Which products to list. All filters hold at once; price and stock hold for one and the same variant. */
export class ListProductsRequest extends PageRequest {
  /**
   * Words to look for in title, brand, category and description; the last one may be unfinished. Best matches first
   * @example "black dre"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @MaxLength(200)
  q?: string;

  /** Only this store's */
  @IsOptional()
  @IsUUID()
  storeId?: string;

  /**
   * Only this brand, whatever the case of its letters
   * @example "Lola"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 100)
  brand?: string;

  /**
   * Only this category, whatever the case of its letters
   * @example "Dresses"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 100)
  category?: string;

  /**
   * Only this item, at whichever stores have it
   * @example "4006381333931"
   */
  @IsOptional()
  @Matches(/^(\d{8}|\d{12,14})$/, { message: 'gtin must be 8, 12, 13 or 14 digits' })
  gtin?: string;

  /**
   * At least this price, in minor units of the store's currency
   * @example 1000
   */
  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(0)
  @Max(MAX_PRICE_MINOR)
  minPrice?: number;

  /**
   * At most this price, in minor units of the store's currency
   * @example 20000
   */
  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(0)
  @Max(MAX_PRICE_MINOR)
  maxPrice?: number;

  /**
   * true: something to buy now; false: nothing to buy now
   * @example true
   */
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  inStock?: boolean;
}
