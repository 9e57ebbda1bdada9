import { ApiExtraModels, ApiProperty, OmitType, PickType, getSchemaPath } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
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
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { LowerCase, NullIsAbsent } from '../../platform/http';
import { MoneyDto } from '../../platform/money';
import { COUPON_CODE, couponCode } from '../../pricing';
import { MAX_COUPONS, MAX_QUANTITY } from '../cart-line';

const URL = { protocols: ['http', 'https'], require_protocol: true, require_tld: true };
const described = (item: AddItemRequest) => item.variantId === undefined;

/** Goods of the catalogue: `{ variantId, quantity }`. A partner store's product: everything but `variantId`. */
export class AddItemRequest {
  /**
   * A variant of the catalogue; then nothing else but the quantity is taken
   * @example "019a5b0c-7d1e-7c3a-9b1f-2f6c1d0e4a11"
   */
  @NullIsAbsent()
  @LowerCase()
  @IsOptional()
  @IsUUID()
  variantId?: string;

  /**
   * The partner store that sells it
   * @example "019a5b0c-7d1e-7c3a-9b1f-2f6c1d0e4a12"
   */
  @NullIsAbsent()
  @LowerCase()
  @ValidateIf(described)
  @IsUUID()
  storeId?: string;

  /**
   * What it is called there
   * @example "Black Dress"
   */
  @NullIsAbsent()
  @ValidateIf(described)
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  productName?: string;

  /**
   * Its page, on one of the store's hosts
   * @example "https://www.nordstrom.com/s/black-dress/1001"
   */
  @NullIsAbsent()
  @ValidateIf(described)
  @IsUrl(URL)
  @MaxLength(2048)
  productUrl?: string;

  /**
   * The store's SKU
   * @example "ND-1"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  productSku?: string;

  /**
   * A picture
   * @example "https://n.nordstrommedia.com/id/1001.jpg"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsUrl({ ...URL, protocols: ['https'] })
  @MaxLength(2048)
  productImageUrl?: string;

  /**
   * The brand's name
   * @example "Halogen"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  brand?: string;

  /** The price that the shopper saw, in the store's currency */
  @NullIsAbsent()
  @ValidateIf(described)
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  price?: MoneyDto;

  /** The price before a reduction, in the store's currency */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  originalPrice?: MoneyDto;

  /**
   * Its size
   * @example "M"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(50)
  size?: string;

  /**
   * Its colour
   * @example "black"
   */
  @NullIsAbsent()
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

/** Goods of the catalogue, as the document shows them; AddItemRequest checks. */
export class AddCatalogItemRequest extends PickType(AddItemRequest, ['variantId', 'quantity'] as const) {
  /** A variant of the catalogue */
  @ApiProperty({ required: true, format: 'uuid', example: '019a5b0c-7d1e-7c3a-9b1f-2f6c1d0e4a11' })
  override variantId: string;
}

/** A partner store's product as the client saw it, as the document shows it; AddItemRequest checks. */
export class AddDescribedItemRequest extends OmitType(AddItemRequest, ['variantId'] as const) {
  /** The partner store that sells it; the goods of stores on Muse are named by their variant */
  @ApiProperty({ required: true, format: 'uuid', example: '019a5b0c-7d1e-7c3a-9b1f-2f6c1d0e4a12' })
  override storeId: string;

  /** What it is called there */
  @ApiProperty({ required: true, minLength: 1, maxLength: 255, example: 'Black Dress' })
  override productName: string;

  /** Its page, on one of the store's hosts */
  @ApiProperty({
    required: true,
    format: 'uri',
    maxLength: 2048,
    example: 'https://www.nordstrom.com/s/black-dress/1001',
  })
  override productUrl: string;

  /** The price that the shopper saw, in the store's currency; it holds until the store quotes */
  @ApiProperty({ required: true, type: MoneyDto })
  override price: MoneyDto;
}

/** What an item may be, for the document. */
export const EITHER_ITEM = {
  oneOf: [{ $ref: getSchemaPath(AddCatalogItemRequest) }, { $ref: getSchemaPath(AddDescribedItemRequest) }],
};

/** Up to 50 items at once; each is answered for itself. */
@ApiExtraModels(AddCatalogItemRequest, AddDescribedItemRequest)
export class AddItemsRequest {
  /** What to add, in order */
  @ApiProperty({ type: 'array', items: EITHER_ITEM, minItems: 1, maxItems: 50 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @IsObject({ each: true })
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
  @NullIsAbsent()
  @ValidateIf(({ quantity }: ChangeItemRequest) => quantity !== undefined)
  @IsInt()
  @Min(1)
  @Max(MAX_QUANTITY)
  quantity?: number;

  /**
   * Another size: picks that variant of the product
   * @example "L"
   */
  @NullIsAbsent()
  @ValidateIf(({ size }: ChangeItemRequest) => size !== undefined)
  @IsString()
  @MinLength(1)
  @MaxLength(50)
  size?: string;

  /**
   * Another colour: picks that variant of the product
   * @example "red"
   */
  @NullIsAbsent()
  @ValidateIf(({ color }: ChangeItemRequest) => color !== undefined)
  @IsString()
  @MinLength(1)
  @MaxLength(50)
  color?: string;
}

/** All coupon codes that the cart is to have. */
export class SetCouponsRequest {
  /**
   * In the order in which they are to be counted, in whatever case of letters; none takes them out
   * @example ["LOLA10", "MUSE5"]
   */
  @ApiProperty({ type: [String], maxItems: MAX_COUPONS })
  @Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? value.map(couponCode) : value))
  @IsArray()
  @ArrayMaxSize(MAX_COUPONS)
  @Matches(COUPON_CODE, { each: true, message: 'codes must be 3 to 40 letters, digits, - or _ each' })
  codes: string[];
}
