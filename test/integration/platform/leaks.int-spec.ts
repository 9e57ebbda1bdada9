import { Logger } from '@nestjs/common';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { startApp, type RunningApp } from '../../support/app';
import { freshDatabase } from '../../support/database';
import {
  assertNone,
  keepSecret,
  leaksIn,
  leaksOfDatabase,
  takeLeaks,
  watchErrors,
  type Leak,
} from '../../support/leaks';
import { sql } from '../../support/shopper';

const CARD = '4242 4242 4242 4242';
const TOKEN = `mo_${'aB3_'.repeat(11)}`;
const JWT = `eyJ${'hbGciOi'.repeat(3)}.eyJ${'zdWIiOi'.repeat(3)}.${'c2lnbmF0dXJl'.repeat(2)}`;

/** Every test file fails for what is found here: in each of its databases, its logs and its errors. */
describe('The look for secrets and card numbers', () => {
  const whats = (found: Leak[]) => [...new Set(found.map(({ what }) => what))].sort();

  it('takes no sealed text for a token, whatever its noise begins with, and looks at what stands beside it', () => {
    const sealed = `eyJhbGciOiJFQ0RILUVTIn0..mt_${'aB3-'.repeat(4)}.mt_${'aB3_'.repeat(20)}.aB3_aB3_aB3_aB3_aB3_aB`;
    expect(leaksIn('a message', `{"jwe":"${sealed}"}`)).toEqual([]);
    expect(whats(leaksIn('a message', `${sealed} ${TOKEN}`))).toEqual(['a token of ours']);
    expect(whats(leaksIn('a message', JWT))).toEqual(['an access token']);
  });

  it('finds them in every kind of column, in jobs of the queue, and says where', async () => {
    const url = await freshDatabase();
    keepSecret('a secret of this test', 'xyzzy-plugh-plover');
    const client = new Client({ connectionString: url });
    await client.connect();
    const planted: [place: string, what: string, plant: string, values: unknown[]][] = [
      [
        'public.events.payload',
        'a card number',
        `INSERT INTO events (type, aggregate_id, payload) VALUES ('t', uuidv7(), $1)`,
        [{ deep: [{ note: CARD }] }],
      ],
      [
        'public.events.type',
        'a client secret',
        `INSERT INTO events (type, aggregate_id) VALUES ($1, uuidv7())`,
        ['pi_3Qw_secret_Ab12Cd34'],
      ],
      [
        'graphile_worker._private_jobs.payload',
        'a token of ours',
        `SELECT graphile_worker.add_job('t', $1::json)`,
        [JSON.stringify({ token: TOKEN })],
      ],
      [
        'public.provider_events.last_error',
        'a key of the payment provider',
        `INSERT INTO provider_events (id, provider, type, object_kind, occurred_at, last_error) VALUES ('e', 'p', 't', 'k', now(), $1)`,
        ['No such key: sk_live_51Abcdef'],
      ],
      [
        'public.provider_events.object_id',
        'a token or code of a sandbox store',
        `INSERT INTO provider_events (id, provider, type, object_kind, occurred_at, object_id) VALUES ('f', 'p', 't', 'k', now(), $1)`,
        [`sat_${'aB3_'.repeat(11)}`],
      ],
      [
        'public.provider_events.object_kind',
        'a token that a store is paid by',
        `INSERT INTO provider_events (id, provider, type, object_kind, occurred_at) VALUES ('g', 'p', 't', $1, now())`,
        ['spt_1RgaZcFPC5QUO6'],
      ],
      [
        'public.exchange_rates.source',
        'a secret of this test',
        `INSERT INTO exchange_rates (base, quote, rate, source) VALUES ('USD', 'VES', 1, $1)`,
        ['from xyzzy-plugh-plover'],
      ],
      [
        'public.idempotency_keys.request_hash',
        'an access token',
        `INSERT INTO idempotency_keys (caller_id, route, key, request_hash, status, response) VALUES (uuidv7(), 'r', 'k', convert_to($1, 'UTF8'), 200, '{}')`,
        [JWT],
      ],
    ];
    expect(await leaksOfDatabase(url)).toEqual([]);
    for (const [place, what, plant, values] of planted) {
      await client.query('BEGIN');
      await client.query(plant, values);
      await client.query('COMMIT');
      const found = await leaksOfDatabase(url);
      expect(found).toContainEqual({ place, what });
      expect(() => assertNone(found)).toThrow(`${what} in ${place}`);
    }
    // Or this file would fail, as it should.
    await client.query(
      `TRUNCATE events, provider_events, exchange_rates, idempotency_keys, graphile_worker._private_jobs CASCADE`,
    );
    await client.end();
    expect(await leaksOfDatabase(url)).toEqual([]);
  });

  it('finds them in a line of a log and in the body of an error', () => {
    const line = (member: object) => JSON.stringify({ level: 30, time: '2026-11-26T01:02:03.000Z', ...member });
    expect(whats(leaksIn('log', line({ msg: `card ${CARD}` })))).toEqual(['a card number']);
    expect(whats(leaksIn('log', line({ url: `/x?token=${TOKEN}` })))).toEqual(['a token of ours']);
    expect(whats(leaksIn('log', line({ msg: `Bearer ${JWT}` })))).toEqual(['an access token']);
    expect(whats(leaksIn('log', line({ msg: 'signed with whsec_abcdef' })))).toEqual(['a webhook secret']);
    expect(
      leaksIn('log', line({ id: '018f2f6e-1234-7123-8123-123456789012', sha: '4242424242424242'.repeat(4) })),
    ).toEqual([]);
  });

  it('finds them in what an application logs and answers, and is quiet about what succeeds', async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/fails' ? 400 : 200);
      response.write('{"detail":"no such ');
      response.end(`card ${CARD}"}`);
    });
    watchErrors(server);
    await new Promise<void>((go) => server.listen(0, '127.0.0.1', go));
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}/succeeds`);
    expect(takeLeaks()).toEqual([]);
    expect(await (await fetch(`http://127.0.0.1:${port}/fails`)).text()).toContain(CARD);
    expect(takeLeaks()).toEqual([{ place: '400 of GET', what: 'a card number' }]);
    server.close();
    server.closeAllConnections();
    const muse = await startApp({ MUSE_ROLE: 'api' });
    new Logger('Test').warn({ message: 'told too much', key: muse.config.JWT_SECRET });
    expect(takeLeaks()).toEqual([{ place: 'the log', what: 'JWT_SECRET' }]);
  });

  it('is not taken in by numbers of goods, nor by ids and digests', async () => {
    const muse: RunningApp = await startApp({ MUSE_ROLE: 'api' });
    await sql(muse, `INSERT INTO events (type, aggregate_id, payload) VALUES ('t', uuidv7(), $1)`, [
      {
        gtin: '4242424242424242',
        id: '42424242-4242-4242-8242-424242424242',
        traceparent: `00-${'42'.repeat(16)}-${'42'.repeat(8)}-01`,
      },
    ]);
    expect(await leaksOfDatabase(muse.database)).toEqual([]);
  });
});
