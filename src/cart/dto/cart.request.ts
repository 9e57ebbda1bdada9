import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  IsUrl,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { MoneyDto } from '../../platform/money';
import { MAX_QUANTITY } from '../cart-line';

const URL = { protocols: ['http', 'https'], require_protocol: true, require_tld: true };
const described = (item: AddItemRequest) => item.variantId === undefined;

/** Goods of the catalogue: `{ variantId, quantity }`. A partner store's product: everything but `variantId`. */
export class AddItemRequest {
  /**
   * A variant of the catalogue; then nothing else but the quantity is taken
   * @example "019a5b0c-7d1e-7c3a-9b1f-2f6c1d0e4a11"
   */
  @IsOptional()
  @IsUUID()
  variantId?: string;

  /**
   * The partner store that sells it
   * @example "019a5b0c-7d1e-7c3a-9b1f-2f6c1d0e4a12"
   */
  @ValidateIf(described)
  @IsUUID()
  storeId?: string;

  /**
   * What it is called there
   * @example "Black Dress"
   */
  @ValidateIf(described)
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  productName?: string;

  /**
   * Its page, on one of the store's hosts
   * @example "https://www.nordstrom.com/s/black-dress/1001"
   */
  @ValidateIf(described)
  @IsUrl(URL)
  @MaxLength(2048)
  productUrl?: string;

  /**
   * The store's SKU
   * @example "ND-1"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  productSku?: string;

  /**
   * A picture
   * @example "https://n.nordstrommedia.com/id/1001.jpg"
   */
  @IsOptional()
  @IsUrl({ ...URL, protocols: ['https'] })
  @MaxLength(2048)
  productImageUrl?: string;

  /**
   * The brand's name
   * @example "Halogen"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  brand?: string;

  /** The price that the shopper saw, in the store's currency */
  @ValidateIf(described)
  @ValidateNested()
  @Type(() => MoneyDto)
  price?: MoneyDto;

  /** The price before a reduction, in the store's currency */
  @IsOptional()
  @ValidateNested()
  @Type(() => MoneyDto)
  originalPrice?: MoneyDto;

  /**
   * Its size
   * @example "M"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(50)
  size?: string;

  /**
   * Its colour
   * @example "black"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(50)
  color?: string;

  /**
   * How many to add
   * @example 1
   */
  @IsInt()
  @Min(1)
  @Max(MAX_QUANTITY)
  quantity: number = 1;
}

/** Up to 50 items at once; each is answered for itself. */
export class AddItemsRequest {
  /** What to add, in order */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => AddItemRequest)
  items: AddItemRequest[];
}

/** What to change of a line; what is left out stays. */
export class ChangeItemRequest {
  /**
   * The new quantity
   * @example 2
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_QUANTITY)
  quantity?: number;

  /**
   * Another size: picks that variant of the product
   * @example "L"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(50)
  size?: string;

  /**
   * Another colour: picks that variant of the product
   * @example "red"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(50)
  color?: string;
}
