import { createHmac } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { assertNone, keepSecret, leaksOfDatabase } from '../support/leaks';
import { rawOf, type TestMail } from '../support/mail-sandbox';
import { orderMail, readOf } from '../support/mailboxes';
import { API, customer, sql, type Body, type Shopper } from '../support/shopper';

const [OLDER, NEWER] = ['mail-in-key-of-before-0123456789abcdef', 'mail-in-key-of-now-0123456789abcdefgh'];
const PASSED = [{ method: 'dkim', result: 'pass', domain: 'shop.example' }];

let muse: RunningApp;
let shopper: Shopper;
let address: string;
beforeAll(async () => {
  for (const secret of [OLDER, NEWER]) keepSecret('a MAIL_IN_SECRET', secret);
  muse = await startApp({ MAIL_IN_DOMAIN: 'in.muse.example', MAIL_IN_SECRET: `${OLDER},${NEWER}` });
});
beforeEach(async () => {
  shopper = await customer(muse);
  ({ address } = (await open().expect(200)).body);
});

const open = (who = shopper, consent = '2026-11') => who.post('/mailboxes/forwarding', { consent });

interface Posting {
  to?: string[];
  id?: string;
  authentication?: object[];
  secret?: string;
  at?: number;
  /** Changed after it was signed. */
  tampered?: boolean;
}

let deliveries = 0;
async function post(mail: TestMail, posting: Posting = {}): Promise<{ status: number; body: Body }> {
  const { to = [address], id = `d-${++deliveries}`, authentication = PASSED, secret = NEWER, tampered } = posting;
  const raw = (await rawOf(address, mail)).toString('base64');
  const body = JSON.stringify({ id, to, raw, authentication });
  const time = Math.floor(posting.at ?? Date.now() / 1000);
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  return muse.http
    .post(`${API}/webhooks/mail`)
    .set({ 'content-type': 'application/json', 'muse-mail-signature': `t=${time},v1=${signature}` })
    .send(tampered ? body.replace('pass', 'Pass') : body);
}

describe('An address to forward mail to', () => {
  it('is the shopper’s alone, and the same when it is asked for again', async () => {
    expect(address).toMatch(/^u-[0-9a-z]{20}@in\.muse\.example$/);
    expect((await open().expect(200)).body.address).toBe(address);
    const other = await customer(muse);
    expect((await open(other).expect(200)).body.address).not.toBe(address);
    const { body } = await shopper.get('/mailboxes').expect(200);
    expect(body).toMatchObject({ offersForwarding: true, forwarding: { address, usedAt: null } });
  });

  it('is not given without the present agreement', async () => {
    const other = await customer(muse);
    expect((await open(other, '2020-01').expect(422)).body.code).toBe('consent_outdated');
    await other.post('/mailboxes/forwarding', {}).expect(400);
    await other.delete('/mailboxes/forwarding').expect(404);
    await other.post('/mailboxes/forwarding/rotate').expect(404);
  });

  it('may be another: what comes to the old one is nobody’s', async () => {
    const { body } = await shopper.post('/mailboxes/forwarding/rotate').expect(200);
    expect(body.address).not.toBe(address);
    await post(orderMail());
    expect(await readOf(muse, shopper)).toBe(0);
    await post(orderMail(), { to: [body.address] });
    expect(await readOf(muse, shopper)).toBe(1);
  });

  it('is given up in one call, and so is the agreement', async () => {
    await shopper.delete('/mailboxes/forwarding').expect(204);
    await post(orderMail());
    expect(await readOf(muse, shopper)).toBe(0);
    const { body } = await shopper.get('/me/export').expect(200);
    expect(body.mailForwarding).toEqual([]);
    expect(body.mailConsents).toMatchObject([{ purpose: 'mail_forwarding', withdrawnAt: expect.any(String) }]);
  });

  it('is exported, and gone with the account', async () => {
    const { body } = await shopper.get('/me/export').expect(200);
    expect(body.mailForwarding).toMatchObject([{ address }]);
    await shopper.delete('/me').expect(200);
    expect(await sql(muse, 'SELECT 1 FROM mail_forwardings WHERE user_id = $1', [shopper.id])).toEqual([]);
    await post(orderMail());
    expect(await readOf(muse, shopper)).toBe(0);
  });

  it('is not offered by a server without a domain for it', async () => {
    const without = await startApp({ MUSE_ROLE: 'api' });
    const other = await customer(without);
    expect((await open(other).expect(409)).body.code).toBe('mail_in_not_offered');
    expect((await other.get('/mailboxes').expect(200)).body.offersForwarding).toBe(false);
    await without.http.post(`${API}/webhooks/mail`).send({ id: 'x' }).expect(400);
  });
});

describe('A mail that is posted', () => {
  it('is read where its sender is proved, once however often it is posted', async () => {
    const mail = orderMail();
    expect(await post(mail, { id: 'same' })).toMatchObject({ status: 200, body: { received: true } });
    expect(await post(mail, { id: 'same' })).toMatchObject({ status: 200, body: { received: true } });
    expect(await post(mail, { id: 'another delivery' })).toMatchObject({ status: 200 });
    const both = await Promise.all([post(orderMail(), { id: 'at once' }), post(orderMail(), { id: 'at once, too' })]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(await readOf(muse, shopper)).toBe(3);
    expect((await shopper.get('/mailboxes').expect(200)).body.forwarding.usedAt).not.toBeNull();
  });

  it('is read by either secret while one is rotated', async () => {
    await post(orderMail(), { secret: OLDER });
    expect(await readOf(muse, shopper)).toBe(1);
  });

  it('is answered alike whether anybody has the address or not', async () => {
    const known = await post(orderMail());
    for (const to of [['u-00000000000000000000@in.muse.example'], ['ana@elsewhere.example'], ['u-'], []])
      expect(await post(orderMail(), { to })).toMatchObject({ status: known.status, body: known.body });
  });

  it.each([
    ['another secret', { secret: 'a-secret-of-somebody-else-0123456789' }],
    ['a body that was changed', { tampered: true }],
    ['a signature of six minutes ago', { at: Date.now() / 1000 - 360 }],
    ['a signature of the future', { at: Date.now() / 1000 + 360 }],
  ])('is refused, and nothing of it is read: %s', async (_, forged: Posting) => {
    const { status, body } = await post(orderMail(), forged);
    expect([status, body.code]).toEqual([400, 'webhook_not_verified']);
    expect(await readOf(muse, shopper)).toBe(0);
  });

  it.each([[undefined], [''], ['t=1'], ['v1=00'], [`t=1,v1=${'0'.repeat(64)}`], [`t=x,v1=${'0'.repeat(64)}`]])(
    'is refused with the signature %j',
    async (signature) => {
      const headers = signature === undefined ? {} : { 'muse-mail-signature': signature };
      await muse.http.post(`${API}/webhooks/mail`).set(headers).send({ id: 'x' }).expect(400);
    },
  );

  it.each<[string, object[], TestMail]>([
    ['nothing was found', [], {}],
    ['another domain was', [{ method: 'dkim', result: 'pass', domain: 'attacker.example' }], {}],
    [
      'a domain below somebody else’s was',
      [{ method: 'dkim', result: 'pass', domain: 'shop.example.attacker.example' }],
      {},
    ],
    ['the check failed', [{ method: 'dkim', result: 'fail', domain: 'shop.example' }], {}],
    ['the check is none', [{ method: 'arc', result: 'pass', domain: 'shop.example' }], {}],
    ['the check is about nobody', [{ method: 'spf', result: 'pass' }], {}],
    [
      'it is of two senders',
      PASSED,
      {
        raw: 'From: a@shop.example\r\nFrom: b@bank.example\r\nMessage-ID: <1@x>\r\nSubject: Your order\r\n\r\nOrder 1',
      },
    ],
    [
      'it is of one sender, and far below of another',
      PASSED,
      {
        raw: `From: a@shop.example\r\n${`X-Pad: ${'a'.repeat(900)}\r\n`.repeat(80)}From: b@bank.example\r\nMessage-ID: <2@x>\r\nSubject: Your order\r\n\r\nOrder 1`,
      },
    ],
    ['it is of nobody', PASSED, { raw: 'Subject: Your order\r\n\r\nOrder 1' }],
    [
      'it only says so itself',
      [],
      orderMail('F', { headers: { 'Authentication-Results': 'mx.muse.example; dkim=pass header.d=shop.example' } }),
    ],
  ])('changes nothing where %s of its sender', async (_, authentication, mail) => {
    expect(await post({ ...orderMail(), ...mail }, { authentication })).toMatchObject({ status: 200 });
    expect(await readOf(muse, shopper)).toBe(0);
  });

  it.each([
    ['no JSON', 'x'],
    ['no mail', '{"id":"a","to":[],"authentication":[]}'],
    ['null', 'null'],
    ['an id of a megabyte', JSON.stringify({ id: 'x'.repeat(300), to: [], raw: '', authentication: [] })],
  ])('that is signed and is none is refused: %s', async (_, body) => {
    const time = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', NEWER).update(`${time}.${body}`).digest('hex');
    await muse.http
      .post(`${API}/webhooks/mail`)
      .set({ 'content-type': 'application/json', 'muse-mail-signature': `t=${time},v1=${signature}` })
      .send(body)
      .expect(400);
  });

  it('leaves nothing of itself in the database', async () => {
    keepSecret('a word of a mail', 'Zwischenablagewort');
    await post(orderMail('W', { text: 'Zwischenablagewort' }));
    assertNone(await leaksOfDatabase(muse.database));
  });
});
