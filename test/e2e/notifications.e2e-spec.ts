import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import { makeUser, PASSWORD, usd } from '../support/sellers';
import { openStream } from '../support/sse';
import {
  API,
  addVariant,
  checkoutToPlaced,
  customer,
  eventually,
  guest,
  orderOf,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

/** Well below the 15 seconds after which a stream looks by itself. */
const SOON_MS = 5_000;

describe('Notifications', () => {
  let muse: RunningApp;
  let shop: Shop;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse, { onHand: 1000 });
  });

  const buy = async (shopper: Shopper): Promise<Body> => {
    await addVariant(shopper, shop.variantIds[0]);
    return orderOf(shopper, await checkoutToPlaced(shopper));
  };
  const at = (order: Body, what: string) => `/merchant/stores/${shop.storeId}/orders/${order.id}/${what}`;
  const ship = (order: Body) =>
    shop.merchant.post(at(order, 'ship'), { carrier: 'UPS', trackingNumber: '1Z999' }).expect(200);
  const confirm = (order: Body) => shop.merchant.post(at(order, 'confirm')).expect(200);
  const listOf = async (shopper: Shopper, query = ''): Promise<Body> =>
    (await shopper.get(`/notifications${query}`).expect(200)).body;
  /** The notification of this kind about the order, once it is there. */
  const told = (shopper: Shopper, kind: string, { id }: { id: string }): Promise<Body> =>
    eventually(async () =>
      (await listOf(shopper, '?limit=100')).data.find(
        (one: Body) => one.kind === kind && [one.target.id, one.target.orderId].includes(id),
      ),
    );
  const unreadOf = async (shopper: Shopper): Promise<number> =>
    (await shopper.get('/notifications/unread').expect(200)).body.unread;
  /** Once everything that was said so far has been heard. */
  const quiet = () =>
    eventually(async () => {
      const [row] = await sql(muse, `SELECT count(*)::int AS n FROM event_deliveries WHERE status = 'pending'`);
      return row.n === 0;
    });

  it('tell a merchant of a new order and its buyer of what becomes of it, and nobody of their own act', async () => {
    const shopper = await customer(muse);
    const order = await buy(shopper);
    const placed = await told(shop.merchant, 'order_placed', order);
    const { body: store } = await muse.http.get(`${API}/stores/${shop.storeId}`).expect(200);
    expect(placed).toEqual({
      id: placed.id,
      sequence: expect.any(Number),
      kind: 'order_placed',
      title: `New order ${order.number}`,
      body: `Somebody has ordered at ${store.name}.`,
      target: { kind: 'order', id: order.id, storeId: shop.storeId },
      params: { orderNumber: order.number },
      readAt: null,
      createdAt: expect.any(String),
    });
    await confirm(order);
    await told(shopper, 'order_confirmed', order);
    await ship(order);
    const shipped = await told(shopper, 'order_shipped', order);
    expect(shipped).toMatchObject({
      title: `Order ${order.number} is on its way`,
      target: { kind: 'order', id: order.id },
    });
    expect(shipped.target).not.toHaveProperty('storeId');
    await quiet();
    expect((await listOf(shopper)).data.map(({ kind }: Body) => kind)).toEqual(['order_shipped', 'order_confirmed']);
    const merchants = (await listOf(shop.merchant, '?limit=100')).data.filter(
      (one: Body) => one.target.id === order.id,
    );
    expect(merchants.map(({ kind }: Body) => kind)).toEqual(['order_placed']);
  });

  it('tell the other side only of a cancelled order', async () => {
    const shopper = await guest(muse);
    const order = await buy(shopper);
    await shopper.put(`/orders/${order.id}/cancel`, { reason: 'Mi tía Ana vive aquí' }).expect(200);
    await told(shop.merchant, 'order_cancelled', order);
    await quiet();
    expect((await listOf(shopper)).data).toEqual([]);
    const rows = await sql(muse, `SELECT * FROM notifications`);
    expect(JSON.stringify(rows)).not.toMatch(/tía|Fifth|Ana|Pérez|Linen/);
  });

  it('of a return lead to it, below the order and the store', async () => {
    const shopper = await guest(muse);
    const order = await buy(shopper);
    await ship(order);
    const items = [{ itemId: order.items[0].id, quantity: 1, reason: 'Too small' }];
    const { body } = await shopper
      .post(`/orders/${order.id}/return`, { items }, { 'idempotency-key': randomUUID() })
      .expect(201);
    const { target } = await told(shop.merchant, 'return_requested', order);
    expect(target).toEqual({ kind: 'return', id: body.id, orderId: order.id, storeId: shop.storeId });
  });

  it('tell nobody who buys in a store of their own', async () => {
    const order = await buy(shop.merchant);
    await confirm(order);
    await quiet();
    const own = (await listOf(shop.merchant, '?limit=100')).data.filter((one: Body) => one.target.id === order.id);
    expect(own).toEqual([]);
  });

  it('are marked read one by one, or all up to what was shown; what came later stays unread', async () => {
    const shopper = await customer(muse);
    const orders = [await buy(shopper), await buy(shopper), await buy(shopper)];
    for (const order of orders) {
      await confirm(order);
      await told(shopper, 'order_confirmed', order);
    }
    expect(await unreadOf(shopper)).toBe(3);
    const { data } = await listOf(shopper);
    expect(data.map(({ sequence }: Body) => sequence)).toEqual([3, 2, 1]);
    const { body: read } = await shopper.post(`/notifications/${data[2].id}/read`).expect(200);
    expect(read).toEqual({ ...data[2], readAt: expect.any(String) });
    // Again changes nothing.
    expect((await shopper.post(`/notifications/${data[2].id}/read`).expect(200)).body).toEqual(read);
    expect((await listOf(shopper, '?unread=true')).data.map(({ sequence }: Body) => sequence)).toEqual([3, 2]);
    const { body: some } = await shopper.post('/notifications/read', { upTo: 2 }).expect(200);
    expect(some).toEqual({ marked: 1, unread: 1 });
    expect((await listOf(shopper, '?unread=true')).data.map(({ sequence }: Body) => sequence)).toEqual([3]);
    const key = { 'idempotency-key': randomUUID() };
    const first = await shopper.post('/notifications/read', {}, key).expect(200);
    expect(first.body).toEqual({ marked: 1, unread: 0 });
    const again = await shopper.post('/notifications/read', {}, key).expect(200);
    expect([again.body, again.headers['idempotency-replayed']]).toEqual([first.body, 'true']);
    expect((await shopper.post('/notifications/read').expect(200)).body).toEqual({ marked: 0, unread: 0 });
    expect([await unreadOf(shopper), (await listOf(shopper, '?unread=true')).data]).toEqual([0, []]);
    expect((await listOf(shopper, '?unread=false')).data).toHaveLength(3);
  });

  it("are nobody else's: 401 without a token, 404 for another's, and another's list is another's", async () => {
    const [shopper, other, stranger] = [await customer(muse), await customer(muse), await guest(muse)];
    const order = await buy(shopper);
    await confirm(order);
    const { id } = await told(shopper, 'order_confirmed', order);
    for (const path of ['', '/unread', '/events']) await muse.http.get(`${API}/notifications${path}`).expect(401);
    for (const path of ['read', `${id}/read`]) await muse.http.post(`${API}/notifications/${path}`).expect(401);
    for (const who of [other, stranger, shop.merchant]) {
      const { body } = await who.post(`/notifications/${id}/read`).expect(404);
      const { body: unknown } = await who.post(`/notifications/${randomUUID()}/read`).expect(404);
      expect(body.detail).toBe(unknown.detail);
      expect((await who.post('/notifications/read').expect(200)).body.unread).toBe(0);
    }
    expect([await unreadOf(shopper), (await listOf(other)).data, (await listOf(stranger)).data]).toEqual([1, [], []]);
  });

  it('refuse a request that is not of the documented form', async () => {
    const shopper = await guest(muse);
    const cursor = Buffer.from('["x"]').toString('base64url');
    for (const query of ['?limit=0', '?limit=101', '?unread=perhaps', '?cursor=x', `?cursor=${cursor}`, '?of=me'])
      await shopper.get(`/notifications${query}`).expect(400);
    for (const body of [{ upTo: -1 }, { upTo: 1.5 }, { upTo: 'x' }, { all: true }])
      await shopper.post('/notifications/read', body).expect(400);
    await shopper.post('/notifications/1/read').expect(400);
    for (const id of ['x', '-1', '1.5', '9'.repeat(16)]) {
      const { body } = await shopper.get('/notifications/events', { 'last-event-id': id }).expect(400);
      expect(body.code).toBe('last_event_id_malformed');
    }
  });

  describe('of somebody who was told much', () => {
    let shopper: Shopper;
    beforeAll(async () => {
      shopper = await customer(muse);
      await fill(muse, shopper.id, 45);
    });

    it('are listed a page at a time, newest first, none twice and none left out while more come', async () => {
      const seen: number[] = [];
      let cursor: string | null = '';
      for (let pages = 0; cursor !== null; pages++) {
        const { data, nextCursor }: Body = await listOf(shopper, `?limit=10${cursor && `&cursor=${cursor}`}`);
        seen.push(...data.map(({ sequence }: Body) => sequence));
        cursor = nextCursor;
        if (pages === 1) await fill(muse, shopper.id, 3);
        expect(pages).toBeLessThan(6);
      }
      expect(seen).toEqual(Array.from({ length: 45 }, (_, index) => 45 - index));
    });

    it('are sent by a stream behind the last that was seen, each once and in order, over many pages', async () => {
      const other = await customer(muse);
      await fill(muse, other.id, 250);
      const stream = await openStream(muse, other, '/notifications/events', { 'last-event-id': '7' });
      await stream.until(({ id }) => id === '250', SOON_MS);
      expect(stream.seen.map(({ id }) => Number(id))).toEqual(Array.from({ length: 243 }, (_, index) => index + 8));
      expect(stream.seen[0]).toMatchObject({ event: 'notification', data: { sequence: 8, kind: 'order_shipped' } });
    });
  });

  it('come by the stream as they happen, without those from before', async () => {
    const shopper = await customer(muse);
    const order = await buy(shopper);
    await confirm(order);
    await told(shopper, 'order_confirmed', order);
    const stream = await openStream(muse, shopper, '/notifications/events');
    expect([stream.status, stream.contentType]).toEqual([200, expect.stringContaining('text/event-stream')]);
    await ship(order);
    const shipped = await stream.until(({ data }) => data.kind === 'order_shipped', SOON_MS);
    expect(shipped).toEqual({ event: 'notification', id: '2', data: (await listOf(shopper)).data[0] });
    expect(stream.seen).toHaveLength(1);
    stream.close();
    // What comes while nobody listens is sent to whoever comes back.
    const other = await buy(shopper);
    await confirm(other);
    await told(shopper, 'order_confirmed', other);
    const back = await openStream(muse, shopper, '/notifications/events', { 'last-event-id': shipped.id });
    expect((await back.until(() => true, SOON_MS)).data.target.id).toBe(other.id);
    const whole = await openStream(muse, shopper, '/notifications/events', { 'last-event-id': '0' });
    await whole.until(({ id }) => id === '3', SOON_MS);
    expect(whole.seen.map(({ id }) => id)).toEqual(['1', '2', '3']);
  });

  it('are not told to others by the stream', async () => {
    const [shopper, other] = [await customer(muse), await customer(muse)];
    const theirs = await openStream(muse, other, '/notifications/events', { 'last-event-id': '0' });
    const own = await openStream(muse, shopper, '/notifications/events');
    const order = await buy(shopper);
    await confirm(order);
    await own.until(({ data }) => data.target.id === order.id, SOON_MS);
    await quiet();
    expect(theirs.seen).toEqual([]);
  });

  it("are in the account's language, whenever they were told; a guest's in the one of the request", async () => {
    const shopper = await customer(muse);
    const order = await buy(shopper);
    await confirm(order);
    const english = await told(shopper, 'order_confirmed', order);
    expect(english.title).toBe(`Order ${order.number} is confirmed`);
    const spanish = { 'accept-language': 'es-VE,es;q=0.9' };
    // What somebody has chosen for the account goes before what a browser says.
    expect((await shopper.get('/notifications', spanish).expect(200)).body.data[0].title).toBe(english.title);
    await muse.http.patch(`${API}/me`).set(shopper.headers).send({ locale: 'es' }).expect(200);
    const { data } = await listOf(shopper);
    expect(data[0]).toEqual({
      ...english,
      title: `El pedido ${order.number} está confirmado`,
      body: expect.stringContaining('ha aceptado tu pedido'),
    });

    const visitor = await guest(muse);
    const other = await buy(visitor);
    await confirm(other);
    await told(visitor, 'order_confirmed', other);
    const { body } = await visitor.get('/notifications', spanish).expect(200);
    expect(body.data[0].title).toBe(`El pedido ${other.number} está confirmado`);
    expect((await listOf(visitor)).data[0].title).toBe(`Order ${other.number} is confirmed`);
    const stream = await openStream(muse, visitor, '/notifications/events', { ...spanish, 'last-event-id': '0' });
    expect((await stream.until(() => true, SOON_MS)).data.title).toBe(`El pedido ${other.number} está confirmado`);
  });

  it("of a guest become the user's at sign-in, behind those that the user has, and a stream tells of them", async () => {
    const account = await makeUser(muse);
    const login = (headers = {}) =>
      muse.http.post(`${API}/auth/login`).set(headers).send({ email: account.email, password: PASSWORD }).expect(200);
    const signedIn = async (headers = {}) =>
      shopperOf(muse, account.id, { authorization: `Bearer ${(await login(headers)).body.accessToken}` });
    const user = await signedIn();
    const own = await buy(user);
    await confirm(own);
    await told(user, 'order_confirmed', own);
    const visitor = await guest(muse);
    const theirs = await buy(visitor);
    await confirm(theirs);
    await told(visitor, 'order_confirmed', theirs);
    await ship(theirs);
    await told(visitor, 'order_shipped', theirs);
    const stream = await openStream(muse, user, '/notifications/events');
    const old = await openStream(muse, visitor, '/notifications/events');
    await signedIn(visitor.headers);
    await stream.until(({ data }) => data.kind === 'order_shipped', SOON_MS);
    // That of the guest ends with the guest.
    await expect(old.until(() => true, SOON_MS)).rejects.toThrow('ended');
    expect((await listOf(user)).data.map(({ sequence, kind, target }: Body) => [sequence, kind, target.id])).toEqual([
      [3, 'order_shipped', theirs.id],
      [2, 'order_confirmed', theirs.id],
      [1, 'order_confirmed', own.id],
    ]);
    expect(await sql(muse, `SELECT 1 FROM inboxes WHERE recipient_id = $1`, [visitor.id])).toEqual([]);
  });

  it('tell whoever has goods in the cart that they are cheaper or back, once while it is unread', async () => {
    const [shopper, other, secret] = [await guest(muse), await guest(muse), await customer(muse)];
    await addVariant(shopper, shop.variantIds[1]);
    await addVariant(secret, shop.variantIds[1]);
    await sql(muse, `UPDATE users SET privacy = 'paranoid' WHERE id = $1`, [secret.id]);
    await addVariant(other, shop.variantIds[0]);
    await shop.reprice(shop.variantIds[1], 2200);
    await quiet();
    expect((await listOf(shopper)).data).toEqual([]);
    await shop.reprice(shop.variantIds[1], 1900);
    await quiet();
    await shop.reprice(shop.variantIds[1], 1800);
    await quiet();
    const { data } = await listOf(shopper);
    expect(data).toMatchObject([
      {
        kind: 'price_dropped',
        title: 'Cheaper now: Linen shirt (L)',
        body: expect.stringMatching(/^\$18\.00 in the place of \$19\.00 at .*\. It is in your cart\.$/),
        target: { kind: 'store', id: shop.storeId },
        params: { amount: usd(1800), was: usd(1900) },
      },
    ]);
    await shop.setStock(shop.variantIds[1], 0);
    await shop.setStock(shop.variantIds[1], 5);
    await quiet();
    expect((await listOf(shopper)).data.map(({ kind }: Body) => kind)).toEqual(['back_in_stock', 'price_dropped']);
    // Whoever asked for privacy leaves no trace of what was in the cart.
    expect([(await listOf(other)).data, (await listOf(secret)).data]).toEqual([[], []]);
    await shop.setStock(shop.variantIds[1], 1000);
    await shop.reprice(shop.variantIds[1], 2000);
  });

  it('are gone with the account', async () => {
    const shopper = await customer(muse);
    const order = await buy(shopper);
    await confirm(order);
    await told(shopper, 'order_confirmed', order);
    await shopper.delete('/me').expect(200);
    const left = () =>
      sql(
        muse,
        `SELECT recipient_id FROM inboxes WHERE recipient_id = $1 UNION ALL SELECT recipient_id FROM notifications WHERE recipient_id = $1`,
        [shopper.id],
      );
    expect(await left()).toEqual([]);
    // Neither what happens later nor a token that still works brings the inbox back.
    await ship(order);
    await quiet();
    await shopper.get('/notifications/events').expect(401);
    expect(await left()).toEqual([]);
  });
});

/** So many unread notifications behind those that somebody has. */
async function fill(muse: RunningApp, shopperId: string, count: number): Promise<void> {
  await sql(
    muse,
    `WITH inbox AS (
       INSERT INTO inboxes (recipient_id, last_sequence) VALUES ($1, $2)
       ON CONFLICT (recipient_id) DO UPDATE SET last_sequence = inboxes.last_sequence + $2 RETURNING recipient_id, last_sequence - $2 AS before
     )
     INSERT INTO notifications (recipient_id, sequence, event_id, kind, as_merchant, target_kind, target_id, params)
     SELECT recipient_id, before + n, uuidv7(), 'order_shipped', false, 'order', uuidv7(), '{}' FROM inbox, generate_series(1, $2) AS n`,
    [shopperId, count],
  );
}
