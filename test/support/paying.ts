import { startApp, type RunningApp } from './app';
import { startStripeDouble, type StripeDouble } from './stripe-double';

/** The environment of an application that pays through this double. */
export function settingsOf({ url, key, secret }: StripeDouble): Record<string, string> {
  return { STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: secret, STRIPE_API_BASE: url };
}

/** The whole application, with a Stripe double of its own. */
export async function startPaying(
  overrides: Record<string, string> = {},
): Promise<{ muse: RunningApp; stripe: StripeDouble }> {
  const stripe = await startStripeDouble();
  return { muse: await startApp({ ...settingsOf(stripe), ...overrides }), stripe };
}
