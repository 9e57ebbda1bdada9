import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { createApp, type MakeApp } from '../../src/bootstrap';
import { readConfig, type Config } from '../../src/platform/config';
import { Shutdown } from '../../src/platform/http';
import { afterFile } from './cleanup';
import { freshDatabase } from './database';
import { freePort } from './free-port';
import { failForLeaks, keepSecretsOf, watch, watchErrors } from './leaks';
import { throughPrism } from './prism';
import { NOT_THROUGH_PRISM, PRISM_URL } from './prism-process';

export interface RunningApp {
  app: NestFastifyApplication;
  config: Config;
  /** Where it listens, without a slash at the end; the API is below `/api/v1`. */
  url: string;
  /** The address of its database. */
  database: string;
  /** Requests to it: `http.get('/api/v1/health/live')`. */
  http: ReturnType<typeof supertest>;
  close(): Promise<void>;
}

/** What the application tells goes to whoever looks for secrets in it, and nowhere else. */
const LOG = { write: (line: string) => watch('the log', line) };

/**
 * The whole application on a free port, with its worker, on a database of its own unless `overrides` names one
 * (two processes on one database: `startApp({ DATABASE_URL: first.database })`). Closed after the test file at the latest.
 * `replace` may put stand-ins for outside parties in place: `(builder) => builder.overrideProvider(…).useValue(…)`.
 */
export async function startApp(
  overrides: Record<string, string> = {},
  replace?: (builder: TestingModuleBuilder) => TestingModuleBuilder,
): Promise<RunningApp> {
  const database = overrides['DATABASE_URL'] ?? (await freshDatabase());
  const port = await freePort();
  const dataDir = await mkdtemp(join(tmpdir(), 'muse-app-'));
  afterFile(() => rm(dataDir, { recursive: true, force: true }));
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    MUSE_DATA_DIR: dataDir,
    MUSE_MASTER_KEY: randomBytes(32).toString('base64'),
    JWT_SECRET: randomBytes(32).toString('base64url'),
    LOG_LEVEL: 'info',
    DATABASE_POOL: '4',
    ...overrides,
    DATABASE_URL: database,
  });
  keepSecretsOf(config);
  failForLeaks();
  const app = await createApp(config, replace && makeWith(replace), LOG);
  watchErrors(app.getHttpServer());
  await app.listen(port, '127.0.0.1');
  const own = `http://127.0.0.1:${port}`;
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= shutDown(app));
  afterFile(close);
  const url = await wayTo(own);
  return { app, config, url, database, http: supertest(url), close };
}

/** Straight to the application, or past whoever compares what is said with the document: `npm run prism`. */
async function wayTo(own: string): Promise<string> {
  if (!process.env[PRISM_URL] || !goesThroughPrism(expect.getState().testPath!)) return own;
  const { url, close } = await throughPrism(own);
  afterFile(close);
  return url;
}

function goesThroughPrism(spec: string): boolean {
  return spec.endsWith('.e2e-spec.ts') && !new RegExp(process.env[NOT_THROUGH_PRISM]!).test(spec);
}

function makeWith(replace: (builder: TestingModuleBuilder) => TestingModuleBuilder): MakeApp {
  return async (module, adapter, options) => {
    const compiled = await replace(Test.createTestingModule({ imports: [module] })).compile();
    return compiled.createNestApplication<NestFastifyApplication>(adapter, options);
  };
}

async function shutDown(app: NestFastifyApplication): Promise<void> {
  app.get(Shutdown, { strict: false }).begin();
  await app.close();
}
