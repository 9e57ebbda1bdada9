import { endpoint } from '../http/endpoint';
import { invalid } from '../http/failure';
import { amount, expand, integer, metadata, required, shape, text } from '../http/parameters';
import { checkUnspent, methodOf, stateOf } from '../payment-methods/payment-method';
import { supported } from '../world/currencies';
import { newId, now } from '../world/ids';
import { deactivate, grantedTo, isProfile, seen, type SharedToken } from './token';

interface Issue {
  payment_method: string;
  seller_details: { network_business_profile: string; external_id?: string };
  usage_limits: { currency: string; max_amount: number; expires_at: number };
  shared_metadata?: Record<string, string>;
  return_url?: string;
  expand?: string[];
}

/** Seconds that a token may live at most; Stripe sets a limit of its own. */
const LONGEST = 7 * 86_400;

/** https://docs.stripe.com/api/shared-payment/issued-token — what an agent does, and one look of the seller's. */
export const sharedPaymentEndpoints = [
  endpoint<Issue, SharedToken>(
    'POST',
    'shared_payment/issued_tokens',
    {
      payment_method: required(text),
      seller_details: required(shape({ network_business_profile: required(text), external_id: text })),
      usage_limits: required(
        shape({ currency: required(text), max_amount: required(amount), expires_at: required(integer) }),
      ),
      ...{ shared_metadata: metadata, return_url: text, ...expand },
    },
    (call, { payment_method, seller_details, usage_limits }) => {
      const { world, owner } = call;
      const profile = seller_details.network_business_profile;
      if (!isProfile(profile))
        throw invalid(`No such network business profile: '${profile}'`, {
          ...{ code: 'resource_missing', param: 'seller_details[network_business_profile]' },
        });
      const currency = supported(usage_limits.currency);
      if (usage_limits.expires_at <= now() || usage_limits.expires_at > now() + LONGEST)
        throw invalid('It must end in the future, and soon.', { param: 'usage_limits[expires_at]' });
      const method = methodOf(call, payment_method);
      const state = stateOf(world, method.id);
      checkUnspent(state);
      const needsShopper = state.nature.authentication === 'always';
      return world.sharedTokens.add(owner, {
        ...{ id: newId('spt'), object: 'shared_payment.issued_token', created: now(), livemode: false },
        ...{ deactivated_at: null, deactivated_reason: null, payment_method: method.id },
        next_action: needsShopper ? { type: 'use_stripe_sdk', use_stripe_sdk: { value: 'double' } } : null,
        seller_details: { external_id: seller_details.external_id ?? null, network_business_profile: profile },
        status: needsShopper ? 'requires_action' : 'active',
        usage_details: { amount_captured: { currency, value: 0 } },
        usage_limits: { ...usage_limits, currency },
      });
    },
  ),
  endpoint<{ expand?: string[] }, SharedToken>(
    'GET',
    'shared_payment/issued_tokens/:id',
    expand,
    ({ world, owner }, _given, id) => seen(world.sharedTokens.get(owner, id)),
  ),
  endpoint<{ expand?: string[] }, SharedToken>(
    'POST',
    'shared_payment/issued_tokens/:id/revoke',
    expand,
    ({ world, owner }, _given, id) => {
      const token = seen(world.sharedTokens.get(owner, id));
      if (token.status === 'deactivated') throw invalid(`The token is ${token.deactivated_reason} already.`);
      deactivate(token, 'revoked');
      return token;
    },
  ),
  endpoint<{ expand?: string[] }, Omit<SharedToken, 'object' | 'payment_method'> & { object: string }>(
    'GET',
    'shared_payment/granted_tokens/:id',
    expand,
    ({ world, owner }, _given, id) => {
      const granted: Partial<SharedToken> = { ...grantedTo(world, owner, id) };
      delete granted.payment_method;
      return { ...(granted as Omit<SharedToken, 'payment_method'>), object: 'shared_payment.granted_token' };
    },
  ),
];
