import type Stripe from 'stripe';
import { move } from '../balance/balance-transactions';
import type { ChargeCause } from '../charges/charge';
import { invalid } from '../http/failure';
import { stateOf } from '../payment-methods/payment-method';
import { newId, now } from '../world/ids';

/** What of a captured charge was given back by refunds; what a partial capture released is not among it. */
export function refundedOf(charge: Stripe.Charge): number {
  return charge.amount_refunded - (charge.amount - charge.amount_captured);
}

/** Gives money back. See https://docs.stripe.com/api/refunds/object */
export function newRefund(
  { world, owner, call }: ChargeCause,
  charge: Stripe.Charge,
  amount: number,
  { reason, metadata }: Pick<Stripe.Refund, 'reason' | 'metadata'>,
): Stripe.Refund {
  const id = newId('re');
  const { refund: outcome } = stateOf(world, charge.payment_method ?? '').nature;
  const { currency } = charge;
  const transaction = move(world, owner, {
    type: 'refund',
    amount: -amount,
    currency,
    source: id,
    status: 'available',
  });
  const refund = world.refunds.add(owner, {
    ...{ id, object: 'refund', amount, currency, balance_transaction: transaction.id, charge: charge.id },
    ...{ created: now(), customer: charge.customer, customer_account: null, metadata, reason },
    ...{ payment_intent: charge.payment_intent, payment_method: charge.payment_method, receipt_number: null },
    ...{ source_transfer_reversal: null, transfer_reversal: null },
    status: outcome === 'pending' ? 'pending' : 'succeeded',
    destination_details: { type: charge.payment_method_details?.type ?? 'card' },
  });
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount;
  world.emit('refund.created', refund, { account: owner, call });
  world.emit('charge.refunded', charge, { account: owner, call });
  return refund;
}

/** The bank took a pending refund. */
export function completeRefund({ world, owner }: ChargeCause, refund: Stripe.Refund): void {
  if (refund.status !== 'pending') throw invalid(`The refund is ${refund.status}.`);
  refund.status = 'succeeded';
  world.emit('refund.updated', refund, { account: owner });
}

/** The bank sends a refund back, at once or days later: the money is the account's again. */
export function failRefund({ world, owner }: ChargeCause, refund: Stripe.Refund): void {
  if (refund.status === 'failed') throw invalid('The refund has failed already.');
  const { id: source, amount, currency } = refund;
  const returned = move(world, owner, { type: 'refund_failure', amount, currency, source, status: 'available' });
  Object.assign(refund, {
    ...{ status: 'failed', failure_reason: 'expired_or_canceled_card', failure_balance_transaction: returned.id },
  } satisfies Partial<Stripe.Refund>);
  const charge = world.charges.get(owner, refund.charge as string);
  charge.amount_refunded -= amount;
  charge.refunded = false;
  world.emit('refund.updated', refund, { account: owner });
  world.emit('refund.failed', refund, { account: owner });
}
