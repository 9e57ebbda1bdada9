/** The shop software and marketplaces whose ways Muse knows. */
export const PLATFORMS = [
  'shopify',
  'woocommerce',
  'woocommerce_classic',
  'bigcommerce',
  'vtex',
  'amazon',
  'walmart',
  'walmart_affiliate',
  'ebay',
  'adobe_commerce',
  'opencart',
  'prestashop',
  'target',
  'squarespace',
] as const;
export type Platform = (typeof PLATFORMS)[number];

/** What people call them besides. */
const ALSO: Record<string, Platform> = {
  ...{ magento: 'adobe_commerce', magento_2: 'adobe_commerce', adobe: 'adobe_commerce' },
  ...{ woo: 'woocommerce', woo_commerce: 'woocommerce', big_commerce: 'bigcommerce', shopify_plus: 'shopify' },
  ...{ open_cart: 'opencart', presta_shop: 'prestashop', square_space: 'squarespace' },
};

/** What a store's `platform`, which anybody may have written, means; null for what Muse knows nothing of. */
export function platformOf(text: string | null | undefined): Platform | null {
  const name = (text ?? '')
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  if ((PLATFORMS as readonly string[]).includes(name)) return name as Platform;
  return Object.hasOwn(ALSO, name) ? ALSO[name]! : null;
}
