import { randomUUID } from 'node:crypto';
import { SCOPES } from '../../src/identity';
import { startApp, type RunningApp } from '../support/app';
import { ROUTES, addressOf } from '../support/routes';
import { makeUser, signIn } from '../support/sellers';
import {
  API,
  customer,
  readySession,
  addVariant,
  place,
  shopperOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';
import { makeWorld, type World } from '../support/world';

describe('API keys', () => {
  let muse: RunningApp;
  let world: World;
  let ana: Shopper;
  beforeAll(async () => {
    muse = await startApp();
    world = await makeWorld(muse);
    ana = await customer(muse);
  }, 60_000);

  const make = async (who: Shopper, scopes: readonly string[] = SCOPES, more: object = {}): Promise<Body> =>
    (await who.post('/me/api-keys', { name: 'Sync', scopes, ...more }).expect(201)).body;
  const by = (token: string, id = ''): Shopper => shopperOf(muse, id, { authorization: `Bearer ${token}` });
  const refused = async (token: string) => {
    const { body } = await by(token).get('/cart').expect(401);
    expect(body.code).toBe('unauthenticated');
  };
  /** Another process, which trusts nothing yet. */
  const elsewhere = () =>
    startApp({ DATABASE_URL: muse.database, MUSE_ROLE: 'api', JWT_SECRET: muse.config.JWT_SECRET! });

  it('are shown once, stand in the database as hashes, and are told apart by how they begin', async () => {
    const key = await make(ana, ['cart', 'cart', 'catalog:read'], { expiresInDays: 30 });
    expect(key).toMatchObject({ name: 'Sync', scopes: ['cart', 'catalog:read'], lastUsedAt: null, rotatedAt: null });
    expect(key.token).toMatch(/^muse_[\w-]{43}$/);
    expect(key.prefix).toBe(key.token.slice(0, 12));
    expect((Date.parse(key.expiresAt) - Date.parse(key.createdAt)) / 86_400_000).toBeCloseTo(30, 5);
    const { body } = await ana.get('/me/api-keys').expect(200);
    expect(body.data).toHaveLength(1);
    expect(JSON.stringify(body)).not.toContain(key.token);
    expect(JSON.stringify(await sql(muse, 'SELECT * FROM api_keys'))).not.toContain(key.token);
    expect(JSON.stringify(await sql(muse, 'SELECT * FROM events'))).not.toContain(key.token);
  });

  it('act for their user within their scopes', async () => {
    const program = by((await make(ana, ['cart', 'checkout', 'orders:read'])).token);
    await addVariant(program, world.shop.variantIds[0]);
    expect((await ana.get('/cart').expect(200)).body.itemCount).toBe(1);
    const session = await readySession(program);
    await place(program, session).expect(202);
    await program.get('/orders').expect(200);
    const { body } = await program.put(`/orders/${world.orderId}/cancel`, {}).expect(403);
    expect(body).toMatchObject({ code: 'scope_missing', scope: 'orders:write' });
    // Another's stays another's.
    await program.get(`/orders/${world.orderId}`).expect(404);
  });

  it('open exactly the routes whose documented scope they have, and none that names none', async () => {
    const { paths } = (await muse.http.get('/api/docs-json').expect(200)).body;
    const tokens = new Map<string, string>();
    for (const scope of SCOPES) tokens.set(scope, (await make(world.buyer, [scope])).token);
    const all = (await make(world.buyer)).token;
    const seen = new Set<string>();
    for (const [route, { ids, body }] of Object.entries(ROUTES)) {
      const [verb, path] = route.split(' ') as [string, string];
      const { security } = paths[`${API}${path}`][verb.toLowerCase()] as { security: Record<string, string[]>[] };
      const scope = security.find((way) => 'apiKey' in way)?.['apiKey']?.[0];
      const [method, address] = addressOf(
        route,
        Object.fromEntries(Object.keys(ids?.(world) ?? {}).map((name) => [name, randomUUID()])),
      );
      // Streams stay open, and every route is tried with a key that may not use it.
      const ask = async (token: string) =>
        (await muse.http[method](`${API}${address}`)
          .set({ authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() })
          .send(body?.(world))) as { status: number; body: Body };
      if (scope === undefined) {
        const answer = await ask(all);
        expect([route, answer.status, answer.body.code, answer.body.scope]).toEqual([
          route,
          403,
          'scope_missing',
          null,
        ]);
        continue;
      }
      seen.add(scope);
      for (const [other, token] of tokens) {
        if (other === scope && path.endsWith('/events')) continue;
        const { status, body: answer } = await ask(token);
        if (other === scope) expect([route, status === 401 || answer.code === 'scope_missing']).toEqual([route, false]);
        else
          expect([route, other, status, answer.code, answer.scope]).toEqual([
            route,
            other,
            403,
            'scope_missing',
            scope,
          ]);
      }
    }
    expect([...seen].sort()).toEqual([...SCOPES].sort());
    // Nothing of the account was touched.
    await world.buyer.get('/me').expect(200);
  }, 120_000);

  it('never have the role of staff', async () => {
    const staff = await makeUser(muse, 'admin', 'support', 'merchant');
    const key = await make(shopperOf(muse, staff.id, await signIn(muse, staff)));
    await by(key.token).get(`/merchant/stores/${world.partner.id}/products`).expect(404);
  });

  it('are taken no more once they are ended: here at once, elsewhere when they are looked up again', async () => {
    const key = await make(ana);
    await by(key.token).get('/cart').expect(200);
    await ana.delete(`/me/api-keys/${key.id}`).expect(204);
    await refused(key.token);
    await ana.delete(`/me/api-keys/${key.id}`).expect(404);
    const other = await elsewhere();
    await other.http.get(`${API}/cart`).set('authorization', `Bearer ${key.token}`).expect(401);
    await other.close();
  });

  it('are taken no more once they have expired, or their user has closed the account', async () => {
    const [old, bob] = [await make(ana), await customer(muse)];
    const ofBob = await make(bob);
    await sql(muse, `UPDATE api_keys SET expires_at = now() WHERE id = $1`, [old.id]);
    await refused(old.token);
    await bob.delete('/me').expect(200);
    await refused(ofBob.token);
    expect(await sql(muse, 'SELECT 1 FROM api_keys WHERE user_id = $1', [bob.id])).toEqual([]);
  });

  it('of nobody, cut short or made up are none', async () => {
    const { token } = await make(ana);
    for (const wrong of ['muse_', `muse_${'A'.repeat(43)}`, token.slice(0, -1), `${token}x`, `${token} x`])
      await refused(wrong);
  });

  describe('that are rotated', () => {
    const rotate = (key: Body, body?: object) => ana.post(`/me/api-keys/${key.id}/rotate`, body);

    it('work as the new one at once and as the old one for the time of grace, no longer', async () => {
      const key = await make(ana, SCOPES, { expiresInDays: 10 });
      await by(key.token).get('/cart').expect(200);
      const { body: next } = await rotate(key, { graceSeconds: 600 }).expect(200);
      expect([next.id, next.token === key.token, next.prefix]).toEqual([key.id, false, next.token.slice(0, 12)]);
      expect(Date.parse(next.previousUntil) - Date.parse(next.rotatedAt)).toBeCloseTo(600_000, -2);
      expect((Date.parse(next.expiresAt) - Date.parse(next.rotatedAt)) / 86_400_000).toBeCloseTo(10, 4);
      for (const { token } of [key, next]) await by(token).get('/cart').expect(200);
      await sql(muse, `UPDATE api_keys SET previous_until = now() WHERE id = $1`, [key.id]);
      const other = await elsewhere();
      const there = (token: string) => other.http.get(`${API}/cart`).set('authorization', `Bearer ${token}`);
      await there(key.token).expect(401);
      await there(next.token).expect(200);
      await other.close();
    });

    it('end the old one at once where no grace is given', async () => {
      const key = await make(ana);
      await by(key.token).get('/cart').expect(200);
      await rotate(key, { graceSeconds: 0 }).expect(200);
      await refused(key.token);
    });

    it('leave two at most, however many rotate at once; the same key again answers the same', async () => {
      await sql(muse, 'DELETE FROM api_keys WHERE user_id = $1', [ana.id]);
      const key = await make(ana);
      const answers = await Promise.all(Array.from({ length: 6 }, () => rotate(key)));
      expect(new Set(statusesOf(answers))).toEqual(new Set([200]));
      const works = await Promise.all(
        answers.map(async ({ body }) => (await by(body.token).get('/cart')).status === 200),
      );
      expect(works.filter(Boolean)).toHaveLength(2);
      await refused(key.token);
      const again = { 'idempotency-key': randomUUID() };
      const once = await ana.post(`/me/api-keys/${key.id}/rotate`, {}, again).expect(200);
      const twice = await ana.post(`/me/api-keys/${key.id}/rotate`, {}, again).expect(200);
      expect(twice.body).toEqual(once.body);
    });

    it("are the owner's own: another's and an unknown one are not found", async () => {
      const key = await make(ana);
      const eve = await customer(muse);
      for (const id of [key.id, randomUUID()]) {
        expect((await eve.post(`/me/api-keys/${id}/rotate`).expect(404)).body.code).toBe('not_found');
        await eve.delete(`/me/api-keys/${id}`).expect(404);
      }
      expect((await eve.get('/me/api-keys').expect(200)).body.data).toEqual([]);
      await by(key.token).get('/cart').expect(200);
    });
  });

  it('note their last use, once a minute at most', async () => {
    const key = await make(ana);
    for (let n = 0; n < 3; n++) await by(key.token).get('/cart').expect(200);
    const lastUse = async () => {
      const { data } = (await ana.get('/me/api-keys').expect(200)).body;
      return Date.parse(data.find(({ id }: Body) => id === key.id).lastUsedAt);
    };
    const first = await lastUse();
    expect(Date.now() - first).toBeLessThan(30_000);
    const other = await elsewhere();
    const there = () => other.http.get(`${API}/cart`).set('authorization', `Bearer ${key.token}`).expect(200);
    await there();
    expect(await lastUse()).toBe(first);
    await other.close();
    await sql(muse, `UPDATE api_keys SET last_used_at = now() - interval '61 seconds' WHERE id = $1`, [key.id]);
    const third = await elsewhere();
    await third.http.get(`${API}/cart`).set('authorization', `Bearer ${key.token}`).expect(200);
    expect(Date.now() - (await lastUse())).toBeLessThan(30_000);
    await third.close();
  });

  it('are at most 20 for each user, however many are made at once, and listed in pages', async () => {
    const bob = await customer(muse);
    const answers = await Promise.all(
      Array.from({ length: 25 }, (_, n) => bob.post('/me/api-keys', { name: `K${n}`, scopes: ['cart'] })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('api_key_limit_reached');
    const first = (await bob.get('/me/api-keys?limit=15').expect(200)).body;
    const rest = (await bob.get(`/me/api-keys?limit=15&cursor=${first.nextCursor}`).expect(200)).body;
    expect([first.data.length, rest.data.length, rest.nextCursor]).toEqual([15, 5, null]);
  });

  it('need a name, a scope that there is, and days within reason', async () => {
    const wrong = [
      { name: ' ' },
      { scopes: [] },
      { scopes: ['admin'] },
      { scopes: 'cart' },
      { expiresInDays: 0 },
      { expiresInDays: 731 },
      { expiresInDays: 1.5 },
      { token: 'muse_x' },
    ];
    for (const one of wrong) {
      const { body } = await ana.post('/me/api-keys', { name: 'K', scopes: ['cart'], ...one }).expect(400);
      expect([one, body.errors.map(({ pointer }: Body) => pointer)]).toEqual([
        one,
        expect.arrayContaining([expect.stringContaining(`/${Object.keys(one)[0]}`)]),
      ]);
    }
    const key = await make(ana);
    for (const graceSeconds of [-1, 604_801, 'x'])
      await ana.post(`/me/api-keys/${key.id}/rotate`, { graceSeconds }).expect(400);
  });
});
