import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool, type QueryResultRow } from 'pg';
import { migrate } from '../../../src/platform/database/data-source';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../src/platform/database/embedded-postgres';

export const PROJECT = join(__dirname, '..', '..', '..');
const PREFIX = 'muse-torture-';

/** What the run notes beside the program's own tables: what was put where, and how often a delivery was marked done. */
const LEDGER = `
  CREATE SCHEMA torture;
  CREATE TABLE torture.opening_stock (variant_id uuid PRIMARY KEY, on_hand int NOT NULL);
  CREATE TABLE torture.put_in (shopper_id uuid NOT NULL, goods text NOT NULL, units int NOT NULL);
  CREATE TABLE torture.done (delivery_id uuid NOT NULL);
  CREATE FUNCTION torture.note_done() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO torture.done VALUES (NEW.id); RETURN NULL; END $$;
  CREATE TRIGGER note_done AFTER UPDATE ON event_deliveries FOR EACH ROW
    WHEN (NEW.status = 'done' AND OLD.status <> 'done') EXECUTE FUNCTION torture.note_done();
`;

/** Postgres is killed on the way, not the machine: what was committed has to be with the system, not on the disk. */
const SETTINGS = { max_connections: '400', synchronous_commit: 'on', full_page_writes: 'on' };

/** A run's own Postgres, database and directory; nothing of it stays. */
export class Ground {
  private constructor(
    readonly directory: string,
    readonly databaseUrl: string,
    private readonly postgres: EmbeddedPostgres,
    private readonly pool: Pool,
  ) {}

  /** Handles of servers that were started again after they had been killed. */
  private readonly restarted: EmbeddedPostgres[] = [];
  /** Logs of servers that were killed: the next one begins its own. */
  private earlierLogs = '';

  static async lay(): Promise<Ground> {
    await sweepAbandoned();
    const directory = await mkdtemp(join(tmpdir(), PREFIX));
    await writeFile(join(directory, 'pid'), String(process.pid));
    let postgres: EmbeddedPostgres | undefined;
    try {
      postgres = await startEmbeddedPostgres({
        dataDir: directory,
        durable: false,
        log: () => undefined,
        settings: SETTINGS,
      });
      const url = await postgres.ensureDatabase('muse');
      await migrate(url);
      const pool = new Pool({ connectionString: url, max: 8, application_name: 'torture' });
      pool.on('error', () => undefined); // Postgres goes before we do when the run is broken off
      await pool.query(LEDGER);
      return new Ground(directory, url, postgres, pool);
    } catch (error) {
      await postgres?.stop();
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  async rows<R extends QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    return (await this.pool.query<R>(text, values)).rows;
  }

  async one<R extends QueryResultRow>(text: string, values: unknown[] = []): Promise<R> {
    return (await this.rows<R>(text, values))[0]!;
  }

  /** Notes a child, for the next run to end should this one be killed. */
  async noteChild(pid: number): Promise<void> {
    await appendFile(join(this.directory, 'children'), `${pid}\n`);
  }

  async serverLog(): Promise<string> {
    const present = await readFile(join(this.postgres.cluster, 'server.log'), 'utf8').catch(() => '');
    return this.earlierLogs + present;
  }

  /** As if Postgres had crashed. Its data are as they were on the disk, and in the memory of the system. */
  async killPostgres(): Promise<void> {
    this.earlierLogs = await this.serverLog();
    const pid = Number((await readFile(join(this.postgres.cluster, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(pid, 'SIGKILL');
  }

  /** Starts Postgres again, on the same port, and waits until it has recovered. */
  async restartPostgres(): Promise<void> {
    const options = { dataDir: this.directory, durable: false, log: () => undefined, settings: SETTINGS };
    this.restarted.push(await startEmbeddedPostgres(options));
  }

  async clear(): Promise<void> {
    await this.pool.end();
    for (const handle of [...this.restarted, this.postgres]) await handle.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Builds dist unless it is fresh. */
export async function ensureBuilt(): Promise<void> {
  const program = `import { ensureBuilt } from './scripts/build.mjs'; await ensureBuilt();`;
  const args = ['--input-type=module', '--eval', program];
  const build = spawn(process.execPath, args, { cwd: PROJECT, stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((resolve) => build.once('exit', resolve));
  if (code !== 0) throw new Error('The build failed.');
}

/** A run that was killed has left its Postgres and perhaps its children behind. */
async function sweepAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const directory = join(tmpdir(), name);
    const owner = Number(await readFile(join(directory, 'pid'), 'utf8').catch(() => '0'));
    if (owner === 0 || isAlive(owner)) continue;
    await endChildrenOf(directory);
    const postgres = await startEmbeddedPostgres({ dataDir: directory, durable: false, log: () => undefined }).catch(
      () => undefined,
    );
    await postgres?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Only what still carries the directory in its environment: the number may be somebody else's by now. */
async function endChildrenOf(directory: string): Promise<void> {
  const pids = await readFile(join(directory, 'children'), 'utf8').catch(() => '');
  for (const pid of pids.split('\n').map(Number).filter(Boolean)) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (environment.includes(directory)) process.kill(pid, 'SIGKILL');
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
