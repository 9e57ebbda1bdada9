import { statement, type Database } from '../platform/database';
import type { Metrics } from '../platform/metrics';

/** Each part reads a partial index: the rows that are sold or released, which grow without end, are not looked at. */
const LIVE = statement(
  'inventory.live_holds',
  `SELECT (SELECT count(*) FROM holds WHERE status = 'held' AND expires_at >= now()) AS held,
          (SELECT count(*) FROM holds WHERE status = 'committed') AS committed,
          (SELECT count(*) FROM holds WHERE status = 'held' AND expires_at < now()) AS expired`,
);

/** Stock that is set aside. `expired` is held longer than it may be, and falls to 0 at the next sweep. */
export function showHolds(metrics: Metrics, database: Database): void {
  const gauges = { muse_holds: { help: 'Holds of stock, by state; every process says the same', labels: ['state'] } };
  metrics.atScrape('holds', gauges, async () => {
    const row = (await database.maybeOne<Record<'held' | 'committed' | 'expired', number>>(LIVE))!;
    return { muse_holds: Object.entries(row).map(([state, value]) => ({ labels: { state }, value })) };
  });
}
