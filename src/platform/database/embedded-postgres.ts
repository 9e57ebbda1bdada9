import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, readdir, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findHome, runPostgresProgram, type Home } from './embedded-postgres-home';

const run = promisify(execFile);

const HOST = '127.0.0.1';
const USER = 'muse';
/** Every process that uses an embedded Postgres keeps one connection of this name open; the last one to leave stops it. */
const KEEPER = 'muse-keeper';
/** Advisory lock: shared while a process arrives, exclusive while one finds out whether it is the last. */
const DOOR = 727_275;
const READY_WITHIN_MS = 60_000;

export interface EmbeddedPostgresOptions {
  /** Kept between starts; made when missing. */
  dataDir: string;
  /** False for tests: the data may be lost when the machine stops, and everything is faster. */
  durable: boolean;
  log: (line: string) => void;
  /** More settings of Postgres by name, as a benchmark may want them; values without white space. */
  settings?: Record<string, string>;
}

/** A running Postgres that this process started, or found running and attached to. */
export interface EmbeddedPostgres {
  readonly port: number;
  /** Where its data are, for whoever has to look. */
  readonly cluster: string;
  url(database: string): string;
  /** Makes a database unless it is there, and gives its address. */
  ensureDatabase(database: string): Promise<string>;
  /** Stops Postgres, unless another process still uses it. To be called when this process's connections are closed. */
  stop(): Promise<void>;
}

/**
 * A real Postgres for development, tests and measurements, never for production. It outlives a killed process: the next
 * start finds it and attaches, or starts it again if it was killed as well. Binds to loopback on a port that was free,
 * takes passwords only by SCRAM.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const home = await findHome(options.dataDir);
  if (!existsSync(join(home.cluster, 'PG_VERSION'))) {
    options.log(`Preparing Postgres in ${home.cluster} …`);
    await makeCluster(home, options.durable);
  }
  home.cluster = await realpath(home.cluster);
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const port = await runningPort(home);
    const keeper = port ? await Keeper.arrive(home, port, options.log) : undefined;
    if (keeper) return keeper;
    if (Date.now() > deadline)
      throw new Error(`Postgres in ${home.cluster} did not become ready; its log: ${logFile(home)}`);
    // Somebody's Postgres that is starting or stopping is waited for; none at all is started.
    if (port === undefined) await start(home, options);
    else await sleep(50);
  }
}

/** Runs initdb beside the place and moves the result there, so that an interrupted start leaves nothing half made. */
async function makeCluster(home: Home, durable: boolean): Promise<void> {
  await sweepHalfMade(home);
  const making = `${home.cluster}.${process.pid}.tmp`;
  const passwordFile = `${making}.password`;
  await mkdir(making, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, `${home.password}\n`, { mode: 0o600 });
  try {
    if (home.account) {
      await chown(making, home.account.uid, home.account.gid);
      await chown(passwordFile, home.account.uid, home.account.gid);
    }
    await runPostgresProgram(home, 'initdb', [
      ...['--pgdata', making, '--username', USER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      // The same order of text on every system, whatever locales it has.
      ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
      ...(durable ? [] : FOR_TESTS),
    ]);
    // An empty folder is no cluster; anything else in the place means that another process was quicker.
    await rmdir(home.cluster).catch(() => undefined);
    await rename(making, home.cluster).catch((error: unknown) => {
      if (!existsSync(join(home.cluster, 'PG_VERSION'))) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
    await rm(passwordFile, { force: true });
  }
}

async function sweepHalfMade(home: Home): Promise<void> {
  const parent = dirname(home.cluster);
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    const pid = path.startsWith(`${home.cluster}.`) ? Number(/\.(\d+)\.tmp(\.password)?$/.exec(name)?.[1]) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) await rm(path, { recursive: true, force: true });
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

/**
 * The port of the server that runs on this very cluster, if any; 0 when it has not chosen one yet. The pid in `postmaster.pid` is believed only when that
 * process is a Postgres of this cluster: after a crash or in a new container the number may belong to anybody.
 */
async function runningPort(home: Home): Promise<number | undefined> {
  const lines = (await readFile(pidFile(home), 'utf8').catch(() => '')).split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (!(await commandOf(pid)).includes(home.cluster)) return undefined;
  // The port is the fourth line, written a moment after the first.
  return Number.isInteger(port) ? port : 0;
}

async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (process.platform === 'win32') return isAlive(pid) ? '*' : '';
  return run('ps', ['-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

const pidFile = (home: Home) => join(home.cluster, 'postmaster.pid');
const logFile = (home: Home) => join(home.cluster, 'server.log');

/** Thousands of connections, of one run, to data that nobody keeps. */
const FOR_TESTS = ['--no-sync', '--no-data-checksums', '--set', 'scram_iterations=1'];
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Starts the server, or returns without it where that is worth another look: taken port, somebody else was quicker. */
async function start(home: Home, options: EmbeddedPostgresOptions): Promise<void> {
  const port = await choosePort(home);
  const settings = {
    listen_addresses: HOST,
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    ...(options.durable ? {} : NOT_DURABLE),
    ...options.settings,
  };
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  await rm(logFile(home), { force: true });
  try {
    await runPostgresProgram(home, 'pg_ctl', [
      ...['start', '--pgdata', home.cluster, '--log', logFile(home), '--wait', '--timeout', '60', '--silent'],
      ...['--options', flags.join(' ')],
    ]);
  } catch (error) {
    const log = await readFile(logFile(home), 'utf8').catch(() => '');
    if (/could not bind|could not create any TCP|in use/.test(log) && !/shared memory/.test(log)) {
      await rm(home.portFile, { force: true });
    } else if (/lock file "postmaster.pid" already exists/.test(log)) {
      // Somebody was quicker, or a stranger has got the number that a killed Postgres had.
      if ((await runningPort(home)) === undefined) await rm(pidFile(home), { force: true });
    } else if (/pre-existing shared memory/.test(log)) {
      // The last processes of a killed server are still going.
      await sleep(200);
    } else {
      throw new Error(`Postgres in ${home.cluster} does not start:\n${log.slice(-2000) || String(error)}`, {
        cause: error,
      });
    }
  }
}

/** The port of last time if it is free, else any free one. */
async function choosePort(home: Home): Promise<number> {
  const known = Number(await readFile(home.portFile, 'utf8').catch(() => '0'));
  const port = (known > 0 ? await freePort(known) : undefined) ?? (await freePort(0));
  if (port === undefined) throw new Error(`No port of ${HOST} is free.`);
  await writeFile(home.portFile, `${port}\n`, { mode: 0o600 });
  return port;
}

function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(wanted, HOST, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** This process's presence at a running server: one connection that is held, and made again when it is lost. */
class Keeper implements EmbeddedPostgres {
  private client: Client | undefined;
  private leaving: Promise<void> | undefined;

  private constructor(
    private readonly home: Home,
    readonly port: number,
    private readonly log: (line: string) => void,
  ) {}

  /** Undefined while the server is starting or on its way out. */
  static async arrive(home: Home, port: number, log: (line: string) => void): Promise<Keeper | undefined> {
    const keeper = new Keeper(home, port, log);
    try {
      await keeper.connect();
      return keeper;
    } catch (error) {
      if (isPassing(error)) return undefined;
      if ((error as { code?: unknown }).code !== '28P01') throw error;
      throw new Error(
        `${home.cluster} was made with another password than postgres.json of the data directory holds: remove both.`,
        {
          cause: error,
        },
      );
    }
  }

  get cluster(): string {
    return this.home.cluster;
  }

  url(database: string): string {
    return `postgres://${USER}:${this.home.password}@${HOST}:${this.port}/${encodeURIComponent(database)}`;
  }

  async ensureDatabase(database: string): Promise<string> {
    const client = this.newClient();
    await client.connect();
    try {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
    } catch (error) {
      // 42P04, 23505: another process made it a moment ago.
      if (!['42P04', '23505'].includes(String((error as { code?: unknown }).code))) throw error;
    } finally {
      await client.end();
    }
    return this.url(database);
  }

  stop(): Promise<void> {
    this.leaving ??= this.leave();
    return this.leaving;
  }

  private newClient(): Client {
    const client = new Client({
      connectionString: this.url('postgres'),
      application_name: KEEPER,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    client.on('error', () => undefined); // 'end' follows, and is what counts
    return client;
  }

  private async connect(): Promise<void> {
    const client = this.newClient();
    try {
      await client.connect();
      // Waits while another process finds out whether it is the last; if it was, this connection breaks.
      await client.query('SELECT pg_advisory_lock_shared($1)', [DOOR]);
      await client.query('SELECT pg_advisory_unlock_shared($1)', [DOOR]);
      const { rows } = await client.query<{ at: string }>(`SELECT current_setting('data_directory') AS at`);
      if (rows[0]?.at !== this.home.cluster)
        throw new Error(`Port ${this.port} belongs to another Postgres: ${rows[0]?.at}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    client.once('end', () => {
      this.client = undefined;
      if (!this.leaving) void this.reconnect();
    });
    this.client = client;
  }

  /** The connection was cut, by a test or a restart of Postgres: without one, another process would stop the server. */
  private async reconnect(): Promise<void> {
    while (!this.leaving && !this.client) {
      await sleep(500, undefined, { ref: false });
      await this.connect().catch(() => undefined);
    }
  }

  private async leave(): Promise<void> {
    if (!this.client) await this.connect().catch(() => undefined);
    const client = this.client;
    if (!client) return; // the server has gone already
    const others = await othersThan(client).catch(() => 0);
    if (others > 0) {
      this.log(`Postgres goes on: ${others} other ${others === 1 ? 'process uses' : 'processes use'} it.`);
      await client.end();
      return;
    }
    // The door stays locked until the server ends this connection, so nobody can arrive in between.
    await runPostgresProgram(this.home, 'pg_ctl', [
      'stop',
      '--pgdata',
      this.cluster,
      '--mode',
      'fast',
      '--wait',
      '--silent',
    ]).catch(async (error: unknown) => {
      if ((await runningPort(this.home)) !== undefined) throw error;
    });
    await client.end().catch(() => undefined);
  }
}

async function othersThan(client: Client): Promise<number> {
  await client.query('SELECT pg_advisory_lock($1)', [DOOR]);
  const { rows } = await client.query<{ others: string }>(
    'SELECT count(*) AS others FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()',
    [KEEPER],
  );
  return Number(rows[0]?.others ?? 0);
}

/** Errors of a server that is starting, stopping or gone, as against a wrong password or a fault of ours. */
function isPassing(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  if (/^(57P|ECONN|EPIPE)/.test(code ?? '')) return true;
  return /Connection terminated|connection is closed|not queryable|timeout/i.test(message ?? '');
}
