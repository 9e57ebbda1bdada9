import type { Limit } from '../platform/http';

/** Whoever takes snapshots sets stock aside for 30 minutes each time: enough for a shopper who cannot decide, not for a hoarder. */
export const BEGINNINGS: Limit = { name: 'checkouts', most: 30, perSeconds: 3_600 };

/** Each may order at many stores, and later ask a card for money. */
export const PLACINGS: Limit = { name: 'placings', most: 30, perSeconds: 3_600 };

/** Each asks the payment provider; the webhook comes without it. */
export const RESUMES: Limit = { name: 'checkout-resumes', most: 60, perSeconds: 3_600 };
