import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { Client } from 'pg';
import { afterFile } from './cleanup';
import { assertNone, leaksOfDatabase } from './leaks';

declare global {
  // Modules of the tests are read anew for each file.
  var testServer: Promise<Client> | undefined;
}

/** Set by the global setup: the address of the run's Postgres. */
export const SERVER_URL = 'MUSE_TEST_SERVER_URL';
export const TEMPLATE = 'muse_template';

/**
 * The address of a new database with the present schema and nothing in it; it is dropped after the test file, which fails if
 * a secret or a card number stands in it.
 */
export async function freshDatabase(): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer((client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY file_copy`));
  const url = addressOf(name);
  afterFile(async () => {
    // By now everything is written that will be.
    const found = await leaksOfDatabase(url);
    // Whoever is still connected.
    await onServer((client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    assertNone(found);
  });
  return url;
}

function addressOf(name: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return url.href;
}

function serverUrl(): string {
  const url = process.env[SERVER_URL];
  if (!url) throw new Error('The run has no Postgres: a test that needs one is an integration or an e2e spec.');
  return url;
}

/** One connection of this process for all its files; between them it keeps no process from ending. */
async function onServer(work: (client: Client) => Promise<unknown>): Promise<void> {
  globalThis.testServer ??= connected();
  try {
    const client = await globalThis.testServer;
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.ref();
    await work(client);
    stream.unref();
  } catch (error) {
    // Whatever it was, the next begins anew.
    globalThis.testServer = undefined;
    throw error;
  }
}

async function connected(): Promise<Client> {
  const client = new Client({ connectionString: serverUrl() });
  client.on('error', () => (globalThis.testServer = undefined));
  await client.connect();
  return client;
}
