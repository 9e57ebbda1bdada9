import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { MoneyResponse, type Money } from '../../platform/money';
import type { GoodsStatus } from '../entities/product.entity';
import type { ProductRow, VariantRow } from '../product-rows';

/** Says what an amount is in the second currency; an empty object where no rate is known. */
export type PriceIn = (amount: number, currency: string) => Record<string, Money>;

/** A size and colour of a product, with what it costs and whether there is any. */
export class VariantResponse {
  /** Its id */
  id: string;

  /**
   * The store's own number for it
   * @example "LOLA-DRESS-M"
   */
  sku: string;

  /**
   * Size
   * @example "M"
   */
  @ApiProperty({ nullable: true, type: String })
  size: string | null;

  /**
   * Colour
   * @example "Black"
   */
  @ApiProperty({ nullable: true, type: String })
  color: string | null;

  /** What one costs */
  price: MoneyResponse;

  /** What one cost before */
  @ApiProperty({ nullable: true, type: MoneyResponse })
  originalPrice: MoneyResponse | null;

  /** The price in other currencies, at the present rate */
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(MoneyResponse) },
    example: { VES: { amount: 324850, currency: 'VES' } },
  })
  priceIn: Record<string, MoneyResponse>;

  /** Whether there is any to buy now */
  inStock: boolean;

  /**
   * How many there are to buy now
   * @example 38
   */
  @ApiProperty({ type: 'integer' })
  availableQuantity: number;

  static of(row: VariantRow, priceIn: PriceIn): VariantResponse {
    const availableQuantity = Math.max(0, row.onHand - row.reserved - row.buffer);
    return {
      id: row.id,
      sku: row.sku,
      size: row.size,
      color: row.color,
      price: { amount: row.priceCents, currency: row.currency },
      originalPrice:
        row.originalPriceCents === null ? null : { amount: row.originalPriceCents, currency: row.currency },
      priceIn: priceIn(row.priceCents, row.currency),
      inStock: availableQuantity > 0,
      availableQuantity,
    };
  }
}

/** A store, as goods name it. */
export class ProductStoreResponse {
  /** Its id */
  id: string;

  /**
   * Its name
   * @example "Casa Lola"
   */
  name: string;
}

/** Goods of one store. */
export class ProductResponse {
  /** Its id */
  id: string;

  /** Who sells it */
  store: ProductStoreResponse;

  /**
   * Name that shoppers see
   * @example "Linen summer dress"
   */
  title: string;

  /**
   * Brand
   * @example "Lola"
   */
  @ApiProperty({ nullable: true, type: String })
  brand: string | null;

  /**
   * GTIN (UPC, EAN)
   * @example "4006381333931"
   */
  @ApiProperty({ nullable: true, type: String })
  gtin: string | null;

  /**
   * Description, plain text
   * @example "Light linen, cut wide, made in Valencia."
   */
  description: string;

  /** Its page at a partner store */
  @ApiProperty({ nullable: true, type: String, example: 'https://www.shop.example/p/linen-dress' })
  url: string | null;

  /**
   * Pictures, the first one leading
   * @example ["https://images.casa-lola.example/dress.jpg"]
   */
  imageUrls: string[];

  /**
   * Category
   * @example "Dresses"
   */
  @ApiProperty({ nullable: true, type: String })
  category: string | null;

  /** Its variants, in the order the store gave them */
  @ApiProperty({ type: [VariantResponse] })
  variants: VariantResponse[];

  static of(row: ProductRow, priceIn: PriceIn): ProductResponse {
    return {
      id: row.id,
      store: { id: row.storeId, name: row.storeName },
      title: row.title,
      brand: row.brandName,
      gtin: row.gtin,
      description: row.description,
      url: row.url,
      imageUrls: row.imageUrls,
      category: row.category,
      variants: row.variants.map((variant) => VariantResponse.of(variant, priceIn)),
    };
  }
}

/** The same item (by GTIN) at another store. */
export class SameItemResponse {
  /** The other store */
  storeId: string;

  /**
   * Its name
   * @example "Macy's"
   */
  storeName: string;

  /** The product there */
  productId: string;

  /** What its cheapest variant costs there */
  fromPrice: MoneyResponse;
}

/** One product, with where else it is sold. */
export class ProductDetailResponse extends ProductResponse {
  /** The same item (by GTIN) at other stores, 20 at most */
  @ApiProperty({ type: [SameItemResponse] })
  sameItemAt: SameItemResponse[];
}

/** A page of products. */
export class ProductListResponse {
  /** The products of this page */
  @ApiProperty({ type: [ProductResponse] })
  data: ProductResponse[];

  /** Where the next page begins; null on the last one */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

/** A variant as its store sees it. */
export class ManagedVariantResponse extends VariantResponse {
  /** Archived variants are shown to nobody */
  @ApiProperty({ enum: ['active', 'archived'] })
  status: GoodsStatus;

  /**
   * The partner platform's own variant id
   * @example "40123456789012"
   */
  @ApiProperty({ nullable: true, type: String })
  externalId: string | null;

  /** Units in the store */
  @ApiProperty({ type: 'integer', example: 40 })
  onHand: number;

  /** Units that checkouts under way have set aside */
  @ApiProperty({ type: 'integer', example: 2 })
  reserved: number;

  /** Units never sold online */
  @ApiProperty({ type: 'integer', example: 2 })
  buffer: number;

  /** Stock at which the merchant wants to know */
  @ApiProperty({ nullable: true, type: 'integer', example: 5 })
  alertThreshold: number | null;

  static override of(row: VariantRow, priceIn: PriceIn): ManagedVariantResponse {
    const { status, externalId, onHand, reserved, buffer, alertThreshold } = row;
    return { ...VariantResponse.of(row, priceIn), status, externalId, onHand, reserved, buffer, alertThreshold };
  }
}

/** A product as its store sees it. */
export class ManagedProductResponse extends ProductResponse {
  /** Archived products are shown to nobody */
  @ApiProperty({ enum: ['active', 'archived'] })
  status: GoodsStatus;

  /** Its variants, archived ones too, in the order the store gave them */
  @ApiProperty({ type: [ManagedVariantResponse] })
  override variants: ManagedVariantResponse[];

  /** Counts its changes */
  @ApiProperty({ type: 'integer', example: 3 })
  version: number;

  /** When it was made */
  createdAt: Date;

  /** When it last changed */
  updatedAt: Date;

  static override of(row: ProductRow, priceIn: PriceIn): ManagedProductResponse {
    return {
      ...ProductResponse.of(row, priceIn),
      status: row.status,
      variants: row.variants.map((variant) => ManagedVariantResponse.of(variant, priceIn)),
      version: row.version,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    };
  }
}

/** A page of a store's own products. */
export class ManagedProductListResponse {
  /** The products of this page */
  @ApiProperty({ type: [ManagedProductResponse] })
  data: ManagedProductResponse[];

  /** Where the next page begins; null on the last one */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}
