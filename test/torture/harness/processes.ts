import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { SAID, type Order, type Said } from './orders';
import { PROJECT, type Ground } from './ground';

const READY_WITHIN_MS = 60_000;

/** One process of the program under torture. */
export class Child {
  private readonly saidAlready: Said[] = [];
  private readonly waiting = new Map<Said['at'], (said: Said) => void>();
  /** Why it ended, once it has. */
  ended: string | undefined;
  /** It has ended, and everything that it said has come. */
  private closed = false;

  constructor(
    readonly process: ChildProcess,
    log: WriteStream,
  ) {
    process.once('exit', (code, signal) => (this.ended = signal ?? `code ${code}`));
    process.once('close', () => (this.closed = true));
    process.stderr!.on('data', (part: Buffer) => log.write(part));
    createInterface({ input: process.stdout! }).on('line', (line) => {
      if (line.startsWith(SAID)) this.hear(JSON.parse(line.slice(SAID.length)) as Said);
      else log.write(`${line}\n`);
    });
  }

  get pid(): number {
    return this.process.pid!;
  }

  order(order: Order): void {
    this.process.send(order);
  }

  /** What it says of this kind, said already or within the time; undefined where it says nothing. */
  says(at: Said['at'], withinMs = READY_WITHIN_MS): Promise<Said | undefined> {
    const index = this.saidAlready.findIndex((said) => said.at === at);
    if (index >= 0) return Promise.resolve(this.saidAlready.splice(index, 1)[0]);
    return new Promise((resolve) => {
      const settle = (said?: Said) => {
        clearTimeout(timer);
        this.waiting.delete(at);
        this.process.off('close', onClose);
        resolve(said);
      };
      const onClose = () => settle();
      const timer = setTimeout(settle, withinMs);
      this.waiting.set(at, settle);
      if (this.closed) settle();
      else this.process.once('close', onClose);
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.ended) this.process.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.ended) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }

  private hear(said: Said): void {
    const waiter = this.waiting.get(said.at);
    if (waiter) waiter(said);
    else this.saidAlready.push(said);
  }
}

/** Starts the program's processes, and sees to it that none is left. */
export class Processes {
  private readonly children: Child[] = [];
  private readonly log: WriteStream;

  constructor(private readonly ground: Ground) {
    this.log = createWriteStream(join(ground.directory, 'processes.log'));
  }

  /** An API process of the built program; answers its port. */
  async startApi(): Promise<number> {
    const port = await freePort();
    const child = await this.spawn([join(PROJECT, 'dist', 'src', 'main.js')], { MUSE_ROLE: 'api', PORT: String(port) });
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await isReady(port))) {
      if (child.ended)
        throw new Error(`An API process ended before it was ready: ${child.ended}\n${await this.tail()}`);
      if (Date.now() > deadline) throw new Error('An API process was not ready in time.');
      await sleep(50);
    }
    return port;
  }

  /**
   * A worker that does its work and nothing else. It has places enough for all that waits for a struck one: otherwise the
   * next to be struck would take some of it, and the same placement would meet with two faults.
   */
  async startWorker(): Promise<Child> {
    const worker = await this.preloadWorker({ DATABASE_POOL: '48', WORKER_CONCURRENCY: '40' });
    await this.begin(worker);
    return worker;
  }

  /** A worker process with everything loaded, that is not connected to anything until it is told to begin. */
  async preloadWorker(environment: Record<string, string> = {}): Promise<Child> {
    const entry = join(PROJECT, 'test', 'torture', 'worker.ts');
    const args = ['-r', join(PROJECT, 'scripts', 'ts.cjs'), entry];
    const worker = await this.spawn(args, { MUSE_ROLE: 'worker', DATABASE_POOL: '8', ...environment });
    if (!(await worker.says('loaded'))) throw new Error(`A worker did not load: ${worker.ended}\n${await this.tail()}`);
    return worker;
  }

  /** As preloadWorker, with what the processors have to spare: the timings of others are being taken. */
  async preloadVictims(count: number): Promise<Child[]> {
    const loading = Array.from({ length: count }, () => this.preloadWorker());
    for (const child of this.children.slice(-count)) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    return Promise.all(loading);
  }

  async begin(worker: Child, strike?: Order & { do: 'begin' }): Promise<void> {
    beNormal(worker.pid);
    worker.order(strike ?? { do: 'begin' });
    if (!(await worker.says('ready'))) throw new Error(`A worker did not begin: ${worker.ended}\n${await this.tail()}`);
  }

  /** Kills whatever still runs, stopped ones too. */
  async endAll(): Promise<void> {
    await Promise.all(this.children.map((child) => child.kill()));
    this.log.end();
  }

  private async spawn(args: string[], environment: Record<string, string>): Promise<Child> {
    const child = spawn(process.execPath, args, {
      // Away from the project, whose .env is none of ours.
      cwd: this.ground.directory,
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'development',
        HOST: '127.0.0.1',
        LOG_LEVEL: 'warn',
        MUSE_DEMO: '0',
        MUSE_DATA_DIR: this.ground.directory,
        DATABASE_URL: this.ground.databaseUrl,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const made = new Child(child, this.log);
    this.children.push(made);
    await this.ground.noteChild(made.pid);
    return made;
  }

  private async tail(): Promise<string> {
    const { readFile } = await import('node:fs/promises');
    return (await readFile(join(this.ground.directory, 'processes.log'), 'utf8')).slice(-3000);
  }
}

/** What was loaded in the background counts from now on. Only the superuser may take that back; others wait a little longer. */
function beNormal(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_NORMAL);
  } catch {
    return;
  }
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/health/ready`).catch(() => undefined);
  return answer?.status === 200;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
