import type Stripe from 'stripe';
import { move, processingFee } from '../balance/balance-transactions';
import { openDispute } from '../disputes/dispute';
import type { Call } from '../http/endpoint';
import { NOBODY, stateOf } from '../payment-methods/payment-method';
import type { MethodNature } from '../payment-methods/test-methods';
import { newId, now } from '../world/ids';

/** The request, or the shopper's own act, that a charge comes of. */
export type ChargeCause = Pick<Call, 'world' | 'owner'> & { call?: Call };

const SEVEN_DAYS = 7 * 86_400;
const SUCCEEDED = {
  ...{ advice_code: null, network_advice_code: null, network_decline_code: null, reason: null, type: 'authorized' },
  ...{ network_status: 'approved_by_network', risk_level: 'normal', seller_message: 'Payment complete.' },
} satisfies Stripe.Charge.Outcome;

/** An attempt to be paid: authorised, not captured. See https://docs.stripe.com/api/charges/object */
export function newCharge({ world, owner }: ChargeCause, intent: Stripe.PaymentIntent): Stripe.Charge {
  const method = world.paymentMethods.get(owner, intent.payment_method as string);
  return world.charges.add(owner, {
    ...emptyCharge(newId('ch'), intent.amount, intent.currency),
    ...{ billing_details: method.billing_details, customer: intent.customer, description: intent.description },
    ...{ metadata: { ...intent.metadata }, payment_intent: intent.id, payment_method: method.id, outcome: SUCCEEDED },
    payment_method_details: detailsOf(method, intent),
    transfer_group: intent.transfer_group,
  });
}

/** The bank refuses. */
export function failCharge(
  cause: ChargeCause,
  charge: Stripe.Charge,
  decline: NonNullable<MethodNature['decline']>,
): void {
  Object.assign(charge, {
    ...{ status: 'failed', paid: false, failure_code: decline.code, failure_message: 'Your card was declined.' },
    outcome: {
      ...{ ...SUCCEEDED, network_status: 'declined_by_network', reason: decline.declineCode, type: 'issuer_declined' },
      seller_message: 'The bank did not return any further details with this decline.',
    },
  } satisfies Partial<Stripe.Charge>);
  cause.world.emit('charge.failed', charge, { account: cause.owner, call: cause.call });
}

/**
 * Takes the money. What is not taken of the authorisation goes back to the shopper at once; Stripe counts it in
 * `amount_refunded`, without a refund of its own.
 */
export function captureCharge(cause: ChargeCause, charge: Stripe.Charge, amount: number): void {
  const { world, owner } = cause;
  const { nature } = stateOf(world, charge.payment_method ?? '');
  const transaction = move(world, owner, {
    ...{ type: 'charge', amount, fee: processingFee(amount), currency: charge.currency, source: charge.id },
    status: nature.bypassesPending ? 'available' : 'pending',
  });
  Object.assign(charge, {
    ...{ captured: true, amount_captured: amount, amount_refunded: charge.amount - amount },
    balance_transaction: transaction.id,
  } satisfies Partial<Stripe.Charge>);
  if (nature.disputes) openDispute(world, owner, charge);
}

/** Lets go of an authorisation: it reads as refunded, and no money moved. */
export function releaseCharge({ world, owner, call }: ChargeCause, charge: Stripe.Charge, expired: boolean): void {
  charge.amount_refunded = charge.amount;
  charge.refunded = true;
  world.emit(expired ? 'charge.expired' : 'charge.refunded', charge, { account: owner, call });
}

/** What arrives at a connected account by a transfer. */
export function newTransferredPayment({ world, owner }: ChargeCause, transfer: Stripe.Transfer): Stripe.Charge {
  const id = newId('py');
  const { amount, currency } = transfer;
  const transaction = move(world, owner, { type: 'payment', amount, currency, source: id, status: 'pending' });
  return world.charges.add(owner, {
    ...emptyCharge(id, amount, currency),
    ...{ captured: true, amount_captured: amount, balance_transaction: transaction.id, source_transfer: transfer.id },
  });
}

function emptyCharge(id: string, amount: number, currency: string): Stripe.Charge {
  return {
    ...{ id, object: 'charge', amount, currency, amount_captured: 0, amount_refunded: 0, captured: false, paid: true },
    ...{ refunded: false, disputed: false, status: 'succeeded', created: now(), livemode: false, metadata: {} },
    ...{ application: null, application_fee: null, application_fee_amount: null, balance_transaction: null },
    ...{ billing_details: NOBODY, calculated_statement_descriptor: 'MUSE STRIPE DOUBLE', customer: null },
    ...{ description: null, failure_balance_transaction: null, failure_code: null, failure_message: null },
    ...{ fraud_details: {}, on_behalf_of: null, outcome: null, payment_intent: null, payment_method: null },
    ...{ payment_method_details: null, receipt_email: null, receipt_number: null, receipt_url: null, review: null },
    ...{ shipping: null, source: null, source_transfer: null, statement_descriptor: null, transfer_data: null },
    ...{ statement_descriptor_suffix: null, transfer_group: null },
  };
}

function detailsOf(method: Stripe.PaymentMethod, intent: Stripe.PaymentIntent): Stripe.Charge.PaymentMethodDetails {
  const { card, paypal } = method;
  if (!card)
    return {
      type: 'paypal',
      paypal: {
        ...{ country: 'US', payer_email: paypal?.payer_email ?? null, payer_id: paypal?.payer_id ?? null },
        ...{ payer_name: 'A Shopper', seller_protection: null, transaction_id: newId('x') },
      },
    };
  return {
    type: 'card',
    card: {
      ...{ amount_authorized: intent.amount, authorization_code: '000000', brand: card.brand, last4: card.last4 },
      ...(intent.capture_method === 'manual' ? { capture_before: now() + SEVEN_DAYS } : {}),
      ...{ checks: card.checks, country: card.country, exp_month: card.exp_month, exp_year: card.exp_year },
      ...{ funding: card.funding, fingerprint: card.fingerprint ?? null, network: card.brand, wallet: null },
      ...{ electronic_commerce_indicator: null, installments: null, mandate: null, network_transaction_id: null },
      ...{ regulated_status: 'unregulated', three_d_secure: null, transaction_link_id: null },
    },
  };
}
