import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { Counters } from '../../src/platform/http';
import { startApp, type RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import {
  API,
  addVariant,
  begin,
  customer,
  guest,
  place,
  readySession,
  settled,
  shopperOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';
import { orderToken } from '../support/world';

/** As in production. */
const NARROW = { RATE_LIMIT_FACTOR: '1' };

describe('Limits on requests', () => {
  let muse: RunningApp;
  let shop: Shop;
  beforeAll(async () => {
    muse = await startApp({ ...NARROW, TRUSTED_PROXIES: '10.0.0.0/8', MUSE_ROLE: 'all' });
    shop = await openShop(muse);
  });
  afterEach(() => sql(muse, 'TRUNCATE rate_counters'));

  const limited = (answer: { status: number; body: Body; headers: Record<string, string> }, name: string) => {
    expect([answer.status, answer.body.code, answer.body.limit]).toEqual([429, 'rate_limited', name]);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(answer.headers['ratelimit']).toMatch(new RegExp(`^"${name}";r=0;t=\\d+$`));
    expect(answer.headers['ratelimit-policy']).toMatch(new RegExp(`^"${name}";q=\\d+;w=\\d+$`));
  };
  const guests = (headers: Record<string, string> = {}) => muse.http.post(`${API}/guests`).set(headers);
  const manyGuests = (count: number) => Promise.all(Array.from({ length: count }, () => guests()));

  it('let a user export their data ten times an hour', async () => {
    const user = await customer(muse);
    const answers = await Promise.all(Array.from({ length: 12 }, () => user.get('/me/export')));
    expect(statusesOf(answers)).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429]);
    limited(
      answers.find(({ status }) => status === 429)!,
      'exports',
    );
  });

  it('let exactly as many through as they say, however many come at once, and say what is left', async () => {
    const first = await guests().expect(201);
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"guests";q=60;w=3600',
      ratelimit: '"guests";r=59;t=60',
    });
    const answers = await manyGuests(75);
    const through = answers.filter(({ status }) => status === 201);
    expect(through).toHaveLength(59);
    limited(
      answers.find(({ status }) => status === 429)!,
      'guests',
    );
    await sql(muse, `UPDATE rate_counters SET drained_at = drained_at - interval '61 seconds'`);
    expect(statusesOf(await manyGuests(5))).toEqual([201, 429, 429, 429, 429]);
  });

  it('hold in every process', async () => {
    const second = await startApp({ ...NARROW, MUSE_ROLE: 'api', DATABASE_URL: muse.database });
    await manyGuests(60);
    limited(await second.http.post(`${API}/guests`), 'guests');
    await second.close();
  });

  it('are not got round by a header: nobody but a named proxy says for whom it speaks', async () => {
    await manyGuests(60);
    for (const name of [
      'x-forwarded-for',
      'x-real-ip',
      'forwarded',
      'x-client-ip',
      'cf-connecting-ip',
      'true-client-ip',
    ]) {
      limited(await guests({ [name]: name === 'forwarded' ? 'for=203.0.113.9' : '203.0.113.9' }), 'guests');
    }
  });

  it('count behind a named proxy by the address that it names, and by nothing in front of that', async () => {
    const behind = await startApp({ ...NARROW, MUSE_ROLE: 'api', TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' });
    const from = (forwarded: string) => behind.http.post(`${API}/guests`).set('x-forwarded-for', forwarded);
    await Promise.all(Array.from({ length: 60 }, () => from('203.0.113.9').expect(201)));
    // The client wrote the first one itself.
    limited(await from('198.51.100.4, 203.0.113.9'), 'guests');
    limited(await from('198.51.100.4, 203.0.113.9, 10.1.2.3'), 'guests');
    await from('203.0.113.10').expect(201);
    await Promise.all(Array.from({ length: 60 }, (_, n) => from(`2001:db8:1:2::${n.toString(16)}`).expect(201)));
    limited(await from('2001:db8:1:2:ffff::1'), 'guests');
    await from('2001:db8:1:3::1').expect(201);
    await behind.close();
  });

  it('make guessing coupon codes boring', async () => {
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    const guess = (who: Shopper, n: number) => who.put('/cart/coupons', { codes: [`GUESS-${n}`] });
    const answers = await Promise.all(Array.from({ length: 25 }, (_, n) => guess(shopper, n)));
    expect(statusesOf(answers)).toEqual([...Array(20).fill(422), ...Array(5).fill(429)]);
    limited(await guess(shopper, 26), 'cart-coupons');
    // Nor are codes taken out meanwhile, but the cart goes on; another shopper is not touched.
    limited(await shopper.put('/cart/coupons', { codes: [] }), 'cart-coupons');
    await addVariant(shopper, shop.variantIds[0]);
    await guess(await guest(muse), 27).expect(422);
  });

  it('hold for beginning checkouts, with a key and without, and for refreshing them', async () => {
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    const answers: Body[] = [];
    for (let n = 0; n < 20; n++) {
      const key: Record<string, string> = n % 2 ? { 'idempotency-key': randomUUID() } : {};
      answers.push(await shopper.post('/checkout/sessions', {}, key));
    }
    expect(statusesOf(answers as never)).toEqual(Array.from({ length: 20 }, () => 201));
    const session = answers.at(-1)!.body.id as string;
    for (let n = 0; n < 10; n++) await shopper.post(`/checkout/sessions/${session}/refresh`).expect(200);
    limited(await shopper.post('/checkout/sessions', {}), 'checkouts');
    limited(await shopper.post('/checkout/sessions', {}, { 'idempotency-key': randomUUID() }), 'checkouts');
    limited(await shopper.post(`/checkout/sessions/${session}/refresh`), 'checkouts');
    // Another shopper is not touched.
    const other = await guest(muse);
    await addVariant(other, shop.variantIds[0]);
    await begin(other);
  });

  it('hold for going on after authenticating, for each asks the payment provider', async () => {
    const shopper = await guest(muse);
    for (const [path, name] of [
      [`/checkout/sessions/${randomUUID()}/resume`, 'checkout-resumes'],
      [`/orders/${randomUUID()}/pay/resume`, 'payment-resumes'],
    ] as const) {
      const answers = await Promise.all(Array.from({ length: 60 }, () => shopper.post(path)));
      expect(new Set(statusesOf(answers))).toEqual(new Set([404]));
      limited(await shopper.post(path), name);
    }
  });

  it('do not count what came to nothing, nor the same key again', async () => {
    const shopper = await guest(muse);
    for (let n = 0; n < 40; n++)
      await shopper.post('/checkout/sessions', {}, { 'idempotency-key': `n-${n}` }).expect(409);
    await addVariant(shopper, shop.variantIds[0]);
    for (let n = 0; n < 40; n++)
      await shopper.post('/checkout/sessions', {}, { 'idempotency-key': 'same' }).expect(201);
    const [{ used }] = (await sql(
      muse,
      `SELECT ceil(extract(epoch FROM drained_at - now()) / 120)::int AS used FROM rate_counters WHERE key = $1`,
      [`checkouts ${shopper.id}`],
    )) as [Body];
    expect(used).toBe(1);
  });

  describe('on placing', () => {
    const used = (shopper: Shopper, calls: number) =>
      sql(
        muse,
        `INSERT INTO rate_counters VALUES ($1, now() + $2 * interval '120 seconds')
         ON CONFLICT (key) DO UPDATE SET drained_at = excluded.drained_at`,
        [`placings ${shopper.id}`, calls],
      );

    it('buy nothing beyond the limit, and leave the checkout to be placed later', async () => {
      const shopper = await guest(muse);
      await addVariant(shopper, shop.variantIds[0]);
      const session = await readySession(shopper);
      await used(shopper, 30);
      limited(await place(shopper, session), 'placings');
      expect((await shopper.get(`/checkout/sessions/${session.id}`).expect(200)).body.status).toBe('pending');
      await used(shopper, 29);
      const placed = await place(shopper, session).expect(202);
      expect(placed.headers['ratelimit']).toMatch(/^"placings";r=0;/);
      expect((await settled(shopper, session.id)).status).toBe('completed');
    });

    it('let exactly as many of those through that come at once as have room', async () => {
      const shopper = await guest(muse);
      await addVariant(shopper, shop.variantIds[0]);
      const session = await readySession(shopper);
      await place(shopper, session, 'first').expect(202);
      await settled(shopper, session.id);
      await used(shopper, 25);
      // A placed checkout answers its status under any key: each of these is a call that counts.
      const answers = await Promise.all(Array.from({ length: 20 }, () => place(shopper, session)));
      expect(statusesOf(answers)).toEqual([
        ...Array.from({ length: 5 }, () => 202),
        ...Array.from({ length: 15 }, () => 429),
      ]);
      // Asking again what became of the first one is free.
      await place(shopper, session, 'first').expect(202).expect('idempotency-replayed', 'true');
    });
  });

  it('hold for any route by who asks, and for those without a valid token by address', async () => {
    const own = await startApp({ RATE_LIMIT_FACTOR: '0.05', MUSE_ROLE: 'api' });
    const [a, b] = [shopperOf(own, '', await guestHeaders(own)), shopperOf(own, '', await guestHeaders(own))];
    /** Asks until there is no room; gives that answer, and how many there were before it. Room comes back meanwhile. */
    const exhaust = async (ask: () => PromiseLike<Response>, perSecond: number, atLeast: number): Promise<Response> => {
      const began = performance.now();
      for (let through = 0; ; through++) {
        const answer = await ask();
        if (answer.status === 429) {
          expect(through).toBeGreaterThanOrEqual(atLeast);
          expect(through).toBeLessThanOrEqual(60 + 2 + (perSecond * (performance.now() - began)) / 1_000);
          return answer;
        }
      }
    };
    limited(await exhaust(() => a.get('/cart'), 1, 60), 'requests');
    await b.get('/cart').expect(200);
    const open = () => own.http.get(`${API}/products`);
    const nonsense = () => own.http.get(`${API}/cart`).set('authorization', 'Bearer nonsense');
    // Two of the 30 made the guests.
    for (let n = 0; n < 14; n++) await open().expect(200);
    limited(await exhaust(nonsense, 0.5, 14), 'unauthenticated-requests');
    limited(await exhaust(open, 0.5, 0), 'unauthenticated-requests');
    const wrong = () => own.http.get(`${API}/cart`).set('authorization', `Bearer mg_${'A'.repeat(43)}`);
    limited(await exhaust(wrong, 0.5, 0), 'unauthenticated-requests');
    // Who has a token is not touched, and neither are load balancers.
    await b.get('/cart').expect(200);
    for (let n = 0; n < 40; n++) await own.http.get(`${API}/health/live`).expect(200);
    await own.close();
  });

  it('hold for links to orders before these are looked up', async () => {
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    const session = await readySession(shopper);
    await place(shopper, session).expect(202);
    const { stores } = await settled(shopper, session.id);
    const orderId = stores[0].order.id as string;
    const token = await orderToken(muse, orderId);
    const own = await startApp({ RATE_LIMIT_FACTOR: '0.05', MUSE_ROLE: 'api', DATABASE_URL: muse.database });
    const open = (link: string) =>
      own.http.get(`${API}/orders/${orderId}/tracking`).set('authorization', `Bearer ${link}`);
    await open(token).expect(200);
    let last = await open(`mot_${'A'.repeat(43)}`).expect(401);
    for (let n = 0; n < 100 && last.status === 401; n++) last = await open(`mot_${'A'.repeat(43)}`);
    limited(last, 'unauthenticated-requests');
    // Not even one that would be found: looking it up is what there is no room for.
    limited(await open(token), 'unauthenticated-requests');
  });

  it.each(['/nothing/here', `${API}/nothing`, '/api/docs', '/api/docs-json', '/metrics'])(
    'hold by address for %s, which no guard stands before',
    async (path) => {
      const own = await startApp({
        RATE_LIMIT_FACTOR: '0.05',
        MUSE_ROLE: 'api',
        METRICS_TOKEN: 'a-token-of-the-limit-tests',
      });
      const answers = await Promise.all(Array.from({ length: 60 }, () => own.http.get(path)));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThanOrEqual(60 - 35);
      expect(refused.length).toBeLessThanOrEqual(30);
      limited(refused[0]!, 'unauthenticated-requests');
      await own.close();
    },
  );

  it('are one for all API keys of a user', async () => {
    const own = await startApp({ RATE_LIMIT_FACTOR: '0.05', MUSE_ROLE: 'api' });
    const ana = await customer(own);
    const keys: Body[] = [];
    for (let n = 0; n < 3; n++)
      keys.push((await ana.post('/me/api-keys', { name: `K${n}`, scopes: ['cart'] }).expect(201)).body);
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, n) =>
        shopperOf(own, '', { authorization: `Bearer ${keys[n % 3]!.token}` }).get('/cart'),
      ),
    );
    const through = answers.filter(({ status }) => status === 200).length;
    expect(through).toBeGreaterThanOrEqual(57);
    expect(through).toBeLessThanOrEqual(57 + 15);
    // Together: one by one they may come no faster than the limit allows.
    const more = await Promise.all(Array.from({ length: 60 }, () => ana.get('/cart')));
    limited(
      more.find(({ status }) => status !== 200)!,
      'requests',
    );
    await own.close();
  });

  it('are swept once they say nothing any more', async () => {
    await manyGuests(3);
    await sql(muse, `UPDATE rate_counters SET drained_at = now() - interval '1 second'`);
    // More than one statement takes.
    await sql(
      muse,
      `INSERT INTO rate_counters SELECT 'n ' || n, now() - interval '1 hour' FROM generate_series(1, 12_000) n`,
    );
    await sql(muse, `INSERT INTO rate_counters VALUES ('still', now() + interval '1 minute')`);
    await muse.app.get(Counters, { strict: false }).sweep();
    expect(await sql(muse, 'SELECT key FROM rate_counters')).toEqual([{ key: 'still' }]);
  });

  async function guestHeaders(app: RunningApp): Promise<Record<string, string>> {
    const { body } = await app.http.post(`${API}/guests`).expect(201);
    return { authorization: `Bearer ${body.accessToken}` };
  }
});
