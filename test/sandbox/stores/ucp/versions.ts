export type UcpVersion = '2026-04-08' | '2026-08-25';

export function isUcpVersion(text: unknown): text is UcpVersion {
  return text === '2026-04-08' || text === '2026-08-25';
}

export const CHECKOUT = 'dev.ucp.shopping.checkout';
export const FULFILLMENT = 'dev.ucp.shopping.fulfillment';
export const DISCOUNT = 'dev.ucp.shopping.discount';
export const ORDER = 'dev.ucp.shopping.order';
export const LOOKUP = 'dev.ucp.shopping.catalog.lookup';
export const IDENTITY = 'dev.ucp.common.identity_linking';

interface Capability {
  schema: string;
  spec: string;
  extends?: string;
}

/** What the store can do, in either version. */
export const CAPABILITIES: Record<string, Capability> = {
  [CHECKOUT]: { schema: 'shopping/checkout', spec: 'checkout' },
  [FULFILLMENT]: { schema: 'shopping/fulfillment', spec: 'fulfillment', extends: CHECKOUT },
  [DISCOUNT]: { schema: 'shopping/discount', spec: 'discount', extends: CHECKOUT },
  [ORDER]: { schema: 'shopping/order', spec: 'order' },
  [LOOKUP]: { schema: 'shopping/catalog_lookup', spec: 'catalog' },
  [IDENTITY]: { schema: 'common/identity_linking', spec: 'identity-linking' },
};

export const SAVED = 'com.sandbox.saved_payment';
export const SAVED_ID = 'saved_at_store';
/** The payment provider's token for this store only; see README.md. */
export const STRIPE = 'com.stripe.shared_payment_token';
export const STRIPE_ID = 'stripe_spt';

export const SCOPES = {
  checkout: 'dev.ucp.shopping.checkout:manage',
  orderRead: 'dev.ucp.shopping.order:read',
  orderManage: 'dev.ucp.shopping.order:manage',
};

/** The intersection of what both can do at one version, without extensions whose parent is missing. */
export function intersection(offered: Record<string, unknown>, version: UcpVersion): string[] {
  const mutual = Object.keys(CAPABILITIES).filter((name) => {
    const theirs = offered[name];
    return Array.isArray(theirs) && theirs.some((one) => (one as { version?: unknown }).version === version);
  });
  return mutual.filter((name) => {
    const parent = CAPABILITIES[name]!.extends;
    return parent === undefined || mutual.includes(parent);
  });
}
