import { statement, type Database } from '../platform/database';
import type { Metrics } from '../platform/metrics';

const LIVE = statement(
  'inventory.live_holds',
  `SELECT count(*) FILTER (WHERE status = 'held' AND expires_at >= now()) AS held,
          count(*) FILTER (WHERE status = 'committed') AS committed,
          count(*) FILTER (WHERE status = 'held' AND expires_at < now()) AS expired
     FROM holds`,
);

/** Stock that is set aside. `expired` is held longer than it may be, and falls to 0 at the next sweep. */
export function showHolds(metrics: Metrics, database: Database): void {
  const gauges = { muse_holds: { help: 'Holds of stock, by state; every process says the same', labels: ['state'] } };
  metrics.atScrape('holds', gauges, async () => {
    const row = (await database.maybeOne<Record<'held' | 'committed' | 'expired', number>>(LIVE))!;
    return { muse_holds: Object.entries(row).map(([state, value]) => ({ labels: { state }, value })) };
  });
}
