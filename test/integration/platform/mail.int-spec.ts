import { simpleParser } from 'mailparser';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Vault } from '../../../src/platform/crypto';
import { Database, type Tx } from '../../../src/platform/database';
import { Events } from '../../../src/platform/events';
import { Mails, type MailKey, type MailText } from '../../../src/platform/mail';
import { startApp, type RunningApp } from '../../support/app';
import { afterFile } from '../../support/cleanup';
import { startBlackHole, startMailServer, type MailServer } from '../../support/mail-server';
import { eventually, sql, type Body } from '../../support/shopper';

const PROJECT = join(__dirname, '../../..');
const MAIL: MailText = {
  to: 'ana.perez@example.com',
  replyTo: 'help@store.example',
  subject: 'Vestido — 100 %',
  text: 'Your link: tok_secret_1',
  html: '<p>Your link: <b>tok_secret_1</b></p>',
};
const key = (): MailKey => ({ causeId: randomUUID(), kind: 'test_news', subjectId: randomUUID() });

const post = (muse: RunningApp, of: MailKey = key(), mail: Partial<MailText> = {}, then?: (tx: Tx) => Promise<void>) =>
  muse.app.get(Database, { strict: false }).transaction(async (tx) => {
    const compose = () => Promise.resolve({ ...MAIL, ...mail });
    const posted = await muse.app.get(Mails, { strict: false }).post(tx, of, compose);
    await then?.(tx);
    return posted;
  });
const rowOf = async (muse: RunningApp, of: MailKey): Promise<Body> =>
  (
    await sql(muse, 'SELECT *, next_attempt_at - now() AS wait FROM mails WHERE cause_id = $1 AND kind = $2', [
      ...[of.causeId, of.kind],
    ])
  )[0];
const sendOnce = async (muse: RunningApp, of: MailKey): Promise<Body> => {
  await muse.app.get(Mails, { strict: false }).sendOnce((await rowOf(muse, of)).id);
  return rowOf(muse, of);
};
/** Its next try is due now. */
const hurry = (muse: RunningApp, of: MailKey) =>
  sql(muse, `UPDATE mails SET next_attempt_at = now() - interval '5 seconds' WHERE cause_id = $1`, [of.causeId]);

describe('Mails, by SMTP', () => {
  let server: MailServer;
  /** Nobody works the queue off here: each try is this spec's. */
  let muse: RunningApp;

  beforeAll(async () => {
    server = await startMailServer();
    muse = await startApp({ MUSE_ROLE: 'api', SMTP_URL: server.url, MAIL_FROM: 'Muse <orders@muse.example>' });
  });
  beforeEach(() => {
    server.received.length = 0;
    server.begun = 0;
  });
  afterEach(() => sql(muse, `DELETE FROM mails`));

  it('exist, with their job, if and only if the transaction of their cause commits', async () => {
    const [kept, lost] = [key(), key()];
    await post(muse, kept);
    await expect(post(muse, lost, {}, () => Promise.reject(new Error('changed my mind')))).rejects.toThrow('changed');
    expect(await rowOf(muse, lost)).toBeUndefined();
    const { id, status } = await rowOf(muse, kept);
    expect(status).toBe('queued');
    const jobs = await sql(muse, `SELECT key FROM graphile_worker.jobs WHERE task_identifier = 'send_mail'`);
    expect(jobs.filter((job) => job.key === id)).toHaveLength(1);
  });

  it('are sent as they were written, in text and HTML, and leave nothing of it behind', async () => {
    const of = key();
    await post(muse, of);
    const { id } = await rowOf(muse, of);
    expect(await sendOnce(muse, of)).toMatchObject({ status: 'sent', content: null, attempts: 1, lease_token: null });
    const [mail] = server.received;
    expect(mail).toMatchObject({ subject: MAIL.subject, messageId: `<${id}@muse.example>`, html: MAIL.html });
    expect(mail!.text?.trim()).toBe(MAIL.text);
    expect([mail!.from?.text, mail!.to, mail!.replyTo?.text]).toMatchObject([
      ...['"Muse" <orders@muse.example>', { text: MAIL.to }, MAIL.replyTo],
    ]);
    expect(mail!.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('stand in the database sealed only, under the key of whom they concern', async () => {
    const of = key();
    await post(muse, of);
    const stored = JSON.stringify([
      ...(await sql(muse, 'SELECT * FROM mails')),
      ...(await sql(muse, 'SELECT * FROM graphile_worker.jobs')),
      ...(await sql(muse, 'SELECT payload FROM graphile_worker._private_jobs')),
    ]);
    for (const word of ['ana.perez', 'example.com', 'store.example', 'Vestido', 'tok_secret'])
      expect(stored).not.toContain(word);
    const [{ id, content }] = await sql(muse, 'SELECT id, content FROM mails');
    const other = key();
    await post(muse, other);
    await sql(muse, 'UPDATE mails SET content = $1 WHERE cause_id = $2', [content, other.causeId]);
    await expect(sendOnce(muse, other)).rejects.toThrow('seal');
    expect([id, server.begun]).toEqual([expect.any(String), 0]);
  });

  it('are one for each cause, kind and person, whoever posts them, and however often', async () => {
    const of = key();
    expect([await post(muse, of), await post(muse, of)]).toEqual([true, false]);
    const at = key();
    const answers = await Promise.allSettled(Array.from({ length: 6 }, () => post(muse, at)));
    expect(answers.filter((answer) => answer.status === 'fulfilled' && answer.value)).toHaveLength(1);
    await post(muse, { ...of, subjectId: randomUUID() });
    await post(muse, { ...of, kind: 'other_news' });
    expect(await sql(muse, 'SELECT cause_id FROM mails')).toHaveLength(4);
  });

  it('come later where the server says later (4xx), with the same Message-ID', async () => {
    for (const reception of [{ recipient: 451 }, { message: 421 }] as const) {
      const of = key();
      await post(muse, of);
      server.next(reception);
      const code = String(Object.values(reception)[0]);
      const row = await sendOnce(muse, of);
      expect(row).toMatchObject({ status: 'queued', attempts: 1, last_error: code, lease_token: null });
      expect(row.content).not.toBeNull();
      expect(row.wait.seconds).toBeGreaterThanOrEqual(3);
      // Not before its time.
      expect(await sendOnce(muse, of)).toMatchObject({ attempts: 1 });
      await hurry(muse, of);
      expect(await sendOnce(muse, of)).toMatchObject({ status: 'sent', attempts: 2, content: null });
      expect(server.received.at(-1)!.messageId).toBe(`<${row.id}@muse.example>`);
    }
    expect(server.received).toHaveLength(2);
  });

  it('are not sent again where the server refuses them (5xx), and nothing of them is kept', async () => {
    for (const [reception, code] of [
      [{ recipient: 550 }, '550'],
      [{ message: 554 }, '554'],
    ] as const) {
      const of = key();
      await post(muse, of);
      server.next(reception);
      expect(await sendOnce(muse, of)).toMatchObject({ status: 'refused', content: null, last_error: code });
      await hurry(muse, of);
      expect(await sendOnce(muse, of)).toMatchObject({ attempts: 1 });
    }
    expect([server.received.length, server.begun]).toEqual([0, 2]);
  });

  it('are sent again where the connection broke in the middle of them', async () => {
    const of = key();
    await post(muse, of, { text: 'x'.repeat(200_000) });
    server.next('cut');
    expect(await sendOnce(muse, of)).toMatchObject({ status: 'queued', attempts: 1 });
    await hurry(muse, of);
    expect(await sendOnce(muse, of)).toMatchObject({ status: 'sent', attempts: 2 });
    expect(server.received).toHaveLength(1);
  });

  it('are sent again where the server fell silent after them, to be known as the same by their Message-ID', async () => {
    const of = key();
    await post(muse, of);
    server.next('take_and_cut');
    expect(await sendOnce(muse, of)).toMatchObject({ status: 'queued', attempts: 1 });
    await hurry(muse, of);
    expect(await sendOnce(muse, of)).toMatchObject({ status: 'sent' });
    const [first, second] = server.received;
    expect([server.received.length, second!.messageId]).toEqual([2, first!.messageId]);
  });

  it('are not sent again where it could not be written at once that the server took them', async () => {
    // A sequence counts also what is undone.
    await sql(
      muse,
      `CREATE SEQUENCE blips;
       CREATE FUNCTION blip() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN IF nextval('blips') <= 3 THEN RAISE EXCEPTION 'away for a moment'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER blips BEFORE UPDATE ON mails FOR EACH ROW WHEN (NEW.status <> 'queued') EXECUTE FUNCTION blip()`,
    );
    const of = key();
    await post(muse, of);
    expect(await sendOnce(muse, of)).toMatchObject({ status: 'sent', content: null, attempts: 1, lease_token: null });
    const [{ asked }] = await sql(muse, `SELECT last_value::int AS asked FROM blips`);
    expect([server.received.length, asked]).toEqual([1, 4]);
    await sql(muse, `DROP TRIGGER blips ON mails; DROP FUNCTION blip; DROP SEQUENCE blips`);
  });

  it('are sent by one of several who try at once', async () => {
    const of = key();
    await post(muse, of);
    await Promise.all(Array.from({ length: 8 }, () => sendOnce(muse, of)));
    expect(server.received).toHaveLength(1);
  });

  it('are given up after their time, and withdrawn for who is being forgotten', async () => {
    const [late, useless, forgotten, shredded] = [key(), key(), key(), key()];
    for (const one of [late, forgotten, shredded]) await post(muse, one);
    await post(muse, useless, { useUntil: new Date(Date.now() - 1000) });
    await sql(muse, `UPDATE mails SET give_up_at = now() - interval '1 second' WHERE cause_id = $1`, [late.causeId]);
    for (const one of [late, useless])
      expect(await sendOnce(muse, one)).toMatchObject({ status: 'given_up', content: null });
    await muse.app.get(Database, { strict: false }).transaction(async (tx) => {
      await muse.app.get(Mails, { strict: false }).withdraw(tx, [forgotten.subjectId]);
      await muse.app.get(Vault, { strict: false }).shred(tx, shredded.subjectId);
    });
    for (const one of [forgotten, shredded])
      expect(await sendOnce(muse, one)).toMatchObject({ status: 'withdrawn', content: null });
    expect(await post(muse, { ...key(), subjectId: shredded.subjectId })).toBe(false);
    expect(server.begun).toBe(0);
    expect((await sql(muse, `SELECT max(give_up_at - created_at) AS life FROM mails`))[0].life.days).toBe(2);
  });

  it('are forgotten 90 days after they were decided, however many they are, and not while they wait', async () => {
    const [sent, withdrawn, young, waiting] = [key(), key(), key(), key()];
    for (const one of [sent, withdrawn, young, waiting]) await post(muse, one);
    for (const one of [sent, young]) await sendOnce(muse, one);
    await muse.app
      .get(Database, { strict: false })
      .transaction((tx) => muse.app.get(Mails, { strict: false }).withdraw(tx, [withdrawn.subjectId]));
    const age = (one: MailKey, days: number) =>
      sql(
        muse,
        `UPDATE mails SET decided_at = decided_at - make_interval(days => $2), created_at = created_at - make_interval(days => $2) WHERE cause_id = $1`,
        [one.causeId, days],
      );
    await Promise.all([age(sent, 91), age(withdrawn, 91), age(young, 89), age(waiting, 91)]);
    // More than go at once.
    await sql(
      muse,
      `INSERT INTO mails (cause_id, kind, subject_id, status, give_up_at, decided_at)
       SELECT uuidv7(), 'many', uuidv7(), 'refused', now(), now() - interval '91 days' FROM generate_series(1, 6000)`,
    );
    await muse.app.get(Mails, { strict: false }).forgetOld();
    const left = (await sql(muse, 'SELECT cause_id AS id FROM mails')).map(({ id }) => id);
    expect(new Set(left)).toEqual(new Set([young.causeId, waiting.causeId]));
  });

  it('let nothing but one recipient into the envelope, whatever stands in the parts', async () => {
    const of = key();
    await post(muse, of, { subject: 'Hello\r\nBcc: eve@example.com', replyTo: 'a@b.example, eve@example.com' });
    await sendOnce(muse, of);
    const [mail] = server.received;
    expect(mail!.subject).toBe('Hello Bcc: eve@example.com');
    expect([mail!.bcc, mail!.cc, (mail!.to as { value: unknown[] }).value.length]).toEqual([undefined, undefined, 1]);
    const odd = key();
    await post(muse, odd, { to: 'ana@example.com, eve@example.com' });
    expect((await sendOnce(muse, odd)).status).not.toBe('sent');
    expect(server.received).toHaveLength(1);
  });
});

describe('Mails, where the server is not there', () => {
  it('wait for one, and hold up nobody else', async () => {
    const hole = await startBlackHole();
    const muse = await startApp({ SMTP_URL: `${hole.url}?greetingTimeout=1500`, WORKER_CONCURRENCY: '1' });
    const of = Array.from({ length: 6 }, key);
    for (const one of of) await post(muse, one);
    await eventually(() => Promise.resolve(hole.met() > 0));
    // One place for jobs, and this one is done while the mails hang.
    const events = muse.app.get(Events, { strict: false });
    let heard = false;
    events.subscribe('test.happened', 'test.mail', () => Promise.resolve(void (heard = true)));
    await muse.app
      .get(Database, { strict: false })
      .transaction((tx) => events.publish(tx, { type: 'test.happened', aggregateId: randomUUID() }));
    await eventually(() => Promise.resolve(heard), 1_400);
    const failed = await eventually(async () => {
      const row = await rowOf(muse, of[0]!);
      return row.last_error && row;
    });
    expect(failed).toMatchObject({ status: 'queued', last_error: 'ETIMEDOUT' });
  });

  it('wait where nobody listens, and where our own sign-in is refused', async () => {
    const server = await startMailServer({ password: 'right' });
    const { port } = new URL(server.url);
    const wrong = await startApp({ MUSE_ROLE: 'api', SMTP_URL: `smtp://muse:wrong@127.0.0.1:${port}` });
    const of = key();
    await post(wrong, of);
    expect(await sendOnce(wrong, of)).toMatchObject({ status: 'queued', last_error: '535' });
    const right = { MUSE_ROLE: 'api', DATABASE_URL: wrong.database, MUSE_MASTER_KEY: wrong.config.MUSE_MASTER_KEY! };
    const muse = await startApp({ ...right, SMTP_URL: `smtp://muse:right@127.0.0.1:${port}` });
    await hurry(muse, of);
    expect(await sendOnce(muse, of)).toMatchObject({ status: 'sent', attempts: 2 });
    const next = key();
    await post(muse, next);
    await server.close();
    expect(await sendOnce(muse, next)).toMatchObject({ status: 'queued', last_error: 'ESOCKET' });
  });

  it('are not made where mail is turned off', async () => {
    const muse = await startApp({ SMTP_URL: 'off' });
    const compose = jest.fn();
    const posted = await muse.app
      .get(Database, { strict: false })
      .transaction((tx) => muse.app.get(Mails, { strict: false }).post(tx, key(), compose as never));
    expect([posted, await sql(muse, 'SELECT * FROM mails'), compose.mock.calls]).toEqual([false, [], []]);
  });
});

describe('Mails of a development server', () => {
  it('are files of one mail each, sent by the worker as they come', async () => {
    const muse = await startApp();
    const of = [key(), key()];
    for (const one of of) await post(muse, one, { to: 'ñandú@ejemplo.example' });
    await eventually(async () => (await sql(muse, `SELECT 1 FROM mails WHERE status = 'sent'`)).length === 2);
    const folder = join(muse.config.MUSE_DATA_DIR!, 'mail');
    const names = (await readdir(folder)).sort();
    const ids = (await sql(muse, 'SELECT id FROM mails ORDER BY id')).map(({ id }) => id);
    expect(names).toEqual(ids.map((id) => `${id}-test_news.eml`));
    const mail = await simpleParser(await readFile(join(folder, names[0]!)));
    expect(mail).toMatchObject({ subject: MAIL.subject, html: MAIL.html, messageId: `<${ids[0]}@localhost>` });
    expect(mail.text?.trim()).toBe(MAIL.text);
  });
});

describe('A worker that is killed', () => {
  const start = (muse: RunningApp, server: MailServer, dieAt: string) =>
    spawn(
      process.execPath,
      ['-r', join(PROJECT, 'scripts/ts.cjs'), '-r', join(PROJECT, 'test/support/die-at-mail-step.cjs'), 'src/main.ts'],
      {
        cwd: PROJECT,
        stdio: 'ignore',
        env: {
          ...{ PATH: process.env['PATH'], NODE_ENV: 'test', MUSE_ROLE: 'worker', MUSE_DEMO: '0', LOG_LEVEL: 'silent' },
          ...{ DATABASE_URL: muse.database, DIE_AT: dieAt, SMTP_URL: server.url },
          ...{ MUSE_DATA_DIR: muse.config.MUSE_DATA_DIR, JWT_SECRET: muse.config.JWT_SECRET },
          MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY,
        },
      },
    );

  it.each([
    ['claimed', 'before it sent the mail', 1],
    ['sent', 'before it could write that the mail is sent', 2],
  ])(
    'at %s, %s, is replaced, and the mail arrives',
    async (step, _, copies) => {
      const server = await startMailServer();
      const muse = await startApp({ MUSE_ROLE: 'api', SMTP_URL: server.url });
      const of = key();
      await post(muse, of);
      const worker = start(muse, server, step);
      afterFile(() => Promise.resolve(void worker.kill('SIGKILL')));
      const [, signal] = (await once(worker, 'exit')) as [unknown, string];
      expect(signal).toBe('SIGKILL');
      expect(await rowOf(muse, of)).toMatchObject({ status: 'queued', attempts: 1, lease_token: expect.any(String) });
      const took = Date.now();
      await startApp({
        ...{ DATABASE_URL: muse.database, SMTP_URL: server.url },
        ...{ MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY!, JWT_SECRET: muse.config.JWT_SECRET! },
      });
      const sent = await eventually(async () => {
        const row = await rowOf(muse, of);
        return row.status === 'sent' && row;
      }, 20_000);
      expect(sent).toMatchObject({ attempts: 2, content: null });
      expect(Date.now() - took).toBeLessThan(15_000);
      expect(server.received).toHaveLength(copies);
      expect(new Set(server.received.map(({ messageId }) => messageId)).size).toBe(1);
    },
    60_000,
  );
});
