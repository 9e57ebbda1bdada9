import { startStripeDouble, type StripeDouble } from '../../../support/stripe-double';

type Answer = { status: number; body: { id?: string; error?: { code?: string }; [more: string]: unknown } };

const VERSION = '2026-04-22.preview';
const ISSUED = 'shared_payment/issued_tokens';
const soon = () => String(Math.floor(Date.now() / 1000) + 600);

describe('The double’s shared payment tokens', () => {
  let double: StripeDouble;

  beforeAll(async () => {
    double = await startStripeDouble();
  });

  const call = async (
    method: string,
    path: string,
    fields: Record<string, string> = {},
    { key = double.key, version = VERSION }: { key?: string; version?: string } = {},
  ): Promise<Answer> => {
    const response = await fetch(`${double.url}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'stripe-version': version },
      ...(method === 'POST' && { body: new URLSearchParams(fields) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };
  const terms = (more: Record<string, string> = {}) => ({
    ...{ payment_method: 'pm_card_visa', 'seller_details[network_business_profile]': 'profile_test_target' },
    ...{ 'usage_limits[currency]': 'usd', 'usage_limits[max_amount]': '5000', 'usage_limits[expires_at]': soon() },
    ...more,
  });
  const issue = (more: Record<string, string> = {}) => call('POST', ISSUED, terms(more));
  const SELLER = { key: 'sk_test_seller_target' };

  it('are known under a preview version only', async () => {
    expect((await call('POST', ISSUED, terms(), { version: '2026-10-28.endive' })).status).toBe(404);
    expect((await issue()).status).toBe(200);
  });

  it.each([
    ['no seller', { 'seller_details[network_business_profile]': 'target' }],
    ['no amount', { 'usage_limits[max_amount]': '0' }],
    ['no currency', { 'usage_limits[currency]': 'xyz' }],
    ['a time that is past', { 'usage_limits[expires_at]': '1700000000' }],
    ['a time beyond reason', { 'usage_limits[expires_at]': '4000000000' }],
    ['something that it does not know', { 'usage_limits[uses]': '3' }],
  ])('are not made with %s', async (_, more) => {
    expect((await issue(more)).status).toBe(400);
  });

  it('show their seller what they are good for, and nothing of the method behind', async () => {
    const { id } = (await issue()).body;
    const seen = await call('GET', `shared_payment/granted_tokens/${id}`, {}, SELLER);
    expect(seen.body).toMatchObject({ id, status: 'active', usage_limits: { max_amount: 5000, currency: 'usd' } });
    expect(seen.body).not.toHaveProperty('payment_method');
    const others = { key: 'sk_test_seller_walmart' };
    expect((await call('GET', `shared_payment/granted_tokens/${id}`, {}, others)).status).toBe(404);
    expect((await call('GET', `shared_payment/granted_tokens/${id}`)).status).toBe(404);
    expect((await call('GET', `${ISSUED}/${id}`, {}, SELLER)).status).toBe(404);
  });

  it('are the issuer’s to revoke, once', async () => {
    const { id } = (await issue()).body;
    expect((await call('POST', `${ISSUED}/${id}/revoke`, {}, SELLER)).status).toBe(404);
    expect((await call('POST', `${ISSUED}/${id}/revoke`)).body).toMatchObject({ deactivated_reason: 'revoked' });
    expect((await call('POST', `${ISSUED}/${id}/revoke`)).status).toBe(400);
  });

  it('survive a card that is declined, and tell nobody’s webhooks of the seller’s money', async () => {
    const { id } = (await issue({ payment_method: 'pm_card_chargeCustomerFail' })).body;
    const pay = { amount: '100', currency: 'usd', confirm: 'true', return_url: 'https://shop.example/' };
    const paying = { ...pay, 'payment_method_data[shared_payment_granted_token]': id! };
    const declined = await call('POST', 'payment_intents', paying, SELLER);
    expect([declined.status, declined.body.error?.code]).toEqual([402, 'card_declined']);
    expect((await call('GET', `${ISSUED}/${id}`)).body).toMatchObject({ status: 'active' });
    expect(await double.events.list()).toEqual([]);
  });
});
