import { Injectable } from '@nestjs/common';
import { statement, type Tx } from '../platform/database';

/** A variant as a cart line takes it over. */
export interface ChosenVariant {
  id: string;
  storeId: string;
  productId: string;
  sku: string;
  size: string | null;
  color: string | null;
  priceCents: number;
  originalPriceCents: number | null;
  currency: string;
}

// As written first, else whatever the case of the letters; of several the one that the store shows first.
const IN_SIZE_AND_COLOR = statement(
  'catalog.variant_in_size_and_color',
  `SELECT v.id, v.store_id AS "storeId", v.product_id AS "productId", v.sku, v.size, v.color, v.price_cents AS "priceCents",
          v.original_price_cents AS "originalPriceCents", v.currency
     FROM variants v
    WHERE v.product_id = (SELECT product_id FROM variants WHERE id = $1) AND v.status = 'active'
      AND lower(v.size) IS NOT DISTINCT FROM lower($2::text) AND lower(v.color) IS NOT DISTINCT FROM lower($3::text)
    ORDER BY (v.size IS NOT DISTINCT FROM $2::text AND v.color IS NOT DISTINCT FROM $3::text) DESC, v.id = $1 DESC, v.position, v.id
    LIMIT 1`,
);

/** Finds a product's other variants. */
@Injectable()
export class VariantChoice {
  /** The variant of the same product in this size and colour (null: without one); undefined where there is none for sale. */
  async inSizeAndColor(
    tx: Pick<Tx, 'maybeOne'>,
    variantId: string,
    wanted: { size: string | null; color: string | null },
  ): Promise<ChosenVariant | undefined> {
    return tx.maybeOne<ChosenVariant>(IN_SIZE_AND_COLOR, [variantId, wanted.size, wanted.color]);
  }
}
