import { QUOTES_DUE } from '../../../src/checkout-session/quotes.repository';
import { Database } from '../../../src/platform/database';
import { Deliveries, Events } from '../../../src/platform/events';
import { startApp, type RunningApp } from '../../support/app';
import { openPartner, openShop } from '../../support/market';
import {
  ScriptedStores,
  fault,
  hang,
  lostAnswer,
  openApiStore,
  quoted,
  runQuotes,
  withStores,
} from '../../support/api-stores';
import {
  ADDRESS,
  CONTACT,
  addDescribed,
  addVariant,
  begin,
  customer,
  giveAddress,
  guest,
  linesOf,
  place,
  readySession,
  sql,
  type Body,
  type Shopper,
} from '../../support/shopper';
import { usd } from '../../support/sellers';

describe('A quote by job', () => {
  const stores = new ScriptedStores();
  let muse: RunningApp;
  let shopper: Shopper & { email: string };
  let store: { id: string; name: string; hosts: string[] };

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' }, withStores(stores));
  });
  beforeEach(async () => {
    shopper = await customer(muse);
    store = await openApiStore(muse);
    await addDescribed(shopper, store, { quantity: 2 });
  });

  const look = async (id: string): Promise<Body> => (await shopper.get(`/checkout/sessions/${id}`).expect(200)).body;
  const codesOf = (of: Body): string[] => of.problems.map((problem: Body) => problem.code);
  const putStore = (id: string, body: object) => shopper.put(`/checkout/sessions/${id}/stores/${store.id}`, body);
  /** The next quote of the store waits, once it has its answer, until `goOn`. */
  const pauseQuote = () => {
    let goOn!: () => void;
    const may = new Promise<void>((resolve) => (goOn = resolve));
    const arrived = new Promise<void>((resolve) => {
      stores.will(store.id, 'quote', async (answer) => {
        const answered = await answer();
        resolve();
        await may;
        return answered;
      });
    });
    return { arrived, goOn };
  };

  it('is not taken inside a request, which answers at once that the store is being asked', async () => {
    const session = await readySession(shopper);
    expect(session.stores).toMatchObject([{ status: 'quoting', checkout: 'in_muse', link: { status: 'linked' } }]);
    expect(session).toMatchObject({ readyToPlace: false, status: 'pending' });
    expect(stores.stepsOf(store.id)).toEqual([]);
    const { body } = await place(shopper, session).expect(422);
    expect(body).toMatchObject({ code: 'incomplete', errors: [{ pointer: `/stores/${store.id}` }] });
  });

  it('takes price, deliveries and tax as the store sees them, and says what has changed', async () => {
    stores.priceCents.set(store.id, 1200);
    const { id, version } = await readySession(shopper);
    const session = await quoted(muse, shopper, id);
    expect(session.version).toBeGreaterThan(version);
    expect(session).toMatchObject({ readyToPlace: true, total: usd(2980) });
    const [quote] = session.stores;
    expect(quote).toMatchObject({
      ...{ status: 'waiting', subtotal: usd(2400), shipping: usd(500), tax: usd(80), total: usd(2980) },
      deliveryOptions: [{ name: 'Standard' }, { name: 'Express', price: usd(1500) }],
      problems: [{ code: 'price_changed', severity: 'warning', was: usd(1000), now: usd(1200) }],
    });
    expect(linesOf(session)[0].unitPrice).toEqual(usd(1200));
    expect(stores.asked.at(-1)!.basket).toMatchObject({
      buyer: { email: CONTACT.email, firstName: 'Ana', lastName: 'Pérez' },
      address: { line1: ADDRESS.line1, postalCode: ADDRESS.postalCode },
      lines: [{ quantity: 2 }],
    });
  });

  it('drops the answer to an older question, whichever comes first', async () => {
    const { id } = await readySession(shopper);
    const { arrived, goOn } = pauseQuote();
    const older = runQuotes(muse, id);
    await arrived;
    const [line] = linesOf(await look(id));
    await shopper.put(`/checkout/sessions/${id}/items/${line.id}`, { quantity: 5 }).expect(200);
    const before = await look(id);
    goOn();
    await older;
    expect(await look(id)).toEqual(before);
    expect(before.stores[0].status).toBe('quoting');
    expect((await quoted(muse, shopper, id)).stores[0]).toMatchObject({ status: 'waiting', subtotal: usd(5000) });
  });

  it('is asked again when an edit asks for something else, and only then', async () => {
    const { id } = await readySession(shopper);
    const session = await quoted(muse, shopper, id);
    const [, express] = session.stores[0].deliveryOptions;
    const quotes = () => stores.stepsOf(store.id).length;
    const asks = async (edit: () => Promise<unknown>) => {
      const asked = quotes();
      await edit();
      const { stores: now } = await look(id);
      await runQuotes(muse, id);
      return [now[0].status, quotes() - asked];
    };
    expect(await asks(() => putStore(id, { note: 'Ring twice' }).expect(200))).toEqual(['waiting', 0]);
    expect(await asks(() => putStore(id, { storeInstrumentId: 'card_1' }).expect(200))).toEqual(['waiting', 0]);
    expect(await asks(() => putStore(id, { deliveryOptionId: express.id }).expect(200))).toEqual(['quoting', 1]);
    expect((await look(id)).stores[0]).toMatchObject({ shipping: usd(1500), deliveryOptionId: express.id });
    expect(await asks(() => putStore(id, { address: { ...ADDRESS, line1: '1 Main St' } }).expect(200))).toEqual([
      'quoting',
      1,
    ]);
    expect(await asks(() => putStore(id, { storeAddressId: 'addr_1' }).expect(200))).toEqual(['quoting', 1]);
    expect(stores.asked.at(-1)!.basket).toMatchObject({ storeAddressId: 'addr_1', deliveryOptionId: 'fast' });
    expect(await asks(() => putStore(id, { included: false }).expect(200))).toEqual(['waiting', 0]);
    expect(await asks(() => putStore(id, { included: true }).expect(200))).toEqual(['quoting', 1]);
    await putStore(id, { deliveryOptionId: shopper.id }).expect(422);
  });

  it('stays with the store’s own checkout, and makes another where the store has ended it', async () => {
    const { id } = await readySession(shopper);
    await quoted(muse, shopper, id);
    const first = stores.checkoutOf(store.id);
    await putStore(id, { address: { ...ADDRESS, line1: '1 Main St' } }).expect(200);
    await quoted(muse, shopper, id);
    expect(stores.checkoutOf(store.id).id).toBe(first.id);
    stores.checkoutOf(store.id).status = 'expired';
    await putStore(id, { address: { ...ADDRESS, line1: '2 Main St' } }).expect(200);
    const session = await quoted(muse, shopper, id);
    expect(session.stores[0]).toMatchObject({ status: 'waiting', checkout: 'in_muse' });
    expect(stores.checkoutOf(store.id).id).not.toBe(first.id);
  });

  it.each([
    ['unavailable', fault('unavailable', 'connect_failed'), 'on_store_site', 'store_unreachable'],
    ['unknown', lostAnswer, 'on_store_site', 'store_unreachable'],
    ['refused', fault('refused', 'not_sold_there'), 'in_muse', 'store_not_sold_there'],
    ['relink', fault('relink', 'grant_is_over'), 'on_store_site', 'link_required'],
  ])('comes to an end where the store’s fault is %s', async (_kind, act, checkout, code) => {
    const { id } = await readySession(shopper);
    stores.will(store.id, 'quote', act);
    const session = await quoted(muse, shopper, id);
    expect(session.stores[0]).toMatchObject({ status: 'waiting', checkout });
    expect(codesOf(session.stores[0])).toContain(code);
    expect(session.readyToPlace).toBe(code !== 'store_not_sold_there');
  });

  it.each([
    ['throttled', fault('throttled', 'slow_down', 900)],
    ['conflict', fault('conflict', 'busy')],
  ])('is taken later where the store’s fault is %s', async (_kind, act) => {
    const { id } = await readySession(shopper);
    stores.will(store.id, 'quote', act);
    expect((await quoted(muse, shopper, id)).stores[0]).toMatchObject({ status: 'quoting', problems: [] });
    const [row] = await sql(
      muse,
      `SELECT next_attempt_at > now() + interval '500 ms' AS later FROM store_quotes WHERE session_id = $1`,
      [id],
    );
    expect(row.later).toBe(true);
    expect((await quoted(muse, shopper, id)).stores[0]).toMatchObject({ status: 'waiting', checkout: 'in_muse' });
  });

  it('that takes too long leaves the store to the next tier, and says so until something else is asked', async () => {
    const { id } = await readySession(shopper);
    await sql(muse, `UPDATE store_quotes SET ask_until = now() + interval '500 ms' WHERE session_id = $1`, [id]);
    stores.will(store.id, 'quote', hang);
    const session = await quoted(muse, shopper, id);
    expect(session.stores[0]).toMatchObject({ status: 'waiting', checkout: 'on_store_site' });
    expect(codesOf(session.stores[0])).toContain('quote_timed_out');
    const { body: noted } = await putStore(id, { note: 'Ring twice' }).expect(200);
    expect([noted.stores[0].checkout, codesOf(noted.stores[0])]).toEqual(['on_store_site', codesOf(session.stores[0])]);
    await place(shopper, noted).expect(202);
    const [placement] = await sql(muse, 'SELECT tier FROM placements WHERE session_id = $1', [id]);
    expect(placement.tier).toBe('redirect');
  });

  it('whose time is over is not asked for any more', async () => {
    const { id } = await readySession(shopper);
    await sql(muse, `UPDATE store_quotes SET ask_until = now() - interval '1 ms' WHERE session_id = $1`, [id]);
    const session = await quoted(muse, shopper, id);
    expect(codesOf(session.stores[0])).toContain('quote_timed_out');
    expect(stores.stepsOf(store.id)).toEqual([]);
    // Something else is asked: so is the store.
    await putStore(id, { address: { ...ADDRESS, line1: '1 Main St' } }).expect(200);
    expect((await quoted(muse, shopper, id)).stores[0]).toMatchObject({
      status: 'waiting',
      checkout: 'in_muse',
      problems: [],
    });
  });

  it('whose worker has died is taken by another, and what the dead one says late changes nothing', async () => {
    const { id } = await readySession(shopper);
    const { arrived, goOn } = pauseQuote();
    const late = runQuotes(muse, id);
    await arrived;
    await runQuotes(muse, id);
    expect((await look(id)).stores[0].status).toBe('quoting');
    await sql(muse, `UPDATE store_quotes SET lease_until = now() - interval '1 second' WHERE session_id = $1`, [id]);
    const session = await quoted(muse, shopper, id);
    expect(session.stores[0].status).toBe('waiting');
    goOn();
    await late;
    expect(await look(id)).toEqual(session);
    // The same question under the same key: the store has made one checkout.
    const keys = stores.asked.filter((one) => one.storeId === store.id).map((one) => one.key);
    expect(new Set(keys).size).toBe(1);
  });

  it('is found by the sweep where its job was lost', async () => {
    const { id } = await readySession(shopper);
    const jobs = () => sql(muse, `SELECT key FROM graphile_worker.jobs WHERE task_identifier = 'quote_store'`);
    expect((await jobs()).length).toBeGreaterThan(0);
    await sql(muse, `UPDATE store_quotes SET next_attempt_at = now() - interval '1 minute' WHERE session_id = $1`, [
      id,
    ]);
    const [{ id: quoteId }] = await sql(muse, 'SELECT id FROM store_quotes WHERE session_id = $1', [id]);
    const due = async () => (await sql(muse, QUOTES_DUE)).map((row) => row.id);
    expect(await due()).toContain(quoteId);
    await runQuotes(muse, id);
    expect(await due()).not.toContain(quoteId);
  });

  it('is not asked for who has no account there: the shopper finishes on the store’s site', async () => {
    const stranger = await guest(muse);
    await addDescribed(stranger, store);
    const session = await readySession(stranger);
    expect(session.stores[0]).toMatchObject({
      ...{
        status: 'waiting',
        tier: 'oauth_api',
        checkout: 'on_store_site',
        link: { required: true, status: 'not_linked' },
      },
      problems: [{ code: 'link_required', severity: 'warning' }],
    });
    expect(await sql(muse, 'SELECT 1 FROM store_quotes WHERE session_id = $1', [session.id])).toEqual([]);
    await stranger.put(`/checkout/sessions/${session.id}/stores/${store.id}`, { storeAddressId: 'addr_1' }).expect(422);
    await place(stranger, session).expect(202);
    expect(stores.stepsOf(store.id)).toEqual([]);
  });

  it('is not asked of a store without a connection, which is served as before', async () => {
    const partner = await openPartner(muse, { tier: 'oauth_api' });
    const stranger = await customer(muse);
    await addDescribed(stranger, partner);
    const session = await readySession(stranger);
    expect(session.stores[0]).toMatchObject({ status: 'waiting', checkout: 'on_store_site', link: null });
    expect(session.stores[0].problems).toEqual([]);
  });

  it('is asked for as soon as an account is linked, and no more once it is not', async () => {
    const link = { required: true, url: 'http://muse/link' };
    stores.links.set(`${shopper.id} ${store.id}`, { serves: false, link: { ...link, status: 'not_linked' } });
    const { id, stores: before } = await readySession(shopper);
    expect(before[0]).toMatchObject({ checkout: 'on_store_site', link: { status: 'not_linked' } });
    const tell = async (type: string) => {
      await muse.app.get(Database, { strict: false }).transaction(async (tx) => {
        const payload = { userId: shopper.id, storeId: store.id };
        await muse.app.get(Events, { strict: false }).publish(tx, { type, aggregateId: shopper.id, payload });
      });
      const due = await sql(
        muse,
        `SELECT id FROM event_deliveries WHERE status = 'pending' AND consumer = 'checkout-session.links'`,
      );
      for (const delivery of due) await muse.app.get(Deliveries, { strict: false }).deliver(delivery.id);
    };
    stores.links.set(`${shopper.id} ${store.id}`, { serves: true, link: { ...link, status: 'linked' } });
    await tell('store_account.linked');
    expect((await look(id)).stores[0]).toMatchObject({
      status: 'quoting',
      checkout: 'in_muse',
      link: { status: 'linked' },
    });
    expect((await quoted(muse, shopper, id)).stores[0]).toMatchObject({ status: 'waiting', total: usd(2580) });
    stores.links.set(`${shopper.id} ${store.id}`, { serves: false, link: { ...link, status: 'not_linked' } });
    await tell('store_account.unlinked');
    expect((await look(id)).stores[0]).toMatchObject({ status: 'waiting', checkout: 'on_store_site' });
  });

  it('is one store’s alone: the others of the session are as they were', async () => {
    const shop = await openShop(muse);
    await addVariant(shopper, shop.variantIds[0], 101);
    const { id, stores: before } = await readySession(shopper);
    const direct = before.find((one: Body) => one.tier === 'direct');
    expect(codesOf(direct)).toContain('stock_short');
    const session = await quoted(muse, shopper, id);
    expect(session.stores.find((one: Body) => one.tier === 'direct')).toEqual(direct);
    expect(session.stores.find((one: Body) => one.tier === 'oauth_api')).toMatchObject({
      status: 'waiting',
      total: usd(2580),
    });
  });

  it('is taken anew when the old one has run out, and the shopper looks again', async () => {
    const { id } = await readySession(shopper);
    const session = await quoted(muse, shopper, id);
    await sql(muse, `UPDATE store_checkouts SET quote_expires_at = now() - interval '1 second' WHERE session_id = $1`, [
      id,
    ]);
    const { body } = await place(shopper, session).expect(409);
    expect(body).toMatchObject({ code: 'quote_expired', storeIds: [store.id] });
    expect((await look(id)).stores[0].status).toBe('quoting');
    await place(shopper, await quoted(muse, shopper, id)).expect(202);
  });

  it('blocks what the store cannot sell, as our own tables would', async () => {
    stores.stock.set(store.id, 1);
    const { id } = await begin(shopper);
    await giveAddress(shopper, id);
    expect((await quoted(muse, shopper, id)).problems).toMatchObject([{ code: 'stock_short', available: 1 }]);
    stores.stock.set(store.id, 0);
    await shopper.post(`/checkout/sessions/${id}/refresh`).expect(200);
    const session = await quoted(muse, shopper, id);
    expect(session.problems).toMatchObject([{ code: 'out_of_stock', severity: 'blocking' }]);
  });
});
