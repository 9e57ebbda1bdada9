import { randomUUID } from 'node:crypto';
import { startStore, tokensAt, type StoreSandbox } from '../../../support/store-sandbox';
import { startStripeDouble, type StripeDouble } from '../../../support/stripe-double';

let stripe: StripeDouble;
let store: StoreSandbox;
let token: string;

beforeAll(async () => {
  stripe = await startStripeDouble();
  store = await startStore('target', { env: { STRIPE_API_BASE: stripe.url } });
});
beforeEach(async () => {
  await store.reset();
  ({ access_token: token } = await tokensAt(store));
});

/** What a platform makes of a saved card for one seller, up to an amount. */
async function tokenFor(seller: string, cents: number): Promise<string> {
  const ask = async (path: string, form: Record<string, string>): Promise<{ id: string }> => {
    const answer = await fetch(`${stripe.url}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stripe.key}`, 'stripe-version': '2026-04-22.preview' },
      body: new URLSearchParams(form),
    });
    return (await answer.json()) as { id: string };
  };
  const customer = await ask('customers', {});
  const method = await ask('payment_methods/pm_card_visa/attach', { customer: customer.id });
  const { id } = await ask('shared_payment/issued_tokens', {
    payment_method: method.id,
    'seller_details[network_business_profile]': seller,
    'usage_limits[currency]': 'usd',
    'usage_limits[max_amount]': String(cents),
    'usage_limits[expires_at]': String(Math.floor(Date.now() / 1000) + 600),
  });
  return id;
}

async function call(path: string, body: object, key: string = randomUUID()) {
  const answer = await fetch(`${store.url}${path}`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${token}`, 'api-version': '2026-04-17', 'content-type': 'application/json' },
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  return (await answer.json()) as any;
}

const newSession = () =>
  call('/checkout_sessions', { line_items: [{ id: 'TG-1', quantity: 1 }], currency: 'usd', capabilities: {} });
const payWith = (id: string, spt: string, key?: string) => {
  const instrument = { type: 'card', credential: { type: 'spt', token: spt } };
  return call(`/checkout_sessions/${id}/complete`, { payment_data: { handler_id: 'card_tokenized', instrument } }, key);
};
const taken = async () =>
  (await stripe.objects()).paymentIntents.filter(({ status }) => status === 'succeeded').map(({ amount }) => amount);

describe('A store that is paid by a token', () => {
  it('takes its money at the payment provider, once, whatever is lost', async () => {
    const session = await newSession();
    const spt = await tokenFor('profile_test_target', 10_000);
    const key = randomUUID();
    await store.fault({ step: 'complete', kind: 'reset_after' });
    await expect(payWith(session.id, spt, key)).rejects.toThrow();
    const done = await payWith(session.id, spt, key);
    expect(done.status).toBe('completed');
    const [order] = await store.ledger();
    expect(await taken()).toEqual([order!.total]);
    expect(order!.paidBy.paymentIntent).toMatch(/^pi_/);
  });

  it.each([
    ['of another seller', 'profile_test_walmart', 10_000],
    ['for less than the order comes to', 'profile_test_target', 100],
  ])('sells nothing for a token %s', async (_what, seller, cents) => {
    const before = await taken();
    const session = await newSession();
    const refused = await payWith(session.id, await tokenFor(seller, cents));
    expect(refused.messages[0].code).toBe('payment_declined');
    expect(await store.ledger()).toHaveLength(0);
    expect(await taken()).toEqual(before);
  });

  it('takes no token a second time', async () => {
    const spt = await tokenFor('profile_test_target', 10_000);
    const first = await newSession();
    expect((await payWith(first.id, spt)).status).toBe('completed');
    const second = await newSession();
    expect((await payWith(second.id, spt)).order).toBeUndefined();
    expect(await store.ledger()).toHaveLength(1);
  });
});
