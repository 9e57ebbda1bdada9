import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port';
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
    readonly role: string,
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

/** A running process of the built program. */
export interface Program {
  child: Child;
  port: number;
  ready: () => Promise<boolean>;
}

/** Starts the program's processes, and sees to it that none is left. */
export class Processes {
  private readonly children: Child[] = [];
  private readonly log: WriteStream;

  constructor(
    private readonly ground: Ground,
    /** Of all processes but those as in production, where there is no double of Stripe. */
    private readonly settings: Record<string, string>,
  ) {
    this.log = createWriteStream(join(ground.directory, 'processes.log'));
  }

  /** An API process of the built program; answers its port. */
  async startApi(port?: number): Promise<number> {
    return (await this.startProgram({ MUSE_ROLE: 'api' }, [], port)).port;
  }

  /** A process of the built program, ready; a worker is asked on its port of operations. `preload`: scripts that Node runs first. */
  async startProgram(environment: Record<string, string>, preload: string[] = [], given?: number): Promise<Program> {
    const port = given ?? (await freePort());
    const isWorker = environment['MUSE_ROLE'] === 'worker';
    const ports = { [isWorker ? 'METRICS_PORT' : 'PORT']: String(port) };
    const args = [...preload.flatMap((path) => ['-r', path]), join(PROJECT, 'dist', 'src', 'main.js')];
    const child = await this.spawn(args, { ...ports, ...environment });
    const program = { child, port, ready: () => isReady(port, isWorker) };
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await program.ready())) {
      if (child.ended) throw new Error(`A process ended before it was ready: ${child.ended}\n${await this.tail()}`);
      if (Date.now() > deadline) throw new Error(`A process was not ready in time.\n${await this.tail()}`);
      await sleep(50);
    }
    return program;
  }

  /** Stops every worker that runs; answers what lets them go on. */
  pauseWorkers(): () => void {
    const workers = this.children.filter((child) => child.role === 'worker' && !child.ended);
    for (const worker of workers) worker.signal('SIGSTOP');
    return () => {
      for (const worker of workers) worker.signal('SIGCONT');
    };
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
        ...(environment['NODE_ENV'] === 'production' ? {} : this.settings),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const made = new Child(child, this.log, environment['MUSE_ROLE'] ?? 'all');
    this.children.push(made);
    await this.ground.noteChild(made.pid);
    return made;
  }

  /** The last that the processes have written, or from the last line on that has this word in it. */
  async tail(word?: string): Promise<string> {
    const text = await readFile(join(this.ground.directory, 'processes.log'), 'utf8');
    const at = word === undefined ? -1 : text.lastIndexOf(word);
    return at < 0 ? text.slice(-3_000) : text.slice(at, at + 1_500);
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

async function isReady(port: number, isWorker: boolean): Promise<boolean> {
  const path = isWorker ? '/health/ready' : '/api/v1/health/ready';
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(15_000) }).catch(
    () => undefined,
  );
  return answer?.status === 200;
}
