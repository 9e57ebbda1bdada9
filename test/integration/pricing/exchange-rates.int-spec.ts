import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Database } from '../../../src/platform/database';
import { ensureDemoRates } from '../../../src/demo/demo-rates';
import { ExchangeRates } from '../../../src/pricing';
import { ExchangeRateFetcher } from '../../../src/pricing/exchange-rate-fetcher';
import { startApp, type RunningApp } from '../../support/app';

function parts({ app }: RunningApp) {
  return {
    database: app.get(Database, { strict: false }),
    rates: app.get(ExchangeRates, { strict: false }),
    fetcher: app.get(ExchangeRateFetcher, { strict: false }),
  };
}

describe('ExchangeRates', () => {
  it('are only ever added', async () => {
    const { database, rates } = parts(await startApp({ MUSE_ROLE: 'api' }));
    await database.transaction((tx) => ensureDemoRates(tx, rates));
    await expect(database.pool.query(`UPDATE exchange_rates SET rate = 1`)).rejects.toThrow('append-only');
    await expect(database.pool.query(`DELETE FROM exchange_rates`)).rejects.toThrow('append-only');
    await database.transaction((tx) => ensureDemoRates(tx, rates));
    expect((await database.pool.query(`SELECT count(*) AS n FROM exchange_rates`)).rows).toEqual([{ n: 2 }]);
  });

  it('hold from their effective time on, the newest first', async () => {
    const { database, rates } = parts(await startApp({ MUSE_ROLE: 'api' }));
    await database.pool.query(
      `INSERT INTO exchange_rates (base, quote, rate, source, effective_at) VALUES
        ('USD', 'VES', 30, 't', now() - interval '2 days'), ('USD', 'VES', 36.50, 't', now() - interval '1 day'),
        ('USD', 'VES', 99, 't', now() + interval '1 hour'), ('USD', 'VES', 20, 't', now() - interval '3 days'),
        ('EUR', 'USD', 1.1, 't', now() - interval '1 day'), ('USD', 'JPY', 150, 't', now() + interval '1 hour')`,
    );
    const table = await rates.current();
    expect(table.all().map(({ base, quote, rate }) => [base, quote, rate])).toEqual([
      ['EUR', 'USD', '1.1'],
      ['USD', 'VES', '36.5'],
    ]);
    expect(table.convert(100, 'EUR', 'VES')!.amount).toBe(4015);
  });

  it('are read once for many who ask, and again after a new one', async () => {
    const { database, rates } = parts(await startApp({ MUSE_ROLE: 'api' }));
    const asked = jest.spyOn(database, 'rows');
    await Promise.all(Array.from({ length: 20 }, () => rates.current()));
    await rates.current();
    expect(asked.mock.calls.filter(([s]) => s.name === 'pricing.current_rates')).toHaveLength(1);
    await rates.record({ base: 'USD', rates: { VES: '40' } }, 'test');
    expect((await rates.current()).convert(1, 'USD', 'VES')!.amount).toBe(40);
  });

  it('are stored once when several workers hear the same', async () => {
    const { database, rates } = parts(await startApp({ MUSE_ROLE: 'api' }));
    const heard = { base: 'USD', rates: { VES: '40.10', EUR: '0.9', USD: '1' } };
    const added = await Promise.all([1, 2, 3].map(() => rates.record(heard, 'test')));
    expect(added.toSorted((a, b) => a - b)).toEqual([0, 0, 2]);
    expect((await database.pool.query(`SELECT count(*) AS n FROM exchange_rates`)).rows).toEqual([{ n: 2 }]);
  });

  it('come from a file, and a malformed one changes nothing', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'muse-rates-'));
    const path = join(dir, 'rates.json');
    await writeFile(path, '{ "base": "USD", "rates": { "VES": "41" } }');
    const { database, fetcher } = parts(
      await startApp({ MUSE_ROLE: 'api', EXCHANGE_RATES_URL: pathToFileURL(path).href }),
    );
    await expect(fetcher.runOnce()).resolves.toBe(1);
    await writeFile(path, '{ "base": "USD", "rates": { "EUR": "0.9", "VES": "-41" } }');
    await expect(fetcher.runOnce()).resolves.toBeUndefined();
    await rm(dir, { recursive: true });
    await expect(fetcher.runOnce()).resolves.toBeUndefined();
    const { rows } = await database.pool.query(`SELECT quote, rate::text, source FROM exchange_rates`);
    expect(rows).toEqual([{ quote: 'VES', rate: '41', source: 'file' }]);
  });

  it('come over HTTP when a worker starts', async () => {
    const server = createServer((_, answer) => answer.end('{ "base": "USD", "rates": { "VES": "42" } }'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const app = await startApp({ MUSE_ROLE: 'worker', EXCHANGE_RATES_URL: `${origin}/rates`, SANDBOX_ORIGINS: origin });
    const { rates } = parts(app);
    for (let tries = 0; (await rates.list()).length === 0 && tries < 50; tries++) {
      rates.forget();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await rates.list()).map((rate) => [rate.quote, rate.rate])).toEqual([['VES', '42']]);
    await app.close();
    server.closeAllConnections();
    server.close();
  });
});
