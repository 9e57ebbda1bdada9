import { join, resolve } from 'node:path';
import type { Config } from './platform/config';
import { fillDevelopmentSecrets } from './platform/config/secrets';
import { migrate, pendingMigrations } from './platform/database/data-source';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './platform/database/embedded-postgres';

/** dist/src/ground.js, and src/ground.ts where the sources run as they are. */
const PROJECT = __dirname.endsWith(join('dist', 'src')) ? join(__dirname, '..', '..') : join(__dirname, '..');

/** What a process stands on, besides its configuration. */
export interface Ground {
  /** Lets go of it, when everything that stood on it is closed. */
  release(): Promise<void>;
}

/** The database of a process that may not migrate it lacks migrations. */
export class SchemaBehind extends Error {
  constructor(readonly missing: string[]) {
    super(
      `The database lacks ${missing.length} migrations (the first: ${missing[0]}). Run "npm run migrate", then start again.`,
    );
    this.name = 'SchemaBehind';
  }
}

/**
 * Completes the configuration of a development server by what it was not given: a data directory, secrets, a database.
 * Production gets nothing: there readConfig has refused to go on without them.
 */
export async function layGround(config: Config, say: (line: string) => void): Promise<Ground> {
  if (config.isProduction) return { release: async () => undefined };
  const dataDir = resolve(config.MUSE_DATA_DIR ?? join(PROJECT, '.muse'));
  config.MUSE_DATA_DIR = dataDir;
  await fillDevelopmentSecrets(config, dataDir);
  let postgres: EmbeddedPostgres | undefined;
  if (!config.DATABASE_URL) {
    postgres = await startEmbeddedPostgres({ dataDir, durable: true, log: say });
    config.DATABASE_URL = await postgres.ensureDatabase('muse');
    config.DATABASE_DIRECT_URL = config.DATABASE_URL;
  }
  return { release: async () => postgres?.stop() };
}

/** Migrates in development; in production, where many processes start at once, only looks. Throws SchemaBehind. */
export async function bringSchemaUp(config: Config, say: (line: string) => void): Promise<void> {
  const url = config.DATABASE_DIRECT_URL ?? config.DATABASE_URL!;
  const missing = await pendingMigrations(url);
  if (missing.length === 0) return;
  if (config.isProduction) throw new SchemaBehind(missing);
  say(`Migrating (${missing.length}) …`);
  await migrate(url);
}
