import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsDefined,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  Length,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { MAX_ON_HAND } from '../../inventory';
import { Trimmed } from '../../platform/http';
import { IsPublicUrl } from '../../platform/http-client';
import { MoneyDto } from '../../platform/money';
import type { GoodsStatus } from '../entities/product.entity';
import { isGtin } from '../gtin';

/** Most variants of one product. */
export const VARIANTS_PER_PRODUCT = 100;
const IMAGES_PER_PRODUCT = 20;

const HTTPS = { protocols: ['https'], require_protocol: true };

const IsGtin = () =>
  ValidateBy({
    name: 'isGtin',
    validator: {
      validate: (value) => typeof value === 'string' && isGtin(value),
      defaultMessage: () => '$property must be 8, 12, 13 or 14 digits with a right check digit',
    },
  });

/** A size and colour of a product, with its price and the stock it begins with. */
export class MakeVariantRequest {
  /**
   * The store's own number for it, once per store
   * @example "LOLA-DRESS-M"
   */
  @Trimmed()
  @IsString()
  @Length(1, 100)
  sku: string;

  /**
   * Size, as on the label
   * @example "M"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 50)
  size?: string | null;

  /**
   * Colour, as the store calls it
   * @example "Black"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 50)
  color?: string | null;

  /** What one costs, in the store's currency */
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  price: MoneyDto;

  /** What one cost before, shown struck through; not less than the price */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  originalPrice?: MoneyDto | null;

  /**
   * Units in the store
   * @example 40
   */
  @IsInt()
  @Min(0)
  @Max(MAX_ON_HAND)
  onHand: number;

  /**
   * Units never sold online; 0 if left out
   * @example 2
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_ON_HAND)
  buffer?: number;

  /**
   * Stock at which the merchant wants to know; left out: never
   * @example 5
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_ON_HAND)
  alertThreshold?: number | null;

  /**
   * The partner platform's own variant id, for cart links
   * @example "40123456789012"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 100)
  externalId?: string | null;
}

/** A product with its variants. */
export class MakeProductRequest {
  /**
   * Name that shoppers see
   * @example "Linen summer dress"
   */
  @Trimmed()
  @IsString()
  @Length(1, 200)
  title: string;

  /**
   * Brand; the same whatever the case of its letters
   * @example "Lola"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 100)
  brand?: string | null;

  /**
   * GTIN (UPC, EAN): ties the same item at several stores together
   * @example "4006381333931"
   */
  @IsOptional()
  @IsGtin()
  @MaxLength(14)
  gtin?: string | null;

  /**
   * Description, plain text
   * @example "Light linen, cut wide, made in Valencia."
   */
  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  description?: string;

  /**
   * Its page at the store, https, on one of the store's hosts; for partner stores only
   * @example "https://www.shop.example/p/linen-dress"
   */
  @IsOptional()
  @IsUrl({ ...HTTPS, protocols: ['https', 'http'], require_tld: false })
  @MaxLength(2000)
  url?: string | null;

  /**
   * Pictures, https, the first one leading
   * @example ["https://images.casa-lola.example/dress.jpg"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(IMAGES_PER_PRODUCT)
  @IsUrl(HTTPS, { each: true })
  @IsPublicUrl({ each: true })
  @MaxLength(2000, { each: true })
  imageUrls?: string[];

  /**
   * Category
   * @example "Dresses"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 100)
  category?: string | null;

  /** Its variants, in the order to show them */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(VARIANTS_PER_PRODUCT)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => MakeVariantRequest)
  variants: MakeVariantRequest[];
}

/** What may change in a product; fields left out stay as they are. */
export class PatchProductRequest {
  /**
   * Name that shoppers see
   * @example "Linen summer dress"
   */
  @ValidateIf((body: PatchProductRequest) => body.title !== undefined)
  @Trimmed()
  @IsString()
  @Length(1, 200)
  title?: string;

  /**
   * Brand; null clears
   * @example "Lola"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 100)
  brand?: string | null;

  /**
   * GTIN (UPC, EAN); null clears
   * @example "4006381333931"
   */
  @IsOptional()
  @IsGtin()
  @MaxLength(14)
  gtin?: string | null;

  /**
   * Description, plain text
   * @example "Light linen, cut wide, made in Valencia."
   */
  @ValidateIf((body: PatchProductRequest) => body.description !== undefined)
  @IsString()
  @MaxLength(10_000)
  description?: string;

  /**
   * Its page at the store; for partner stores only; null clears
   * @example "https://www.shop.example/p/linen-dress"
   */
  @IsOptional()
  @IsUrl({ ...HTTPS, protocols: ['https', 'http'], require_tld: false })
  @MaxLength(2000)
  url?: string | null;

  /**
   * Pictures, https; replaces what stood
   * @example ["https://images.casa-lola.example/dress.jpg"]
   */
  @ValidateIf((body: PatchProductRequest) => body.imageUrls !== undefined)
  @IsArray()
  @ArrayMaxSize(IMAGES_PER_PRODUCT)
  @IsUrl(HTTPS, { each: true })
  @IsPublicUrl({ each: true })
  @MaxLength(2000, { each: true })
  imageUrls?: string[];

  /**
   * Category; null clears
   * @example "Dresses"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 100)
  category?: string | null;

  /**
   * Archived products are shown to nobody; carts and orders keep them
   * @example "active"
   */
  @ValidateIf((body: PatchProductRequest) => body.status !== undefined)
  @IsIn(['active', 'archived'])
  status?: GoodsStatus;
}

/** What may change in a variant; fields left out stay as they are. */
export class PatchVariantRequest {
  /** What one costs, in the store's currency */
  @ValidateIf((body: PatchVariantRequest) => body.price !== undefined)
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  price?: MoneyDto;

  /** What one cost before; null clears. A new price above the one that stood clears it too */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  originalPrice?: MoneyDto | null;

  /**
   * Archived variants are shown to nobody; carts and orders keep them
   * @example "active"
   */
  @ValidateIf((body: PatchVariantRequest) => body.status !== undefined)
  @IsIn(['active', 'archived'])
  status?: GoodsStatus;
}
