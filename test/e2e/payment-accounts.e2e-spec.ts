import { randomUUID } from 'node:crypto';
import { PayableStores, PaymentAccounts } from '../../src/payments';
import { Database } from '../../src/platform/database';
import { startApp, type RunningApp } from '../support/app';
import { settingsOf, startPaying } from '../support/paying';
import { makePartnerStore, makeStore, makeUser, signIn } from '../support/sellers';
import { eventually, shopperOf, sql, statusesOf, type Body, type Shopper } from '../support/shopper';
import type { FaultKind } from '../sandbox/stripe/faults/faults';
import type { StripeDouble } from '../support/stripe-double';

const BACK = { returnUrl: 'http://localhost:5173/payments', refreshUrl: 'http://localhost:5173/payments/again' };

describe('The payment account of a store', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let admin: Shopper;

  beforeAll(async () => {
    ({ muse, stripe } = await startPaying({ MUSE_ROLE: 'api' }));
    const account = await makeUser(muse, 'admin');
    admin = shopperOf(muse, account.id, await signIn(muse, account));
  });

  interface Merchant extends Shopper {
    storeId: string;
    path: string;
  }
  const merchant = async (overrides: object = {}): Promise<Merchant> => {
    const user = await makeUser(muse);
    const { id: storeId } = await makeStore(muse, user, overrides);
    const headers = await signIn(muse, user);
    return { ...shopperOf(muse, user.id, headers), storeId, path: `/merchant/stores/${storeId}/payment-account` };
  };
  const read = async ({ get, path }: Merchant): Promise<Body> => (await get(path).expect(200)).body;
  const accountOf = async ({ storeId }: Merchant): Promise<string> =>
    (await sql(muse, 'SELECT provider_account_id AS id FROM payment_accounts WHERE store_id = $1', [storeId]))[0].id;
  const accountsAtStripe = async ({ storeId }: Merchant) =>
    (await stripe.objects()).accounts.filter(({ metadata }) => metadata?.['muse_store_id'] === storeId);
  const age = ({ storeId }: Merchant) =>
    sql(muse, `UPDATE payment_accounts SET synced_at = synced_at - interval '2 minutes' WHERE store_id = $1`, [
      storeId,
    ]);
  const sync = (id: string) => muse.app.get(PaymentAccounts, { strict: false }).sync(id);
  const payable = async ({ storeId }: Merchant) =>
    (await muse.app.get(PayableStores, { strict: false }).of(muse.app.get(Database, { strict: false }), [storeId])).get(
      storeId,
    );
  const events = (storeId: string) =>
    sql(muse, 'SELECT type, payload FROM events WHERE aggregate_id = $1 AND type LIKE $2 ORDER BY id', [
      storeId,
      'payment.%',
    ]);

  it('is none at first, and says why the store cannot be paid', async () => {
    const shop = await merchant();
    expect(await read(shop)).toEqual({
      status: 'none',
      ...{
        payable: false,
        chargesEnabled: false,
        payoutsEnabled: false,
        reason: 'not_onboarded',
        disabledReason: null,
      },
      requirements: { currentlyDue: [], pastDue: [], pendingVerification: [] },
      platformFeePpm: 50_000,
    });
  });

  it('is opened with what the store is, without a word about its owner, and waits for the merchant', async () => {
    const shop = await merchant({ currency: 'USD', country: 'US' });
    const { body } = await shop.post(shop.path).expect(201);
    expect(body).toMatchObject({ status: 'incomplete', payable: false, reason: 'not_enabled' });
    expect(body.requirements.currentlyDue).toContain('external_account');
    const [account] = await accountsAtStripe(shop);
    expect(account).toMatchObject({ country: 'US', default_currency: 'usd', email: null });
    expect(account!.metadata).toEqual({ muse_store_id: shop.storeId });
  });

  it('is one, when ten ask at once, and when somebody asks again', async () => {
    const shop = await merchant();
    const answers = await Promise.all(Array.from({ length: 10 }, () => shop.post(shop.path)));
    expect(statusesOf(answers)).toEqual(Array(10).fill(201));
    await shop.post(shop.path).expect(201);
    expect(await accountsAtStripe(shop)).toHaveLength(1);
    expect(await events(shop.storeId)).toEqual([
      { type: 'payment.account_changed', payload: { storeId: shop.storeId, payable: false } },
    ]);
  });

  it('is one, whatever is lost on the way', async () => {
    const kinds: FaultKind[] = [
      ...(['reset_before', 'reset_after', 'error_500_before'] as const),
      ...(['error_500_after', 'conflict_409', 'rate_limit_429'] as const),
    ];
    for (const kind of kinds) {
      const shop = await merchant();
      await stripe.faults.add({ method: 'POST', path: '/v1/accounts', kind });
      await shop.post(shop.path).expect(201);
      expect([kind, (await accountsAtStripe(shop)).length]).toEqual([kind, 1]);
      await stripe.faults.clear();
    }
  });

  it('that was asked for yesterday is looked for before it is asked for again, and made under a new key if it is not there', async () => {
    const [made, lost] = [await merchant(), await merchant()];
    await made.post(made.path).expect(201);
    const id = await accountOf(made);
    const yesterday = `asked_at = now() - interval '24 hours'`;
    await sql(
      muse,
      `UPDATE payment_accounts SET provider_account_id = NULL, asked_at = asked_at - interval '24 hours' WHERE store_id = $1`,
      [made.storeId],
    );
    await sql(
      muse,
      `INSERT INTO payment_accounts (store_id, provider, country, currency, asked_at) VALUES ($1, 'stripe', 'US', 'USD', now())`,
      [lost.storeId],
    );
    const [{ key }] = await sql(
      muse,
      `UPDATE payment_accounts SET ${yesterday} WHERE store_id = $1 RETURNING provider_key AS key`,
      [lost.storeId],
    );
    await made.post(made.path).expect(201);
    expect(await accountOf(made)).toBe(id);
    expect(await accountsAtStripe(made)).toHaveLength(1);
    await lost.post(lost.path).expect(201);
    expect(await accountsAtStripe(lost)).toHaveLength(1);
    const [after] = await sql(muse, 'SELECT provider_key AS key FROM payment_accounts WHERE store_id = $1', [
      lost.storeId,
    ]);
    expect(after.key).not.toBe(key);
  });

  it('takes an Idempotency-Key: the same answers again, and not for another store', async () => {
    const shop = await merchant();
    const key = { 'idempotency-key': randomUUID() };
    const first = await shop.post(shop.path, undefined, key).expect(201);
    const again = await shop.post(shop.path, undefined, key).expect(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
    await shop.post(shop.path, { x: 1 }, { 'idempotency-key': key['idempotency-key'] }).expect(422);
  });

  it('is enabled once the provider says so: told by a webhook, or seen by whoever looks a minute later', async () => {
    const [told, seen] = [await merchant(), await merchant()];
    for (const shop of [told, seen]) {
      await shop.post(shop.path).expect(201);
      await stripe.onboard(await accountOf(shop));
      expect(await read(shop)).toMatchObject({ status: 'incomplete' });
    }
    expect(await sync(await accountOf(told))).toBe(true);
    await age(seen);
    for (const shop of [told, seen]) {
      expect(await read(shop)).toMatchObject({ status: 'enabled', payable: true, reason: null, chargesEnabled: true });
      expect(await payable(shop)).toEqual({ payable: true, reason: null, feePpm: 50_000 });
      expect((await events(shop.storeId)).at(-1)).toEqual({
        type: 'payment.account_changed',
        payload: { storeId: shop.storeId, payable: true },
      });
      const { body } = await shop.get('/merchant/stores').expect(200);
      expect(body.data[0]).toMatchObject({ id: shop.storeId, payable: true });
    }
  });

  it('tells of a change once, however often it is told itself', async () => {
    const shop = await merchant();
    await shop.post(shop.path).expect(201);
    const id = await accountOf(shop);
    await stripe.onboard(id);
    await Promise.all(Array.from({ length: 20 }, () => sync(id)));
    expect((await events(shop.storeId)).map(({ payload }) => payload.payable)).toEqual([false, true]);
    await stripe.changeAccount(id, { payouts_enabled: false, disabled_reason: 'rejected.fraud' });
    await Promise.all(Array.from({ length: 5 }, () => sync(id)));
    expect((await events(shop.storeId)).map(({ payload }) => payload.payable)).toEqual([false, true, false]);
    expect(await read(shop)).toMatchObject({ status: 'disabled', payable: false, disabledReason: 'rejected.fraud' });
  });

  it('gives its store a new version with every change that a checkout could see', async () => {
    const shop = await merchant();
    const version = async () =>
      (await sql(muse, 'SELECT xmin::text || ctid::text AS v FROM stores WHERE id = $1', [shop.storeId]))[0].v;
    const seen = [await version()];
    await shop.post(shop.path).expect(201);
    seen.push(await version());
    await stripe.onboard(await accountOf(shop));
    await sync(await accountOf(shop));
    seen.push(await version());
    await admin.put(`/admin/stores/${shop.storeId}/platform-fee`, { ppm: 1 }).expect(200);
    seen.push(await version());
    expect(new Set(seen).size).toBe(4);
    // Nothing is other than before: what processes keep of the store is still good.
    await sync(await accountOf(shop));
    await admin.put(`/admin/stores/${shop.storeId}/platform-fee`, { ppm: 1 }).expect(200);
    expect(await version()).toBe(seen.at(-1));
  });

  it('in another currency than the store does not make it payable', async () => {
    const shop = await merchant();
    await shop.post(shop.path).expect(201);
    await stripe.onboard(await accountOf(shop));
    await sync(await accountOf(shop));
    await sql(muse, `UPDATE payment_accounts SET currency = 'EUR' WHERE store_id = $1`, [shop.storeId]);
    expect(await payable(shop)).toMatchObject({ payable: false, reason: 'wrong_currency' });
    expect((await shop.get('/merchant/stores').expect(200)).body.data[0].payable).toBe(false);
  });

  it('is told as it was known where the provider does not answer', async () => {
    const shop = await merchant();
    await shop.post(shop.path).expect(201);
    await age(shop);
    await stripe.faults.add({
      method: 'GET',
      path: `/v1/accounts/${await accountOf(shop)}`,
      kind: 'error_500',
    } as never);
    expect(await read(shop)).toMatchObject({ status: 'incomplete' });
    await stripe.faults.clear();
  });

  it('has a link for what is missing, which leads back to our own front ends only', async () => {
    const shop = await merchant();
    const missing = await shop.post(`${shop.path}/link`, BACK).expect(409);
    expect(missing.body.code).toBe('payment_account_missing');
    await shop.post(shop.path).expect(201);
    const { body } = await shop.post(`${shop.path}/link`, BACK).expect(201);
    expect(body.url).toContain(await accountOf(shop));
    expect(new Date(body.expiresAt).getTime()).toBeGreaterThan(Date.now());
    for (const name of ['returnUrl', 'refreshUrl']) {
      for (const url of ['https://evil.example/x', 'http://10.0.0.1/x', 'not an address', 'https://u@localhost/']) {
        const refused = await shop.post(`${shop.path}/link`, { ...BACK, [name]: url }).expect(422);
        expect(refused.body.errors).toEqual([{ pointer: `/${name}`, detail: expect.any(String) }]);
      }
      await shop.post(`${shop.path}/link`, { ...BACK, [name]: undefined }).expect(400);
      await shop.post(`${shop.path}/link`, { ...BACK, [name]: 7 }).expect(400);
    }
    await shop.post(`${shop.path}/link`, { ...BACK, more: 1 }).expect(400);
    const key = { 'idempotency-key': randomUUID() };
    await shop.post(`${shop.path}/link`, BACK, key).expect(201);
    await shop.post(`${shop.path}/link`, BACK, key).expect(201);
    await shop.post(`${shop.path}/link`, { ...BACK, returnUrl: 'http://localhost/else' }, key).expect(422);
  });

  it("is its owner's alone, and partner stores have none", async () => {
    const [shop, other] = [await merchant(), await merchant()];
    await shop.post(shop.path).expect(201);
    const partner = await makePartnerStore(muse);
    for (const [who, storeId] of [
      [other, shop.storeId],
      [admin, shop.storeId],
      [admin, partner.id],
      [shop, randomUUID()],
    ] as const) {
      const path = `/merchant/stores/${storeId}/payment-account`;
      for (const answer of [await who.get(path), await who.post(path), await who.post(`${path}/link`, BACK)])
        expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    }
    await muse.http.get(`/api/v1${shop.path}`).expect(401);
  });

  it('bears the fee that an admin sets, from then on, and none that is no share', async () => {
    const [shop, partner] = [await merchant(), await makePartnerStore(muse)];
    const path = `/admin/stores/${shop.storeId}/platform-fee`;
    expect((await admin.put(path, { ppm: 25_000 }).expect(200)).body).toEqual({
      platformFeePpm: 25_000,
      isDefault: false,
    });
    expect(await payable(shop)).toEqual({ payable: false, reason: 'not_onboarded', feePpm: 25_000 });
    await shop.post(shop.path).expect(201);
    expect(await read(shop)).toMatchObject({ status: 'incomplete', platformFeePpm: 25_000 });
    expect((await admin.put(path, { ppm: null }).expect(200)).body).toEqual({
      platformFeePpm: 50_000,
      isDefault: true,
    });
    for (const ppm of [-1, 1_000_001, 0.5, '5', undefined]) await admin.put(path, { ppm }).expect(400);
    await admin.put(`/admin/stores/${partner.id}/platform-fee`, { ppm: 1 }).expect(404);
    await admin.put(`/admin/stores/${randomUUID()}/platform-fee`, { ppm: 1 }).expect(404);
    await shop.put(path, { ppm: 0 }).expect(403);
  });

  it('that the provider refuses is refused, with its reason', async () => {
    const shop = await merchant();
    await sql(muse, `UPDATE stores SET country = 'ZZ' WHERE id = $1`, [shop.storeId]);
    await stripe.faults.add({ method: 'POST', path: '/v1/accounts', kind: 'refuse', status: 400 });
    const answer = await shop.post(shop.path);
    await stripe.faults.clear();
    expect([answer.status, answer.body.code]).toEqual([409, 'payment_account_refused']);
  });

  it('that the provider does not know any more is disabled', async () => {
    const shop = await merchant();
    await shop.post(shop.path).expect(201);
    await stripe.onboard(await accountOf(shop));
    await sync(await accountOf(shop));
    await sql(muse, `UPDATE payment_accounts SET provider_account_id = 'acct_gone' || store_id WHERE store_id = $1`, [
      shop.storeId,
    ]);
    await sync(await accountOf(shop));
    expect(await read(shop)).toMatchObject({ status: 'disabled', payable: false, disabledReason: 'account_gone' });
  });

  it('is not put back by an answer to an earlier question', async () => {
    const shop = await merchant();
    await shop.post(shop.path).expect(201);
    const id = await accountOf(shop);
    await stripe.faults.add({ method: 'GET', path: '/v1/accounts/:id', kind: 'slow', delayMs: 1_000 });
    const slow = sync(id);
    await eventually(async () => (await stripe.faults.list()).length === 0 || (await stripe.faults.list())[0]!.met > 0);
    // Asked later and answered first, and then what the earlier answer says is of before it.
    await sql(
      muse,
      `UPDATE payment_accounts SET charges_enabled = true, synced_at = clock_timestamp() WHERE store_id = $1`,
      [shop.storeId],
    );
    await slow;
    expect(await read(shop)).toMatchObject({ chargesEnabled: true });
    await stripe.faults.clear();
  });

  it('of nobody is no news', async () => {
    expect(await sync('acct_unknown')).toBe(false);
  });

  it('is not to be had where no provider is configured, and then nobody is payable', async () => {
    const shop = await merchant();
    await shop.post(shop.path).expect(201);
    await stripe.onboard(await accountOf(shop));
    await sync(await accountOf(shop));
    const settings = Object.fromEntries(Object.keys(settingsOf(stripe)).map((name) => [name, '']));
    const { JWT_SECRET, MUSE_MASTER_KEY } = muse.config as unknown as Record<string, string>;
    const off = await startApp({
      ...settings,
      ...{ MUSE_ROLE: 'api', DATABASE_URL: muse.database, JWT_SECRET: JWT_SECRET!, MUSE_MASTER_KEY: MUSE_MASTER_KEY! },
    });
    const here = shopperOf(off, shop.id, shop.headers);
    expect((await here.get(shop.path).expect(200)).body).toMatchObject({ payable: false, reason: 'not_enabled' });
    expect((await here.post(shop.path).expect(503)).body.code).toBe('payments_off');
    await off.close();
  });
});
