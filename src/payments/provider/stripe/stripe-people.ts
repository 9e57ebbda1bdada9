import type Stripe from 'stripe';
import type { Outcome, ProviderSetup } from '../payment-provider';
import { idOf, labelsOf } from './stripe-objects';
import { asked } from './stripe-outcomes';

const USER = 'muse_user_id';

/** A customer bears the user's id and nothing of the person. */
export function userMetadata(userId: string): Stripe.MetadataParam {
  return { [USER]: userId };
}

/** What was asked for at that time was made within a day: no longer is it tried under one key. */
const MADE_WITHIN_SECONDS = 24 * 60 * 60;
const CLOCKS_DIFFER_SECONDS = 60;

function madeAbout(askedAt: Date): Stripe.RangeQueryParam {
  const asked = Math.floor(askedAt.getTime() / 1000);
  return { gte: asked - CLOCKS_DIFFER_SECONDS, lte: asked + MADE_WITHIN_SECONDS };
}

/** By lists, not by Stripe's search: accounts have none, and of customers it does not find those of a moment ago. */
export async function accountOfStore(
  stripe: Stripe.Stripe,
  storeId: string,
  askedAt: Date,
): Promise<Stripe.Account | null> {
  for await (const account of stripe.accounts.list({ created: madeAbout(askedAt), limit: 100 }))
    if (labelsOf(account.metadata).storeId === storeId) return account;
  return null;
}

export async function customerOfUser(
  stripe: Stripe.Stripe,
  userId: string,
  askedAt: Date,
): Promise<Stripe.Customer | null> {
  for await (const customer of stripe.customers.list({ created: madeAbout(askedAt), limit: 100 }))
    if (customer.metadata?.[USER] === userId) return customer;
  return null;
}

export async function customerDeleted(stripe: Stripe.Stripe, customerId: string): Promise<Outcome<{ id: string }>> {
  const outcome = await asked(
    () => stripe.customers.del(customerId),
    ({ id }) => ({ id }),
  );
  const isGone = outcome.type === 'refused' && outcome.code === 'not_found';
  return isGone ? { type: 'done', value: { id: customerId } } : outcome;
}

export function setupOf(setup: Stripe.SetupIntent): ProviderSetup {
  return {
    id: setup.id,
    customerId: idOf(setup.customer),
    isDone: setup.status === 'succeeded',
    providerMethodId: idOf(setup.payment_method),
    clientSecret: setup.client_secret!,
  };
}
