import { statement } from '../platform/database';
import type { CheckoutTier } from '../stores';

/** A delivery option as a store's table has it. */
export interface DeliveryFacts {
  id: string;
  name: string;
  priceCents: number;
  freeOverCents: number | null;
  minDays: number;
  maxDays: number;
  countries: string[] | null;
}

/** How a redirect store takes a filled cart: `{items}` and `{clickId}` in the template, `item` for each line. */
export interface CartLinkTemplate {
  template: string;
  item: string;
  separator: string;
}

/** What Muse's own tables say of a store now. */
export interface StoreFacts {
  id: string;
  name: string;
  kind: 'merchant' | 'partner';
  tier: CheckoutTier;
  currency: string;
  country: string;
  open: boolean;
  linkRequired: boolean;
  hosts: string[];
  cartLink: CartLinkTemplate | null;
  delivery: DeliveryFacts[];
}

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

/** Fragment: a store with its delivery options as JSON, of a row `s` of stores. */
export const STORE_FACTS_JSON = `json_build_object('id', s.id, 'name', s.name, 'kind', s.kind, 'tier', s.tier, 'currency', s.currency,
  'country', s.country, 'open', s.status = 'active', 'linkRequired', s.link_required, 'hosts', s.hosts, 'cartLink', s.cart_link,
  'delivery', coalesce((SELECT json_agg(json_build_object('id', d.id, 'name', d.name, 'priceCents', d.price_cents, 'freeOverCents', d.free_over_cents,
      'minDays', d.min_days, 'maxDays', d.max_days, 'countries', d.countries) ORDER BY d.price_cents, d.max_days, d.id)
    FROM delivery_options d WHERE d.store_id = s.id AND d.status = 'active'), '[]'::json))`;

/** Fragment: what may be bought of inventory row `i` by anybody. */
export const AVAILABLE = `greatest(i.on_hand - i.reserved - i.buffer, 0)`;

const VARIANT_FACTS_JSON = `json_build_object('id', v.id, 'storeId', v.store_id, 'productId', v.product_id, 'brandId', p.brand_id,
  'brandName', p.brand_name, 'title', p.title, 'sku', v.sku, 'url', p.url, 'imageUrl', p.image_urls[1], 'size', v.size, 'color', v.color,
  'priceCents', v.price_cents, 'originalPriceCents', v.original_price_cents, 'currency', v.currency,
  'sellable', v.status = 'active' AND p.status = 'active', 'available', coalesce(${AVAILABLE}, 999), 'externalId', v.external_id)`;

/** One statement for any number of stores ($1) and variants ($2), the variants' own stores included. */
const LOOK = statement(
  'market.look',
  `SELECT
     (SELECT json_agg(${STORE_FACTS_JSON}) FROM stores s
       WHERE s.id = ANY ($1::uuid[]) OR s.id IN (SELECT store_id FROM variants WHERE id = ANY ($2::uuid[]))) AS stores,
     (SELECT json_agg(${VARIANT_FACTS_JSON})
        FROM variants v JOIN products p ON p.id = v.product_id LEFT JOIN inventory i ON i.variant_id = v.id
       WHERE v.id = ANY ($2::uuid[])) AS variants`,
);

/** Stores and variants as they are at this moment. */
export interface Market {
  stores: Map<string, StoreFacts>;
  variants: Map<string, VariantFacts>;
}

interface Reader {
  maybeOne<R extends object>(of: typeof LOOK, values: unknown[]): Promise<R | undefined>;
}

/** Reads what our own tables say of these stores and variants, in one statement, in a transaction or outside one. */
export async function lookAtMarket(reader: Reader, storeIds: string[], variantIds: string[]): Promise<Market> {
  const row = await reader.maybeOne<{ stores: StoreFacts[] | null; variants: VariantFacts[] | null }>(LOOK, [
    storeIds,
    variantIds,
  ]);
  return {
    stores: new Map((row?.stores ?? []).map((store) => [store.id, store])),
    variants: new Map((row?.variants ?? []).map((variant) => [variant.id, variant])),
  };
}
