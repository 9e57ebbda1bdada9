/** How an order is placed with a store: on Muse, by the store's API, by a browser, or by the shopper at the store. */
export const CHECKOUT_TIERS = ['direct', 'oauth_api', 'headless', 'redirect'] as const;
export type CheckoutTier = (typeof CHECKOUT_TIERS)[number];

/** Partner stores have every tier but direct. */
export const PARTNER_TIERS = ['oauth_api', 'headless', 'redirect'] as const;
export type PartnerTier = (typeof PARTNER_TIERS)[number];
