import { Injectable } from '@nestjs/common';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { allocate } from '../../platform/money';
import { Ledger } from '../ledger/ledger';
import { disputeLost, disputeWon, disputed } from '../ledger/ledger-rules';
import { PAYMENT_DISPUTED, PAYMENT_DISPUTE_ENDED, paymentEvent } from '../payments.events';
import { OutcomeUnknown, type ProviderDispute } from '../provider';
import { PaymentsRepository, type PaymentRow } from '../purchases/payments.repository';

interface DisputeRow {
  storeId: string;
  orderId: string;
  amountCents: number;
  currency: string;
  status: 'open' | 'won' | 'lost';
}

const OF = statement(
  'disputes.of',
  `SELECT store_id AS "storeId", order_id AS "orderId", amount_cents AS "amountCents", currency, status
     FROM disputes WHERE provider_dispute_id = $1 ORDER BY store_id`,
);
const OPEN = statement(
  'disputes.open',
  `INSERT INTO disputes (provider_dispute_id, payment_id, store_id, order_id, amount_cents, currency, reason, status)
   SELECT $1, $2, store_id, order_id, cents, $3, $4, 'open' FROM unnest($5::uuid[], $6::uuid[], $7::bigint[]) AS x (store_id, order_id, cents)`,
);
const END = statement(
  'disputes.end',
  `UPDATE disputes SET status = $2, ended_at = now() WHERE provider_dispute_id = $1 AND status = 'open'`,
);

/** Disputes: spread over the orders of the payment by largest remainder, and told, once each. */
@Injectable()
export class Disputes {
  constructor(
    private readonly database: Database,
    private readonly payments: PaymentsRepository,
    private readonly ledger: Ledger,
    private readonly events: Events,
  ) {}

  /** Brings what we know of a dispute to what the provider says of it now. Throws OutcomeUnknown before the payment is captured here. */
  async record(paymentId: string, dispute: ProviderDispute): Promise<void> {
    if (dispute.status === 'inquiry') return;
    await this.database.transaction(async (tx) => {
      const payment = await this.payments.lock(tx, paymentId);
      if (payment?.status !== 'captured') throw new OutcomeUnknown('not_captured');
      let rows = await tx.rows<DisputeRow>(OF, [dispute.id]);
      if (rows.length === 0) rows = await this.open(tx, payment, dispute);
      if (dispute.status !== 'open' && rows.some(({ status }) => status === 'open'))
        await this.end(tx, payment, dispute, rows);
    });
  }

  private async open(tx: Tx, payment: PaymentRow, dispute: ProviderDispute): Promise<DisputeRow[]> {
    const { id: disputeId, currency } = dispute;
    const placed = (await this.payments.shares(tx, payment.id)).filter(({ capturedCents }) => capturedCents > 0);
    // What was refunded is not disputed; where all of it was, each order bears it as it was paid.
    const left = placed.map(({ capturedCents, refundedCents }) => capturedCents - refundedCents);
    const weights = left.some((cents) => cents > 0) ? left : placed.map(({ capturedCents }) => capturedCents);
    const parts = allocate(dispute.amountCents, weights);
    const rows = placed.map(({ storeId, orderId }, index): DisputeRow => ({
      ...{ storeId, orderId: orderId!, amountCents: parts[index]!, currency, status: 'open' },
    }));
    tx.write(OPEN, [
      ...[disputeId, payment.id, currency, dispute.reason],
      ...[rows.map((row) => row.storeId), rows.map((row) => row.orderId), parts],
    ]);
    this.ledger.write(
      tx,
      payment.id,
      rows.flatMap((row) => disputed(row, row.amountCents)),
    );
    await this.tell(tx, payment, PAYMENT_DISPUTED, disputeId, rows, 'open');
    return rows;
  }

  /** Won: the money is back. Lost: each store owes its part of it, the platform loses its fee. */
  private async end(tx: Tx, payment: PaymentRow, dispute: ProviderDispute, rows: DisputeRow[]): Promise<void> {
    tx.write(END, [dispute.id, dispute.status]);
    const shares = new Map((await this.payments.shares(tx, payment.id)).map((share) => [share.storeId, share]));
    for (const row of rows) {
      if (dispute.status === 'won') {
        this.ledger.write(tx, payment.id, disputeWon(row, row.amountCents));
        continue;
      }
      const { amountCents, feeCents } = shares.get(row.storeId)!;
      const [merchantCents, platformCents] = allocate(row.amountCents, [amountCents - feeCents, feeCents]) as [
        number,
        number,
      ];
      this.ledger.addDebt(tx, row.storeId, row.currency, merchantCents);
      this.ledger.write(tx, payment.id, disputeLost(row, merchantCents, platformCents));
    }
    await this.tell(tx, payment, PAYMENT_DISPUTE_ENDED, dispute.id, rows, dispute.status);
  }

  private async tell(
    tx: Tx,
    payment: PaymentRow,
    type: string,
    disputeId: string,
    rows: DisputeRow[],
    status: ProviderDispute['status'],
  ): Promise<void> {
    const events = rows
      .filter(({ amountCents }) => amountCents > 0)
      .map(({ storeId, orderId, amountCents, currency }) =>
        paymentEvent(type, payment, { orderId, storeId, disputeId, amountCents, currency, status }),
      );
    await this.events.publish(tx, ...events);
  }
}
