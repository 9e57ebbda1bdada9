import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { runMigrations as migrateQueue } from 'graphile-worker';
import { dataSourceOptions } from './data-source-options';

/** Two processes that start together must not both migrate. */
const MIGRATING = 727_274;

const ROOT = join(__dirname, '..', '..', '..');
/** A migration's file is named after its moment, which Postgres knows it by, and its purpose. */
const MIGRATION = /^(\d+)-[\w-]+\.[jt]s$/;

/** A bare connection for migrations and checks: the migrations and, to compare with, every entity. */
export function migrationDataSource(url: string, root = ROOT): DataSource {
  const options = dataSourceOptions(url, 2);
  return new DataSource({
    ...options,
    // A migration, or the wait for another process's, takes as long as it takes.
    extra: {
      ...(options.extra as object),
      statement_timeout: 0,
      lock_timeout: 0,
      query_timeout: 0,
      idle_in_transaction_session_timeout: 0,
    },
    migrations: [join(root, 'migrations', '*.{js,ts}')],
    entities: [join(root, 'src', '**', '*.entity.{js,ts}')],
    migrationsTransactionMode: 'each',
  });
}

/**
 * Brings a database to the present schema: the queue's own, then ours. Safe to run from several processes at once.
 * Needs a connection of its own, not one through a transaction pooler. Answers the names of the migrations that were run.
 */
export async function migrate(url: string): Promise<string[]> {
  const source = await migrationDataSource(url).initialize();
  try {
    const runner = source.createQueryRunner();
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATING]);
    try {
      await migrateQueue({ connectionString: url });
      return (await source.runMigrations()).map((migration) => migration.name);
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATING]);
      await runner.release();
    }
  } finally {
    await source.destroy();
  }
}

/**
 * The names of the migrations that a database has not seen yet; changes nothing. By the names of their files: every process
 * asks when it starts, and to read them all takes a tenth of a second.
 */
export async function pendingMigrations(url: string): Promise<string[]> {
  const files = (await readdir(join(ROOT, 'migrations'))).filter((name) => MIGRATION.test(name)).sort();
  const done = await seenMigrations(url);
  return files.filter((name) => !done.has(MIGRATION.exec(name)![1]!)).map((name) => name.replace(/\.[jt]s$/, ''));
}

async function seenMigrations(url: string): Promise<Set<string>> {
  const waits = { connectionTimeoutMillis: 10_000, lock_timeout: 10_000, query_timeout: 12_000 };
  const client = new Client({ connectionString: url, application_name: 'muse', ...waits });
  // Whoever waits for an answer gets the error.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ moment: string }>('SELECT timestamp::text AS moment FROM migrations');
    return new Set(rows.map(({ moment }) => moment));
  } catch (error) {
    // No table yet: a database that has seen none.
    if ((error as { code?: string }).code === '42P01') return new Set();
    throw error;
  } finally {
    await client.end();
  }
}
