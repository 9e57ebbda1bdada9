import type Stripe from 'stripe';
import type { Call } from '../http/endpoint';
import { invalid } from '../http/failure';
import { methodOf, methodOfData, stateOf } from '../payment-methods/payment-method';
import type { ChargeCause } from '../charges/charge';
import { consume, methodOfToken } from '../shared-payment/token';
import { charge, checkMethod, refuse } from './pay';

export const AUTHENTICATION_REQUIRED = { code: 'authentication_required', declineCode: 'authentication_required' };
export const AUTHENTICATION_FAILURE = {
  ...{ code: 'payment_intent_authentication_failure', declineCode: 'authentication_not_handled' },
};

/** Both of create and confirm take these. */
export type ConfirmParams = Pick<
  Stripe.PaymentIntentConfirmParams,
  | 'payment_method'
  | 'payment_method_data'
  | 'return_url'
  | 'use_stripe_sdk'
  | 'off_session'
  | 'error_on_requires_action'
  | 'setup_future_usage'
>;

/**
 * https://docs.stripe.com/api/payment_intents/confirm
 * @throws 402 when the bank refuses; the intent stays, and waits for another method
 */
export function confirm(call: Call, intent: Stripe.PaymentIntent, given: ConfirmParams): void {
  const { world, owner } = call;
  const shared = sharedOf(call, intent, given);
  const chosen = shared?.method ?? choose(call, given);
  const method = chosen ?? world.paymentMethods.find(owner, (intent.payment_method as string | null) ?? '');
  if (!method)
    throw unexpected(
      intent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
    );
  checkMethod(call, intent, method);
  const returnUrl = given.return_url ?? null;
  checkReturnUrl(intent, method, returnUrl);
  intent.payment_method = method.id;
  if (given.setup_future_usage !== undefined && given.setup_future_usage !== '')
    intent.setup_future_usage = given.setup_future_usage;
  const { authentication } = stateOf(world, method.id).nature;
  const offSession = given.off_session !== undefined && given.off_session !== false;
  world.confirmations.set(intent.id, { returnUrl, usesSdk: given.use_stripe_sdk ?? false, offSession });
  const isNeeded =
    authentication === 'always' ||
    (authentication === 'when_present' && !offSession) ||
    (authentication === 'unless_saved' && method.customer === null);
  if (isNeeded && (offSession || given.error_on_requires_action === true))
    throw refuse({ world, owner, call }, intent, AUTHENTICATION_REQUIRED);
  const refused = isNeeded ? requireAction(call, intent, method, returnUrl) : charge({ world, owner, call }, intent);
  if (refused) throw refused;
  if (shared) consume(shared.token, intent.amount);
}

/** The shopper has been at their bank, or at PayPal; what they did there. */
export function authenticate(cause: ChargeCause, intent: Stripe.PaymentIntent, outcome: 'success' | 'failure'): void {
  if (intent.status !== 'requires_action') throw unexpected(intent, 'It does not wait for the shopper.');
  if (outcome === 'success') charge(cause, intent);
  else refuse(cause, intent, AUTHENTICATION_FAILURE);
}

export function unexpected(intent: Stripe.PaymentIntent, message: string) {
  return invalid(message, { code: 'payment_intent_unexpected_state', payment_intent: structuredClone(intent) });
}

function choose(call: Call, given: ConfirmParams): Stripe.PaymentMethod | undefined {
  if (given.payment_method !== undefined) return methodOf(call, given.payment_method);
  if (given.payment_method_data === undefined) return undefined;
  return methodOfData(call, given.payment_method_data);
}

/** A token that the shopper's agent gave this seller. */
function sharedOf(call: Call, intent: Stripe.PaymentIntent, given: ConfirmParams) {
  const data = given.payment_method_data as { shared_payment_granted_token?: string } | undefined;
  const id = data?.shared_payment_granted_token;
  return id === undefined ? undefined : methodOfToken(call, intent, id);
}

function checkReturnUrl(intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod, returnUrl: string | null): void {
  const automatic = intent.automatic_payment_methods;
  const mayRedirect =
    method.type === 'paypal' || (automatic?.enabled === true && automatic.allow_redirects !== 'never');
  if (returnUrl === null && mayRedirect)
    throw invalid(
      "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
      { param: 'return_url' },
    );
}

/** A card's proof is Stripe.js's affair, or a redirect where the platform does not use it; PayPal is a redirect always. */
function requireAction(
  call: Call,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  returnUrl: string | null,
) {
  const { usesSdk } = call.world.confirmations.get(intent.id)!;
  const url = `${call.baseUrl}/_double/pages/payment_intents/${intent.id}`;
  intent.status = 'requires_action';
  intent.next_action =
    returnUrl !== null && (method.type === 'paypal' || !usesSdk)
      ? { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } }
      : { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } };
  call.world.emit('payment_intent.requires_action', intent, { account: call.owner, call });
  return null;
}
