import type Stripe from 'stripe';
import { holdings, move } from '../balance/balance-transactions';
import type { Owner } from '../http/endpoint';
import { invalid } from '../http/failure';
import { newId, now } from '../world/ids';
import type { World } from '../world/world';

interface Asked {
  amount: number;
  currency: string;
  automatic: boolean;
  description?: string;
  metadata?: Stripe.Metadata;
}

/** Money on its way to the bank. See https://docs.stripe.com/api/payouts/object */
export function newPayout(world: World, owner: Owner, asked: Asked): Stripe.Payout {
  const { amount, currency, automatic } = asked;
  if (holdings(world, owner, currency).available < amount)
    throw invalid('You have insufficient funds in your Stripe account for this transfer.', {
      ...{ code: 'balance_insufficient', param: 'amount' },
    });
  const id = newId('po');
  const transaction = move(world, owner, {
    type: 'payout',
    amount: -amount,
    currency,
    source: id,
    status: 'available',
  });
  const payout = world.payouts.add(owner, {
    ...{ id, object: 'payout', amount, currency, automatic, arrival_date: now() + 86_400, created: now() },
    ...{ application_fee: null, application_fee_amount: null, balance_transaction: transaction.id, livemode: false },
    ...{ description: asked.description ?? null, destination: null, failure_balance_transaction: null },
    ...{ failure_code: null, failure_message: null, metadata: asked.metadata ?? {}, method: 'standard' },
    ...{ original_payout: null, payout_method: null, reconciliation_status: 'not_applicable', reversed_by: null },
    ...{ source_type: 'card', statement_descriptor: null, status: 'pending', trace_id: null, type: 'bank_account' },
  } satisfies Stripe.Payout);
  world.emit('payout.created', payout, { account: owner });
  return payout;
}

export function payPayout(world: World, owner: Owner, payout: Stripe.Payout): void {
  if (payout.status !== 'pending') throw invalid(`The payout is ${payout.status}.`);
  payout.status = 'paid';
  world.emit('payout.paid', payout, { account: owner });
}

/** The bank does not take it; the money is the account's again. */
export function failPayout(world: World, owner: Owner, payout: Stripe.Payout): void {
  if (payout.status === 'failed') throw invalid('The payout has failed already.');
  const { id: source, amount, currency } = payout;
  const returned = move(world, owner, { type: 'payout_failure', amount, currency, source, status: 'available' });
  Object.assign(payout, {
    ...{ status: 'failed', failure_code: 'account_closed', failure_message: 'The bank account has been closed.' },
    failure_balance_transaction: returned.id,
  } satisfies Partial<Stripe.Payout>);
  world.emit('payout.failed', payout, { account: owner });
}
