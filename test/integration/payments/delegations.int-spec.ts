import { randomUUID } from 'node:crypto';
import { Payments, type Delegated, type NewDelegation } from '../../../src/payments';
import { Delegations } from '../../../src/payments/delegations/delegations';
import { Database } from '../../../src/platform/database';
import { startApp, type RunningApp } from '../../support/app';
import { leaksOfDatabase } from '../../support/leaks';
import { settingsOf } from '../../support/paying';
import { makeStore, makeUser } from '../../support/sellers';
import { customer, sql, type Body, type Shopper } from '../../support/shopper';
import { startStripeDouble, type StripeDouble } from '../../support/stripe-double';

const PREVIEW = { STRIPE_PREVIEW_VERSION: '2026-04-22.preview' };
const SELLER = 'profile_test_target';
const ISSUING = { method: 'POST', path: '/v1/shared_payment/issued_tokens' };

describe('A token by which a store is paid', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let storeId: string;

  beforeAll(async () => {
    stripe = await startStripeDouble();
    muse = await startApp({ ...settingsOf(stripe), ...PREVIEW });
    ({ id: storeId } = await makeStore(muse, await makeUser(muse)));
  });
  afterEach(() => stripe.faults.clear());

  const payments = () => muse.app.get(Payments, { strict: false });
  const delegations = () => muse.app.get(Delegations, { strict: false });
  const shopperWithCard = async (token = 'pm_card_visa'): Promise<{ ana: Shopper; paymentMethodId: string }> => {
    const ana = await customer(muse);
    const { body } = await ana.post('/payment-methods', { providerToken: token }).expect(201);
    return { ana, paymentMethodId: body.id };
  };
  const wantedOf = async (token?: string, change: Partial<NewDelegation> = {}): Promise<NewDelegation> => {
    const { ana } = await shopperWithCard(token);
    return {
      ...{
        id: randomUUID(),
        userId: ana.id,
        paymentMethodId: null,
        storeId,
        seller: SELLER,
        maxCents: 5000,
        currency: 'USD',
      },
      ...change,
    };
  };
  const tokenOf = (delegated: Delegated): string => {
    if (delegated.type !== 'granted') throw new Error(`It was ${delegated.type}: ${delegated.code}`);
    return delegated.token;
  };
  const rowOf = async (id: string): Promise<Body> =>
    (await sql(muse, 'SELECT * FROM payment_delegations WHERE id = $1', [id]))[0];
  const tokensAt = async (id: string) =>
    (await stripe.objects()).sharedTokens.filter(({ seller_details }) => seller_details.external_id === id);
  const end = (id: string) =>
    muse.app.get(Database, { strict: false }).transaction((tx) => payments().endDelegation(tx, id));
  /** The seller takes money by it, at Stripe. */
  const charge = (token: string, { amount = 5000, currency = 'usd', seller = 'target' } = {}) =>
    fetch(`${stripe.url}/v1/payment_intents`, {
      method: 'POST',
      headers: { authorization: `Bearer sk_test_seller_${seller}` },
      body: new URLSearchParams({
        ...{ amount: String(amount), currency, confirm: 'true', return_url: 'https://shop.example/back' },
        'payment_method_data[shared_payment_granted_token]': token,
      }),
    }).then(async (response) => ({ status: response.status, body: (await response.json()) as Body }));

  it('is for one store, up to what was agreed, within the hour', async () => {
    const wanted = await wantedOf();
    const delegated = await payments().delegate(wanted);
    expect(delegated).toMatchObject({ type: 'granted', provider: 'stripe', token: expect.stringMatching(/^spt_/) });
    const [token] = await tokensAt(wanted.id);
    expect(token).toMatchObject({
      ...{ status: 'active', seller_details: { network_business_profile: SELLER, external_id: wanted.id } },
      usage_limits: { currency: 'usd', max_amount: 5000 },
    });
    const seconds = token!.usage_limits.expires_at - Date.now() / 1000;
    expect([seconds > 3_500, seconds <= 3_600]).toEqual([true, true]);
    expect((await charge(tokenOf(delegated))).body).toMatchObject({ status: 'succeeded', amount_received: 5000 });
  });

  it.each([
    ['another store', { seller: 'walmart' }, 'resource_missing'],
    ['more than was agreed', { amount: 5001 }, 'shared_payment_token_not_usable'],
    ['another currency', { currency: 'eur' }, 'shared_payment_token_not_usable'],
  ])('gives nothing to %s', async (_, how, code) => {
    const token = tokenOf(await payments().delegate(await wantedOf()));
    expect(await charge(token, how)).toMatchObject({ status: 400, body: { error: { code } } });
    // It is as good as before, for whom it is.
    expect((await charge(token)).status).toBe(200);
  });

  it('works once', async () => {
    const token = tokenOf(await payments().delegate(await wantedOf()));
    expect((await charge(token, { amount: 1000 })).status).toBe(200);
    expect((await charge(token, { amount: 1000 })).body.error).toMatchObject({
      code: 'shared_payment_token_not_usable',
    });
  });

  it('works no more when its time is over', async () => {
    const token = tokenOf(await payments().delegate(await wantedOf()));
    await stripe.expireSharedToken(token);
    expect((await charge(token)).body.error.message).toContain('expired');
  });

  it('is the same for the same purchase, whoever asks and however often', async () => {
    const wanted = await wantedOf();
    const all = await Promise.all(Array.from({ length: 5 }, () => payments().delegate(wanted)));
    const tokens = new Set(all.flatMap((one) => (one.type === 'granted' ? [one.token] : [])));
    tokens.add(tokenOf(await payments().delegate(wanted)));
    expect(tokens.size).toBe(1);
    expect(await tokensAt(wanted.id)).toHaveLength(1);
    expect((await sql(muse, 'SELECT id FROM payment_delegations WHERE id = $1', [wanted.id])).length).toBe(1);
  });

  it('is one of many from one card, each with its own store and cap', async () => {
    const { ana, paymentMethodId } = await shopperWithCard();
    const sellers = ['one', 'two', 'three'];
    const tokens = await Promise.all(
      sellers.map(async (name, at) => {
        const cap = { seller: `profile_test_${name}`, maxCents: 1000 * (at + 1), currency: 'USD' };
        return tokenOf(
          await payments().delegate({ id: randomUUID(), userId: ana.id, paymentMethodId, storeId, ...cap }),
        );
      }),
    );
    for (const [at, token] of tokens.entries()) {
      expect((await charge(token, { seller: sellers[(at + 1) % 3]!, amount: 1000 })).status).toBeGreaterThanOrEqual(
        400,
      );
      expect((await charge(token, { seller: sellers[at]!, amount: 1000 * (at + 1) })).status).toBe(200);
    }
  });

  it.each([
    ['another cap', { maxCents: 6000 }],
    ['another store at the provider', { seller: 'profile_test_other' }],
    ['another currency', { currency: 'EUR' }],
  ])('is not given under the same purchase for %s', async (_, change) => {
    const wanted = await wantedOf();
    await payments().delegate(wanted);
    expect(await payments().delegate({ ...wanted, ...change })).toEqual({ type: 'refused', code: 'terms_changed' });
    expect(await tokensAt(wanted.id)).toHaveLength(1);
  });

  it('is not given to somebody else, nor from a card that is not theirs, or is gone', async () => {
    const wanted = await wantedOf();
    await payments().delegate(wanted);
    const { ana, paymentMethodId } = await shopperWithCard();
    const nobody = { type: 'refused', code: 'no_method' };
    expect(await payments().delegate({ ...wanted, userId: ana.id })).toEqual(nobody);
    const theirs = { ...wanted, id: randomUUID(), paymentMethodId };
    expect(await payments().delegate(theirs)).toEqual(nobody);
    await ana.delete(`/payment-methods/${paymentMethodId}`).expect(204);
    expect(await payments().delegate({ ...theirs, userId: ana.id })).toEqual(nobody);
    expect(await payments().delegate({ ...theirs, userId: ana.id, paymentMethodId: null })).toEqual(nobody);
  });

  it('is refused where the bank wants to see the shopper, and stays refused', async () => {
    const wanted = await wantedOf('pm_card_authenticationRequired');
    for (let times = 0; times < 2; times++)
      expect(await payments().delegate(wanted)).toEqual({ type: 'refused', code: 'authentication_failed' });
  });

  it('whose answer was lost is had by asking again, and not made twice', async () => {
    const wanted = await wantedOf();
    // stripe-node itself asks once more after a reset.
    await stripe.faults.add({ ...ISSUING, kind: 'reset_after', times: 2 });
    expect(await payments().delegate(wanted)).toEqual({ type: 'unavailable', code: 'no_answer' });
    expect((await payments().delegate(wanted)).type).toBe('granted');
    expect(await tokensAt(wanted.id)).toHaveLength(1);
  });

  it('is asked for under another key where the provider failed under the first', async () => {
    const wanted = await wantedOf();
    await stripe.faults.add({ ...ISSUING, kind: 'error_500_after' });
    expect(await payments().delegate(wanted)).toEqual({ type: 'unavailable', code: 'http_500' });
    expect((await payments().delegate(wanted)).type).toBe('granted');
  });

  it('of a purchase that came to nothing is revoked, and not given again', async () => {
    const wanted = await wantedOf();
    const token = tokenOf(await payments().delegate(wanted));
    await end(wanted.id);
    expect(await payments().delegate(wanted)).toEqual({ type: 'refused', code: 'ended' });
    await delegations().endOnce();
    expect(await rowOf(wanted.id)).toMatchObject({ status: 'ended' });
    expect((await charge(token)).body.error.message).toContain('revoked');
    // What was never asked for has no end.
    await end(randomUUID());
  });

  it('that was used is not to be revoked any more, and its row comes to an end all the same', async () => {
    const wanted = await wantedOf();
    expect((await charge(tokenOf(await payments().delegate(wanted)))).status).toBe(200);
    await end(wanted.id);
    await delegations().endOnce();
    expect(await rowOf(wanted.id)).toMatchObject({ status: 'ended' });
    expect((await tokensAt(wanted.id))[0]).toMatchObject({ deactivated_reason: 'consumed' });
  });

  it('is revoked once the provider answers again', async () => {
    const wanted = await wantedOf();
    const token = tokenOf(await payments().delegate(wanted));
    await end(wanted.id);
    await stripe.faults.add({
      method: 'POST',
      path: `/v1/shared_payment/issued_tokens/${token}/revoke`,
      kind: 'rate_limit_429',
      times: 50,
    });
    await delegations().endOnce();
    expect(await rowOf(wanted.id)).toMatchObject({ status: 'ending' });
    await stripe.faults.clear();
    await sql(muse, 'UPDATE payment_delegations SET next_attempt_at = now() WHERE id = $1', [wanted.id]);
    await delegations().endOnce();
    expect(await rowOf(wanted.id)).toMatchObject({ status: 'ended' });
  });

  it('expires here too', async () => {
    const wanted = await wantedOf();
    await payments().delegate(wanted);
    await sql(
      muse,
      `UPDATE payment_delegations SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour' WHERE id = $1`,
      [wanted.id],
    );
    expect(await payments().delegate(wanted)).toEqual({ type: 'refused', code: 'expired' });
  });

  it('stands nowhere: not in the database, not in the log', async () => {
    tokenOf(await payments().delegate(await wantedOf()));
    expect(await leaksOfDatabase(muse.database)).toEqual([]);
  });

  it('goes with the account', async () => {
    const { ana } = await shopperWithCard();
    const id = randomUUID();
    const terms = { storeId, seller: SELLER, maxCents: 100, currency: 'USD' };
    await payments().delegate({ id, userId: ana.id, paymentMethodId: null, ...terms });
    await ana.delete('/me').expect(200);
    expect(await rowOf(id)).toBeUndefined();
    expect(
      await payments().delegate({ id: randomUUID(), userId: ana.id, paymentMethodId: null, ...terms }),
    ).toMatchObject({
      ...{ type: 'refused', code: 'no_method' },
    });
  });

  it('asks for amounts that the provider can move', async () => {
    await expect(payments().delegate(await wantedOf(undefined, { maxCents: 0 }))).rejects.toMatchObject({
      code: 'amount_not_chargeable',
    });
  });

  it('is offered by nobody unless it is configured', async () => {
    const plain = await startApp({ ...settingsOf(stripe), DATABASE_URL: muse.database, MUSE_ROLE: 'api' });
    const off = plain.app.get(Payments, { strict: false });
    expect([off.delegatesBy, payments().delegatesBy]).toEqual([null, 'stripe']);
    expect(await off.delegate(await wantedOf())).toEqual({ type: 'refused', code: 'not_offered' });
    await plain.close();
  });
});
