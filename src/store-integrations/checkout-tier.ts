import type { CheckoutTier } from '../stores';

/**
 * Which tier takes over when one cannot place: an `unavailable` store falls to the next, and so does a tier that no
 * strategy serves yet.
 */
export const NEXT_TIER: Record<CheckoutTier, CheckoutTier | null> = {
  direct: null,
  oauth_api: 'headless',
  headless: 'redirect',
  redirect: null,
};

/** Where the shopper finishes: here, or on the store's own site. */
export type CheckoutPlace = 'in_muse' | 'on_store_site';
