import { Injectable } from '@nestjs/common';
import { statement, type Tx } from '../../../platform/database';
import type { ManualMethod } from './manual-payments';

// All of it at once: there is no step to take, and nobody to look at.
const RECORD = statement(
  'manual.record',
  `WITH p AS (
     INSERT INTO payments (id, provider, purchase_id, shopper_id, method_kind, return_url, currency, amount_cents, authorized_cents,
       placed_cents, captured_cents, undecided, status, authorized_at, captured_at, next_look_at, provider_fee_booked)
     VALUES ($1, 'manual', $2, $3, $4, '', $5, $6, $6, $6, $6, '{}', 'captured', now(), now(), NULL, true) RETURNING id
   ), share AS (
     INSERT INTO payment_shares (payment_id, store_id, order_id, amount_cents, fee_cents, fee_ppm, status, captured_cents)
     SELECT id, $7, $2, $6, 0, 0, 'placed', $6 FROM p
   )
   INSERT INTO manual_payments (payment_id, method, reference, paid_at, recorded_by) SELECT id, $4, $8, $9, $10 FROM p`,
);
const FORGET = statement(
  'manual.forget',
  `UPDATE manual_payments m SET reference = NULL FROM payments p WHERE p.id = m.payment_id AND p.shopper_id = $1 AND m.reference IS NOT NULL`,
);

export interface NewManualPayment {
  orderId: string;
  storeId: string;
  shopperId: string;
  currency: string;
  amountCents: number;
  method: ManualMethod;
  /** By which the store finds it in its own books. */
  reference: string;
  paidAt: Date;
  /** The merchant's user. */
  recordedBy: string;
}

/** Statements on payments that no provider knows. */
@Injectable()
export class ManualPaymentsRepository {
  record(tx: Tx, id: string, payment: NewManualPayment): void {
    const { orderId, shopperId, method, currency, amountCents, storeId, reference, paidAt, recordedBy } = payment;
    tx.write(RECORD, [
      ...[id, orderId, shopperId, method, currency, amountCents, storeId, reference],
      ...[paidAt, recordedBy],
    ]);
  }

  async forget(tx: Tx, shopperId: string): Promise<void> {
    await tx.run(FORGET, [shopperId]);
  }
}
