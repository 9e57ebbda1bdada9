import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Database, statement } from '../platform/database';
import { Metrics } from '../platform/metrics';
import type { PlacementOutcome } from '../store-integrations';
import type { CheckoutTier } from '../stores';

/** What a try came to: `retried`, `throttled`, `fell_back` and `action_required` go on, the others are the end of it. */
type Outcome =
  | 'placed'
  | 'continue_at_store'
  | 'contacted'
  | 'action_required'
  | 'failed'
  | 'fell_back'
  | 'retried'
  | 'throttled'
  | 'needs_attention';

/** By the index of open placements: those that are done are not looked at. */
const OPEN = statement(
  'checkout.open_placements',
  `SELECT count(*) FILTER (WHERE status IN ('queued', 'running')) AS open,
          coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE status IN ('queued', 'running') AND waits_for IS NULL)), 0)::float8 AS oldest,
          count(*) FILTER (WHERE status = 'needs_attention') AS "needsAttention"
     FROM placements WHERE finished_at IS NULL`,
);

/** How placements go. */
@Injectable()
export class PlacementMetrics implements OnModuleInit {
  private readonly outcomes: Counter<'tier' | 'outcome'>;

  constructor(
    private readonly metrics: Metrics,
    private readonly database: Database,
  ) {
    const help = 'Tries of placements that this process has written down, by tier and outcome';
    this.outcomes = metrics.counter('muse_placements_total', help, ['tier', 'outcome']);
  }

  /** To be called once the outcome is committed. */
  count(tier: CheckoutTier, outcome: Outcome | PlacementOutcome['type']): void {
    this.outcomes.inc({ tier, outcome: outcomeOf(outcome) });
  }

  onModuleInit(): void {
    const gauges = {
      muse_placements_open: { help: 'Placements that are neither decided nor waiting for a person' },
      muse_placements_oldest_open_seconds: {
        help: 'How long the oldest of these has been open that waits for no shopper',
      },
      muse_placements_needs_attention: { help: 'Placements whose outcome a person has to find out' },
    };
    this.metrics.atScrape('placements', gauges, async () => {
      const row = (await this.database.maybeOne<Record<'open' | 'oldest' | 'needsAttention', number>>(OPEN))!;
      return {
        muse_placements_open: [{ value: row.open }],
        muse_placements_oldest_open_seconds: [{ value: row.oldest }],
        muse_placements_needs_attention: [{ value: row.needsAttention }],
      };
    });
  }
}

/** In the words of the API where it has one. */
function outcomeOf(outcome: Outcome | PlacementOutcome['type']): Outcome {
  if (outcome === 'rejected' || outcome === 'unavailable') return 'failed';
  if (outcome === 'continueAtStore') return 'continue_at_store';
  if (outcome === 'actionRequired') return 'action_required';
  if (outcome === 'unknowable') return 'needs_attention';
  return outcome;
}
