import type Stripe from 'stripe';
import type { Call, Owner } from '../http/endpoint';
import { invalid, missing } from '../http/failure';
import { newMethod, stateOf } from '../payment-methods/payment-method';
import { now } from '../world/ids';
import type { World } from '../world/world';

/**
 * A SharedPaymentIssuedToken, as far as the double has it. stripe-node has no type of it: it is a preview. See
 * https://docs.stripe.com/api/shared-payment/issued-token/object
 */
export interface SharedToken {
  id: string;
  object: 'shared_payment.issued_token';
  created: number;
  deactivated_at: number | null;
  deactivated_reason: 'consumed' | 'expired' | 'revoked' | null;
  livemode: false;
  next_action: { type: 'use_stripe_sdk'; use_stripe_sdk: { value: string } } | null;
  payment_method: string;
  seller_details: { external_id: string | null; network_business_profile: string };
  status: 'active' | 'requires_action' | 'deactivated';
  usage_details: { amount_captured: { currency: string; value: number } };
  usage_limits: { currency: string; expires_at: number; max_amount: number };
}

const SELLER_KEY = /^sk_test_seller_(\w{3,40})$/;

/** The account of a seller outside the platform: its key is `sk_test_seller_x`, its profile `profile_test_x`. */
export function sellerOf(key: string): Owner {
  const [, name] = SELLER_KEY.exec(key) ?? [];
  return name === undefined ? null : `profile_test_${name}`;
}

export function isProfile(value: string): boolean {
  return /^profile_test_\w{3,60}$/.test(value);
}

/** A token whose time is over is so from the moment on, whoever looks at it. */
export function seen(token: SharedToken): SharedToken {
  if (token.status !== 'deactivated' && token.usage_limits.expires_at <= now()) deactivate(token, 'expired');
  return token;
}

export function deactivate(token: SharedToken, reason: NonNullable<SharedToken['deactivated_reason']>): void {
  Object.assign(token, { status: 'deactivated', deactivated_at: now(), deactivated_reason: reason, next_action: null });
}

/** The token as its seller finds it; another's is not there. */
export function grantedTo(world: World, owner: Owner, id: string, param = 'id'): SharedToken {
  const token = world.sharedTokens.anywhere(id)?.object;
  if (!token || owner === null || token.seller_details.network_business_profile !== owner)
    throw missing('shared_payment.granted_token', id, param);
  return seen(token);
}

const PARAM = 'payment_method_data[shared_payment_granted_token]';

/**
 * What a seller pays itself with by a token: a method of its own, made of the shopper's.
 * @throws 404 for another seller's, 400 above the cap, in another currency, and once it was used, revoked or is too old
 */
export function methodOfToken(
  { world, owner }: Pick<Call, 'world' | 'owner'>,
  intent: Pick<Stripe.PaymentIntent, 'amount' | 'currency'>,
  id: string,
): { token: SharedToken; method: Stripe.PaymentMethod } {
  const token = grantedTo(world, owner, id, PARAM);
  const refuse = (message: string) => invalid(message, { code: 'shared_payment_token_not_usable', param: PARAM });
  if (token.status !== 'active')
    throw refuse(`The token is ${token.deactivated_reason ?? token.status} and cannot be used.`);
  if (intent.currency !== token.usage_limits.currency) throw refuse('The token is for another currency.');
  if (intent.amount > token.usage_limits.max_amount)
    throw refuse(`The token is for ${token.usage_limits.max_amount} at most.`);
  // Who issued it has answered for the shopper to the bank.
  const nature = { ...stateOf(world, token.payment_method).nature, authentication: 'none' as const };
  return { token, method: newMethod({ world, owner }, nature) };
}

/** Once: the double is stricter than Stripe, where a token lasts until its amount is taken. */
export function consume(token: SharedToken, amount: number): void {
  token.usage_details.amount_captured.value = amount;
  deactivate(token, 'consumed');
}
