import { existsSync } from 'node:fs';
import { layGround } from './ground';
import { InvalidConfiguration, readConfig } from './platform/config';
import { migrate } from './platform/database/data-source';

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** `npm run migrate`: brings the configured database (in development: the embedded one) to the present schema. */
async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = readConfig(process.env);
  const ground = await layGround(config, say);
  try {
    const names = await migrate(config.DATABASE_DIRECT_URL ?? config.DATABASE_URL!);
    say(names.length === 0 ? 'The schema is up to date.' : `Migrated: ${names.join(', ')}`);
  } finally {
    await ground.release();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof InvalidConfiguration ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
});
