import { channel } from 'node:diagnostics_channel';

/**
 * The steps of placing by a store's API at which a worker may die, in their order: the store's checkout has been brought
 * to what was agreed; the point of no return is committed; the store has answered; what it said is committed. The fault tests
 * kill a worker at each. Publishing costs nothing while nobody listens.
 */
export const API_CHECKOUT_STEPS = ['begun', 'agreed', 'promised', 'answered', 'recorded'] as const;
export type ApiCheckoutStep = (typeof API_CHECKOUT_STEPS)[number];

export const API_CHECKOUT_STEP_CHANNEL = 'muse.store-api.step';
const steps = channel(API_CHECKOUT_STEP_CHANNEL);

/** Tells whoever watches that a placement has just done this step at its store. */
export function reached(step: ApiCheckoutStep, placementId: string): void {
  if (steps.hasSubscribers) steps.publish({ step, placementId });
}
