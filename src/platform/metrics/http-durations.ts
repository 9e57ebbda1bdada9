import type { Histogram } from 'prom-client';
import type { Metrics } from './metrics';

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Child = Histogram.Internal<'method' | 'route' | 'status'>;

/**
 * How long requests take, by method, route template and class of status. Never by path: an id in a label would make a
 * series for each order.
 */
export class HttpDurations {
  private readonly histogram: Histogram<'method' | 'route' | 'status'>;
  /** The histogram finds its series by sorting and joining labels; a request finds them here. */
  private readonly children = new Map<string, Child>();

  constructor(metrics: Metrics) {
    const help = 'Seconds from a request to the end of its answer; event streams are left out';
    this.histogram = metrics.histogram(
      'muse_http_request_duration_seconds',
      help,
      ['method', 'route', 'status'],
      BUCKETS,
    );
  }

  /** `route` undefined: no route was found. */
  observe(method: string, route: string | undefined, status: number, seconds: number): void {
    const statusClass = Math.floor(status / 100);
    const key = `${method} ${statusClass} ${route}`;
    let child = this.children.get(key);
    if (!child) {
      child = this.histogram.labels(method, route ?? 'none', `${statusClass}xx`);
      this.children.set(key, child);
    }
    child.observe(seconds);
  }
}
