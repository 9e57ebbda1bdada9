import type { SandboxStore } from '../store';
import type { Checkout, PaidBy } from './checkout';

const ANSWER_WITHIN_MS = 10_000;

/**
 * The store as a seller of its own at Stripe's double (STRIPE_API_BASE): takes the money of a shared payment token, once
 * for a key. Without a double the token is believed.
 */
export async function redeem(
  store: SandboxStore,
  checkout: Checkout,
  { token, idempotencyKey }: { token: string; idempotencyKey: string },
): Promise<{ paidBy: PaidBy } | { refused: string }> {
  const paidBy: PaidBy = { kind: 'delegated', brand: null, last4: null, token };
  if (!store.options.env['STRIPE_API_BASE']) return { paidBy };
  const answer = await ask(store, '/v1/payment_intents', idempotencyKey, {
    ...{ amount: String(store.shop.quote(checkout).total), currency: 'usd', confirm: 'true' },
    // Nobody is sent there: Stripe asks for it all the same.
    return_url: 'https://store.example/back',
    ...{ 'payment_method_data[type]': 'card', 'payment_method_data[shared_payment_granted_token]': token },
  });
  if (answer.error) return { refused: answer.error.code ?? 'payment_failed' };
  return { paidBy: { ...paidBy, paymentIntent: answer.id } };
}

/** What was taken for an order that was not made after all goes back. */
export async function giveBack(store: SandboxStore, { paymentIntent }: PaidBy): Promise<void> {
  if (paymentIntent) await ask(store, '/v1/refunds', `${paymentIntent}-back`, { payment_intent: paymentIntent });
}

async function ask(
  store: SandboxStore,
  path: string,
  key: string,
  form: Record<string, string>,
): Promise<{ id: string; error?: { code?: string } }> {
  const answer = await fetch(`${store.options.env['STRIPE_API_BASE']}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer sk_test_seller_${store.options.kind}`, 'idempotency-key': key },
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  return (await answer.json()) as { id: string; error?: { code?: string } };
}
