import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, statement } from '../platform/database';
import { Metrics } from '../platform/metrics';

/** By the index of cancelled orders that keep money; not those for which it is on its way back. */
const OWED = statement(
  'orders.owed',
  `SELECT count(*) AS orders, coalesce(extract(epoch FROM now() - min(o.updated_at)), 0)::float8 AS oldest FROM orders o
    WHERE o.order_status = 'cancelled' AND o.payment_status IN ('paid', 'partially_refunded') AND o.captured_cents > o.refunded_cents
      AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.status = 'pending'
        AND r.order_id IN (SELECT o.id UNION ALL SELECT c.id FROM order_changes c WHERE c.order_id = o.id))`,
);

const ASKED = statement(
  'orders.asked_of_stores',
  `SELECT count(*)::int AS requests, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest FROM store_requests WHERE status = 'pending'`,
);

/** Orders whose buyers wait for a person: a cancelled one refunds itself, and where the bank refuses that somebody has to. */
@Injectable()
export class OrderMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    const gauges = {
      muse_orders_refund_owed: { help: 'Cancelled orders whose money is not back and not on its way: a refund failed' },
      muse_orders_refund_owed_oldest_seconds: { help: 'How long ago the first of these was last changed' },
    };
    const asked = {
      muse_store_requests_open: {
        help: 'What buyers have asked of stores (to cancel, to take back) and no store has answered',
      },
      muse_store_requests_oldest_seconds: { help: 'How long ago the first of these was asked' },
    };
    this.metrics.atScrape('what stores are asked', asked, async () => {
      const { requests, oldest } = (await this.database.maybeOne<Record<'requests' | 'oldest', number>>(ASKED))!;
      return {
        muse_store_requests_open: [{ value: requests }],
        muse_store_requests_oldest_seconds: [{ value: oldest }],
      };
    });
    this.metrics.atScrape('orders', gauges, async () => {
      const row = (await this.database.maybeOne<Record<'orders' | 'oldest', number>>(OWED))!;
      return {
        muse_orders_refund_owed: [{ value: row.orders }],
        muse_orders_refund_owed_oldest_seconds: [{ value: row.oldest }],
      };
    });
  }
}
