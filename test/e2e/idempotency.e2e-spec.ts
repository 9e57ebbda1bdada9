import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import {
  addVariant,
  begin,
  cartOf,
  customer,
  guest,
  linesOf,
  place,
  readySession,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('A request with an Idempotency-Key', () => {
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

  const keyed = (key: string) => ({ 'idempotency-key': key });
  const add = (key: string, quantity = 1, who = shopper) =>
    who.post('/cart/items', { variantId: shop.variantIds[0], quantity }, keyed(key));
  const keptKeys = (who: Shopper) => sql(muse, 'SELECT key FROM idempotency_keys WHERE caller_id = $1', [who.id]);
  const quantity = async (who = shopper): Promise<number | undefined> => linesOf(await cartOf(who))[0]?.quantity;

  it('has its effect once, and answers the same again', async () => {
    const key = randomUUID();
    const first = await add(key, 2).expect(200);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    await shopper.post('/cart/items', { variantId: shop.variantIds[1], quantity: 1 }).expect(200);
    const again = await add(key, 2).expect(200);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
    expect(again.headers['etag']).toBe(first.headers['etag']);
    expect(await quantity()).toBe(2);
  });

  it('is another request with another key, and none is kept without a key', async () => {
    await add(randomUUID()).expect(200);
    await add(randomUUID()).expect(200);
    await addVariant(shopper, shop.variantIds[0]);
    expect(await quantity()).toBe(3);
    expect(await keptKeys(shopper)).toHaveLength(2);
  });

  it('may not be another request under the same key', async () => {
    const key = randomUUID();
    await add(key, 1).expect(200);
    expect((await add(key, 2).expect(422)).body.code).toBe('idempotency_key_reused');
    expect(await quantity()).toBe(1);
    await add(key, 1).expect(200);
  });

  it('is known per caller and per route', async () => {
    const key = 'one-and-the-same';
    const other = await customer(muse);
    await add(key, 1).expect(200);
    expect((await add(key, 5, other).expect(200)).headers['idempotency-replayed']).toBeUndefined();
    expect(await quantity(other)).toBe(5);
    const session = await shopper.post('/checkout/sessions', {}, keyed(key)).expect(201);
    expect(session.headers['idempotency-replayed']).toBeUndefined();
    const again = await shopper.post('/checkout/sessions', {}, keyed(key)).expect(201);
    expect(again.body.id).toBe(session.body.id);
  });

  it('has its effect once when it is sent many times at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => add(key)));
    for (const { status, body, headers } of answers) {
      if (status === 200) continue;
      expect([status, body.code, headers['retry-after']]).toEqual([409, 'still_running', '1']);
    }
    const done = answers.filter((answer) => answer.status === 200);
    expect(done.filter((answer) => answer.headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(new Set(done.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(await quantity()).toBe(1);
  });

  it('may be sent again after a refusal: what failed is not kept', async () => {
    const key = randomUUID();
    const begun = () => shopper.post('/checkout/sessions', {}, keyed(key));
    expect((await begun().expect(409)).body.code).toBe('nothing_to_check_out');
    expect(await keptKeys(shopper)).toEqual([]);
    await addVariant(shopper, shop.variantIds[0]);
    await begun().expect(201);
    expect(await keptKeys(shopper)).toHaveLength(1);
  });

  it('is forgotten after 24 hours', async () => {
    const key = randomUUID();
    await add(key, 1).expect(200);
    const age = (hours: string) =>
      sql(muse, `UPDATE idempotency_keys SET created_at = now() - $2::interval WHERE caller_id = $1`, [
        shopper.id,
        hours,
      ]);
    await age('23 hours 59 minutes');
    await add(key, 1).expect(200);
    expect(await quantity()).toBe(1);
    await age('24 hours 1 second');
    expect((await add(key, 4).expect(200)).headers['idempotency-replayed']).toBeUndefined();
    expect(await quantity()).toBe(5);
    expect((await add(key, 4).expect(200)).headers['idempotency-replayed']).toBe('true');
  });

  it('is required to place and to send back', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    const { body } = await shopper
      .post(`/checkout/sessions/${session.id}/place`, { expectedTotal: session.total })
      .expect(400);
    expect(body.code).toBe('idempotency_key_required');
    expect((await shopper.get(`/checkout/sessions/${session.id}`).expect(200)).body.status).toBe('pending');
    await shopper
      .post(`/orders/${randomUUID()}/return`, { items: [{ itemId: randomUUID(), quantity: 1, reason: 'r' }] })
      .expect(400);
  });

  it('places once, and answers the first answer again even when everything is done', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    const key = randomUUID();
    const first = await place(shopper, session, key).expect(202);
    await settled(shopper, session.id);
    const again = await place(shopper, session, key).expect(202);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
    expect(again.body.status).toBe('processing');
    const other = { ...session, total: { ...session.total, amount: 1 } };
    expect((await place(shopper, other, key).expect(422)).body.code).toBe('idempotency_key_reused');
    expect((await shopper.get('/orders').expect(200)).body.data).toHaveLength(1);
  });

  it('that was refused for its total may be placed with the same key and the right one', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    const key = randomUUID();
    await place(shopper, { ...session, total: { ...session.total, amount: 1 } }, key).expect(409);
    await place(shopper, session, key).expect(202);
  });

  it('is honoured by every POST of a shopper', async () => {
    const twice = async (path: string, body: object | undefined, status: number): Promise<Body> => {
      const key = keyed(randomUUID());
      const [first, again] = [
        await shopper.post(path, body, key).expect(status),
        await shopper.post(path, body, key).expect(status),
      ];
      expect([path, again.headers['idempotency-replayed'], again.body]).toEqual([path, 'true', first.body]);
      return first.body;
    };
    shopper = await customer(muse);
    const item = { variantId: shop.variantIds[0], quantity: 1 };
    await twice('/cart/items', item, 200);
    await twice('/cart/items/batch', { items: [item] }, 200);
    expect(await quantity()).toBe(2);
    const { id } = await twice('/checkout/sessions', {}, 201);
    await twice(`/checkout/sessions/${id}/refresh`, undefined, 200);
    await twice(`/checkout/sessions/${id}/cancel`, undefined, 200);
    await begin(shopper);
    const address = { name: 'A', line1: 'B', city: 'C', country: 'VE' };
    await twice('/me/addresses', address, 201);
    expect((await shopper.get('/me/addresses').expect(200)).body.data).toHaveLength(1);
    await twice('/merchant/stores', { name: 'Mine', currency: 'USD', country: 'US' }, 201);
  });
});
