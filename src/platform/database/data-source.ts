import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { runMigrations as migrateQueue } from 'graphile-worker';
import { dataSourceOptions } from './data-source-options';

/** A bare connection for migrations and checks: the migrations and, to compare with, every entity. */
export function migrationDataSource(url: string, root = join(__dirname, '..', '..', '..')): DataSource {
  return new DataSource({
    ...dataSourceOptions(url, 2),
    migrations: [join(root, 'migrations', '*.{js,ts}')],
    entities: [join(root, 'src', '**', '*.entity.{js,ts}')],
    migrationsTransactionMode: 'each',
  });
}

/** Brings a database to the present schema: the queue's own, then ours. Safe to run from several processes at once. */
export async function migrate(url: string): Promise<number> {
  await migrateQueue({ connectionString: url });
  const source = await migrationDataSource(url).initialize();
  try {
    const runner = source.createQueryRunner();
    // Two processes that start together must not both migrate.
    await runner.query('SELECT pg_advisory_lock(727274)');
    try {
      return (await source.runMigrations()).length;
    } finally {
      await runner.query('SELECT pg_advisory_unlock(727274)');
      await runner.release();
    }
  } finally {
    await source.destroy();
  }
}
