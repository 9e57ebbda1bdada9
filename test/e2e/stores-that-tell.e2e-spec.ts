import { OrderPolls } from '../../src/store-integrations/following/order-polls';
import { startApp, type RunningApp } from '../support/app';
import { usd } from '../support/sellers';
import {
  addDescribed,
  cartOf,
  customer,
  eventually,
  linesOf,
  orderOf,
  place,
  readySession,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { connectStore, linkStore, startStore, type StoreSandbox } from '../support/store-sandbox';

const FORGERIES = ['foreign_key', 'changed_body', 'unsigned', 'old'] as const;

/** Each speaks its protocol as its specification has it, and knows nothing of Muse. */
describe.each([
  ['UCP', 'walmart', 'WM'],
  ['ACP', 'target', 'TG'],
] as const)('Orders at a store that speaks %s', (_, kind, skus) => {
  let muse: RunningApp;
  let store: StoreSandbox;
  let buyer: Shopper;
  let partner: { id: string; hosts: string[] };

  beforeAll(async () => {
    store = await startStore(kind);
    muse = await startApp({ SANDBOX_ORIGINS: store.url });
    const { storeId, url } = await connectStore(muse, store);
    partner = { id: storeId, hosts: [new URL(url).host] };
    buyer = await customer(muse);
    await linkStore(buyer, storeId, 'ana');
  }, 90_000);

  afterEach(() => store.webhooks.mode('deliver'));

  async function buy(quantity = 1): Promise<[order: Body, id: string]> {
    await addDescribed(buyer, partner, { productSku: `${skus}-1`, price: usd(1000), quantity });
    const { id } = await readySession(buyer);
    const session = await eventually(async () => {
      const { body } = await buyer.get(`/checkout/sessions/${id}`).expect(200);
      return body.stores.every(({ status }: Body) => status === 'waiting') && body;
    });
    await place(buyer, session).expect(202);
    const status = await settled(buyer, id);
    expect(status.stores).toMatchObject([{ status: 'placed' }]);
    const order = await orderOf(buyer, status);
    return [order, (await store.ledger()).at(-1)!.id];
  }
  const read = async (order: Body): Promise<Body> => (await buyer.get(`/orders/${order.id}`).expect(200)).body;
  const once = (order: Body, so: (order: Body) => boolean): Promise<Body> =>
    eventually(async () => {
      const found = await read(order);
      return so(found) && found;
    }, 20_000);
  const poll = (id: string) =>
    sql(muse, 'UPDATE store_orders SET next_poll_at = now() WHERE remote_id = $1 AND next_poll_at IS NOT NULL', [id]);
  const rows = async (): Promise<Body> =>
    (
      await sql(
        muse,
        `SELECT (SELECT count(*) FROM store_webhooks) AS webhooks, (SELECT sum(version) FROM store_orders) AS told, (SELECT sum(version) FROM orders) AS versions`,
      )
    )[0];
  const calm = () =>
    eventually(async () => {
      await store.webhooks.quiet();
      const [{ open }] = await sql(
        muse,
        `SELECT (SELECT count(*) FROM event_deliveries WHERE status = 'pending') + (SELECT count(*) FROM store_webhooks WHERE finished_at IS NULL) AS open`,
      );
      return Number(open) === 0;
    });

  it('move to delivered as its webhooks tell, and show what was seen on the way', async () => {
    const [order, id] = await buy();
    expect(order).toMatchObject({ checkoutMethod: 'oauth_api', paymentStatus: 'at_store' });
    expect(order.storeOrderNumber).toBe((await store.ledger()).at(-1)!.number);
    await store.advance({ orderId: id, to: 'shipped' });
    const shipped = await once(order, ({ status }) => status === 'shipped');
    expect(shipped.parcels).toMatchObject([{ carrier: 'UPS', trackingNumber: expect.stringMatching(/^1Z/) }]);
    await store.advance({ orderId: id, to: 'delivered' });
    const delivered = await once(order, ({ status }) => status === 'delivered');
    expect(delivered.parcels.map(({ status }: Body) => status)).toEqual(['delivered']);
    const { body } = await buyer.get(`/orders/${order.id}/tracking`).expect(200);
    expect(body.status).toBe('delivered');
    expect(new Set(body.events.map(({ detail }: Body) => detail)).size).toBe(body.events.length);
  });

  it('are told of by that store alone: what is forged, or old, touches no row, and is refused', async () => {
    const [order, id] = await buy();
    // Asked for when it was placed, and not again so soon: what is not told of by webhook is not known.
    await eventually(async () => {
      const [row] = await sql(
        muse,
        `SELECT next_poll_at > now() + interval '1 minute' AS asked FROM store_orders WHERE remote_id = $1`,
        [id],
      );
      return row?.asked;
    }, 20_000);
    await store.webhooks.mode('hold');
    await store.advance({ orderId: id, to: 'shipped' });
    await calm();
    const before = await rows();
    const { sent } = await store.webhooks.state();
    const held = sent.filter(({ orderId }) => orderId === id).at(-1)!;
    for (const forgery of FORGERIES) {
      const [delivery] = await store.webhooks.deliver(held.id, { forgery });
      expect([forgery, delivery!.status]).toEqual([forgery, 400]);
    }
    expect(await rows()).toEqual(before);
    expect((await read(order)).status).not.toBe('shipped');
    await store.webhooks.release();
    await once(order, ({ status }) => status === 'shipped');
  });

  it('hear an event once, though it comes twenty times', async () => {
    const [order, id] = await buy();
    await store.webhooks.mode('hold');
    await store.advance({ orderId: id, to: 'shipped' });
    const { sent } = await store.webhooks.state();
    const held = sent.filter(({ orderId }) => orderId === id).at(-1)!;
    const deliveries = await store.webhooks.deliver(held.id, { times: 20 });
    expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set([200]));
    const shipped = await once(order, ({ status }) => status === 'shipped');
    await calm();
    expect((await read(order)).version).toBe(shipped.version);
    expect(shipped.parcels).toHaveLength(1);
  });

  it('come to the same when its events come in the reverse order', async () => {
    const [order, id] = await buy();
    await store.webhooks.mode('hold');
    await store.advance({ orderId: id, to: 'delivered' });
    await store.webhooks.release('reversed');
    const delivered = await once(order, ({ status }) => status === 'delivered');
    await calm();
    expect((await read(order)).parcels).toEqual(delivered.parcels);
    expect(delivered.parcels.map(({ status }: Body) => status)).toEqual(['delivered']);
  });

  it('are asked for where no webhook comes', async () => {
    await store.webhooks.mode('withhold');
    const [order, id] = await buy();
    await store.advance({ orderId: id, to: 'shipped' });
    await poll(id);
    await once(order, ({ status }) => status === 'shipped');
    await store.advance({ orderId: id, to: 'delivered' });
    await poll(id);
    await once(order, ({ status }) => status === 'delivered');
  });

  describe('once the store is unlinked', () => {
    const unlink = () => buyer.delete(`/integrations/${partner.id}`).expect(200);
    const typesOf = async (order: Body): Promise<string[]> =>
      (await buyer.get(`/orders/${order.id}/history`).expect(200)).body.data.map(({ type }: Body) => type);
    const newsOf = async (order: Body): Promise<string[]> =>
      (await buyer.get('/notifications').expect(200)).body.data
        .filter(({ target }: Body) => target?.id === order.id)
        .map(({ kind }: Body) => kind);
    const left = (id: string) =>
      eventually(async () => {
        const [row] = await sql(muse, 'SELECT unlinked_at, next_poll_at FROM store_orders WHERE remote_id = $1', [id]);
        return row.unlinked_at !== null && row.next_poll_at === null;
      });
    /** What the store was asked, but for the account itself: it is taken back there in its own time. */
    const asked = async (): Promise<string[]> =>
      (await store.calls()).map(({ step }) => step).filter((step) => step !== 'revoke' && !step.startsWith('oauth'));
    /** A poll that is due all the same: whatever made it so. */
    const pollAnyway = async (id: string): Promise<string[]> => {
      await store.clearCalls();
      await sql(muse, 'UPDATE store_orders SET next_poll_at = now() WHERE remote_id = $1', [id]);
      const [{ id: row }] = await sql(muse, 'SELECT id FROM store_orders WHERE remote_id = $1', [id]);
      await muse.app.get(OrderPolls, { strict: false }).runOnce(row);
      await left(id);
      return asked();
    };

    afterEach(() => linkStore(buyer, partner.id, 'ana'));

    it('are not asked for, and move on by webhooks alone', async () => {
      const [order, id] = await buy();
      await store.advance({ orderId: id, to: 'shipped' });
      await once(order, ({ status }) => status === 'shipped');
      await unlink();
      await left(id);
      expect(await pollAnyway(id)).toEqual([]);
      await store.advance({ orderId: id, to: 'delivered' });
      await once(order, ({ status }) => status === 'delivered');
      // Nor is it asked for again because a webhook came.
      await calm();
      await left(id);
      expect([await typesOf(order), await newsOf(order)].flat()).not.toContain('order_unfollowed');
      expect(await typesOf(order)).not.toContain('unfollowed');
    });

    it('say that there is no more news where no webhook tells of them, and go on when it is linked again', async () => {
      await store.webhooks.mode('withhold');
      const [order, id] = await buy();
      await unlink();
      await left(id);
      await eventually(async () => (await newsOf(order)).includes('order_unfollowed'));
      expect(await typesOf(order)).toContain('unfollowed');
      expect(await pollAnyway(id)).toEqual([]);
      await store.advance({ orderId: id, to: 'shipped' });
      await linkStore(buyer, partner.id, 'ana');
      await once(order, ({ status }) => status === 'shipped');
      expect((await typesOf(order)).filter((type) => /followed/.test(type))).toEqual(['unfollowed', 'followed']);
      expect((await newsOf(order)).filter((kind) => kind === 'order_unfollowed')).toHaveLength(1);
    });

    it('are cancelled there by nobody: who asks for it is told to link the account again', async () => {
      // Orders at the other have their parcel's number from the first moment on, and are cancelled by nobody.
      if (kind !== 'walmart') return;
      const [order, id] = await buy();
      await unlink();
      await left(id);
      await calm();
      // As of a store that cancels orders by its interface.
      await sql(muse, `UPDATE orders SET store_offers = '{cancel,track}' WHERE id = $1`, [order.id]);
      await store.clearCalls();
      await buyer.put(`/orders/${order.id}/cancel`, {}).expect(202);
      const refused = await once(order, ({ storeRequest }) => storeRequest?.status === 'failed');
      expect(refused.storeRequest.code).toBe('relink_needed');
      expect(await asked()).toEqual([]);
    });
  });

  it('are cancelled when the store’s people cancel them', async () => {
    const [order, id] = await buy();
    await store.control('cancelOrder', { orderId: id });
    const cancelled = await once(order, ({ status }) => status === 'cancelled');
    expect(cancelled.paymentStatus).toBe('at_store');
  });

  it('show what the store gave back, and are returned when all is back', async () => {
    const [order, id] = await buy(2);
    await store.advance({ orderId: id, to: 'delivered' });
    await once(order, ({ status }) => status === 'delivered');
    await store.control('refund', { orderId: id, cents: 300 });
    await once(order, ({ refundedAtStore }) => refundedAtStore.amount === 300);
    await store.control('refund', { orderId: id, cents: 1000, returned: [{ sku: `${skus}-1`, quantity: 2 }] });
    const returned = await once(order, ({ status }) => status === 'returned');
    expect(returned.refundedAtStore.amount).toBe(1300);
    expect(returned.items).toMatchObject([{ status: 'returned', quantityReturned: 2 }]);
  });

  it('keep nothing of whom they go to in what is known of the store’s', async () => {
    await calm();
    const [{ kept }] = await sql(
      muse,
      `SELECT (SELECT count(*) FROM store_orders o WHERE o::text ~* 'fifth avenue|ana.perez|ana@') + (SELECT count(*) FROM store_webhooks w WHERE w::text ~* 'fifth avenue|ana.perez|ana@') AS kept`,
    );
    expect(Number(kept)).toBe(0);
  });

  it('are offered what the store can do about them, and nothing else', async () => {
    const [order, id] = await buy();
    // A sweep comes by in its own time; what failed on a busy machine is asked again sooner than a store would be.
    const polls = muse.app.get(OrderPolls, { strict: false });
    const known = await eventually(async () => {
      const [due] = await sql(
        muse,
        `UPDATE store_orders SET next_poll_at = now() WHERE remote_id = $1 AND followed_at IS NOT NULL
            AND coalesce(lease_until < now(), true) RETURNING id`,
        [id],
      );
      if (due) await polls.runOnce(due.id);
      const [row] = await sql(muse, 'SELECT store_offers FROM orders WHERE id = $1', [order.id]);
      return row.store_offers as string[] | null;
    }, 20_000);
    const { allowedActions } = await read(order);
    expect(allowedActions.includes('cancel')).toBe(known.includes('cancel'));
    if (!known.includes('cancel')) await buyer.put(`/orders/${order.id}/cancel`, {}).expect(409);
  });

  it('of goods that the store tells of to anybody are kept fresh in carts, before anybody checks out', async () => {
    // ACP has no way to ask for goods.
    if (kind !== 'walmart') return;
    const other = await customer(muse);
    await linkStore(other, partner.id, 'bo');
    await store.change(`${skus}-3`, { cents: 2222, stock: 2 });
    await addDescribed(other, partner, { productSku: `${skus}-3`, price: usd(2000) });
    const cart = await eventually(async () => {
      const found = await cartOf(other);
      return linesOf(found)[0].lastStockCheck !== null && found;
    }, 20_000);
    expect(linesOf(cart)[0].unitPrice).toEqual(usd(2222));
    expect(cart.stores[0].link.status).toBe('linked');
  });

  it('show in the cart what a quote said of its goods, before they are ordered', async () => {
    const other = await customer(muse);
    await linkStore(other, partner.id, 'bo');
    await store.change(`${skus}-2`, { cents: 4321, stock: 50 });
    await addDescribed(other, partner, { productSku: `${skus}-2`, price: usd(4000) });
    await readySession(other);
    const cart = await eventually(async () => {
      const found = await cartOf(other);
      return linesOf(found)[0].lastStockCheck !== null && found;
    }, 20_000);
    expect(linesOf(cart)[0].unitPrice).toEqual(usd(4321));
    expect(cart.problems).toMatchObject([{ code: 'price_changed', was: usd(4000), now: usd(4321) }]);
  });
});
