// npm run bench: what Muse costs beside the hand-written server of bench/baseline (its README says what is compared), on one
// Postgres in one run. Starts what it needs, stops it, prints a table and writes bench/results.json.
//   --only=cart-read,…   these operations alone; results.json stays as it is
//   --turns=3            turns of each side
//   --sources            runs src as it is, without a build
//   --cpu-prof=DIR       Muse's processor profile into DIR
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/platform/database/embedded-postgres';
import { BaselineSide } from './baseline-side';
import { Connection } from './client';
import { fill } from './fill';
import { Meter, type Figure } from './meter';
import { MuseSide, type Shelves } from './muse-side';
import { CONNECTIONS, LIMITS, OPERATIONS, type Operation } from './operations';
import { PAYING_LIMITS, PAY_NOW, PayingMeter, type Double, type PayingFigure } from './paying';
import {
  RUNNING_LIMITS,
  isOver,
  printFigures,
  printPaying,
  printRunning,
  printStatements,
  type Running,
} from './report';
import { Server } from './server';
import { StatementCounter, type StatementCount } from './statements';

const ROOT = join(__dirname, '..');
const RESULTS = join(__dirname, 'results.json');

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    turns: { type: 'string', default: '3' },
    sources: { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
    'no-statements': { type: 'boolean', default: false },
  },
});

/** The same for both: Postgres as it comes, durable. Autovacuum would run into somebody's turn: it is done between turns. */
const POSTGRES = { shared_preload_libraries: 'pg_stat_statements', autovacuum: 'off' };

const COLD_STARTS = 3;

/** What the image gives to Node before the program: what is measured is what runs. */
const NODE_FLAGS = (
  JSON.parse(/^CMD (.+)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))![1]!) as string[]
).slice(1, -1);

class Bench {
  private readonly folder = mkdtempSync(join(tmpdir(), 'muse-bench-'));
  private readonly servers: Server[] = [];
  private readonly clients: Client[] = [];
  private postgres!: EmbeddedPostgres;

  async run(): Promise<boolean> {
    this.postgres = await startEmbeddedPostgres({
      dataDir: this.folder,
      durable: true,
      log: () => undefined,
      settings: POSTGRES,
    });
    const [baselineDatabase, museDatabase] = [await this.openDatabase('baseline'), await this.openDatabase('muse')];
    await museDatabase.query('CREATE EXTENSION pg_stat_statements');
    await this.countStatements(false);
    await baselineDatabase.query(readFileSync(join(__dirname, 'baseline', 'schema.sql'), 'utf8'));
    this.migrate();

    say('Filling the catalogue, carts and orders …');
    const [api, worker] = await Promise.all([this.startMuse('api'), this.startMuse('worker')]);
    const shelves = await fill(museDatabase, api.port, api.prefix);
    const statements = options['no-statements'] ? [] : await this.statements(museDatabase, api, worker, shelves);
    await Promise.all([api.stop(), worker.stop()]);

    const coldStartMs = await this.coldStart();
    const { figures, resident } = await this.figures(shelves);
    const paying = isWanted(PAY_NOW) ? await this.paying(museDatabase, shelves) : undefined;
    const running = { coldStartMs, rssAfterLoadMiB: resident.now, rssPeakMiB: resident.peak };
    this.record(statements, figures, paying, running);
    printStatements(statements);
    printFigures(figures);
    if (paying) printPaying(paying);
    printRunning(running);
    return statements.every(({ over }) => !over) && !isOver(running) && !paying?.over;
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
    await Promise.all(this.clients.map((client) => client.end()));
    await this.postgres?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async statements(database: Client, api: Server, worker: Server, shelves: Shelves): Promise<StatementCount[]> {
    say('Counting statements …');
    await this.countStatements(true);
    await database.query(`SET pg_stat_statements.track = 'none'`);
    const client = new Connection(api.port, api.prefix);
    const counts = await new StatementCounter(database, worker, client, shelves).count();
    client.close();
    await this.countStatements(false);
    return counts;
  }

  /** From the process's start to its first healthy answer, database up and migrated: the median of some starts. */
  private async coldStart(): Promise<number> {
    say('Starting anew …');
    const times: number[] = [];
    for (let n = 0; n < COLD_STARTS; n++) {
      const server = await this.startMuse('all');
      times.push(server.readyAfterMs);
      await server.stop();
    }
    return times.sort((a, b) => a - b)[Math.floor(COLD_STARTS / 2)]!;
  }

  private async figures(shelves: Shelves): Promise<{ figures: Figure[]; resident: { now: number; peak: number } }> {
    const [baseline, muse] = [await this.startBaseline(), await this.startMuse('all')];
    const sides = [
      { server: baseline, side: new BaselineSide() },
      { server: muse, side: new MuseSide(shelves) },
    ] as const;
    const meter = new Meter(this.postmaster, this.clients, CONNECTIONS, say);
    const operations = OPERATIONS.filter(isWanted);
    const figures = await meter.measure([...sides], [...operations], Number(options.turns));
    say(`A journey asked ${sides[1].side.pollsPerJourney.toFixed(1)} times for its status until it was placed.`);
    // Of the process that has done all of it, API and worker in one.
    return { figures, resident: muse.residentMiB() };
  }

  /** After all others and on a Muse of its own, so that they meet neither its stores nor its provider. */
  private async paying(database: Client, shelves: Shelves): Promise<PayingFigure> {
    await Promise.all(this.servers.map((server) => server.stop()));
    const double = await this.startDouble();
    const muse = await this.start(this.museEntry('main'), '/api/v1', '/health/ready', {
      ...this.museEnvironment(),
      // In production nobody may be taken for Stripe.
      NODE_ENV: 'test',
      MUSE_ROLE: 'all',
      ...{ STRIPE_SECRET_KEY: double.key, STRIPE_WEBHOOK_SECRET: double.secret, STRIPE_API_BASE: double.url },
    });
    const connections = Array.from({ length: CONNECTIONS }, () => new Connection(muse.port, muse.prefix));
    const meter = new PayingMeter(muse, this.postmaster, database, new MuseSide(shelves), shelves, double, say);
    try {
      return await meter.measure(connections, Number(options.turns));
    } finally {
      for (const connection of connections) connection.close();
    }
  }

  private async startDouble(): Promise<Double> {
    const [key, secret] = ['sk_test_benchmark', 'whsec_benchmark'];
    const entry = join(ROOT, 'test', 'sandbox', 'stripe', 'main.ts');
    const server = await this.start(['-r', join(ROOT, 'scripts', 'ts.cjs'), entry], '', '/_double/config', {
      ...{ KEY: key, WEBHOOK_SECRET: secret },
    });
    return { url: `http://127.0.0.1:${server.port}`, key, secret };
  }

  private get postmaster(): number {
    return Number(readFileSync(join(this.postgres.cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  private startBaseline(): Promise<Server> {
    return this.start([join(__dirname, 'baseline', 'fastify.js')], '', '/health', {
      DATABASE_URL: this.postgres.url('baseline'),
    });
  }

  private startMuse(role: 'api' | 'worker' | 'all'): Promise<Server> {
    const profile = options['cpu-prof'];
    return this.start(
      [...(profile && role === 'all' ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []), ...this.museEntry('main')],
      '/api/v1',
      role === 'worker' ? null : '/health/ready',
      { ...this.museEnvironment(), MUSE_ROLE: role },
    );
  }

  private museEntry(name: string): string[] {
    if (!options.sources) return [...NODE_FLAGS, join(ROOT, 'dist', 'src', `${name}.js`)];
    return ['-r', join(ROOT, 'scripts', 'ts.cjs'), join(ROOT, 'src', `${name}.ts`)];
  }

  /** As in production. */
  private museEnvironment(): Record<string, string> {
    return {
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      HOST: '127.0.0.1',
      PUBLIC_URL: 'https://muse.example.com',
      DATABASE_URL: this.postgres.url('muse'),
      MUSE_MASTER_KEY: this.masterKey,
      JWT_SECRET: this.masterKey,
      // The baseline writes to nobody either.
      SMTP_URL: 'off',
      // A few callers do here what thousands do elsewhere.
      RATE_LIMIT_FACTOR: '100000',
    };
  }
  private readonly masterKey = randomBytes(32).toString('base64');

  private migrate(): void {
    if (!options.sources) {
      const build = `import(${JSON.stringify(join(ROOT, 'scripts', 'build.mjs'))}).then(({ ensureBuilt }) => ensureBuilt())`;
      const { status } = spawnSync(process.execPath, ['-e', build], { stdio: 'inherit' });
      if (status !== 0) throw new Error('The build failed');
    }
    execFileSync(process.execPath, this.museEntry('migrate'), {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], ...this.museEnvironment() },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  private async start(
    args: string[],
    prefix: string,
    health: string | null,
    env: Record<string, string>,
  ): Promise<Server> {
    const server = await Server.start(args, { cwd: this.folder, env, prefix, health });
    this.servers.push(server);
    return server;
  }

  private async openDatabase(name: string): Promise<Client> {
    const client = new Client({ connectionString: await this.postgres.ensureDatabase(name) });
    await client.connect();
    this.clients.push(client);
    return client;
  }

  /** Counting costs a little: it is off while processor time is measured. */
  private async countStatements(on: boolean): Promise<void> {
    const [client] = this.clients;
    await client!.query(`ALTER SYSTEM SET pg_stat_statements.track = '${on ? 'top' : 'none'}'`);
    await client!.query('SELECT pg_reload_conf()');
    await sleep(500);
  }

  private record(
    statements: StatementCount[],
    figures: Figure[],
    paying: PayingFigure | undefined,
    running: Running,
  ): void {
    if (options.only || options['no-statements']) return;
    const git = (...args: string[]) => {
      const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
      return status === 0 ? stdout.trim() : '';
    };
    const results = {
      date: new Date().toISOString(),
      commit: git('rev-parse', 'HEAD') || null,
      changed: git('status', '--porcelain', '--', 'src', 'migrations') !== '',
      machine: {
        processor: cpus()[0]?.model ?? 'unknown',
        processors: cpus().length,
        memoryGiB: Math.round(totalmem() / 2 ** 30),
      },
      node: process.version,
      connections: CONNECTIONS,
      turns: Number(options.turns),
      unit: 'CPU-seconds of server and Postgres per 1000 operations, median of the turns',
      statements,
      figures,
      paying,
      running,
      limits: { ...LIMITS, [PAY_NOW]: PAYING_LIMITS, ...RUNNING_LIMITS },
    };
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  }
}

/** `cart-read` for `cart read`. */
function isWanted(operation: string): boolean {
  return options.only === undefined || options.only.split(',').includes(operation.replaceAll(/[ ,]+/g, '-'));
}

function say(line: string): void {
  console.log(line);
}

async function main(): Promise<void> {
  if (!existsSync('/proc/self/stat')) throw new Error('The benchmark reads processor time from /proc: it needs Linux.');
  const bench = new Bench();
  process.once('SIGINT', () => void bench.close().finally(() => process.exit(130)));
  try {
    process.exitCode = (await bench.run()) ? 0 : 1;
  } finally {
    await bench.close();
  }
}

export type { Operation };

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
