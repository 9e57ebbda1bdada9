import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Database, statement } from '../../platform/database';
import { Jobs, reasonOf } from '../../platform/jobs';
import { PaymentProviders, type PaymentProvider } from '../provider';

/** One worker begins it once a day: the hour is in the row that says when it was last begun. */
const LOOK_EVERY_MS = 600_000;
const PAGE = 100;

interface Compared {
  id: string;
  provider: string;
  providerPaymentId: string;
  status: string;
  capturedCents: number;
  ledgerCapturedCents: number;
  ledgerRefundedCents: number;
  transfers: { id: string; cents: number; reversedCents: number }[];
  updatedAt: string;
}

export interface Difference {
  paymentId: string;
  what: 'status' | 'captured' | 'refunded' | 'transferred' | 'reversed';
  ours: string;
  theirs: string;
}

const BEGIN = statement(
  'comparison.begin',
  `INSERT INTO ledger_comparisons (day) SELECT (now() - interval '3 hours')::date ON CONFLICT DO NOTHING RETURNING day`,
);
const END = statement(
  'comparison.end',
  `UPDATE ledger_comparisons SET finished_at = now(), payments = $2, differences = $3 WHERE day = $1`,
);
/** Final payments that have changed in these days; what moves at this moment is looked at tomorrow. */
const CHANGED = statement(
  'comparison.changed',
  `SELECT p.id, p.provider, p.provider_payment_id AS "providerPaymentId", p.status, p.captured_cents AS "capturedCents", p.updated_at::text AS "updatedAt",
          (SELECT coalesce(sum(amount_cents), 0)::bigint FROM ledger_entries WHERE payment_id = p.id AND kind = 'capture') AS "ledgerCapturedCents",
          (SELECT -coalesce(sum(amount_cents), 0)::bigint FROM ledger_entries
            WHERE payment_id = p.id AND account = 'provider' AND kind IN ('refund_paid', 'refund_failed')) AS "ledgerRefundedCents",
          (SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.provider_transfer_id, 'cents', s.transferred_cents, 'reversedCents',
                    (SELECT -coalesce(sum(l.amount_cents), 0) FROM ledger_entries l
                      WHERE l.payment_id = p.id AND l.store_id = s.store_id AND l.kind = 'reversal' AND l.account = 'merchant'))), '[]')
             FROM payment_shares s WHERE s.payment_id = p.id AND s.provider_transfer_id IS NOT NULL) AS transfers
     FROM payments p
    WHERE p.updated_at >= now() - make_interval(days => $1) AND p.updated_at < now() - interval '10 minutes'
      AND (p.updated_at, p.id) > ($2::timestamptz, $3::uuid) AND p.provider_payment_id IS NOT NULL AND p.status IN ('captured', 'cancelled', 'declined', 'failed')
      AND NOT EXISTS (SELECT FROM payment_steps WHERE payment_id = p.id AND finished_at IS NULL)
    ORDER BY p.updated_at, p.id LIMIT ${PAGE}`,
);
const FOUND = statement(
  'comparison.found',
  `INSERT INTO ledger_differences (payment_id, what, ours, theirs) VALUES ($1, $2, $3, $4)`,
);

/**
 * Compares, once a night, what the ledger says with what the provider says, of all payments that have changed in three days.
 * It only reports: a row and a line in the log for each difference. A person decides what was wrong.
 */
@Injectable()
export class Comparison implements OnModuleInit {
  private readonly logger = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly providers: PaymentProviders,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.every(LOOK_EVERY_MS, 'ledger and provider', async () => {
      if (!this.providers.on) return;
      // At three in the morning (UTC), by whoever comes first.
      const begun = await this.database.maybeOne<{ day: string }>(BEGIN);
      if (!begun) return;
      const { payments, differences } = await this.run(3);
      await this.database.rows(END, [begun.day, payments, differences.length]);
    });
  }

  /** Of payments that have changed in so many days. */
  async run(days: number): Promise<{ payments: number; differences: Difference[] }> {
    const differences: Difference[] = [];
    let payments = 0;
    for (let [at, id] = ['-infinity', '00000000-0000-0000-0000-000000000000']; ;) {
      const page = await this.database.rows<Compared>(CHANGED, [days, at, id]);
      for (const payment of page) differences.push(...(await this.compareSurely(payment)));
      payments += page.length;
      const last = page.at(-1);
      if (!last || page.length < PAGE) return { payments, differences };
      [at, id] = [last.updatedAt, last.id];
    }
  }

  private async compareSurely(payment: Compared): Promise<Difference[]> {
    try {
      const found = await this.compare(payment, this.providers.named(payment.provider));
      for (const difference of found) {
        const { paymentId, what, ours, theirs } = difference;
        this.logger.error({ message: 'ledger and provider differ', ...difference });
        await this.database.rows(FOUND, [paymentId, what, ours, theirs]);
      }
      return found;
    } catch (error) {
      this.logger.warn({ message: 'payment not compared', paymentId: payment.id, reason: reasonOf(error) });
      return [];
    }
  }

  private async compare(payment: Compared, provider: PaymentProvider): Promise<Difference[]> {
    const { id: paymentId, status, capturedCents, ledgerCapturedCents } = payment;
    const found: Difference[] = [];
    const differ = (what: Difference['what'], ours: string | number, theirs: string | number) => {
      if (ours !== theirs) found.push({ paymentId, what, ours: String(ours), theirs: String(theirs) });
    };
    if (ledgerCapturedCents !== capturedCents) differ('captured', ledgerCapturedCents, capturedCents);
    const state = await provider.retrieve(payment.providerPaymentId);
    if (state.type !== 'done') return found;
    differ('status', status === 'captured' ? 'captured' : 'cancelled', state.value.status);
    differ('captured', ledgerCapturedCents, state.value.capturedCents);
    differ('refunded', payment.ledgerRefundedCents, state.value.refundedCents);
    for (const transfer of payment.transfers) {
      const theirs = await provider.retrieveTransfer(transfer.id);
      if (theirs.type !== 'done') continue;
      differ('transferred', transfer.cents, theirs.value.amountCents);
      differ('reversed', transfer.reversedCents, theirs.value.reversedCents);
    }
    return found;
  }
}
