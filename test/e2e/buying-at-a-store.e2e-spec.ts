import { join } from 'node:path';
import { PlacementRunner } from '../../src/checkout-session/placement-runner';
import { API_CHECKOUT_STEPS } from '../../src/store-integrations';
import { runQuotes } from '../support/api-stores';
import { startApp, type RunningApp } from '../support/app';
import { assertNone, leaksOfDatabase } from '../support/leaks';
import { startProcess } from '../support/process';
import { usd } from '../support/sellers';
import {
  addDescribed,
  customer,
  eventually,
  place,
  readySession,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { connectStore, linkStore, startStore, type StoreSandbox } from '../support/store-sandbox';
import type { NewFault } from '../sandbox/stores/faults/faults';

const PRELOAD = join(__dirname, '..', 'support', 'die-at-store-step.cjs');
/** A sandbox store delivers nothing to New York without tax of its own: Texas has 8.25 %. */
const TEXAS = {
  ...{
    name: 'Ana Pérez',
    line1: '500 E Cesar Chavez St',
    city: 'Austin',
    region: 'TX',
    postalCode: '78701',
    country: 'US',
  },
};

/** The steps are those of one runner, whatever the store speaks; a worker takes seconds to start. */
const KILLED_AT = { walmart: API_CHECKOUT_STEPS, target: ['promised', 'answered'] } as const;

describe.each([
  ['walmart', 'WM'],
  ['target', 'TG'],
] as const)('Buying at the sandbox store %s', (kind, prefix) => {
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
  }, 120_000);
  beforeEach(async () => {
    await sandbox.reset();
    await sql(muse, 'DELETE FROM store_breakers');
    ana = await customer(muse);
    await linkStore(ana, store.id);
  });
  afterAll(async () => assertNone(await leaksOfDatabase(muse.database)));

  const good = async (sku: string) => (await sandbox.goods()).find((one) => one.sku === sku)!;
  const fill = async (sku = `${prefix}-1`, quantity = 2) => {
    const { title, cents } = await good(sku);
    await addDescribed(ana, store, { productName: title, productSku: sku, price: usd(cents), quantity });
  };
  const look = async (id: string): Promise<Body> => (await ana.get(`/checkout/sessions/${id}`).expect(200)).body;
  const quoted = async (): Promise<Body> => {
    const { id } = await readySession(ana);
    const { address, contact } = { address: TEXAS, contact: { email: 'ana@example.com' } };
    await ana.put(`/checkout/sessions/${id}/shipping`, { address, contact }).expect(200);
    await eventually(async () => {
      await runQuotes(muse, id);
      return (await look(id)).stores[0].status !== 'quoting';
    });
    return look(id);
  };
  const begin = async (sku?: string) => {
    await fill(sku);
    const session = await quoted();
    await place(ana, session).expect(202);
    const [row] = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [session.id]);
    return { session, placementId: row.id as string };
  };
  type Begun = Awaited<ReturnType<typeof begin>>;
  const stateOf = async ({ session }: Begun): Promise<Body> =>
    (await ana.get(`/checkout/sessions/${session.id}/status`).expect(200)).body.stores[0];
  const runner = () => muse.app.get(PlacementRunner, { strict: false });
  const toTheEnd = async (begun: Begun): Promise<Body> => {
    for (let n = 0; n < 12; n++) {
      await runner().runOnce(begun.placementId);
      const { status } = await stateOf(begun);
      if (status !== 'waiting' && status !== 'processing') break;
    }
    return stateOf(begun);
  };
  /** What the store's own book and ours say. */
  const books = async () => {
    const theirs = (await sandbox.ledger()).map(({ id }) => id);
    const rows = await sql(muse, 'SELECT store_order_id FROM orders WHERE store_id = $1 AND buyer_user_id = $2', [
      store.id,
      ana.id,
    ]);
    return [theirs, rows.map((row) => row.store_order_id)];
  };
  const expectOneOrder = async () => {
    const [theirs, ours] = await books();
    expect(ours).toHaveLength(1);
    expect(theirs).toEqual(ours);
  };
  const expectNoOrder = async () => expect(await books()).toEqual([[], []]);

  it('takes codes of the store’s own: what they take off is bought, and why one is refused is said', async () => {
    await fill();
    const { id, ...before } = await quoted();
    const give = async (codes: string[] | null) => {
      await ana.put(`/checkout/sessions/${id}/stores/${store.id}`, { storeDiscountCodes: codes }).expect(200);
      await eventually(async () => {
        await runQuotes(muse, id);
        return (await look(id)).stores[0].status !== 'quoting';
      });
      return look(id);
    };
    const off = Math.floor(before.stores[0].subtotal.amount / 10);
    const session = await give(['welcome10', 'NO-SUCH-CODE']);
    const [quote] = session.stores;
    expect(quote).toMatchObject({
      ...{ storeDiscountCodes: ['welcome10', 'NO-SUCH-CODE'], discount: usd(off), status: 'waiting' },
      discounts: [{ code: 'WELCOME10', fundedBy: 'store', amount: usd(off) }],
    });
    expect(quote.problems).toEqual([
      expect.objectContaining({
        ...{ code: 'discount_code_refused', severity: 'warning', discountCode: 'NO-SUCH-CODE' },
        storeCode: 'discount_code_invalid',
        detail: expect.stringContaining('NO-SUCH-CODE'),
      }),
    ]);
    expect([session.discount, session.readyToPlace]).toEqual([usd(off), true]);
    expect(session.total.amount).toBeLessThan(before.total.amount);
    expect((await give(null)).total).toEqual(before.total);
    const again = await give(['WELCOME10']);
    await place(ana, again).expect(202);
    const [{ id: placementId }] = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [id]);
    expect(await toTheEnd({ session: again, placementId })).toMatchObject({ status: 'placed' });
    await expectOneOrder();
    expect((await sandbox.ledger()).at(-1)).toMatchObject({ discount: off, total: again.total.amount });
    const { body } = await ana.get(`/orders?checkoutSessionId=${id}`).expect(200);
    expect(body.data).toMatchObject([{ total: again.total }]);
  });

  it('takes no codes of a form that none has', async () => {
    await fill();
    const { id } = await quoted();
    for (const codes of [
      ['A\nB'],
      [''],
      [' A'],
      ['x'.repeat(65)],
      ['A', 'a'],
      [1],
      'A',
      Array.from({ length: 11 }, String),
    ])
      await ana.put(`/checkout/sessions/${id}/stores/${store.id}`, { storeDiscountCodes: codes }).expect(400);
  });

  it('quotes price, delivery and tax there, and buys what was agreed', async () => {
    await fill();
    const session = await quoted();
    const { cents } = await good(`${prefix}-1`);
    const [quote] = session.stores;
    expect(quote).toMatchObject({
      status: 'waiting',
      checkout: 'in_muse',
      subtotal: usd(2 * cents),
      link: { status: 'linked' },
    });
    expect(quote.deliveryOptions.length).toBeGreaterThan(0);
    expect(quote.deliveryOptionId).not.toBeNull();
    expect(quote.tax.amount).toBeGreaterThan(0);
    expect(session.readyToPlace).toBe(true);
    await place(ana, session).expect(202);
    const [{ id: placementId }] = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [session.id]);
    expect(await toTheEnd({ session, placementId })).toMatchObject({ status: 'placed', failure: null });
    await expectOneOrder();
    const { body } = await ana.get(`/orders?checkoutSessionId=${session.id}`).expect(200);
    expect(body.data).toMatchObject([{ total: session.total, checkoutMethod: 'oauth_api', paymentStatus: 'at_store' }]);
    expect(body.data[0].storeOrderNumber).not.toBeNull();
  });

  it('takes another delivery option that the shopper chose', async () => {
    await fill();
    const session = await quoted();
    const { deliveryOptions, deliveryOptionId } = session.stores[0];
    const other = deliveryOptions.find((one: Body) => one.id !== deliveryOptionId);
    await ana.put(`/checkout/sessions/${session.id}/stores/${store.id}`, { deliveryOptionId: other.id }).expect(200);
    await runQuotes(muse, session.id);
    expect((await look(session.id)).stores[0]).toMatchObject({ deliveryOptionId: other.id, shipping: other.price });
  });

  it('says what is sold out', async () => {
    await fill(`${prefix}-6`, 1);
    const session = await quoted();
    expect(session.readyToPlace).toBe(false);
    expect(session.problems).toContainEqual(expect.objectContaining({ severity: 'blocking' }));
  });

  const CREATE_FAULTS: [NewFault['kind'], string][] = [
    ['500', 'on_store_site'],
    ['503', 'on_store_site'],
    ['reset_before', 'on_store_site'],
    ['500_after', 'on_store_site'],
    ['reset_after', 'on_store_site'],
    ['malformed', 'on_store_site'],
    ['huge', 'on_store_site'],
    ['429', 'in_muse'],
  ];
  it.each(CREATE_FAULTS)(
    'while it is quoted, a fault of the kind %s leaves the store to its site, or is waited for',
    async (fault, checkout) => {
      await fill();
      await sandbox.fault({ step: 'create', kind: fault, times: checkout === 'in_muse' ? 1 : null });
      await sandbox.fault({ step: 'update', kind: fault, times: checkout === 'in_muse' ? 1 : null });
      expect((await quoted()).stores[0]).toMatchObject({ status: 'waiting', checkout });
      await expectNoOrder();
    },
  );

  const COMPLETE_FAULTS: [NewFault['kind'], 'placed' | 'failed'][] = [
    ['500', 'placed'],
    ['503', 'placed'],
    ['429', 'placed'],
    ['reset_before', 'placed'],
    ['redirect', 'placed'],
    ['500_after', 'placed'],
    ['reset_after', 'placed'],
    ['malformed', 'placed'],
    ['huge', 'placed'],
    ['in_progress', 'placed'],
    ['slow', 'placed'],
    ['hang_after', 'placed'],
    ['stock_gone', 'failed'],
    ['price_moved', 'failed'],
    ['declined', 'failed'],
  ];
  it.each(COMPLETE_FAULTS)(
    'while it is completed, a fault of the kind %s ends as %s, and both books agree',
    async (fault, status) => {
      const begun = await begin();
      await sandbox.fault({ step: 'complete', kind: fault });
      expect(await toTheEnd(begun)).toMatchObject({ status });
      if (status === 'placed') await expectOneOrder();
      else await expectNoOrder();
    },
  );

  it.each<[NewFault['kind']]>([['500'], ['503'], ['429'], ['reset_before'], ['reset_after'], ['malformed'], ['huge']])(
    'asks again, and buys no second time, where a lost answer is looked for and that meets a fault of the kind %s',
    async (fault) => {
      const begun = await begin();
      await sandbox.fault({ step: 'complete', kind: 'reset_after' });
      // UCP looks before it changes a checkout, and before it completes one: those looks are not meant.
      await sandbox.fault({ step: 'get', kind: fault, skip: kind === 'walmart' ? 2 : 0, times: 3 });
      expect(await toTheEnd(begun)).toMatchObject({ status: 'placed' });
      await expectOneOrder();
    },
  );

  it('asks the shopper to link again where the store has ended the grant, and goes on then', async () => {
    const begun = await begin();
    await sandbox.control('revokeGrants', {});
    await runner().runOnce(begun.placementId);
    expect(await stateOf(begun)).toMatchObject({
      status: 'action_required',
      action: { type: 'relink', url: expect.stringContaining('/link') },
    });
    await linkStore(ana, store.id);
    expect(await toTheEnd(begun)).toMatchObject({ status: 'placed' });
    await expectOneOrder();
  });

  it('sends the shopper to the store where it wants to see them', async () => {
    const begun = await begin(`${prefix}-5`);
    await runner().runOnce(begun.placementId);
    const state = await stateOf(begun);
    expect(state).toMatchObject({ status: 'action_required', action: { type: 'redirect' } });
    expect(state.action.url).toContain(sandbox.url);
    await expectNoOrder();
  });

  it.each(KILLED_AT[kind])(
    'loses and doubles nothing where the worker is killed at %s',
    async (step) => {
      const { DATABASE_URL, MUSE_MASTER_KEY, JWT_SECRET, PUBLIC_URL } = muse.config;
      const secrets = { DATABASE_URL: DATABASE_URL!, MUSE_MASTER_KEY: MUSE_MASTER_KEY!, JWT_SECRET: JWT_SECRET! };
      const environment = { ...secrets, PUBLIC_URL, MUSE_DEMO: '0', SANDBOX_ORIGINS: sandbox.url, DIE_AT: step };
      const worker = await startProcess(environment, { preload: [PRELOAD] });
      const begun = await begin();
      expect(await worker.ended).toBe('SIGKILL');
      await sql(muse, 'UPDATE placements SET lease_until = now() WHERE id = $1 AND lease_until IS NOT NULL', [
        begun.placementId,
      ]);
      expect(await toTheEnd(begun)).toMatchObject({ status: 'placed' });
      await expectOneOrder();
    },
    90_000,
  );
});
