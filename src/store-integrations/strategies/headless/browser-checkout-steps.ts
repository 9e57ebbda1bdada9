import { channel } from 'node:diagnostics_channel';

/**
 * The steps of placing by a browser at which a worker may die, in their order: the row stands; the point of no return is
 * committed; the page has shown what became of the click; that is committed. The fault tests kill a worker at each. Publishing
 * costs nothing while nobody listens.
 */
export const BROWSER_CHECKOUT_STEPS = ['begun', 'promised', 'ran', 'recorded'] as const;
export type BrowserCheckoutStep = (typeof BROWSER_CHECKOUT_STEPS)[number];

export const BROWSER_CHECKOUT_STEP_CHANNEL = 'muse.store-browser.step';
const steps = channel(BROWSER_CHECKOUT_STEP_CHANNEL);

/** Tells whoever watches that a placement has just done this step at its store. */
export function reached(step: BrowserCheckoutStep, placementId: string): void {
  if (steps.hasSubscribers) steps.publish({ step, placementId });
}
