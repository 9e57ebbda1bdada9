import { startApp, type RunningApp } from '../support/app';
import { openShop } from '../support/market';
import { ScriptedStores, fault, lostAnswer, openApiStore, withStores } from '../support/api-stores';
import {
  addDescribed,
  addVariant,
  customer,
  eventually,
  guest,
  place,
  readySession,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { openStream } from '../support/sse';
import { usd } from '../support/sellers';

/** As the store takes for each answer: so long that what a busy machine takes by itself does not matter. */
const SLOW_MS = 3_000;
const within = (slowestMs: number) => 1.3 * slowestMs + 500;

describe('A checkout at stores that are connected', () => {
  const stores = new ScriptedStores();
  let muse: RunningApp;

  beforeAll(async () => {
    muse = await startApp({}, withStores(stores));
  });

  const quoted = (shopper: Shopper, id: string): Promise<Body> =>
    eventually(async () => {
      const { body } = await shopper.get(`/checkout/sessions/${id}`).expect(200);
      return body.stores.every((store: Body) => store.status === 'waiting') && body;
    });

  it('asks eight stores at the same time, for quotes and for orders', async () => {
    const shopper = await customer(muse);
    for (let n = 0; n < 8; n++) {
      const store = await openApiStore(muse);
      stores.delayMs.set(store.id, SLOW_MS - n * 50);
      await addDescribed(shopper, store);
    }
    const { id } = await readySession(shopper);
    const asked = performance.now();
    const session = await quoted(shopper, id);
    expect(performance.now() - asked).toBeLessThan(within(SLOW_MS));
    expect(session).toMatchObject({ readyToPlace: true, total: usd(8 * 1580) });

    const began = performance.now();
    await place(shopper, session).expect(202);
    const status = await settled(shopper, id);
    // Each store is asked twice: whether it stands, and for the order.
    expect(performance.now() - began).toBeLessThan(within(2 * SLOW_MS));
    expect(status).toMatchObject({ status: 'completed' });
    expect(status.stores.map((store: Body) => store.status)).toEqual(Array.from({ length: 8 }, () => 'placed'));
    for (const { storeId } of status.stores) expect(stores.ordersOf(storeId)).toHaveLength(1);
  });

  it('buys what was wanted last, however edits and answers come between each other', async () => {
    const shopper = await customer(muse);
    const store = await openApiStore(muse);
    stores.delayMs.set(store.id, 60);
    await addDescribed(shopper, store);
    const { id, stores: begun } = await readySession(shopper);
    const itemId = begun[0].items[0].id;
    for (let quantity = 2; quantity <= 13; quantity++) {
      await shopper.put(`/checkout/sessions/${id}/items/${itemId}`, { quantity }).expect(200);
      if (quantity % 3 === 0) await quoted(shopper, id);
    }
    // Several at once: one of them is the last.
    const wanted = [3, 5, 8];
    const edits = wanted.map((quantity) => shopper.put(`/checkout/sessions/${id}/items/${itemId}`, { quantity }));
    await Promise.all(edits.map((edit) => edit.expect(200)));
    const session = await quoted(shopper, id);
    const { quantity } = session.stores[0].items[0];
    expect(wanted).toContain(quantity);
    expect(session.stores[0].subtotal).toEqual(usd(quantity * 1000));
    await place(shopper, session).expect(202);
    expect(await settled(shopper, id)).toMatchObject({ status: 'completed' });
    const orders = stores.ordersOf(store.id);
    expect(orders).toMatchObject([{ totalCents: session.total.amount }]);
    expect(stores.unitsOf(orders[0]!)).toEqual([quantity]);
  });

  it('has an order where the store has one, and none where it has none, whatever goes wrong', async () => {
    const shopper = await customer(muse);
    const acts = [
      lostAnswer,
      fault('unknown'),
      fault('unavailable'),
      fault('conflict'),
      fault('throttled', 'slow', 200),
    ];
    const more = [fault('refused', 'declined'), ...acts];
    const opened = [];
    for (const [n, act] of [...acts, ...more, ...acts].entries()) {
      const store = await openApiStore(muse);
      opened.push({ id: store.id, act, next: more[(n * 5 + 2) % more.length]!, n });
      await addDescribed(shopper, store);
    }
    const session = await quoted(shopper, (await readySession(shopper)).id);
    for (const { id, act, next, n } of opened) {
      if (n % 3 === 0) stores.will(id, 'quote', act);
      stores.will(id, 'complete', act, ...(n % 2 === 0 ? [next] : []));
      if (n % 4 === 1) stores.will(id, 'retrieve', fault('unknown'));
      if (n % 5 === 2) stores.will(id, 'cancel', fault('unavailable'));
    }
    await place(shopper, session).expect(202);
    const status = await eventually(async () => {
      const { body } = await shopper.get(`/checkout/sessions/${session.id}/status`).expect(200);
      return body.status !== 'processing' && body;
    }, 60_000);
    const said = status.stores.map((store: Body) => [store.storeId, store.status === 'placed' ? 1 : 0]);
    expect(said).toEqual(said.map(([id]: [string]) => [id, stores.ordersOf(id).length]));
    const rows = await sql(muse, 'SELECT store_order_id FROM orders WHERE checkout_session_id = $1', [session.id]);
    const ours = rows.map((row) => row.store_order_id);
    const theirs = opened.flatMap(({ id }) => stores.ordersOf(id).map((order) => order.id));
    expect([ours.length, new Set([...ours, ...theirs]).size]).toEqual([theirs.length, theirs.length]);
    expect(status.stores.map((store: Body) => store.status)).not.toContain('needs_attention');
    expect(theirs.length).toBeGreaterThan(5);
  }, 90_000);

  it('shows on the stream how each store is quoted and placed', async () => {
    const shopper = await customer(muse);
    const store = await openApiStore(muse);
    stores.delayMs.set(store.id, 200);
    await addDescribed(shopper, store);
    const { id } = await readySession(shopper);
    const stream = await openStream(muse, shopper, `/checkout/sessions/${id}/events`);
    const at = (status: string) => stream.until(({ data }) => data.stores[0].status === status);
    await at('waiting');
    const session = await quoted(shopper, id);
    await place(shopper, session).expect(202);
    await at('processing');
    const { data } = await at('placed');
    expect(data).toMatchObject({ status: 'completed', stores: [{ order: { number: expect.any(String) } }] });
    const versions = stream.seen.map((event) => Number(event.id));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  });

  it('keeps a store’s trouble from the others: a guest’s is left to its site, a merchant’s is bought here', async () => {
    const shopper = await guest(muse);
    const [connected, open, shop] = [await openApiStore(muse), await openApiStore(muse), await openShop(muse)];
    stores.takesGuests.add(open.id);
    for (const store of [connected, open]) await addDescribed(shopper, store);
    await addVariant(shopper, shop.variantIds[0]);
    const session = await quoted(shopper, (await readySession(shopper)).id);
    const checkouts = new Map(session.stores.map((store: Body) => [store.storeId, store.checkout]));
    expect([checkouts.get(connected.id), checkouts.get(open.id), checkouts.get(shop.storeId)]).toEqual([
      ...['on_store_site', 'in_muse', 'in_muse'],
    ]);
    await place(shopper, session).expect(202);
    const status = await settled(shopper, session.id);
    expect(status.status).toBe('completed');
    const came = new Map(status.stores.map((store: Body) => [store.storeId, store.status]));
    expect([came.get(connected.id), came.get(open.id), came.get(shop.storeId)]).toEqual([
      ...['continue_at_store', 'placed', 'placed'],
    ]);
    const rows = await sql(muse, 'SELECT checkout_method FROM orders WHERE checkout_session_id = $1 ORDER BY 1', [
      session.id,
    ]);
    expect(rows).toEqual([{ checkout_method: 'direct' }, { checkout_method: 'oauth_api' }]);
  });
});
