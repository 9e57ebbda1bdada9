import { join } from 'node:path';
import { DataSource, type MigrationInterface } from 'typeorm';
import { runMigrations as migrateQueue } from 'graphile-worker';
import { dataSourceOptions } from './data-source-options';

/** Two processes that start together must not both migrate. */
const MIGRATING = 727_274;

/** A bare connection for migrations and checks: the migrations and, to compare with, every entity. */
export function migrationDataSource(url: string, root = join(__dirname, '..', '..', '..')): DataSource {
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

/** The names of the migrations that a database has not seen yet; changes nothing. */
export async function pendingMigrations(url: string): Promise<string[]> {
  const source = await migrationDataSource(url).initialize();
  try {
    const done = await source.query<{ name: string }[]>('SELECT name FROM migrations').catch((error: unknown) => {
      if ((error as { driverError?: { code?: string } }).driverError?.code === '42P01') return [];
      throw error;
    });
    const names = new Set(done.map((row) => row.name));
    return source.migrations.map(nameOf).filter((name) => !names.has(name));
  } finally {
    await source.destroy();
  }
}

const nameOf = (migration: MigrationInterface) => migration.name ?? migration.constructor.name;
