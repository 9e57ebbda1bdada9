import { Injectable, Logger } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { Config, VERSION } from '../config';
import { Turns } from '../turns';

/** What a gauge shows for one set of labels. */
interface Sample {
  value: number;
  labels?: Record<string, string>;
}

interface GaugeKind {
  help: string;
  labels?: string[];
}

/** So long an answer of `read` is shown again: however often somebody scrapes, the database is asked this seldom. */
const FRESH_MS = 5_000;
/** A scrape does not wait longer than this for a gauge; it shows the others without it. */
const PATIENCE_MS = 3_000;
/** So many questions of a scrape are asked at once: they must not take the whole pool from requests. */
const AT_ONCE = 3;
/** How precisely the event loop's delay is measured: finer costs processor time for nothing. */
const LOOP_PRECISION_MS = 20;

/**
 * What this process tells Prometheus. Guarantees: nothing is counted or asked unless somebody may read it (`enabled`);
 * what is read for a scrape is read once at a time and kept for five seconds; a question that fails or hangs leaves its
 * own gauges out, is counted in `muse_scrape_errors_total`, and holds up no scrape for more than three seconds.
 */
@Injectable()
export class Metrics {
  /** Whether anybody may read them: METRICS_TOKEN or METRICS_PORT is set. */
  readonly enabled: boolean;
  private readonly logger = new Logger('Metrics');
  private readonly registry = new Registry();
  private readonly errors: Counter<'of'>;
  private readonly turns = new Turns(AT_ONCE);

  constructor(config: Config) {
    this.enabled = config.METRICS_TOKEN !== undefined || config.METRICS_PORT !== undefined;
    this.errors = this.counter('muse_scrape_errors_total', 'Questions of a scrape that failed or took too long', [
      'of',
    ]);
    if (!this.enabled) return;
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LOOP_PRECISION_MS });
    const build = { version: VERSION, node: process.version, role: config.MUSE_ROLE };
    this.atScrape('build', { muse_build_info: { help: 'What runs here', labels: Object.keys(build) } }, () => ({
      muse_build_info: [{ value: 1, labels: build }],
    }));
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  counter<L extends string>(name: string, help: string, labels: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames: labels, registers: [this.registry] });
  }

  histogram<L extends string>(name: string, help: string, labels: readonly L[], buckets: number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames: labels, buckets, registers: [this.registry] });
  }

  /** Declares gauges that are read when somebody asks: `read` gives the samples of each, in one statement where it needs SQL. */
  atScrape<N extends string>(
    of: string,
    gauges: Record<N, GaugeKind>,
    read: () => Record<N, Sample[]> | Promise<Record<N, Sample[]>>,
  ): void {
    if (!this.enabled) return;
    const reading = new Reading(() => this.turns.take(async () => read()));
    const failed = (error: unknown): undefined => {
      this.errors.inc({ of });
      this.logger.warn({ message: 'not read', of, reason: error instanceof Error ? error.name : 'failed' });
    };
    for (const [name, { help, labels }] of Object.entries<GaugeKind>(gauges)) {
      const gauge = new Gauge({
        name,
        help,
        labelNames: labels ?? [],
        registers: [],
        async collect() {
          const samples = await reading.get(failed);
          // What is not known is left out: the last value would look like a true one. A gauge without labels is reset to 0.
          this.reset();
          if (labels === undefined) this.remove();
          if (!samples) return;
          for (const { value, labels: set } of samples[name as N]) this.set(set ?? {}, value);
        },
      });
      this.registry.registerMetric(gauge);
    }
  }

  /** All of it in Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}

/** The answer to one question: asked once at a time, kept while it is fresh. */
class Reading<T> {
  private known: { at: number; value: T } | undefined;
  private asking: Promise<T> | undefined;
  private waiting: Promise<T | undefined> | undefined;

  constructor(private readonly read: () => T | Promise<T>) {}

  /** Undefined where it failed or takes too long; `failed` hears of it once, whoever waits. */
  get(failed: (error: unknown) => undefined): Promise<T | undefined> {
    if (this.known && performance.now() - this.known.at < FRESH_MS) return Promise.resolve(this.known.value);
    this.waiting ??= withinPatience(this.ask())
      .catch(failed)
      .finally(() => (this.waiting = undefined));
    return this.waiting;
  }

  /** One that hangs is not asked again beside itself. */
  private ask(): Promise<T> {
    this.asking ??= Promise.resolve()
      .then(this.read)
      .then((value) => {
        this.known = { at: performance.now(), value };
        return value;
      })
      .finally(() => (this.asking = undefined));
    return this.asking;
  }
}

class TooSlow extends Error {
  override name = 'TooSlow';
}

function withinPatience<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TooSlow()), PATIENCE_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
