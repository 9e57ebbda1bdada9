import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { freePort, startApp, type RunningApp } from '../support/app';
import { afterFile } from '../support/cleanup';
import { freshDatabase } from '../support/database';
import { startMailServer, type MailServer } from '../support/mail-server';
import { openShop, type Shop } from '../support/market';
import { ADDRESS, API, eventually, shopperOf, sql, type Body, type Shopper } from '../support/shopper';

const PROJECT = join(__dirname, '../..');
const [USER, GUEST] = ['ursula.user@example.com', 'gustavo.guest@example.com'];
const [PASSWORD, FRESH] = ['a bicycle in the attic', 'seven green lanterns'];

/** A server as an operator runs it, telling everything that it ever would, and people who get mails of it. */
describe('What mails carry', () => {
  let server: MailServer;
  let beside: RunningApp;
  let shop: Shop;
  let log = '';
  let http: RunningApp['http'];
  /** Every token that went out, by what it is for. */
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    server = await startMailServer();
    const shared = {
      DATABASE_URL: await freshDatabase(),
      MUSE_MASTER_KEY: randomBytes(32).toString('base64'),
      JWT_SECRET: randomBytes(32).toString('base64url'),
    };
    beside = await startApp({ ...shared, MUSE_ROLE: 'api' });
    shop = await openShop(beside);
    const port = await freePort();
    const dataDir = await mkdtemp(join(tmpdir(), 'muse-secrets-'));
    const child = spawn(process.execPath, ['-r', join(PROJECT, 'scripts/ts.cjs'), 'src/main.ts'], {
      cwd: PROJECT,
      env: {
        ...{ PATH: process.env['PATH'], NODE_ENV: 'test', MUSE_DEMO: '0', LOG_LEVEL: 'trace', PORT: String(port) },
        ...{ ...shared, MUSE_DATA_DIR: dataDir, SMTP_URL: server.url, MAIL_FROM: 'Muse <orders@muse.example>' },
      },
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (log += part.toString()));
    afterFile(async () => {
      child.kill('SIGKILL');
      await rm(dataDir, { recursive: true, force: true });
    });
    http = supertest(`http://127.0.0.1:${port}`);
    await eventually(
      async () => (await http.get(`${API}/health/ready`).catch(() => undefined))?.status === 200,
      40_000,
    );
    await journey();
  }, 90_000);

  const arrived = (to: string, subject: RegExp) =>
    eventually(() =>
      Promise.resolve(server.received.find((mail) => (mail.to as Body).text === to && subject.test(mail.subject!))),
    );
  const tokenOf = async (to: string, subject: RegExp): Promise<string> =>
    /token=([\w-]+)/.exec((await arrived(to, subject)).text!)![1]!;

  /** Registers, proves the address, sets the password anew; and buys as a guest, who follows the link. */
  const journey = async (): Promise<void> => {
    await http.post(`${API}/auth/register`).send({ email: USER, password: PASSWORD }).expect(201);
    tokens['verify'] = await tokenOf(USER, /^Confirm/);
    await http.post(`${API}/auth/verify-email`).send({ token: tokens['verify'] }).expect(204);
    await http.post(`${API}/auth/forgot-password`).send({ email: USER }).expect(202);
    tokens['reset'] = await tokenOf(USER, /^Choose/);
    const reset = { token: tokens['reset'], password: FRESH };
    await http.post(`${API}/auth/reset-password`).send(reset).expect(204);
    await http.post(`${API}/auth/reset-password`).send(reset).expect(422);
    await arrived(USER, /^Your password was changed/);

    const { body } = await http.post(`${API}/guests`).expect(201);
    const buyer: Shopper = shopperOf({ http } as RunningApp, body.guest.id, {
      authorization: `Bearer ${body.accessToken}`,
    });
    await buyer.post('/cart/items', { variantId: shop.variantIds[0], quantity: 1 }).expect(200);
    const { id } = (await buyer.post('/checkout/sessions', {}).expect(201)).body;
    const shipping = { address: ADDRESS, contact: { email: GUEST } };
    const { body: session } = await buyer.put(`/checkout/sessions/${id}/shipping`, shipping).expect(200);
    const key = { 'idempotency-key': 'once' };
    await buyer.post(`/checkout/sessions/${id}/place`, { expectedTotal: session.total }, key).expect(202);
    tokens['order'] = await tokenOf(GUEST, /^Your order/);
    const { data } = (await buyer.get('/orders').expect(200)).body;
    const link = { authorization: `Bearer ${tokens['order']}` };
    await http.get(`${API}/orders/${data[0].id}`).set(link).expect(200);
    await http.get(`${API}/cart`).set(link).expect(401);
    await eventually(async () => (await sql(beside, `SELECT 1 FROM mails WHERE status = 'queued'`)).length === 0);
    // And one that the server refuses, in words that name the recipient.
    server.next({ recipient: 550 });
    await shop.merchant
      .post(`/merchant/stores/${shop.storeId}/orders/${data[0].id}/ship`, {
        carrier: 'UPS',
        trackingNumber: '1Z999999',
      })
      .expect(200);
    await eventually(async () => (await sql(beside, `SELECT 1 FROM mails WHERE status = 'refused'`)).length === 1);
    await eventually(async () => (await sql(beside, `SELECT 1 FROM mails WHERE status = 'queued'`)).length === 0);
  };

  it('reaches whom it is for', () => {
    expect(Object.keys(tokens)).toEqual(['verify', 'reset', 'order']);
    expect(new Set(Object.values(tokens)).size).toBe(3);
  });

  it('is in no line of the log, the lines of what failed included', () => {
    expect(log).toContain('mail refused');
    expect(log).toMatch(/"route":"\/api\/v1\/orders\/:id"/);
    for (const secret of [...Object.values(tokens), USER, GUEST, PASSWORD, FRESH, 'Fifth Avenue', 'ana@example.com'])
      expect([secret, log.includes(secret)]).toEqual([secret, false]);
  });

  it('is in no table, in no event and in no job: of addresses, the one that an account signs in with', async () => {
    const tables = await sql(
      beside,
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`,
    );
    expect(tables.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'public.mails',
        'public.events',
        'graphile_worker._private_jobs',
        'public.order_access_tokens',
      ]),
    );
    const found: string[] = [];
    const hex = (text: string) => Buffer.from(text).toString('hex');
    const base64 = (text: string) => Buffer.from(text).toString('base64').slice(0, -4);
    for (const { name } of tables) {
      const text = (await sql(beside, `SELECT row_to_json(t)::text AS line FROM ${name} t`))
        .map(({ line }) => line)
        .join('\n');
      for (const secret of [...Object.values(tokens), USER, GUEST, PASSWORD, FRESH, 'Fifth Avenue'])
        if ([secret, hex(secret), base64(secret)].some((form) => text.includes(form))) found.push(`${name}: ${secret}`);
    }
    expect(found).toEqual([`public.users: ${USER}`]);
  });

  it('is kept of no mail once it is decided', async () => {
    const rows = await sql(beside, 'SELECT status, content FROM mails');
    expect(rows.length).toBeGreaterThanOrEqual(6);
    expect(rows.filter(({ content }) => content !== null)).toEqual([]);
  });
});
