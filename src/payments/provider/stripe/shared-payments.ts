import type Stripe from 'stripe';
import type { DelegateOrder, Outcome, ProviderDelegation } from '../payment-provider';
import { toStripe } from './stripe-amounts';
import { asked } from './stripe-outcomes';

/** What of Stripe's SharedPaymentIssuedToken is read. stripe-node 23 has no type of it: it is a preview. */
export interface IssuedToken {
  id: string;
  object: 'shared_payment.issued_token';
  status?: string;
  deactivated_at: number | null;
  next_action?: object | null;
}

/**
 * Stripe's shared payment tokens (https://docs.stripe.com/agentic-commerce/concepts/shared-payment-tokens): a preview, so the
 * version of the API is said with each request, and the rest of Muse stays at stripe-node's own.
 */
export class SharedPayments {
  constructor(
    private readonly stripe: Stripe.Stripe,
    private readonly version: string,
  ) {}

  issue(key: string, order: DelegateOrder): Promise<Outcome<ProviderDelegation>> {
    const { currency } = order;
    const params = {
      payment_method: order.providerMethodId,
      seller_details: { network_business_profile: order.seller, external_id: order.reference },
      usage_limits: {
        currency: currency.toLowerCase(),
        max_amount: toStripe(order.amountCents, currency),
        expires_at: Math.floor(order.expiresAt.getTime() / 1_000),
      },
    };
    return asked(
      () => this.ask('/v1/shared_payment/issued_tokens', params, { idempotencyKey: key }),
      (token) => ({ token: token.id, isUsable: isUsable(token) }),
    );
  }

  revoke(token: string): Promise<Outcome<{ ended: true }>> {
    return asked(
      () => this.ask(`/v1/shared_payment/issued_tokens/${encodeURIComponent(token)}/revoke`, {}),
      () => ({ ended: true as const }),
    );
  }

  private ask(path: string, params: object, options: { idempotencyKey?: string } = {}): Promise<IssuedToken> {
    return this.stripe.rawRequest('POST', path, params, {
      ...options,
      apiVersion: this.version,
    }) as Promise<IssuedToken>;
  }
}

/** One that waits for its shopper is good for nothing to a store. */
export function isUsable({ status, deactivated_at: deactivatedAt, next_action: action }: IssuedToken): boolean {
  return (
    deactivatedAt === null && (status === undefined || status === 'active') && (action === undefined || action === null)
  );
}
