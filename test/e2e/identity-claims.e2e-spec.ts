import { randomUUID } from 'node:crypto';
import { Accounts, ClaimRegistry } from '../../src/identity';
import { Database } from '../../src/platform/database';
import { startApp, type RunningApp } from '../support/app';

const API = '/api/v1';
const PASSWORD = 'a long passphrase';

describe('A guest who signs in', () => {
  let app: RunningApp;
  let claimed: string[];
  let failing: boolean;

  beforeAll(async () => {
    app = await startApp({ MUSE_ROLE: 'api' });
    app.app.get(ClaimRegistry, { strict: false }).register('test', async (_tx, guestId, userId) => {
      if (failing) throw new Error('no');
      claimed.push(`${guestId} ${userId}`);
    });
  });
  beforeEach(() => {
    claimed = [];
    failing = false;
  });

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const guest = async () =>
    (await app.http.post(`${API}/guests`).expect(201)).body as { guest: { id: string }; accessToken: string };
  const credentials = () => ({ email: `g-${randomUUID()}@example.com`, password: PASSWORD });
  const register = (body: object, token?: string) =>
    app.http
      .post(`${API}/auth/register`)
      .set(token ? bearer(token) : {})
      .send(body);
  const login = (body: object, token?: string) =>
    app.http
      .post(`${API}/auth/login`)
      .set(token ? bearer(token) : {})
      .send(body);
  const userId = (answer: { body: unknown }) => (answer.body as { user: { id: string } }).user.id;
  /** 403: known as a guest, whom this route refuses; 401: known no more. */
  const knownAs = async (token: string, on = app) => (await on.http.get(`${API}/me`).set(bearer(token))).status;

  it('takes along what was the guest’s, and is a guest no longer at once', async () => {
    for (const enter of [register, login]) {
      claimed = [];
      const body = credentials();
      if (enter === login) await register(body).expect(201);
      const { guest: g, accessToken } = await guest();
      expect(await knownAs(accessToken)).toBe(403);
      const answer = await enter(body, accessToken);
      expect(claimed).toEqual([`${g.id} ${userId(answer)}`]);
      expect(await knownAs(accessToken)).toBe(401);
    }
  });

  it('signs in all the same when the guest was claimed before, and claims nothing twice', async () => {
    const [first, second] = [credentials(), credentials()];
    await register(first).expect(201);
    await register(second).expect(201);
    const { accessToken } = await guest();
    await login(first, accessToken).expect(200);
    await login(second, accessToken).expect(200);
    await register(credentials(), accessToken).expect(201);
    expect(claimed).toHaveLength(1);
  });

  it('is claimed by one of many who sign in with the same token at once', async () => {
    const others = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const body = credentials();
        await register(body).expect(201);
        return body;
      }),
    );
    const { accessToken } = await guest();
    const answers = await Promise.all(others.map((body) => login(body, accessToken)));
    expect(answers.map((a) => a.status)).toEqual([200, 200, 200, 200, 200]);
    expect(claimed).toHaveLength(1);
  });

  it('leaves everything as it was when a part of the claim fails', async () => {
    const { accessToken } = await guest();
    const body = credentials();
    failing = true;
    await register(body, accessToken).expect(500);
    failing = false;
    expect(await knownAs(accessToken)).toBe(403);
    await register(body, accessToken).expect(201);
    expect(claimed).toHaveLength(1);
  });

  it('is not claimed while something is being written for it, and nothing is written for it afterwards', async () => {
    const accounts = app.app.get(Accounts, { strict: false });
    const database = app.app.get(Database, { strict: false });
    const { guest: g, accessToken } = await guest();
    const caller = { kind: 'guest' as const, id: g.id };
    const order: string[] = [];
    const registering = await database.transaction(async (tx) => {
      await accounts.holdGuest(tx, caller);
      const answer = register(credentials(), accessToken).then((a) => {
        order.push('claimed');
        return a.status;
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      order.push('written');
      return { answer };
    });
    expect(await registering.answer).toBe(201);
    expect(order).toEqual(['written', 'claimed']);
    await expect(database.transaction((tx) => accounts.holdGuest(tx, caller))).rejects.toMatchObject({ status: 401 });
  });

  it('stays a guest when the password is wrong', async () => {
    const body = credentials();
    await register(body).expect(201);
    const { accessToken } = await guest();
    await login({ ...body, password: 'wrong passphrase' }, accessToken).expect(401);
    expect(await knownAs(accessToken)).toBe(403);
    expect(claimed).toEqual([]);
  });

  it('signs in with an expired or senseless token in Authorization too', async () => {
    const body = credentials();
    await register(body, 'garbage').expect(201);
    await login(body, `mg_${'A'.repeat(43)}`).expect(200);
    const { rows } = await app.app
      .get(Database, { strict: false })
      .pool.query('SELECT 1 FROM guests WHERE claimed_by IS NULL');
    expect(rows.length).toBeGreaterThan(0);
  });

  it('is no guest in another process either, once that one asks again', async () => {
    const other = await startApp({
      DATABASE_URL: app.database,
      MUSE_ROLE: 'api',
      JWT_SECRET: app.config.JWT_SECRET!,
      MUSE_MASTER_KEY: app.config.MUSE_MASTER_KEY!,
    });
    const { accessToken } = await guest();
    const answer = await register(credentials(), accessToken).expect(201);
    expect(await knownAs(accessToken, other)).toBe(401);
    expect(await knownAs((answer.body as { accessToken: string }).accessToken, other)).toBe(200);
    await other.close();
  });
});
