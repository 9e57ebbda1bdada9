import { JwtService } from '@nestjs/jwt';
import { randomUUID } from 'node:crypto';
import { Shutdown } from '../../src/platform/http';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { makeStock, usd } from '../support/sellers';
import { openStream, type OpenStream } from '../support/sse';
import {
  addDescribed,
  addVariant,
  cartOf,
  checkoutToPlaced,
  customer,
  eventually,
  guest,
  linesOf,
  orderOf,
  place,
  readySession,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

/** Well below the 15 seconds after which a stream looks by itself. */
const SOON_MS = 5_000;

describe('Streams of events', () => {
  let muse: RunningApp;
  let shop: Shop;
  let shopper: Shopper;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse, { onHand: 1000 });
  });
  beforeEach(async () => {
    shopper = await guest(muse);
  });

  it('of a cart show it on connecting, and every change that another request makes', async () => {
    const cart = await addVariant(shopper, shop.variantIds[0]);
    const stream = await openStream(muse, shopper, '/cart/events');
    expect([stream.status, stream.contentType]).toEqual([200, expect.stringContaining('text/event-stream')]);
    const first = await stream.until(() => true, SOON_MS);
    expect(first).toMatchObject({ event: 'cart', data: cart });
    const [{ id }] = linesOf(cart);
    await shopper.put(`/cart/items/${id}`, { quantity: 4 }).expect(200);
    const changed = await stream.until(({ data }) => data.stores[0].items[0].quantity === 4, SOON_MS);
    expect(changed.data).toEqual(await cartOf(shopper));
    await shopper.delete('/cart').expect(200);
    await stream.until(({ data }) => data.itemCount === 0, SOON_MS);
    expect(new Set(stream.seen.map((event) => event.id)).size).toBe(stream.seen.length);
  });

  it('of a cart show the first line too, and the next, though there was no cart when they began', async () => {
    const stream = await openStream(muse, shopper, '/cart/events');
    expect((await stream.until(() => true, SOON_MS)).data).toMatchObject({ id: null, itemCount: 0 });
    await addVariant(shopper, shop.variantIds[0]);
    await stream.until(({ data }) => data.itemCount === 1, SOON_MS);
    await addVariant(shopper, shop.variantIds[1]);
    await stream.until(({ data }) => data.itemCount === 2, SOON_MS);
  });

  it('of a cart show that a merchant changed a price or ran out of stock', async () => {
    await addVariant(shopper, shop.variantIds[1]);
    const stream = await openStream(muse, shopper, '/cart/events');
    await stream.until(() => true, SOON_MS);
    await shop.reprice(shop.variantIds[1], 2500);
    const { data } = await stream.until((event) => event.data.problems.length > 0, SOON_MS);
    expect(data.problems).toMatchObject([{ code: 'price_changed', was: usd(2000), now: usd(2500) }]);
    await shop.setStock(shop.variantIds[1], 0);
    await stream.until(
      (event) => event.data.problems.some((problem: Body) => problem.code === 'out_of_stock'),
      SOON_MS,
    );
    await shop.setStock(shop.variantIds[1], 1000);
    await shop.reprice(shop.variantIds[1], 2000);
  });

  it('of a cart do not tell others', async () => {
    const other = await guest(muse);
    await addVariant(other, shop.variantIds[0]);
    await addVariant(shopper, shop.variantIds[0]);
    const theirs = await openStream(muse, other, '/cart/events');
    const own = await openStream(muse, shopper, '/cart/events');
    await theirs.until(() => true, SOON_MS);
    await own.until(() => true, SOON_MS);
    await addVariant(shopper, shop.variantIds[0], 2);
    await own.until(({ data }) => data.version === 2, SOON_MS);
    expect(theirs.seen).toHaveLength(1);
  });

  it('of a session show each store as it happens, up to the end, with its version as id', async () => {
    const { variantIds } = await makeStock(muse, 5);
    await addVariant(shopper, shop.variantIds[0]);
    await addDescribed(shopper, await openPartner(muse));
    await addVariant(shopper, variantIds[0]!);
    await shopper.delete(`/cart/items/${linesOf(await cartOf(shopper))[2].id}`).expect(200);
    const session = await readySession(shopper);
    const stream = await openStream(muse, shopper, `/checkout/sessions/${session.id}/events`);
    const first = await stream.until(() => true, SOON_MS);
    expect(first).toMatchObject({ event: 'status', id: String(session.version), data: { status: 'pending' } });
    await place(shopper, session).expect(202);
    const end = await stream.until(({ data }) => data.status === 'completed', SOON_MS);
    expect(end.data.stores.map((store: Body) => store.status)).toEqual(['placed', 'continue_at_store']);
    // The conversation is opened a moment after, by who hears of the order.
    const told = ({ stores, ...rest }: Body) => ({
      ...rest,
      stores: stores.map((store: Body) => ({ ...store, conversationId: null })),
    });
    const { body: now } = await shopper.get(`/checkout/sessions/${session.id}/status`).expect(200);
    expect(told(end.data)).toEqual(told(now));
    const ids = stream.seen.map(({ id }) => Number(id));
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    for (const { id, data } of stream.seen) expect(data.version).toBe(Number(id));
  });

  it('of an order show that it is shipped, and what follows', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const order = await orderOf(shopper, await checkoutToPlaced(shopper));
    const stream = await openStream(muse, shopper, `/orders/${order.id}/events`);
    expect(await stream.until(() => true, SOON_MS)).toMatchObject({ event: 'order', id: '1', data: order });
    const body = { carrier: 'UPS', trackingNumber: '1Z999AA10123456784' };
    await shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${order.id}/ship`, body).expect(200);
    const shipped = await stream.until(({ data }) => data.status === 'shipped', SOON_MS);
    expect(shipped).toMatchObject({
      id: '2',
      data: { trackingNumber: body.trackingNumber, allowedActions: ['receive', 'return'] },
    });
    const items = [{ itemId: order.items[0].id, quantity: 1, reason: 'Too small' }];
    await shopper.post(`/orders/${order.id}/return`, { items }, { 'idempotency-key': randomUUID() }).expect(201);
    await stream.until(({ id }) => id === '3', SOON_MS);
  });

  it('of another’s session or order are not found, like unknown ones, and none opens without a token', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const status = await checkoutToPlaced(shopper);
    const stranger = await guest(muse);
    const details = new Map<string, Set<string>>();
    for (const [kind, id] of [
      ['checkout/sessions', status.id],
      ['checkout/sessions', randomUUID()],
      ['orders', status.stores[0].order.id],
      ['orders', randomUUID()],
    ]) {
      const answer = await stranger.get(`/${kind}/${id}/events`).expect(404);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      details.set(kind, (details.get(kind) ?? new Set()).add(answer.body.detail));
      await muse.http.get(`/api/v1/${kind}/${id}/events`).expect(401);
    }
    expect([...details.values()].map((set) => set.size)).toEqual([1, 1]);
    await muse.http.get('/api/v1/cart/events').expect(401);
  });

  it('end soon after what opened them is none any more, and go on while it is', async () => {
    const user = await customer(muse);
    const { body: made } = await user
      .post('/me/api-keys', { name: 'Sync', scopes: ['cart'], ...{ expiresInDays: 1 } })
      .expect(201);
    const headers = (token: string) => ({ authorization: `Bearer ${token}` });
    const claims = { sub: user.id, roles: ['shopper'], privacy: 'standard', typ: 'access' };
    const brief = muse.app.get(JwtService, { strict: false }).sign(claims, { expiresIn: 3 });
    const visitor = await guest(muse);
    const open = async (who: Pick<Shopper, 'headers'>) => {
      const stream = await openStream(muse, who, '/cart/events');
      await stream.until(() => true, SOON_MS);
      return stream;
    };
    const ending = [
      await open({ headers: headers(made.token) }),
      await open({ headers: headers(brief) }),
      await open(visitor),
    ];
    const staying = [await open(user), await open(shopper)];
    await user.delete(`/me/api-keys/${made.id}`).expect(204);
    const account = { email: `${randomUUID()}@example.com`, password: 'a passphrase of the streams' };
    await visitor.post('/auth/register', account).expect(201);
    const never = (stream: OpenStream) => stream.until(() => false, 25_000);
    await Promise.all(ending.map((stream) => expect(never(stream)).rejects.toThrow(/ended/)));
    await addVariant(user, shop.variantIds[0]);
    await addVariant(shopper, shop.variantIds[0]);
    for (const stream of staying) await stream.until(({ data }) => data.itemCount === 1, SOON_MS);
  }, 60_000);

  it('reach a shopper through every process', async () => {
    const secrets = { JWT_SECRET: muse.config.JWT_SECRET!, MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY! };
    const other = await startApp({ DATABASE_URL: muse.database, MUSE_ROLE: 'api', ...secrets });
    await addVariant(shopper, shop.variantIds[0]);
    const stream = await openStream(other, shopper, '/cart/events');
    await stream.until(() => true, SOON_MS);
    await addVariant(shopper, shop.variantIds[0]);
    await stream.until(({ data }) => data.version === 2, SOON_MS);
    // On its way out a process ends its streams, so that clients turn to another.
    other.app.get(Shutdown, { strict: false }).begin();
    await other.close();
    await expect(stream.until(({ data }) => data.version === 99, SOON_MS)).rejects.toThrow(/ended/);
  });

  it('survive that the connection on which their process listens breaks', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const stream = await openStream(muse, shopper, '/cart/events');
    await stream.until(() => true, SOON_MS);
    const listeners = () =>
      sql(
        muse,
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'muse-streams' AND datname = current_database()`,
      );
    const [{ pid }] = await listeners();
    await sql(muse, 'SELECT pg_terminate_backend($1)', [pid]);
    await eventually(async () => (await listeners()).some((row) => row.pid !== pid));
    await addVariant(shopper, shop.variantIds[0]);
    await stream.until(({ data }) => data.version === 2, SOON_MS);
  });
});
