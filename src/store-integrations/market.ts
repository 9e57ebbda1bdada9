import { statement, type Reader } from '../platform/database';
import { STORE_VERSION, knownStores, type StoreVersions } from './known-stores';
import type { StoreFacts } from './store-facts';

/** What Muse's own tables say of a variant now; `available` counts neither the buffer nor what others hold. */
export interface VariantFacts {
  id: string;
  storeId: string;
  productId: string;
  brandId: string | null;
  brandName: string | null;
  title: string;
  sku: string;
  url: string | null;
  imageUrl: string | null;
  size: string | null;
  color: string | null;
  priceCents: number;
  originalPriceCents: number | null;
  currency: string;
  sellable: boolean;
  available: number;
  externalId: string | null;
}

/** Fragment: what may be bought of inventory row `i` by anybody. */
export const AVAILABLE = `greatest(i.on_hand - i.reserved - i.buffer, 0)`;

const VARIANT_FACTS_JSON = `json_build_object('id', v.id, 'storeId', v.store_id, 'productId', v.product_id, 'brandId', p.brand_id,
  'brandName', p.brand_name, 'title', p.title, 'sku', v.sku, 'url', p.url, 'imageUrl', p.image_urls[1], 'size', v.size, 'color', v.color,
  'priceCents', v.price_cents, 'originalPriceCents', v.original_price_cents, 'currency', v.currency,
  'sellable', v.status = 'active' AND p.status = 'active', 'available', CASE WHEN i.variant_id IS NULL THEN 999 ELSE ${AVAILABLE} END, 'externalId', v.external_id)`;

/** One statement for any number of stores ($1) and variants ($2), the variants' own stores included. */
const LOOK = statement(
  'market.look',
  `SELECT
     (SELECT json_object_agg(s.id, ${STORE_VERSION}) FROM stores s
       WHERE s.id = ANY ($1::uuid[] || ARRAY(SELECT store_id FROM variants WHERE id = ANY ($2::uuid[])))) AS stores,
     (SELECT json_agg(${VARIANT_FACTS_JSON})
        FROM variants v JOIN products p ON p.id = v.product_id LEFT JOIN inventory i ON i.variant_id = v.id
       WHERE v.id = ANY ($2::uuid[])) AS variants`,
);

/** Stores and variants as they are at this moment. */
export interface Market {
  stores: Map<string, StoreFacts>;
  variants: Map<string, VariantFacts>;
}

/**
 * Reads what our own tables say of these stores and variants, in a transaction or outside one: in one statement, and one
 * more where a store has changed since it was last read.
 */
export async function lookAtMarket(reader: Reader, storeIds: string[], variantIds: string[]): Promise<Market> {
  const [row] = await reader.rows<{ stores: StoreVersions | null; variants: VariantFacts[] | null }>(LOOK, [
    storeIds,
    variantIds,
  ]);
  const stores = await knownStores.of(reader, row?.stores ?? {});
  return {
    stores: new Map(stores.map((store) => [store.id, store])),
    variants: new Map((row?.variants ?? []).map((variant) => [variant.id, variant])),
  };
}
