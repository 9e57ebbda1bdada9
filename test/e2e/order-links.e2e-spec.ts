import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { linkIn, mailTo } from '../support/mailbox';
import { openShop, type Shop } from '../support/market';
import { ROUTES, addressOf } from '../support/routes';
import {
  ADDRESS,
  API,
  CONTACT,
  addVariant,
  begin,
  checkoutToPlaced,
  customer,
  eventually,
  guest,
  orderOf,
  place,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { openStream } from '../support/sse';
import { makeWorld, orderToken, type World } from '../support/world';

describe('A link to an order', () => {
  let muse: RunningApp;
  let shop: Shop;
  let world: World;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
    world = await makeWorld(muse);
  });

  const buy = async (shopper: Shopper): Promise<Body> => {
    await addVariant(shopper, shop.variantIds[0]);
    return orderOf(shopper, await checkoutToPlaced(shopper));
  };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const get = (path: string, token: string) => muse.http.get(`${API}${path}`).set(bearer(token));
  const essence = ({ body, status }: { body: Body; status: number }) => {
    return { ...body, requestId: undefined, instance: undefined, answered: status };
  };

  it('comes with the mail of a guest’s order, and opens that order as its buyer sees it, to look at', async () => {
    const email = `${randomUUID().slice(0, 8)}@example.com`;
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    const { id } = await begin(shopper);
    const shipping = { address: ADDRESS, contact: { ...CONTACT, email } };
    const { body: session } = await shopper.put(`/checkout/sessions/${id}/shipping`, shipping).expect(200);
    await place(shopper, session).expect(202);
    const order = await orderOf(shopper, await settled(shopper, id));
    const { token, order: orderId } = linkIn(await mailTo(muse, email, 'order_placed'), 'order');
    expect(orderId).toBe(order.id);
    const { body } = await get(`/orders/${order.id}`, token).expect(200);
    expect(body).toEqual({ ...order, allowedActions: [] });
    expect((await get(`/orders/${order.id}/tracking`, token).expect(200)).body.status).toBe('unknown');
    expect((await get(`/orders/${order.id}/history`, token).expect(200)).body.data).toHaveLength(1);
  });

  it('streams the order, until it is revoked', async () => {
    const shopper = await guest(muse);
    const order = await buy(shopper);
    const token = await orderToken(muse, order.id);
    const stream = await openStream(muse, { headers: bearer(token) }, `/orders/${order.id}/events`);
    expect((await stream.until(() => true)).data).toMatchObject({
      id: order.id,
      status: 'pending',
      allowedActions: [],
    });
    const { data } = (await shopper.get(`/orders/${order.id}/access-tokens`).expect(200)).body;
    for (const { id } of data) await shopper.delete(`/orders/${order.id}/access-tokens/${id}`).expect(204);
    await shopper.put(`/orders/${order.id}/cancel`, {}).expect(200);
    // The next reading finds it revoked: what changed afterwards is not shown any more.
    await expect(stream.until(({ data }) => data.status === 'cancelled')).rejects.toThrow('ended');
  });

  it('opens no other order: the answer is that of an unknown one', async () => {
    const token = await orderToken(muse, world.orderId);
    const other = await buy(await guest(muse));
    for (const path of ['', '/tracking', '/history', '/events']) {
      const theirs = await get(`/orders/${other.id}${path}`, token);
      const none = await get(`/orders/${randomUUID()}${path}`, token);
      expect([path, theirs.status, theirs.body.code]).toEqual([path, 404, 'not_found']);
      expect(essence(theirs)).toEqual(essence(none));
    }
  });

  it('opens nothing else: 401 on every other route that needs a token (404 where a token may stand for the buyer), and nothing of it is done', async () => {
    const token = await orderToken(muse, world.orderId);
    const readable = [
      'GET /orders/{id}',
      'GET /orders/{id}/tracking',
      'GET /orders/{id}/history',
      'GET /orders/{id}/events',
      'GET /orders/{id}/changes',
      'GET /orders/{id}/returns',
      'GET /orders/{id}/returns/{returnId}',
    ];
    // Open to tokens that stand for the buyer of a sealed order, which a mailed link does not.
    const acting = [
      ...['PUT /orders/{id}/cancel', 'PUT /orders/{id}/received', 'POST /orders/{id}/complete'],
      ...['POST /orders/{id}/return', 'POST /orders/{id}/pay', 'POST /orders/{id}/pay/resume'],
      'GET /orders/{id}/refunds',
      ...['', '/messages', '/events'].map((rest) => `GET /conversations/{id}${rest}`),
      ...['messages', 'read', 'block', 'unblock', 'messages/{messageId}/report'].map(
        (rest) => `POST /conversations/{id}/${rest}`,
      ),
      ...[
        'GET /orders/{id}/rating',
        'PUT /orders/{id}/rating',
        'GET /orders/{id}/reports',
        'POST /orders/{id}/reports',
      ],
      ...['GET /reports/{id}', 'POST /reports/{id}/answer', 'POST /reports/{id}/withdraw', 'POST /reports/{id}/appeal'],
      ...['accept', 'refuse', 'pay', 'pay/resume'].map((what) => `POST /orders/{id}/changes/{changeId}/${what}`),
      ...['return', 'returns/{returnId}/cancel', 'returns/{returnId}/sent'].map((what) => `POST /orders/{id}/${what}`),
    ];
    for (const [route, { by, ids, body }] of Object.entries(ROUTES)) {
      if (by === 'public' || readable.includes(route)) continue;
      const [verb, path] = addressOf(route, ids?.(world));
      const headers = { ...bearer(token), 'idempotency-key': randomUUID() };
      const answer = await muse.http[verb](`${API}${path}`).set(headers).send(body?.(world));
      const expected = acting.includes(route) ? [404, 'not_found'] : [401, 'unauthenticated'];
      expect([route, answer.status, answer.body.code]).toEqual([route, ...expected]);
    }
    expect((await world.buyer.get(`/orders/${world.orderId}`).expect(200)).body.status).toBe('pending');
    // Where no token is needed, it counts as none.
    await muse.http.get(`${API}/stores`).set(bearer(token)).expect(200);
  });

  it('stands in the database as a hash only, for 180 days', async () => {
    const order = await buy(await guest(muse));
    const token = await orderToken(muse, order.id);
    const [row] = await sql(
      muse,
      `SELECT t.*, row_to_json(t)::text AS text, expires_at - created_at AS life FROM order_access_tokens t
        WHERE order_id = $1 ORDER BY id DESC LIMIT 1`,
      [order.id],
    );
    expect(row.text).not.toContain(token.slice(4));
    expect([row.token_hash.length, row.life.days]).toEqual([32, 180]);
    await sql(muse, `UPDATE order_access_tokens SET expires_at = now() WHERE id = $1`, [row.id]);
    await get(`/orders/${order.id}`, token).expect(401);
    for (const bad of [`${token}x`, token.slice(0, -1), `mot_${'A'.repeat(43)}`, 'mot_', `${token}%00`])
      expect((await get(`/orders/${order.id}`, bad)).status).toBe(401);
  });

  it('is the buyer’s to see and to revoke, at once and for good', async () => {
    const shopper = await guest(muse);
    const order = await buy(shopper);
    const path = `/orders/${order.id}/access-tokens`;
    await eventually(async () => (await shopper.get(path).expect(200)).body.data.length === 1);
    const tokens = [await orderToken(muse, order.id), await orderToken(muse, order.id)];
    const page = (await shopper.get(`${path}?limit=2`).expect(200)).body;
    const rest = (await shopper.get(`${path}?limit=2&cursor=${page.nextCursor}`).expect(200)).body;
    expect([page.data.length, rest.data.length, rest.nextCursor]).toEqual([2, 1, null]);
    expect(Object.keys(page.data[0]).sort()).toEqual(['createdAt', 'expiresAt', 'id']);
    await shopper.delete(`${path}/${page.data[1].id}`).expect(204);
    await shopper.delete(`${path}/${page.data[1].id}`).expect(204);
    await get(`/orders/${order.id}`, tokens[0]!).expect(401);
    await get(`/orders/${order.id}`, tokens[1]!).expect(200);
    expect((await shopper.get(path).expect(200)).body.data).toHaveLength(2);
    await shopper.delete(`${path}/${randomUUID()}`).expect(404);
    // By way of an order of one's own.
    const stranger = await guest(muse);
    const own = await buy(stranger);
    await stranger.delete(`/orders/${own.id}/access-tokens/${rest.data[0].id}`).expect(404);
    await get(`/orders/${order.id}`, tokens[1]!).expect(200);
  });

  it('stays with the order when its guest signs in, and ends when the account is closed', async () => {
    const [visitor, user] = [await guest(muse), await customer(muse)];
    const order = await buy(visitor);
    const token = await orderToken(muse, order.id);
    const login = { email: user.email, password: 'correct horse battery' };
    await muse.http.post(`${API}/auth/login`).set(visitor.headers).send(login).expect(200);
    await get(`/orders/${order.id}`, token).expect(200);
    await user.delete('/me').expect(200);
    await get(`/orders/${order.id}`, token).expect(401);
  });
});
