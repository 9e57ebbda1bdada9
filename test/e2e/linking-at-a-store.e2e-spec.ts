import { randomUUID } from 'node:crypto';
import { StoreAccounts, StoreCalls } from '../../src/store-integrations';
import type { Basket } from '../../src/store-integrations/protocols/store-api';
import { startApp, type RunningApp } from '../support/app';
import { assertNone, leaksOfDatabase } from '../support/leaks';
import { openChromium } from '../support/chromium';
import { answerOf, beginLink, complete } from '../support/linking';
import { openPartner } from '../support/market';
import { makeUser, signIn } from '../support/sellers';
import { customer, eventually, shopperOf, sql, type Body, type Shopper } from '../support/shopper';
import { allowAt, connectStore, linkStore, startStore, type StoreSandbox } from '../support/store-sandbox';

const AUSTIN = {
  ...{ firstName: 'Ana', lastName: 'Paz', line1: '500 Congress Ave', line2: 'Apt 4' },
  ...{ city: 'Austin', region: 'TX', postalCode: '78701', country: 'US', phone: '+15125550100' },
};

describe('Linking an account at the sandbox store', () => {
  let sandbox: StoreSandbox;
  let muse: RunningApp;
  let storeId: string;
  let ana: Shopper;
  let scopes: string[];

  beforeAll(async () => {
    sandbox = await startStore('walmart', { accessTokenSeconds: 5 });
    const metadata: Body = await (await fetch(`${sandbox.url}/.well-known/oauth-authorization-server`)).json();
    scopes = metadata.scopes_supported;
    muse = await startApp({ SANDBOX_ORIGINS: sandbox.url });
    const account = await makeUser(muse, 'admin');
    const admin = shopperOf(muse, account.id, await signIn(muse, account));
    storeId = (await openPartner(muse)).id;
    const oauth = { issuer: sandbox.url, clientId: 'muse', clientAuth: 'none', scopes };
    await admin
      .put(`/admin/stores/${storeId}/connection`, {
        protocol: 'ucp',
        baseUrl: sandbox.url,
        oauth,
        callsPerMinute: 100_000,
      })
      .expect(200);
    ana = await customer(muse);
  }, 120_000);
  afterAll(async () => assertNone(await leaksOfDatabase(muse.database)));

  const linkAna = async () => {
    const back = await allowAt(await beginLink(ana, storeId));
    return complete(ana, answerOf(back));
  };

  it('ends with an account that Muse may use, and addresses and cards to choose from', async () => {
    const { status, body } = await linkAna();
    expect([status, body]).toEqual([200, expect.objectContaining({ status: 'linked', scopes })]);
    expect(body.stored).toEqual(['access_token', 'refresh_token']);
    const addresses = await ana.get(`/integrations/${storeId}/addresses`);
    const instruments = await ana.get(`/integrations/${storeId}/instruments`);
    // Either the store offers it, or it is said that it does not.
    for (const answer of [addresses, instruments]) {
      if (answer.status === 409) expect(answer.body.code).toBe('not_offered_by_store');
      else expect([answer.status, answer.body.data.length > 0]).toEqual([200, true]);
    }
  });

  it('goes through a real browser, and ends on the page that began it', async () => {
    const browser = await openChromium();
    const page = await browser.newPage();
    const returnTo = `${muse.url}/m/linked`;
    await page.goto(await beginLink(ana, storeId, { returnTo }));
    await page.type('input[name=username]', 'ana');
    await page.type('input[name=password]', 'ana-store-passphrase');
    await Promise.all([page.waitForNavigation(), page.click('button[type=submit]')]);
    await Promise.all([page.waitForNavigation(), page.click('button[value=allow]')]);
    await page.waitForFunction('location.hash.includes("code")');
    const url = new URL(page.url());
    expect(`${url.origin}${url.pathname}`).toBe(returnTo);
    expect(await page.content()).not.toContain(new URLSearchParams(url.hash.slice(1)).get('code')!);
    await complete(ana, Object.fromEntries(new URLSearchParams(url.hash.slice(1)))).expect(200);
  }, 60_000);

  it('renews its tokens, and none of an older one is used twice', async () => {
    await linkAna();
    const accounts = muse.app.get(StoreAccounts, { strict: false });
    const seen = new Set<string>();
    await eventually(async () => {
      const access = (await accounts.accessFor(storeId, ana.id))!;
      const got = await Promise.all(Array.from({ length: 10 }, () => access.accessToken()));
      for (const token of got) seen.add(token);
      return seen.size === 3;
    }, 30_000);
    const { reuses } = await sandbox.grants();
    expect(reuses).toBe(0);
  }, 60_000);

  /** An order at the store, by the card that it has. */
  const buy = async (basket: Basket): Promise<{ id: string; number: string }> => {
    const calls = muse.app.get(StoreCalls, { strict: false });
    const { api, call } = (await calls.of(storeId, ana.id, randomUUID(), 20_000))!;
    const quote = await api.quote(call, { ...basket, address: AUSTIN });
    const { order } = await api.complete(call, quote.id, { type: 'saved', instrumentId: quote.instruments[0]!.id });
    return { id: order!.id, number: order!.number };
  };

  it('carries 50 quotes, look-ups and tracking calls at once, in two processes, past the end of its token: one refresh, no failure', async () => {
    const second = await startApp({
      ...{ SANDBOX_ORIGINS: sandbox.url, DATABASE_URL: muse.database, MUSE_ROLE: 'api' },
      ...{ JWT_SECRET: muse.config.JWT_SECRET!, MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY! },
      // A store shows an order to the platform that has placed it.
      PUBLIC_URL: muse.config.PUBLIC_URL,
    });
    const buyer = { email: 'ana@example.com', firstName: 'Ana', lastName: 'Paz' };
    const basket = {
      ...{ checkoutId: null, currency: 'USD', lines: [{ itemId: 'i', externalId: 'WM-1', quantity: 1 }], buyer },
      ...{ address: null, storeAddressId: null, deliveryOptionId: null, discountCodes: [] },
    };
    await sandbox.control('configure', { accessTokenSeconds: 8 });
    await linkAna();
    // What comes after it holds long enough to be seen once.
    await sandbox.control('configure', { accessTokenSeconds: 3_600 });
    const bought = await buy(basket);
    const before = (await sandbox.grants()).grants.reduce((sum, { refreshes }) => sum + refreshes, 0);
    const refreshes = async () =>
      (await sandbox.grants()).grants.reduce((sum, grant) => sum + grant.refreshes, 0) - before;
    let isOver = 0;
    let quotes = 0;
    const shopper = async (app: RunningApp) => {
      const calls = app.app.get(StoreCalls, { strict: false });
      const ask = async () => (await calls.of(storeId, ana.id, randomUUID(), 20_000))!;
      // Each goes on until it has been through it.
      while (isOver === 0) {
        const quoting = await ask();
        const quote = await quoting.api.quote(quoting.call, basket);
        const looking = await ask();
        expect(await looking.api.retrieve(looking.call, quote.id)).toMatchObject({ id: quote.id, currency: 'USD' });
        const tracking = await ask();
        expect(await tracking.api.order!(tracking.call, bought.id)).toMatchObject(bought);
        quotes++;
        isOver += (await refreshes()) > 0 ? 1 : 0;
      }
    };
    await Promise.all(Array.from({ length: 50 }, (_, place) => shopper(place % 2 === 0 ? muse : second)));
    expect(quotes).toBeGreaterThanOrEqual(50);
    expect([await refreshes(), (await sandbox.grants()).reuses]).toEqual([1, 0]);
  }, 90_000);

  it('is over where the shopper ends it at the store, until it is linked again', async () => {
    await linkAna();
    await sandbox.control('revokeGrants', {});
    await sql(muse, `UPDATE store_accounts SET refresh_after = now() - interval '1 hour', access_expires_at = now()`);
    const accounts = muse.app.get(StoreAccounts, { strict: false });
    const access = (await accounts.accessFor(storeId, ana.id))!;
    await expect(access.accessToken()).rejects.toMatchObject({ kind: 'relink' });
    expect((await ana.get(`/integrations/${storeId}`).expect(200)).body.status).toBe('relink');
    expect((await linkAna()).status).toBe(200);
  });

  it('is revoked at the store when it is unlinked', async () => {
    await linkAna();
    const before = (await sandbox.grants()).grants.filter(({ revoked }) => !revoked).length;
    await ana.delete('/integrations').expect(200);
    await eventually(async () => (await sandbox.grants()).grants.filter(({ revoked }) => !revoked).length < before);
    await eventually(async () => (await sql(muse, 'SELECT 1 FROM store_revocations')).length === 0);
  });

  it('cannot be finished with a code that was used, or is another’s', async () => {
    const first = answerOf(await allowAt(await beginLink(ana, storeId)));
    const second = answerOf(await allowAt(await beginLink(ana, storeId), { account: 'bo' }));
    expect((await complete(ana, { ...first, code: second['code'] })).body.code).toBe('link_refused');
    expect((await complete(ana, { ...second, state: first['state'] }, randomUUID())).body.code).toBe('link_used');
  });
});

describe('What a linked store holds for its shopper', () => {
  let muse: RunningApp;
  let shop: StoreSandbox;
  let ana: Shopper;
  let storeId: string;

  beforeAll(async () => {
    shop = await startStore('private');
    muse = await startApp({ SANDBOX_ORIGINS: shop.url });
    ({ storeId } = await connectStore(muse, shop));
    ana = await customer(muse);
    await linkStore(ana, storeId);
  }, 120_000);

  it('can be seen and chosen from: addresses, and of cards the brand and four digits', async () => {
    const { body: addresses } = await ana.get(`/integrations/${storeId}/addresses`).expect(200);
    expect(addresses.data.length).toBeGreaterThan(0);
    for (const address of addresses.data)
      expect(address).toMatchObject({ id: expect.any(String), line1: expect.any(String), country: 'US' });
    const { body: instruments } = await ana.get(`/integrations/${storeId}/instruments`).expect(200);
    expect(instruments.data.length).toBeGreaterThan(0);
    for (const instrument of instruments.data)
      expect(instrument).toEqual({
        ...{ id: expect.any(String), brand: expect.any(String), last4: expect.stringMatching(/^\d{4}$/) },
        isDefault: expect.any(Boolean),
      });
    // Asked of the store, and kept nowhere.
    expect(JSON.stringify(await sql(muse, 'SELECT * FROM store_accounts'))).not.toContain(addresses.data[0].line1);
  });

  it('is nobody else’s: each sees their own account', async () => {
    const bo = await customer(muse);
    await bo.get(`/integrations/${storeId}/addresses`).expect(404);
    await linkStore(bo, storeId, 'bo');
    const [mine, theirs] = [
      (await ana.get(`/integrations/${storeId}/addresses`).expect(200)).body,
      (await bo.get(`/integrations/${storeId}/addresses`).expect(200)).body,
    ];
    expect(theirs).not.toEqual(mine);
  });

  it('is asked for again by the shopper where the store does not answer, and to be linked again where it has ended', async () => {
    for (const kind of ['503', 'reset_before', 'malformed', 'redirect'] as const) {
      await shop.fault({ step: '*', kind, times: null });
      const { status, body } = await ana.get(`/integrations/${storeId}/addresses`);
      expect([kind, status, body.code]).toEqual([kind, 503, 'store_unavailable']);
      await shop.clearFaults();
    }
    await shop.control('revokeGrants', {});
    expect((await ana.get(`/integrations/${storeId}/addresses`)).body.code).toBe('relink_required');
    expect((await ana.get(`/integrations/${storeId}`).expect(200)).body.status).toBe('relink');
    await linkStore(ana, storeId);
    await ana.get(`/integrations/${storeId}/addresses`).expect(200);
  });
});
