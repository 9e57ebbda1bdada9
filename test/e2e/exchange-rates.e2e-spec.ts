import { Accounts } from '../../src/identity';
import { Database } from '../../src/platform/database';
import { startApp, type RunningApp } from '../support/app';

const API = '/api/v1';

interface Rate {
  id: string;
  base: string;
  quote: string;
  rate: string;
  source: string;
  effectiveAt: string;
}

describe('Exchange rates over HTTP', () => {
  let app: RunningApp;
  let admin: { authorization: string };

  beforeAll(async () => {
    app = await startApp({ MUSE_ROLE: 'api' });
    const account = {
      email: 'admin@example.com',
      displayName: 'A',
      password: 'a long passphrase',
      roles: ['admin' as const],
    };
    const accounts = app.app.get(Accounts, { strict: false });
    await app.app.get(Database, { strict: false }).transaction((tx) => accounts.ensure(tx, account));
    const { email, password } = account;
    const answer = await app.http.post(`${API}/auth/login`).send({ email, password }).expect(200);
    admin = { authorization: `Bearer ${(answer.body as { accessToken: string }).accessToken}` };
  });

  const post = (body: object, headers = {}) =>
    app.http
      .post(`${API}/admin/exchange-rates`)
      .set({ ...admin, ...headers })
      .send(body);
  const list = async () => ((await app.http.get(`${API}/exchange-rates`).expect(200)).body as { data: Rate[] }).data;

  it('hold from the moment they are posted, in the process that took them', async () => {
    expect(await list()).toEqual([]);
    const posted = await post({ base: 'USD', quote: 'VES', rate: '36.50', source: 'BCV' }).expect(201);
    expect(posted.body).toMatchObject({ base: 'USD', quote: 'VES', rate: '36.5', source: 'BCV' });
    expect(await list()).toEqual([posted.body]);
    await post({ base: 'USD', quote: 'VES', rate: '37' }).expect(201);
    expect((await list()).map((rate) => [rate.rate, rate.source])).toEqual([['37', 'admin']]);
  });

  it('of a time to come, or of a time gone by, do not hold now', async () => {
    await post({ base: 'EUR', quote: 'USD', rate: '1.08' }).expect(201);
    await post({ base: 'EUR', quote: 'USD', rate: '2', effectiveAt: '2090-01-01T00:00:00Z' }).expect(201);
    await post({ base: 'EUR', quote: 'USD', rate: '3', effectiveAt: '2020-01-01T00:00:00+02:00' }).expect(201);
    expect((await list()).find((rate) => rate.base === 'EUR')!.rate).toBe('1.08');
  });

  it.each([
    [{ base: 'USD', quote: 'VES', rate: '0' }, '/rate'],
    [{ base: 'USD', quote: 'VES', rate: '-1' }, '/rate'],
    [{ base: 'USD', quote: 'VES', rate: '1e3' }, '/rate'],
    [{ base: 'USD', quote: 'VES', rate: 36.5 }, '/rate'],
    [{ base: 'USD', quote: 'VES', rate: '1.1234567890123' }, '/rate'],
    [{ base: 'usd', quote: 'VES', rate: '1' }, '/base'],
    [{ base: 'USD', quote: 'QQQ', rate: '1' }, '/quote'],
    [{ base: 'USD', quote: 'VES', rate: '1', effectiveAt: 'tomorrow' }, '/effectiveAt'],
    [{ base: 'USD', quote: 'VES', rate: '1', effectiveAt: '2026-13-45T00:00:00Z' }, '/effectiveAt'],
    [{ base: 'USD', quote: 'VES', rate: '1', effectiveAt: 1 }, '/effectiveAt'],
  ])('refuses %j', async (body, pointer) => {
    const answer = await post(body).expect(400);
    expect((answer.body as { errors: { pointer: string }[] }).errors.map((e) => e.pointer)).toContain(pointer);
  });

  it('refuses a currency against itself', async () => {
    const answer = await post({ base: 'USD', quote: 'USD', rate: '1' }).expect(422);
    expect(answer.body).toMatchObject({ errors: [{ pointer: '/quote' }] });
  });

  it('are posted once for one Idempotency-Key', async () => {
    const body = { base: 'USD', quote: 'JPY', rate: '150' };
    const first = await post(body, { 'idempotency-key': 'k1' }).expect(201);
    const again = await post(body, { 'idempotency-key': 'k1' }).expect(201);
    expect(again.body).toEqual(first.body);
    await post({ ...body, rate: '151' }, { 'idempotency-key': 'k1' }).expect(422);
  });
});
