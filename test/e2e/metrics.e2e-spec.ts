import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../../src/platform/database';
import { OperationsServer, Shutdown } from '../../src/platform/http';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { openStream } from '../support/sse';
import { addDescribed, addVariant, begin, checkoutToPlaced, customer, guest, sql } from '../support/shopper';

const TOKEN = 'a-token-of-the-metrics-tests';
const AUTH = { authorization: `Bearer ${TOKEN}` };
/** Longer than what was read for a scrape is kept. */
const KEPT_MS = 5_200;

describe('Metrics', () => {
  let muse: RunningApp;
  let shop: Shop;

  beforeAll(async () => {
    muse = await startApp({ METRICS_TOKEN: TOKEN });
    shop = await openShop(muse);
  });

  const scrape = async (): Promise<string> => (await muse.http.get('/metrics').set(AUTH).expect(200)).text;
  /** The value of one series; undefined where there is none. */
  const valueOf = (text: string, series: string): number | undefined => {
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };

  it('are for whoever bears the token, and for nobody else', async () => {
    await muse.http.get('/metrics').expect(401);
    for (const wrong of ['Bearer wrong', TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, 'Bearer ']) {
      const { body } = await muse.http.get('/metrics').set('authorization', wrong).expect(401);
      expect(body).toMatchObject({ code: 'unauthenticated', status: 401 });
    }
    const { headers } = await muse.http.get('/metrics').set(AUTH).expect(200);
    expect(headers['content-type']).toContain('text/plain');
  });

  it('are not there, and nothing is counted, where neither a token nor a port is set', async () => {
    const other = await startApp({ DATABASE_URL: muse.database, MUSE_ROLE: 'api' });
    await other.http.get('/metrics').expect(404);
    expect(other.app.get(OperationsServer, { strict: false }).port).toBe(0);
  });

  it('name a request by its route template and class of status, never by its path', async () => {
    const id = randomUUID();
    const shopper = await guest(muse);
    await shopper.get('/cart').expect(200);
    await shopper.get(`/orders/${id}`).expect(404);
    await muse.http.get(`/nowhere/${id}`).expect(404);
    const text = await scrape();
    const count = (labels: string) => valueOf(text, `muse_http_request_duration_seconds_count{${labels}}`);
    expect(count('method="GET",route="/api/v1/cart",status="2xx"')).toBe(1);
    expect(count('method="GET",route="/api/v1/orders/:id",status="4xx"')).toBe(1);
    expect(text).toContain('route="none",status="4xx"');
    expect(text).not.toContain(id);
    expect(text).not.toContain(shopper.id);
  });

  it('leave event streams out of the durations, and count those that are open', async () => {
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    const stream = await openStream(muse, shopper, '/cart/events');
    await stream.until(() => true);
    await sleep(KEPT_MS);
    expect(valueOf(await scrape(), 'muse_streams_open')).toBe(1);
    stream.close();
    await sleep(300);
    expect(await scrape()).not.toContain('route="/api/v1/cart/events",status="2xx"');
  });

  it('count placements by tier and outcome, holds by state, and what needs a person', async () => {
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0]);
    await addDescribed(shopper, await openPartner(muse));
    await checkoutToPlaced(shopper);
    const waiting = await guest(muse);
    await addVariant(waiting, shop.variantIds[0], 2);
    await begin(waiting);
    await sql(
      muse,
      `UPDATE placements SET status = 'needs_attention', finished_at = NULL WHERE id = (SELECT id FROM placements WHERE tier = 'direct' LIMIT 1)`,
    );
    await sleep(KEPT_MS);
    const text = await scrape();
    expect(valueOf(text, 'muse_placements_total{tier="direct",outcome="placed"}')).toBe(1);
    expect(valueOf(text, 'muse_placements_total{tier="redirect",outcome="continue_at_store"}')).toBe(1);
    expect(valueOf(text, 'muse_placements_needs_attention')).toBe(1);
    expect(valueOf(text, 'muse_placements_open')).toBe(0);
    expect(valueOf(text, 'muse_holds{state="held"}')).toBe(1);
    expect(valueOf(text, 'muse_holds{state="committed"}')).toBe(0);
    expect(valueOf(text, 'muse_holds{state="expired"}')).toBe(0);
  });

  it('tell of mails that wait, and of those that came to nothing within a day', async () => {
    await sql(
      muse,
      `INSERT INTO mails (cause_id, kind, subject_id, status, content, give_up_at, created_at, next_attempt_at, decided_at)
       SELECT uuidv7(), 'test', uuidv7(), status, CASE status WHEN 'queued' THEN '{}'::jsonb END, now(),
              now() - interval '2 minutes', now() + interval '1 hour', now() - decided
         FROM (VALUES ('queued', NULL), ('refused', interval '1 hour'), ('refused', '23 hours'), ('refused', '25 hours'),
                      ('given_up', '1 hour'), ('withdrawn', '1 hour')) AS mail (status, decided)`,
    );
    await sleep(KEPT_MS);
    const text = await scrape();
    const counts = ['queued', 'refused', 'given_up'].map((state) => valueOf(text, `muse_mails{state="${state}"}`));
    expect(counts).toEqual([1, 2, 1]);
    expect(valueOf(text, 'muse_mails_oldest_queued_seconds')).toBeGreaterThanOrEqual(120);
    await sql(muse, `DELETE FROM mails WHERE kind = 'test'`);
  });

  it('tell of what payment providers have not forgotten', async () => {
    await sql(
      muse,
      `INSERT INTO payment_removals (kind, provider, provider_ref, status, next_attempt_at, finished_at)
       SELECT 'detach_method', 'test', 'pm_' || uuidv7(), status, now() + interval '1 hour', CASE WHEN status <> 'queued' THEN now() END
         FROM unnest(ARRAY['queued', 'failed', 'failed', 'done']) AS status`,
    );
    await sleep(KEPT_MS);
    const text = await scrape();
    expect(['queued', 'failed'].map((state) => valueOf(text, `muse_payment_removals{state="${state}"}`))).toEqual([
      1, 2,
    ]);
    await sql(muse, `DELETE FROM payment_removals WHERE provider = 'test'`);
  });

  it('tell of people who should have been forgotten', async () => {
    const [late, due] = [await customer(muse), await customer(muse)];
    for (const who of [late, due]) await who.delete('/me').expect(200);
    await sql(
      muse,
      `UPDATE users SET key_kept_until = now() - CASE WHEN id = $1 THEN interval '4 hours' ELSE interval '2 hours' END WHERE id = ANY ($2)`,
      [late.id, [late.id, due.id]],
    );
    await sleep(KEPT_MS);
    expect(valueOf(await scrape(), 'muse_erasures_overdue')).toBe(1);
    await sql(muse, `UPDATE users SET key_kept_until = NULL`);
  });

  it('tell of stores that were not told of what was unlinked', async () => {
    await sql(
      muse,
      `INSERT INTO store_revocations (store_id, issuer, client_id, sealed, made_at, next_attempt_at)
       SELECT s.id, 'https://accounts.store.example', 'muse', '{"v":1,"k":"","iv":"","ct":"","tag":""}', now() - a.ago, now() + interval '1 day'
         FROM (SELECT id FROM stores LIMIT 1) s, (VALUES (interval '2 hours'), (interval '30 minutes')) AS a (ago)`,
    );
    await sleep(KEPT_MS);
    expect(valueOf(await scrape(), 'muse_store_revocations_overdue')).toBe(1);
    await sql(muse, `DELETE FROM store_revocations`);
  });

  it('tell of the queue, the outbox, the pool, the event loop and the build', async () => {
    await sql(
      muse,
      `SELECT graphile_worker.add_job('nobody_does_this', '{}', run_at := now() - interval '90 seconds'),
              graphile_worker.add_job('not_yet', '{}', run_at := now() + interval '1 hour')`,
    );
    await sql(
      muse,
      `WITH e AS (INSERT INTO events (type, aggregate_id, occurred_at) VALUES ('old', uuidv7(), now() - interval '2 minutes') RETURNING id)
       INSERT INTO event_deliveries (event_id, consumer, status, next_attempt_at)
       SELECT id, 'one', 'pending', now() + interval '1 hour' FROM e UNION ALL SELECT id, 'two', 'dead', now() FROM e`,
    );
    await sleep(KEPT_MS);
    const text = await scrape();
    expect(valueOf(text, 'muse_jobs{state="due"}')).toBe(1);
    expect(valueOf(text, 'muse_jobs_oldest_due_seconds')).toBeGreaterThanOrEqual(90);
    expect(valueOf(text, 'muse_outbox_deliveries{state="pending"}')).toBe(1);
    expect(valueOf(text, 'muse_outbox_deliveries{state="dead"}')).toBe(1);
    expect(valueOf(text, 'muse_outbox_oldest_pending_seconds')).toBeGreaterThanOrEqual(120);
    expect(valueOf(text, 'muse_pool_size')).toBe(muse.config.DATABASE_POOL);
    expect(valueOf(text, 'muse_pool_waiting')).toBe(0);
    expect(valueOf(text, 'muse_pool_connections{state="idle"}')).toBeGreaterThan(0);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
    expect(text).toMatch(/^muse_build_info\{version="\d+\.\d+\.\d+",node="v\d+[^"]*",role="all"\} 1$/m);
  });

  it('ask the database once, however many scrape at once', async () => {
    // Without a worker nothing asks but the scrapes.
    const api = await startApp({ METRICS_TOKEN: TOKEN, MUSE_ROLE: 'api', DATABASE_URL: muse.database });
    const scrapeApi = async () => (await api.http.get('/metrics').set(AUTH).expect(200)).text;
    expect(await scrapeApi()).toMatch(/^muse_placements_open \d/m);
    let calls = 0;
    api.app.get(Database, { strict: false }).pool.on('acquire', () => calls++);
    await sleep(KEPT_MS);
    calls = 0;
    await scrapeApi();
    const once = calls;
    expect(once).toBeGreaterThan(0);
    await sleep(KEPT_MS);
    calls = 0;
    await Promise.all(Array.from({ length: 20 }, scrapeApi));
    await Promise.all(Array.from({ length: 20 }, scrapeApi));
    // Twice, where the machine is so slow that what was read got too old meanwhile.
    expect(calls).toBeLessThanOrEqual(2 * once);
  });

  it('show what is known when the database does not answer, and say that the rest is missing', async () => {
    const other = await startApp({ METRICS_TOKEN: TOKEN, MUSE_ROLE: 'api' });
    await sql(other, `ALTER TABLE placements RENAME TO placements_away`);
    const { text } = await other.http.get('/metrics').set(AUTH).expect(200);
    expect(text).not.toMatch(/^muse_placements_open \d/m);
    expect(text).toMatch(/^muse_holds\{state="held"\} 0$/m);
    const again = (await other.http.get('/metrics').set(AUTH).expect(200)).text;
    expect(again).toMatch(/^muse_scrape_errors_total\{of="placements"\} [1-9]/m);
  });
});

describe('The port for those who run Muse', () => {
  it('gives a worker metrics and health, with the token where there is one', async () => {
    const worker = await startApp({ MUSE_ROLE: 'worker', METRICS_PORT: '0', METRICS_TOKEN: TOKEN });
    const port = worker.app.get(OperationsServer, { strict: false }).port;
    const at = `http://127.0.0.1:${port}`;
    expect((await fetch(`${at}/metrics`)).status).toBe(401);
    const answer = await fetch(`${at}/metrics`, { headers: AUTH });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/muse_build_info\{[^}]*role="worker"\} 1/);
    expect((await fetch(`${at}/health/live`)).status).toBe(200);
    expect((await fetch(`${at}/health/ready`)).status).toBe(200);
    expect((await fetch(`${at}/api/v1/health/live`)).status).toBe(404);
    expect((await fetch(`${at}/metrics`, { method: 'POST', headers: AUTH })).status).toBe(405);
    worker.app.get(Shutdown, { strict: false }).begin();
    expect((await fetch(`${at}/health/ready`)).status).toBe(503);
    expect((await fetch(`${at}/health/live`)).status).toBe(200);
  });

  it('is the only one with metrics where it is set', async () => {
    const api = await startApp({ MUSE_ROLE: 'api', METRICS_PORT: '0' });
    await api.http.get('/metrics').expect(404);
    const port = api.app.get(OperationsServer, { strict: false }).port;
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
  });
});
