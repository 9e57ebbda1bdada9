import { default as Stripe } from 'stripe';
import { startStripeDouble } from '../../../support/stripe-double';
import { clientOf, stripeContract } from './stripe.contract';

/**
 * Set STRIPE_TEST_KEY (sk_test_…, of a platform with Connect) to run the contract against Stripe's own test mode too:
 * that is how it is found out that the double is still true. Without it there is nothing to skip.
 */
const TEST_KEY = process.env['STRIPE_TEST_KEY'];
const PARTIES = TEST_KEY === undefined ? (['the double'] as const) : (['the double', 'Stripe’s test mode'] as const);

describe.each(PARTIES)('Stripe’s contract, kept by %s', (party) => {
  let stripe: Stripe;

  beforeAll(async () => {
    if (party !== 'the double') {
      if (!TEST_KEY?.startsWith('sk_test_')) throw new Error('STRIPE_TEST_KEY is no key of the test mode.');
      stripe = new Stripe(TEST_KEY, { telemetry: false });
      return;
    }
    stripe = clientOf(await startStripeDouble());
  });

  stripeContract(() => stripe);
});
