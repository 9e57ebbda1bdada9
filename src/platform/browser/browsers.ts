import { Injectable, Logger, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import type { BrowserContext, CookieData, Page } from 'puppeteer-core';
import { Config } from '../config';
import { Shutdown } from '../http/shutdown';
import { SafeClient } from '../http-client';
import { Metrics } from '../metrics';
import { BrowserFailed } from './browser-failed';
import { collectGarbage } from './collect-garbage';
import { BrowserLife } from './browser-life';
import { Chromium } from './chromium';
import { EgressProxy } from './egress-proxy';
import { Places } from './places';

export interface BrowserRun {
  /** All that its pages may reach, as `URL.host` says it: `shop.example` (ports 443 and 80) or `127.0.0.1:4301`. */
  hosts: readonly string[];
  /** For all that is done with the page; waiting for a place does not count. */
  timeoutMs: number;
  /** How long it may wait for a place: 60 s. */
  waitMs?: number;
  /** Put in before the page is given: what `context.cookies()` said at the end of an earlier run. */
  cookies?: CookieData[];
  /** Hears of each host that a page wanted and that is none of the run's. */
  onRefused?: (host: string) => void;
}

/** What else a run can do with what it was given. */
export interface BrowserTools {
  /** Breaks all connections that are open: to be called right before a request that must not be sent twice (EgressProxy). */
  cutConnections: () => void;
  /** Waits with the page open for somebody who takes their time: another run has the place meanwhile. Its time goes on. */
  lending: <W>(wait: () => Promise<W>) => Promise<W>;
}

/** `signal` is aborted when the page is taken away before the work is done: its reason is the BrowserFailed. */
export type BrowserWork<T> = (
  page: Page,
  context: BrowserContext,
  signal: AbortSignal,
  tools: BrowserTools,
) => Promise<T>;

const DEFAULT_WAIT_MS = 60_000;
/** What is under way when the process stops gets so long; its page is then taken away. */
const STOP_MS = 12_000;

/**
 * A few pages at a time in one real Chromium, which is started when it is needed and closed when it is not.
 * Guarantees: a run has a context of its own, of which nothing is left afterwards, and reaches its hosts and nothing else
 * (EgressProxy); never more than BROWSER_CONTEXTS_MAX at once, and as many again that wait for their shopper; the others wait
 * in a line of bounded length; each ends within its time; a page that takes too much memory is ended, and its run with it; a browser that dies takes its runs with it and
 * nothing else; it is replaced after BROWSER_RUNS_MAX runs or when it has grown. It has a sandbox where the system allows.
 */
@Injectable()
export class Browsers implements OnModuleDestroy, OnApplicationShutdown {
  private readonly logger = new Logger('Browsers');
  private readonly places: Places;
  private readonly lives = new Set<BrowserLife>();
  private current: Promise<BrowserLife> | undefined;
  private idle: NodeJS.Timeout | undefined;
  private stopping: NodeJS.Timeout | undefined;
  private hasWarned = false;
  private readonly outcomes;

  constructor(
    private readonly config: Config,
    private readonly client: SafeClient,
    metrics: Metrics,
    shutdown: Shutdown,
  ) {
    this.places = new Places(config.BROWSER_CONTEXTS_MAX, config.BROWSER_QUEUE_MAX);
    shutdown.signal.addEventListener('abort', () => this.onModuleDestroy(), { once: true });
    this.outcomes = metrics.counter('muse_browser_runs_total', 'Runs in a browser, by what became of them', [
      'outcome',
    ]);
    const gauges = {
      muse_browser_runs: {
        help: 'Runs that are at their page, that wait with it for their shopper (away), and that wait for one',
        labels: ['state'],
      },
      muse_browsers: { help: 'Browsers of this process' },
    };
    metrics.atScrape('browsers', gauges, () => ({
      muse_browser_runs: [
        { labels: { state: 'running' }, value: this.places.inUse },
        { labels: { state: 'away' }, value: this.places.away },
        { labels: { state: 'waiting' }, value: this.places.waiting },
      ],
      muse_browsers: [{ value: this.lives.size }],
    }));
  }

  /** The processes of its browsers: for those who measure them. */
  get pids(): number[] {
    return [...this.lives].map(({ chromium }) => chromium.pid);
  }

  /**
   * A page of its own for `work`, which throws what puppeteer throws when the page is taken away under it.
   * Throws BrowserFailed where there is no page, or no longer; else what `work` throws.
   */
  async run<T>(run: BrowserRun, work: BrowserWork<T>): Promise<T> {
    try {
      const done = await this.inPlace(run, work);
      this.outcomes.inc({ outcome: 'done' });
      return done;
    } catch (error) {
      this.outcomes.inc({ outcome: error instanceof BrowserFailed ? error.reason : 'failed' });
      throw error;
    }
  }

  /** No new runs; those that wait hear of it at once, those under way get a while. */
  onModuleDestroy(): void {
    if (this.stopping) return;
    const closing = new BrowserFailed('closing', 'This process is stopping');
    this.places.refuseAll(closing);
    this.stopping = setTimeout(() => void this.endAll(closing), STOP_MS);
    this.stopping.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.onModuleDestroy();
    await this.endAll(new BrowserFailed('closing', 'This process is stopping'));
    clearTimeout(this.stopping);
  }

  private async inPlace<T>(run: BrowserRun, work: BrowserWork<T>): Promise<T> {
    if (!this.config.runsWorker) throw new BrowserFailed('unavailable', 'Only workers have browsers');
    if (this.stopping) throw new BrowserFailed('closing', 'This process is stopping');
    const place = await this.places.take(run.waitMs ?? DEFAULT_WAIT_MS);
    clearTimeout(this.idle);
    let proxy: EgressProxy | undefined;
    let life: BrowserLife | undefined;
    try {
      proxy = await EgressProxy.open(this.client, run.hosts, run.onRefused);
      life = await this.living();
      return await life.run(run, proxy, place.lending, work);
    } finally {
      try {
        await proxy?.close();
        if (life?.isRetired && life.isIdle) await this.end(life);
      } finally {
        place.giveBack();
        if (this.isUnused) this.closeWhenIdle();
      }
    }
  }

  private get isUnused(): boolean {
    return this.places.inUse === 0 && this.places.away === 0;
  }

  /** The browser that takes runs; one that was retired or died is replaced. */
  private async living(): Promise<BrowserLife> {
    for (;;) {
      const starting = (this.current ??= this.start());
      const life = await starting.catch((error: unknown) => {
        if (this.current === starting) this.current = undefined;
        throw error;
      });
      if (this.stopping) throw new BrowserFailed('closing', 'This process is stopping');
      if (!life.isRetired && !life.chromium.isGone) return life;
      if (this.current === starting) this.current = undefined;
    }
  }

  private async start(): Promise<BrowserLife> {
    const { config } = this;
    const began = performance.now();
    const chromium = await Chromium.start({
      path: config.BROWSER_PATH,
      sandbox: config.BROWSER_SANDBOX,
      sign: `Muse/1 (+${config.BROWSER_ABOUT_URL})`,
    });
    if (chromium.unsandboxed !== undefined && !this.hasWarned) {
      this.hasWarned = true;
      this.logger.warn(
        `The browser runs without its sandbox, which the system does not allow (${chromium.unsandboxed}). BROWSER_SANDBOX=required refuses that; docs/operations.md says what the sandbox needs.`,
      );
    }
    const limits = { runs: config.BROWSER_RUNS_MAX, memoryBytes: config.BROWSER_MEMORY_MB * 1024 * 1024 };
    const life: BrowserLife = new BrowserLife(chromium, limits, (why) => {
      this.logger.log({ message: 'browser replaced', why });
      if (chromium.isGone) this.lives.delete(life);
    });
    this.lives.add(life);
    const ms = Math.round(performance.now() - began);
    this.logger.log({ message: 'browser started', sandboxed: chromium.unsandboxed === undefined, ms });
    return life;
  }

  private closeWhenIdle(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      if (!this.isUnused) return;
      void this.endAll(new BrowserFailed('crashed', 'The browser is closed')).then(collectGarbage);
    }, this.config.BROWSER_IDLE_SECONDS * 1_000);
    this.idle.unref();
  }

  private async end(life: BrowserLife, failure = new BrowserFailed('crashed', 'The browser is closed')): Promise<void> {
    this.lives.delete(life);
    await life.end(failure);
  }

  private async endAll(failure: BrowserFailed): Promise<void> {
    clearTimeout(this.idle);
    // Those of now: one that is started for a run meanwhile is not meant.
    const ending = new Set(this.lives);
    const starting = this.current;
    this.current = undefined;
    const started = await starting?.catch(() => undefined);
    if (started) ending.add(started);
    await Promise.all([...ending].map((life) => this.end(life, failure)));
  }
}
