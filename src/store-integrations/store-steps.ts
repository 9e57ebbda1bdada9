import { channel } from 'node:diagnostics_channel';

/**
 * The steps of placing by a store's API at which a worker may die, in their order: the store's checkout has been brought
 * to what was agreed; the point of no return is committed; the store has answered; what it said is committed. The fault tests
 * kill a worker at each. Publishing costs nothing while nobody listens.
 */
export const API_CHECKOUT_STEPS = ['begun', 'agreed', 'promised', 'answered', 'recorded'] as const;
/**
 * The same of everything else that is done at a store: before it is asked for a quote, a new token, or to cancel or take back,
 * and once it has answered, before anything of that is written.
 */
export const STORE_ASK_STEPS = ['to_quote', 'quoted', 'to_refresh', 'refreshed', 'to_ask', 'asked'] as const;
export type StoreStep = (typeof API_CHECKOUT_STEPS)[number] | (typeof STORE_ASK_STEPS)[number];

export const API_CHECKOUT_STEP_CHANNEL = 'muse.store-api.step';
const steps = channel(API_CHECKOUT_STEP_CHANNEL);

/** Tells whoever watches that this step at a store has just been done; `of`: the placement, quote, account or request. */
export function reached(step: StoreStep, of: string): void {
  if (steps.hasSubscribers) steps.publish({ step, placementId: of });
}
