import type Stripe from 'stripe';
import type { Call } from '../http/endpoint';
import { Failure, invalid } from '../http/failure';
import { attach, checkUnspent, declined, methodOf, stateOf } from '../payment-methods/payment-method';

type Cause = Pick<Call, 'world' | 'owner'> & { call?: Call };
type Decline = { code: string; declineCode: string };

/**
 * https://docs.stripe.com/api/setup_intents/confirm
 * @throws 402 when the bank refuses; the intent stays, and waits for another method
 */
export function confirmSetup(
  cause: Cause,
  intent: Stripe.SetupIntent,
  given: { payment_method?: string; return_url?: string; use_stripe_sdk?: boolean },
  baseUrl: string,
): void {
  const { world, owner, call } = cause;
  const chosen = given.payment_method ?? (intent.payment_method as string | null);
  if (chosen === null)
    throw unexpectedSetup(intent, "You cannot confirm this SetupIntent because it's missing a payment method.");
  const method = methodOf(cause, chosen);
  if (method.customer !== null && method.customer !== intent.customer)
    throw invalid('The payment method you provided has already been attached to a customer.', {
      param: 'payment_method',
    });
  const { nature } = stateOf(world, method.id);
  checkUnspent(stateOf(world, method.id));
  const returnUrl = given.return_url ?? null;
  if (returnUrl === null && method.type === 'paypal')
    throw invalid('You must provide a `return_url` when confirming with this payment method.', { param: 'return_url' });
  intent.payment_method = method.id;
  if (nature.authentication === 'none') {
    const refused = finishSetup(cause, intent);
    if (refused) throw refused;
    return;
  }
  const url = `${baseUrl}/_double/pages/setup_intents/${intent.id}`;
  world.confirmations.set(intent.id, { returnUrl, usesSdk: given.use_stripe_sdk ?? false, offSession: false });
  intent.status = 'requires_action';
  intent.next_action =
    returnUrl !== null && given.use_stripe_sdk !== true
      ? { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } }
      : { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } };
  world.emit('setup_intent.requires_action', intent, { account: owner, call });
}

/** The shopper has been at their bank; what they did there. */
export function authenticateSetup(cause: Cause, intent: Stripe.SetupIntent, outcome: 'success' | 'failure'): void {
  if (intent.status !== 'requires_action') throw unexpectedSetup(intent, 'It does not wait for the shopper.');
  if (outcome === 'success') finishSetup(cause, intent);
  else
    refuseSetup(cause, intent, {
      code: 'setup_intent_authentication_failure',
      declineCode: 'authentication_not_handled',
    });
}

export function unexpectedSetup(intent: Stripe.SetupIntent, message: string): Failure {
  return invalid(message, { code: 'setup_intent_unexpected_state', setup_intent: structuredClone(intent) });
}

/** The bank agrees or not; the method is the customer's then. */
function finishSetup(cause: Cause, intent: Stripe.SetupIntent): Failure | null {
  const { world, owner, call } = cause;
  const method = world.paymentMethods.get(owner, intent.payment_method as string);
  const { decline, declinesAttach } = stateOf(world, method.id).nature;
  if (decline && declinesAttach) return refuseSetup(cause, intent, decline);
  if (intent.customer !== null) attach(cause, method, intent.customer as string);
  Object.assign(intent, { status: 'succeeded', next_action: null, last_setup_error: null });
  world.emit('setup_intent.succeeded', intent, { account: owner, call });
  return null;
}

function refuseSetup({ world, owner, call }: Cause, intent: Stripe.SetupIntent, decline: Decline): Failure {
  const failure = declined(decline);
  const method = structuredClone(world.paymentMethods.get(owner, intent.payment_method as string));
  Object.assign(intent, {
    ...{ status: 'requires_payment_method', payment_method: null, next_action: null },
    last_setup_error: { ...failure.body, payment_method: method },
  });
  world.emit('setup_intent.setup_failed', intent, { account: owner, call });
  return new Failure(402, { ...failure.body, payment_method: method, setup_intent: structuredClone(intent) });
}
