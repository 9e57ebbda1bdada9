import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, statement } from '../../platform/database';
import { Metrics } from '../../platform/metrics';
import { STEP_KINDS, type StepKind } from './payment-steps';

/** What a shopper waits for. Transfers and reversals may wait for a store for days. */
const AWAITED: ReadonlySet<StepKind> = new Set(['authorize', 'capture', 'cancel', 'refund']);

interface OpenSteps {
  kind: StepKind;
  open: number;
  overdue: number;
  needsAttention: number;
  oldest: number;
}

/** By the index of open steps: those that are over are not looked at. `overdue`: the sweep of a worker should have had it. */
const STEPS = statement(
  'payments.open_steps',
  `SELECT kind, count(*) FILTER (WHERE status <> 'needs_attention') AS open,
          count(*) FILTER (WHERE status <> 'needs_attention'
            AND greatest(next_attempt_at, coalesce(lease_until, '-infinity')) < now() - interval '60 seconds') AS overdue,
          count(*) FILTER (WHERE status = 'needs_attention') AS "needsAttention",
          coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE status <> 'needs_attention')), 0)::float8 AS oldest
     FROM payment_steps WHERE finished_at IS NULL GROUP BY kind`,
);
interface Payments {
  captured: number;
  declined: number;
  cancelled: number;
  failed: number;
  webhooks: number;
  webhooksOldest: number;
  webhooksGivenUp: number;
  differences: number;
  comparisonAge: number;
}

/** Payments by the index of changes, those of ten minutes only; webhooks by the index of open ones; a row a night, and what was found. */
const PAYMENTS = statement(
  'payments.going',
  `SELECT * FROM (
     SELECT count(*) FILTER (WHERE captured_at >= now() - interval '10 minutes') AS captured,
            count(*) FILTER (WHERE voided_at >= now() - interval '10 minutes' AND status = 'declined') AS declined,
            count(*) FILTER (WHERE voided_at >= now() - interval '10 minutes' AND status = 'cancelled') AS cancelled,
            count(*) FILTER (WHERE voided_at >= now() - interval '10 minutes' AND status = 'failed') AS failed
       FROM payments WHERE updated_at >= now() - interval '10 minutes'
   ) ended, (
     SELECT count(*) AS webhooks, coalesce(extract(epoch FROM now() - min(received_at)), 0)::float8 AS "webhooksOldest"
       FROM provider_events WHERE finished_at IS NULL
   ) open, (
     SELECT count(*) AS "webhooksGivenUp" FROM provider_events WHERE outcome = 'given_up' AND finished_at > now() - interval '1 day'
   ) given_up, (
     SELECT coalesce(extract(epoch FROM now() - coalesce(max(finished_at), min(day)::timestamptz)), 0)::float8 AS "comparisonAge" FROM ledger_comparisons
   ) compared, (SELECT count(*) AS differences FROM ledger_differences WHERE seen_at > now() - interval '1 day') found`,
);

/** How payments and the calls to their provider go, whether its webhooks are worked off, and whether the ledger is right. */
@Injectable()
export class PaymentMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.showSteps();
    this.showPayments();
  }

  private showSteps(): void {
    const gauges = {
      muse_payment_steps: {
        help: 'Calls to payment providers that are not over, by kind and state; overdue ones are open too',
        labels: ['kind', 'state'],
      },
      muse_payment_steps_oldest_seconds: {
        help: 'How long the oldest of those has been open that a shopper waits for',
      },
    };
    this.metrics.atScrape('payment_steps', gauges, async () => {
      const rows = await this.database.rows<OpenSteps>(STEPS);
      const of = (kind: StepKind) => rows.find((row) => row.kind === kind);
      return {
        muse_payment_steps: STEP_KINDS.flatMap((kind) => [
          { labels: { kind, state: 'open' }, value: of(kind)?.open ?? 0 },
          { labels: { kind, state: 'overdue' }, value: of(kind)?.overdue ?? 0 },
          { labels: { kind, state: 'needs_attention' }, value: of(kind)?.needsAttention ?? 0 },
        ]),
        muse_payment_steps_oldest_seconds: [
          { value: Math.max(0, ...rows.filter(({ kind }) => AWAITED.has(kind)).map(({ oldest }) => oldest)) },
        ],
      };
    });
  }

  private showPayments(): void {
    const gauges = {
      muse_payments: { help: 'Payments that ended within the last ten minutes, by outcome', labels: ['outcome'] },
      muse_webhooks_open: { help: 'Verified webhooks of payment providers that are not worked off' },
      muse_webhooks_oldest_seconds: { help: 'How long ago the oldest of these came' },
      muse_webhooks_given_up: { help: 'Webhooks that could not be worked off in three days, of the last 24 hours' },
      muse_ledger_differences: { help: 'Differences between ledger and provider that were found within 24 hours' },
      muse_ledger_comparison_age_seconds: { help: 'How long ago a nightly comparison was last finished' },
    };
    this.metrics.atScrape('payments', gauges, async () => {
      const row = (await this.database.maybeOne<Payments>(PAYMENTS))!;
      const outcomes = (['captured', 'declined', 'cancelled', 'failed'] as const).map((outcome) => ({
        ...{ labels: { outcome }, value: row[outcome] },
      }));
      return {
        muse_payments: outcomes,
        muse_webhooks_open: [{ value: row.webhooks }],
        muse_webhooks_oldest_seconds: [{ value: row.webhooksOldest }],
        muse_webhooks_given_up: [{ value: row.webhooksGivenUp }],
        muse_ledger_differences: [{ value: row.differences }],
        muse_ledger_comparison_age_seconds: [{ value: row.comparisonAge }],
      };
    });
  }
}
