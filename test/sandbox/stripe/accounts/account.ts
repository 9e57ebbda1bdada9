import type Stripe from 'stripe';
import { now } from '../world/ids';
import type { World } from '../world/world';

type DisabledReason = Stripe.Account.Requirements['disabled_reason'];

/** What a control may say of an account: what Stripe's own checks would find. */
export interface AccountChange {
  charges_enabled?: boolean;
  payouts_enabled?: boolean;
  details_submitted?: boolean;
  transfers?: 'active' | 'inactive' | 'pending';
  card_payments?: 'active' | 'inactive' | 'pending';
  currently_due?: string[];
  disabled_reason?: DisabledReason;
}

const DUE = ['business_type', 'external_account', 'tos_acceptance.date', 'tos_acceptance.ip'];

/** What must still be handed in. See https://docs.stripe.com/api/accounts/object#account_object-requirements */
export function requirements(due: string[], disabledReason: DisabledReason): Stripe.Account.Requirements {
  return {
    ...{ alternatives: [], current_deadline: null, currently_due: due, disabled_reason: disabledReason, errors: [] },
    ...{ eventually_due: due, past_due: due, pending_verification: [] },
  };
}

/** An account without anything handed in. See https://docs.stripe.com/api/accounts/object */
export function emptyAccount(id: string, country: string, currency: string): Stripe.Account {
  return {
    ...{ id, object: 'account', country, default_currency: currency, created: now(), email: null, type: 'express' },
    ...{ charges_enabled: false, payouts_enabled: false, details_submitted: false, capabilities: {}, metadata: {} },
    ...{ business_type: null, requirements: requirements(DUE, 'requirements.past_due') },
    external_accounts: { object: 'list', data: [], has_more: false, url: `/v1/accounts/${id}/external_accounts` },
  };
}

/** Something about an account has changed at Stripe; everybody is told. */
export function changeAccount(world: World, account: Stripe.Account, change: AccountChange): void {
  const { transfers, card_payments, currently_due, disabled_reason, ...flags } = change;
  Object.assign(account, flags);
  const capabilities = {
    ...(transfers === undefined ? {} : { transfers }),
    ...(card_payments === undefined ? {} : { card_payments }),
  };
  account.capabilities = { ...account.capabilities, ...capabilities };
  if (currently_due !== undefined || disabled_reason !== undefined)
    account.requirements = requirements(
      currently_due ?? account.requirements?.currently_due ?? [],
      disabled_reason === undefined ? (account.requirements?.disabled_reason ?? null) : disabled_reason,
    );
  world.emit('account.updated', account, { account: account.id });
}

/** The merchant has handed in everything, and Stripe is content. */
export const ONBOARDED = {
  ...{ charges_enabled: true, payouts_enabled: true, details_submitted: true, transfers: 'active' },
  ...{ card_payments: 'active', currently_due: [], disabled_reason: null },
} satisfies AccountChange;
