import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Logger as QueueLogger, run, type Runner } from 'graphile-worker';
import { Config } from '../config';
import { Database, statement } from '../database';
import { Shutdown } from '../http/shutdown';
import { QueuePool } from './queue-pool';
import { inSpan, isTracing } from '../tracing';
import { Due } from './due';
import { SWEEP_EVERY_MS } from './lease';

type JobHandler = (payload: { id: string }) => Promise<void>;

/** `traceparent`: of the request or job that added it. */
type Payload = { id: string; traceparent?: string };

interface Sweep {
  name: string;
  /** Null: only when it is rung for. */
  everyMs: number | null;
  soonestMs: () => number;
  run: () => Promise<void>;
  /** Runs at once, or as soon as it may; set when the process begins to work. */
  ring?: () => void;
}

/** A job's payload in SQL: its row's id and, while traces are made, the trace that it belongs to. */
export const JOB_OF = (trace: string): string =>
  `json_strip_nulls(json_build_object('id', id, 'traceparent', ${trace}::text))`;

const ADD_AGAIN = statement(
  'jobs.add_again',
  `SELECT graphile_worker.add_job($1, json_build_object('id', id), job_key := id, max_attempts := 3, job_key_mode := 'preserve_run_at')
     FROM unnest($2::text[]) AS id`,
);
const RESTART_MS = 5_000;
/** Shares of it lie evenly, however many there are: sweeps that began together would ask for the whole pool at once, for ever. */
const GOLDEN_RATIO = 0.618;
/** So much may wait for others at once in one process: sockets and memory, hardly any CPU. */
export const BESIDE_AT_ONCE = 64;

/**
 * The queue (graphile-worker) and the timers of a worker process.
 * Guarantees: a job exists if and only if the transaction commits in which its row's statement adds it (`JOB_OF`). It may run twice or, after a crash,
 * late: so a handler only does what its leased row says, and the job of every row that is due and that nobody holds is added
 * again (`handle`).
 */
@Injectable()
export class Jobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly handlers = new Map<string, JobHandler>();
  private readonly sweeps: Sweep[] = [];
  private readonly due = new Due(this.logger);
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Set<Promise<void>>();
  private readonly waiting = new Set<Promise<void>>();
  private runner?: Runner;
  private pool?: QueuePool;
  private stopping = false;
  private stopped?: Promise<void>;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    shutdown: Shutdown,
  ) {
    // No new work from the first moment on, while requests still have their time: others do it, and its leases are theirs.
    shutdown.signal.addEventListener('abort', () => void this.stop(), { once: true });
  }

  /**
   * Declares who does a task; each module does so when it starts. `due` is SQL without parameters that gives the ids (`id`) of
   * its rows that are due and that nobody holds.
   */
  handle(task: string, handler: JobHandler, due?: string): void {
    if (this.handlers.has(task)) throw new Error(`Two handlers for ${task}`);
    this.handlers.set(task, handler);
    if (due !== undefined) this.due.add(task, due);
  }

  /**
   * Work that waits for others, of a handler that has claimed its row: it goes on beside the queue, so that one who is slow
   * takes the place of nothing that could be done meanwhile. Resolves as soon as it has begun; where too much waits already,
   * the queue waits too. When the process stops it is awaited; when the process dies its row's lease runs out.
   */
  async beside(work: () => Promise<void>): Promise<void> {
    while (this.waiting.size >= BESIDE_AT_ONCE) await Promise.race(this.waiting);
    const done = work()
      .catch((error: unknown) => this.logger.warn({ beside: error instanceof Error ? error.name : 'failed' }))
      .finally(() => this.waiting.delete(done));
    this.waiting.add(done);
  }

  /** Resolves when nothing goes on beside the queue any more: for whoever may have begun some while the queue stopped. */
  async settled(): Promise<void> {
    while (this.waiting.size > 0) await Promise.all(this.waiting);
  }

  /**
   * Declares what a worker process does again and again, each run awaited before the next. What it gives runs it before its
   * time, when there is something to do: at once, but `soonestMs` after the last run began at the earliest, so that what
   * comes close together is done together.
   */
  every(everyMs: number, name: string, run: () => Promise<void>, soonestMs: () => number = () => 0): () => void {
    return this.declare({ name, everyMs, soonestMs, run });
  }

  /**
   * Declares what a worker process does when that SQL, without parameters, finds a row: some two seconds later at most. It is
   * asked together with all else that may be due, and so costs hardly anything while nothing is.
   */
  whenDue(name: string, due: string, run: () => Promise<void>): void {
    this.due.ring(name, due, this.declare({ name, everyMs: null, soonestMs: () => 0, run }));
  }

  private declare(sweep: Sweep): () => void {
    this.sweeps.push(sweep);
    return () => sweep.ring?.();
  }

  /** Adds the jobs of all rows that are due and that nobody holds, and rings for what else is due. */
  lookForDue(): Promise<void> {
    return this.due.look(this.database);
  }

  /** Adds the jobs of rows that nobody holds, for sweeps; the id is the job's key, so one that waits already keeps its turn. */
  async addAgain(task: string, ids: string[]): Promise<void> {
    if (ids.length > 0) await this.database.rows(ADD_AGAIN, [task, ids]);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.runsWorker) return;
    await this.work();
    this.every(SWEEP_EVERY_MS, 'all that is due', () => this.lookForDue());
    for (const [index, sweep] of this.sweeps.entries()) this.start(sweep, 1 - ((index * GOLDEN_RATIO) % 1));
  }

  /** Takes jobs until the process stops. A runner that ends by itself is replaced: a worker must not only look alive. */
  private async work(): Promise<void> {
    const taskList = Object.fromEntries(
      [...this.handlers].map(([task, handler]) => [
        task,
        (payload: unknown) => doJob(task, handler, payload as Payload),
      ]),
    );
    const { DATABASE_DIRECT_URL: direct, DATABASE_URL: url, WORKER_CONCURRENCY: concurrency } = this.config;
    // One more than jobs: the queue listens on a connection of its own, and with one place alone nothing else would move.
    this.pool ??= new QueuePool(direct ?? url!, concurrency + 1);
    const runner = await run({
      pgPool: this.pool,
      concurrency,
      pollInterval: 2_000,
      noHandleSignals: true,
      // Fetched together: each fetch is a commit of its own. A job that waits here in a worker that dies is one that waited in
      // the table: its row has no lease, and the sweep adds it again. (No `refetchDelay`: it forgets that it was rung meanwhile.)
      preset: { worker: { localQueue: { size: concurrency } } },
      taskList,
      logger: new QueueLogger(() => (level, message) => {
        if (level === 'error') this.logger.error(message);
        else if (level === 'warning') this.logger.warn(message);
      }),
    });
    this.runner = runner;
    // Asked to stop while this one was starting: nobody else would stop it.
    if (this.stopping) return runner.stop();
    const again = (): void => {
      if (this.stopping) return;
      setTimeout(() => void this.work().catch(again), RESTART_MS).unref();
    };
    runner.promise
      .catch((error: unknown) =>
        this.logger.error({ message: 'queue stopped', reason: error instanceof Error ? error.message : 'failed' }),
      )
      .finally(again);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  /** Takes no more, and waits for what is under way: it is finished rather than left to a lease that runs out. */
  stop(): Promise<void> {
    this.stopped ??= this.finish();
    return this.stopped;
  }

  private async finish(): Promise<void> {
    this.stopping = true;
    for (const timer of this.timers) clearInterval(timer);
    // One that has stopped by itself, or is stopping already, says so by an error.
    await this.runner?.stop().catch(() => undefined);
    await Promise.all([...this.running, ...this.waiting]);
    await this.pool?.end();
  }

  /** For the first time after that share of its interval, or when it is rung for. */
  private start(sweep: Sweep, share: number): void {
    let busy = false;
    let rung = false;
    let begun = -Infinity;
    let soon: NodeJS.Timeout | undefined;
    const look = (): void => {
      clearTimeout(soon);
      soon = undefined;
      if (busy || this.stopping) return;
      busy = true;
      begun = performance.now();
      const done = sweep
        .run()
        .catch((error: unknown) =>
          this.logger.warn({ sweep: sweep.name, error: error instanceof Error ? error.message : 'failed' }),
        )
        .finally(() => {
          busy = false;
          this.running.delete(done);
          if (!rung) return;
          rung = false;
          sweep.ring!();
        });
      this.running.add(done);
    };
    sweep.ring = () => {
      // What is rung for while it runs may have come behind what it has looked at.
      if (busy) rung = true;
      else soon ??= setTimeout(look, Math.max(0, begun + sweep.soonestMs() - performance.now()));
    };
    const { everyMs } = sweep;
    if (everyMs === null) return;
    const begin = (): void => {
      look();
      this.timers.push(setInterval(look, everyMs).unref());
    };
    this.timers.push(setTimeout(begin, everyMs * share).unref());
  }
}

/** A job's span belongs to the trace of what added it; one that a sweep added begins its own. */
function doJob(task: string, handler: JobHandler, payload: Payload): Promise<void> {
  if (!isTracing()) return handler(payload);
  const attributes = { 'muse.job.task': task, 'muse.job.id': payload.id };
  return inSpan(`job ${task}`, 'consumer', attributes, () => handler(payload), payload.traceparent);
}
