import { PlacementRunner } from '../../src/checkout-session/placement-runner';
import { StoreAvailability } from '../../src/store-integrations';
import { OrderPolls } from '../../src/store-integrations/following/order-polls';
import { SafeClient } from '../../src/platform/http-client';
import { runQuotes } from './api-stores';
import { startApp, type RunningApp } from './app';
import { assertNone, leaksOfDatabase } from './leaks';
import { usd } from './sellers';
import { addDescribed, customer, eventually, place, readySession, sql, type Body, type Shopper } from './shopper';
import { answerOf, complete, consentOf } from './linking';
import { allowAt, connectStore, linkStore, startStore, type StoreSandbox } from './store-sandbox';
import { FAULT_KINDS, type FaultKind } from '../sandbox/stores/faults/faults';

/** Every one of the sandbox's faults at every step, told apart by what has to come of it: no fault is left out by oversight. */
const KINDS = FAULT_KINDS as readonly FaultKind[];
/** Nobody answers: such a call takes as long as it may, so they are met once where the others are met until the end. */
const SILENT = new Set<FaultKind>(['hang', 'hang_after']);
/** So long a call may take here, in ms: a store that says nothing is proved by seconds as well as by ten of them. */
const CALL_MS = 2_500;
/** What a purchase ends as that meets the fault while the store is asked to complete it; where nothing is said, as placed. */
const COMPLETED_AS: Partial<Record<FaultKind, string>> = {
  ...{ stock_gone: 'failed', price_moved: 'failed', declined: 'failed', review: 'action_required' },
};
/** Of a store checkout at its end: nothing is under way. */
const ENDS = ['placed', 'failed', 'continue_at_store', 'action_required'];

/** Ana's access tokens have run out. */
const EXPIRE_TOKENS = `UPDATE store_accounts SET refresh_after = now() - interval '1 hour', access_expires_at = now() WHERE user_id = $1`;

/** The whole table for one of the sandbox stores; a file each, for they take their time. */
export function describeFaults(kind: 'walmart' | 'target', prefix: 'WM' | 'TG'): void {
  let sandbox: StoreSandbox;
  let muse: RunningApp;
  let store: { id: string; hosts: string[] };
  let ana: Shopper;

  beforeAll(async () => {
    sandbox = await startStore(kind);
    muse = await startApp({ MUSE_ROLE: 'api', SANDBOX_ORIGINS: sandbox.url });
    const { storeId: id } = await connectStore(muse, sandbox);
    const [row] = await sql(muse, 'SELECT hosts FROM stores WHERE id = $1', [id]);
    store = { id, hosts: row.hosts };
    const client = muse.app.get(SafeClient, { strict: false });
    const fetch = client.fetch.bind(client);
    client.fetch = (address, request) =>
      fetch(address, { ...request, timeoutMs: Math.min(request?.timeoutMs ?? CALL_MS, CALL_MS) });
  }, 120_000);
  beforeEach(async () => {
    await sandbox.reset();
    await sql(muse, 'DELETE FROM store_breakers');
    ana = await customer(muse);
    await linkStore(ana, store.id);
  });
  afterAll(async () => assertNone(await leaksOfDatabase(muse.database)));

  const look = async (id: string): Promise<Body> => (await ana.get(`/checkout/sessions/${id}`).expect(200)).body;
  const quoted = async (): Promise<Body> => {
    const { title, cents } = (await sandbox.goods()).find(({ sku }) => sku === `${prefix}-1`)!;
    await addDescribed(ana, store, { productName: title, productSku: `${prefix}-1`, price: usd(cents), quantity: 2 });
    const { id } = await readySession(ana);
    await eventually(async () => {
      await runQuotes(muse, id);
      return (await look(id)).stores[0].status !== 'quoting';
    }, 60_000);
    return look(id);
  };
  const buy = async (session: Body): Promise<Body> => {
    await place(ana, session).expect(202);
    const stateOf = async (): Promise<Body> =>
      (await ana.get(`/checkout/sessions/${session.id}/status`).expect(200)).body.stores[0];
    const [{ id }] = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [session.id]);
    const runner = muse.app.get(PlacementRunner, { strict: false });
    for (let n = 0; n < 15; n++) {
      await runner.runOnce(id);
      const { status, action } = await stateOf();
      if (status === 'action_required' && action?.type === 'relink') await linkStore(ana, store.id);
      else if (ENDS.includes(status)) break;
      await sql(muse, `UPDATE placements SET next_attempt_at = now() WHERE id = $1`, [id]);
    }
    return stateOf();
  };
  /** The store's own book, and ours, are the same, with an order at most: with one where it is said to be placed. */
  const expectBooksToAgree = async ({ status }: Body) => {
    expect(ENDS).toContain(status);
    const theirs = (await sandbox.ledger()).map(({ id }) => id);
    const ours = (
      await sql(muse, 'SELECT store_order_id FROM orders WHERE store_id = $1 AND buyer_user_id = $2', [
        store.id,
        ana.id,
      ])
    ).map((row) => row.store_order_id as string | null);
    expect(theirs.length).toBeLessThanOrEqual(1);
    expect(ours.filter((id) => id !== null)).toEqual(theirs);
    expect(theirs).toHaveLength(status === 'placed' ? 1 : 0);
  };
  const met = async (step: string): Promise<boolean> => (await sandbox.calls(step)).some(({ fault }) => fault !== null);

  describe.each([
    ['create', KINDS],
    ['update', KINDS],
    ['get', KINDS],
  ] as const)('while it is quoted, at %s', (step, kinds) => {
    it.each(kinds)(
      '%s: quoted by it or by its next tier, and bought once or not at all',
      async (fault) => {
        const times = SILENT.has(fault) ? 1 : 2;
        await sandbox.fault({ step, kind: fault, times, ...(fault === 'slow' && { delayMs: 300 }) });
        let session = await quoted();
        if (session.stores[0].link?.status === 'relink') {
          await linkStore(ana, store.id);
          session = await look(session.id);
        }
        if (!session.readyToPlace || session.stores[0].checkout === 'on_store_site') {
          expect(await sandbox.ledger()).toEqual([]);
          return;
        }
        await expectBooksToAgree(await buy(session));
      },
      90_000,
    );
  });

  describe.each([
    ['complete', KINDS],
    ['update', KINDS],
    ['get', KINDS],
    // Its access token has run out, and another is asked for.
    ['token', KINDS],
  ] as const)('while it is placed, at %s', (step, kinds) => {
    it.each(kinds)(
      '%s: one order at most, and both books agree',
      async (fault) => {
        const session = await quoted();
        await sandbox.clearCalls();
        await sandbox.fault({ step, kind: fault, ...(fault === 'slow' && { delayMs: 300 }) });
        if (step === 'token') await sql(muse, EXPIRE_TOKENS, [ana.id]);
        const end = await buy(session);
        await expectBooksToAgree(end);
        if (step === 'token') expect(await met(step)).toBe(true);
        if (step !== 'complete') return;
        expect(await met(step)).toBe(true);
        expect(end.status).toBe(COMPLETED_AS[fault] ?? 'placed');
      },
      120_000,
    );
  });

  describe('while it is given up, at cancel', () => {
    it.each(KINDS)(
      '%s: no order, and both books agree',
      async (fault) => {
        const session = await quoted();
        await sandbox.clearCalls();
        await sandbox.fault({ step: 'complete', kind: 'declined' });
        await sandbox.fault({ step: 'cancel', kind: fault, ...(fault === 'slow' && { delayMs: 300 }) });
        const end = await buy(session);
        expect(await met('cancel')).toBe(true);
        await expectBooksToAgree(end);
        expect(end.status).not.toBe('placed');
      },
      120_000,
    );
  });

  describe.each(['metadata', 'token'] as const)('while an account is linked, at %s', (step) => {
    it.each(KINDS)(
      '%s: linked, or told that it is not; afterwards it can be',
      async (fault) => {
        const bo = await customer(muse);
        await sandbox.fault({ step, kind: fault, ...(fault === 'slow' && { delayMs: 300 }) });
        const begun = await bo.post(`/integrations/${store.id}/link`, { consent: await consentOf(bo) });
        expect([201, 503]).toContain(begun.status);
        if (begun.status === 201) {
          const back = await allowAt(begun.body.authorizationUrl);
          expect([200, 409, 503]).toContain((await complete(bo, answerOf(back))).status);
        }
        await sandbox.clearFaults();
        await linkStore(bo, store.id);
        expect(await sandbox.ledger()).toEqual([]);
      },
      60_000,
    );
  });

  // ACP shows an order in its checkout, and goods to nobody.
  const asked = kind === 'walmart' ? 'order' : 'get';
  it.each(KINDS)(
    `asked after an order, at ${asked}, %s: what is known of it stays right, and what comes after the fault is heard`,
    async (fault) => {
      expect((await buy(await quoted())).status).toBe('placed');
      await sandbox.webhooks.mode('withhold');
      const { id: orderId, total } = (await sandbox.ledger())[0]!;
      await eventually(async () => (await sql(muse, 'SELECT 1 FROM orders WHERE store_order_id = $1', [orderId]))[0]);
      const orders = muse.app.get(OrderPolls, { strict: false });
      const row = async (): Promise<Body> =>
        (
          await sql(muse, 'SELECT id, user_id, snapshot, next_poll_at FROM store_orders WHERE remote_id = $1', [
            orderId,
          ])
        )[0];
      // Followed as the worker would, were there one.
      await sql(
        muse,
        `INSERT INTO store_orders (store_id, remote_id, user_id, followed_at, next_poll_at, checkout_id)
         SELECT $1, $2, $3, now(), now(), (SELECT remote_id FROM store_api_checkouts WHERE store_id = $1 AND remote_order_id = $2)
         ON CONFLICT DO NOTHING`,
        [store.id, orderId, ana.id],
      );
      const poll = async () => {
        await sql(muse, 'UPDATE store_orders SET next_poll_at = now() WHERE remote_id = $1', [orderId]);
        await orders.runOnce((await row()).id);
      };
      await sandbox.advance({ orderId, to: 'shipped' });
      await sandbox.fault({ step: asked, kind: fault, times: 1, ...(fault === 'slow' && { delayMs: 300 }) });
      await poll();
      const during = (await row()).snapshot;
      if (during !== null) expect(during).toMatchObject({ id: orderId, totalCents: total });
      await sandbox.clearFaults();
      if (fault === 'token_revoked') await linkStore(ana, store.id);
      await poll();
      expect((await row()).snapshot).toMatchObject({ id: orderId, status: 'shipped', totalCents: total });
      expect(await sandbox.ledger()).toHaveLength(1);
    },
    60_000,
  );

  if (kind === 'walmart')
    it.each(KINDS)(
      'asked what of goods there is, at lookup, %s: an answer that is right, or none',
      async (fault) => {
        const goods = muse.app.get(StoreAvailability, { strict: false });
        const lines = [{ itemId: 'item', externalId: 'WM-1', quantity: 1 }];
        const ask = () =>
          goods.check(store.id, lines, 'USD').then(
            (found) => found,
            (error: { kind?: string }) => error.kind,
          );
        const truth = await ask();
        expect(truth).toMatchObject([{ itemId: 'item', priceCents: expect.any(Number) }]);
        await sandbox.fault({ step: 'lookup', kind: fault, times: 3, ...(fault === 'slow' && { delayMs: 300 }) });
        const during = await ask();
        const mayBe = ['unavailable', 'throttled', 'relink', 'refused'];
        const isTold = fault === 'stock_gone' || fault === 'price_moved';
        if (typeof during === 'string') expect(mayBe).toContain(during);
        else if (!isTold) expect(during).toEqual(truth);
        await sandbox.clearFaults();
        await sql(muse, 'DELETE FROM store_breakers');
        expect(await ask()).toMatchObject([{ itemId: 'item' }]);
      },
      60_000,
    );
}
