/** The releases that Muse speaks, the newest first. */
export const UCP_VERSIONS = ['2026-08-25', '2026-04-08'] as const;
export type UcpVersion = (typeof UCP_VERSIONS)[number];

export const SHOPPING = 'dev.ucp.shopping';
export const CHECKOUT = 'dev.ucp.shopping.checkout';
export const FULFILLMENT = 'dev.ucp.shopping.fulfillment';
export const DISCOUNT = 'dev.ucp.shopping.discount';
export const ORDER = 'dev.ucp.shopping.order';
export const CATALOG_LOOKUP = 'dev.ucp.shopping.catalog.lookup';
export const IDENTITY_LINKING = 'dev.ucp.common.identity_linking';

/** What Muse can, in every version: the capability, and what it extends. */
export const CAPABILITIES: readonly { name: string; extends?: string }[] = [
  { name: CHECKOUT },
  { name: FULFILLMENT, extends: CHECKOUT },
  { name: DISCOUNT, extends: CHECKOUT },
  { name: ORDER },
  { name: CATALOG_LOOKUP },
  { name: IDENTITY_LINKING },
];

/** Where each version's documents stand: the path of specification and schema behind `https://ucp.dev/{version}/`. */
export const DOCUMENTS: Record<UcpVersion, Record<string, { spec: string; schema: string }>> = {
  '2026-08-25': {
    [SHOPPING]: { spec: 'specification/overview/', schema: 'services/shopping/rest.openapi.json' },
    [CHECKOUT]: { spec: 'specification/shopping/checkout', schema: 'schemas/shopping/checkout.json' },
    [FULFILLMENT]: { spec: 'specification/fulfillment', schema: 'schemas/shopping/fulfillment.json' },
    [DISCOUNT]: { spec: 'specification/discount', schema: 'schemas/shopping/discount.json' },
    [ORDER]: { spec: 'specification/shopping/order', schema: 'schemas/shopping/order.json' },
    [CATALOG_LOOKUP]: { spec: 'specification/shopping/catalog/lookup', schema: 'schemas/shopping/catalog_lookup.json' },
    [IDENTITY_LINKING]: {
      spec: 'specification/common/identity-linking/',
      schema: 'schemas/common/identity_linking.json',
    },
  },
  '2026-04-08': {
    [SHOPPING]: { spec: 'specification/overview', schema: 'services/shopping/rest.openapi.json' },
    [CHECKOUT]: { spec: 'specification/checkout', schema: 'schemas/shopping/checkout.json' },
    [FULFILLMENT]: { spec: 'specification/fulfillment', schema: 'schemas/shopping/fulfillment.json' },
    [DISCOUNT]: { spec: 'specification/discount', schema: 'schemas/shopping/discount.json' },
    [ORDER]: { spec: 'specification/order', schema: 'schemas/shopping/order.json' },
    [CATALOG_LOOKUP]: { spec: 'specification/catalog/lookup', schema: 'schemas/shopping/catalog_lookup.json' },
    [IDENTITY_LINKING]: { spec: 'specification/identity-linking', schema: 'schemas/common/identity_linking.json' },
  },
};

export function isSpoken(version: string): version is UcpVersion {
  return (UCP_VERSIONS as readonly string[]).includes(version);
}
