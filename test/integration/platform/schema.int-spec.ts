import { Client } from 'pg';
import { SchemaBehind, bringSchemaUp } from '../../../src/ground';
import { pendingMigrations } from '../../../src/platform/database/data-source';
import type { Config } from '../../../src/platform/config';
import { freshDatabase } from '../../support/database';

describe('The schema', () => {
  let url: string;
  const said: string[] = [];
  const start = (isProduction: boolean) =>
    bringSchemaUp({ DATABASE_URL: url, isProduction } as Config, (line) => said.push(line));
  const ask = async (text: string) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<{ name: string }>(text)).rows;
    } finally {
      await client.end();
    }
  };

  beforeAll(async () => {
    url = await freshDatabase();
  });

  it('of a database that has seen every migration lacks none', async () => {
    expect(await pendingMigrations(url)).toEqual([]);
    await start(true);
  });

  it('that lacks one keeps production from starting, which says so and changes nothing', async () => {
    // One of no effect that can be told.
    const [{ name }] = (await ask(
      `DELETE FROM migrations WHERE name = 'EventsByTime1700000000643' RETURNING name`,
    )) as [{ name: string }];
    expect(name).toBeDefined();
    expect(await pendingMigrations(url)).toEqual(['1700000000643-events-by-time']);
    await expect(start(true)).rejects.toThrow(SchemaBehind);
    expect(await pendingMigrations(url)).toHaveLength(1);
  });

  it('is brought up by a development server', async () => {
    await start(false);
    expect(said).toEqual(['Migrating (1) …']);
    expect(await pendingMigrations(url)).toEqual([]);
  });

  it('of a database that was never migrated lacks all of it, in their order', async () => {
    await ask('DROP TABLE migrations');
    const missing = await pendingMigrations(url);
    expect(missing.length).toBeGreaterThan(100);
    expect(missing[0]).toBe('1700000000001-ground');
    expect(missing).toEqual([...missing].sort());
    await expect(start(true)).rejects.toThrow('The database lacks');
  });
});
