import type { VariantFacts } from './market';

/** What a store calls the goods of a line, as far as Muse knows: its own id of them, else the SKU. */
export function nameAtStore(
  { variantId, productSku }: { variantId: string | null; productSku: string | null },
  variants: ReadonlyMap<string, Pick<VariantFacts, 'externalId' | 'sku'>>,
): string | null {
  // Of what nobody but the shopper has described, the SKU is all there is.
  if (variantId === null) return productSku;
  const variant = variants.get(variantId);
  return variant ? (variant.externalId ?? variant.sku) : null;
}

/** Fragment: the same of a row with `variant_id` and `product_sku`, for statements of modules above. One look by primary key. */
export const NAME_AT_STORE = (line: string): string =>
  `coalesce((SELECT nv.external_id FROM variants nv WHERE nv.id = ${line}.variant_id), ${line}.product_sku)`;
