import { access, constants, mkdtemp, readFile, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../src/platform/database/data-source';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/database/embedded-postgres';
import { SERVER_URL, TEMPLATE } from './database';
import { PRISM_DOCUMENT, PRISM_URL, startPrism, type Prism } from './prism-process';

const PREFIX = 'muse-test-';
/** A file system in memory: a database is copied for each test file, ten times as quickly as on a disk. */
const MEMORY = '/dev/shm';
/** Its log may take a gigabyte (max_wal_size), each database 16 MB and what its tests write. (A container may give 64 MB.) */
const ROOM_BYTES = 3 * 2 ** 30;

declare global {
  // Jest hands nothing from setup to teardown but the process they share.
  var testPostgres: { server: EmbeddedPostgres; dataDir: string } | undefined;
  var testPrism: Prism | undefined;
}

/** One Postgres for the whole run, and in it the template that every test's database is a copy of. */
export default async function setUp(): Promise<void> {
  if (globalThis.testPostgres) return;
  for (const folder of [MEMORY, tmpdir()]) await sweepAbandoned(folder);
  const dataDir = await mkdtemp(join((await hasRoom(MEMORY)) ? MEMORY : tmpdir(), PREFIX));
  await writeFile(join(dataDir, 'pid'), String(process.pid));
  const server = await startEmbeddedPostgres({ dataDir, durable: false, log: () => undefined });
  globalThis.testPostgres = { server, dataDir };
  try {
    await migrate(await server.ensureDatabase(TEMPLATE));
  } catch (error) {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
  process.env[SERVER_URL] = server.url('postgres');
  const document = process.env[PRISM_DOCUMENT];
  if (!document) return;
  globalThis.testPrism = await startPrism(document);
  process.env[PRISM_URL] = globalThis.testPrism.url;
}

async function hasRoom(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize > ROOM_BYTES;
  } catch {
    return false;
  }
}

/** A run that was killed has left its Postgres behind. */
async function sweepAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(PREFIX)) continue;
    const dataDir = join(folder, name);
    const owner = Number(await readFile(join(dataDir, 'pid'), 'utf8').catch(() => '0'));
    if (owner === 0 || isAlive(owner)) continue;
    const server = await startEmbeddedPostgres({ dataDir, durable: false, log: () => undefined }).catch(
      () => undefined,
    );
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
