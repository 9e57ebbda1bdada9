import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { Database, statement } from '../database';
import { Metrics } from '../metrics';
import { Deliveries } from './deliveries';
import { Events } from './events';
import { Streams } from './streams';

/** By the index of open deliveries: those that are done are not looked at. */
const LAG = statement(
  'events.lag',
  `SELECT count(*) FILTER (WHERE d.status = 'pending') AS pending,
          coalesce(extract(epoch FROM now() - min(e.occurred_at) FILTER (WHERE d.status = 'pending')), 0)::float8 AS oldest,
          count(*) FILTER (WHERE d.status = 'dead') AS dead
     FROM event_deliveries d JOIN events e ON e.id = d.event_id WHERE d.delivered_at IS NULL`,
);

@Global()
@Module({ providers: [Events, Deliveries, Streams], exports: [Events, Streams] })
export class EventsModule implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
    private readonly streams: Streams,
  ) {}

  onModuleInit(): void {
    const gauges = {
      muse_outbox_deliveries: {
        help: 'Deliveries of events that are not done; every process says the same',
        labels: ['state'],
      },
      muse_outbox_oldest_pending_seconds: { help: 'How long the oldest event has been waiting for a subscriber' },
    };
    this.metrics.atScrape('outbox', gauges, async () => {
      const row = (await this.database.maybeOne<Record<'pending' | 'oldest' | 'dead', number>>(LAG))!;
      return {
        muse_outbox_deliveries: (['pending', 'dead'] as const).map((state) => ({
          labels: { state },
          value: row[state],
        })),
        muse_outbox_oldest_pending_seconds: [{ value: row.oldest }],
      };
    });
    const open = { muse_streams_open: { help: 'Event streams that this process has open' } };
    this.metrics.atScrape('streams', open, () => ({ muse_streams_open: [{ value: this.streams.open }] }));
  }
}
