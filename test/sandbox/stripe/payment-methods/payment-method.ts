import type Stripe from 'stripe';
import type { Call } from '../http/endpoint';
import { Failure, invalid, missing } from '../http/failure';
import { newId, now } from '../world/ids';
import type { MethodState } from '../world/world';
import { testMethod, testToken, type MethodNature } from './test-methods';

type Cause = Pick<Call, 'world' | 'owner'>;

const ADDRESS = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
export const NOBODY = {
  ...{ address: ADDRESS, email: null, name: null, phone: null, tax_id: null },
} satisfies Stripe.PaymentMethod.BillingDetails;

/** A new method of this nature. See https://docs.stripe.com/api/payment_methods/object */
export function newMethod({ world, owner }: Cause, nature: MethodNature): Stripe.PaymentMethod {
  const method = world.paymentMethods.add(owner, {
    ...{ id: newId('pm'), object: 'payment_method', type: nature.type, billing_details: { ...NOBODY } },
    ...{ created: now(), customer: null, customer_account: null, livemode: false, metadata: {} },
    ...(nature.type === 'card' ? { card: cardOf(nature) } : { paypal: paypalOf() }),
  } satisfies Stripe.PaymentMethod);
  world.methodStates.set(method.id, { nature, isSpent: false });
  return method;
}

export function stateOf(world: Call['world'], id: string): MethodState {
  const state = world.methodStates.get(id);
  if (!state) throw missing('PaymentMethod', id, 'payment_method');
  return state;
}

/** A method by its id; of a test method, a new clone. */
export function methodOf(cause: Cause, id: string, param = 'payment_method'): Stripe.PaymentMethod {
  const nature = testMethod(id);
  return nature ? newMethod(cause, nature) : cause.world.paymentMethods.get(cause.owner, id, param);
}

/** A method of `payment_method_data`, or of the body that creates one: a card by its token only. */
export function methodOfData(cause: Cause, data: { type?: string; card?: { token?: string } }): Stripe.PaymentMethod {
  if (data.type === 'paypal') return newMethod(cause, testMethod('pm_paypal')!);
  const token = data.card?.token;
  if (token === undefined)
    throw invalid(
      'Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test tokens that map to the test card you are using, see https://stripe.com/docs/testing.',
      { param: 'card' },
    );
  const nature = testToken(token);
  if (!nature) throw missing('token', token, 'card[token]');
  return newMethod(cause, nature);
}

/**
 * Makes a method the customer's, from whom it can be charged again and again.
 * @throws 402 for a card that the bank refuses, 400 when it is another's or spent
 */
export function attach({ world, owner }: Cause, method: Stripe.PaymentMethod, customer: string): void {
  const state = stateOf(world, method.id);
  if (method.customer === customer) return;
  if (method.customer !== null)
    throw invalid('The payment method you provided has already been attached to a customer.');
  checkUnspent(state);
  world.customers.get(owner, customer, 'customer');
  const { decline } = state.nature;
  if (decline && state.nature.declinesAttach) throw declined(decline);
  method.customer = customer;
  world.emit('payment_method.attached', method, { account: owner });
}

/** What Stripe says when a bank refuses. */
export function declined({ code, declineCode }: NonNullable<MethodNature['decline']>): Failure {
  const message = MESSAGES[code === 'card_declined' ? declineCode : code] ?? 'Your card was declined.';
  return new Failure(402, { type: 'card_error', code, decline_code: declineCode, message });
}

export function checkUnspent(state: MethodState): void {
  if (state.isSpent)
    throw invalid(
      'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.',
    );
}

const MESSAGES: Record<string, string> = {
  insufficient_funds: 'Your card has insufficient funds.',
  expired_card: 'Your card has expired.',
  incorrect_cvc: "Your card's security code is incorrect.",
  processing_error: 'An error occurred while processing your card. Try again in a little bit.',
  authentication_required: 'Your card was declined. This transaction requires authentication.',
};

function cardOf({ brand, last4, country }: MethodNature): Stripe.PaymentMethod.Card {
  return {
    ...{ brand, last4, country, display_brand: brand, exp_month: 12, exp_year: new Date().getUTCFullYear() + 4 },
    ...{ checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' } },
    ...{ fingerprint: `double${brand}${last4}`, funding: 'credit', generated_from: null, wallet: null },
    ...{ networks: { available: [brand], preferred: null }, regulated_status: 'unregulated' },
    three_d_secure_usage: { supported: true },
  };
}

function paypalOf(): Stripe.PaymentMethod.Paypal {
  return { country: 'US', payer_email: 'shopper@paypal.example', payer_id: 'DOUBLEPAYER01' };
}
