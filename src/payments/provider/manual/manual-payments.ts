import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ErasureRegistry } from '../../../identity';
import type { Tx } from '../../../platform/database';
import { Ledger } from '../../ledger/ledger';
import { NothingToRefund, RefundTooLarge } from '../../payments.errors';
import { RefundsRepository, type RefundRow } from '../../refunds/refunds.repository';
import type { NewRefund } from '../../refunds/refunds';
import { paidByHand, refundedByHand } from './manual-entries';
import { ManualPaymentsRepository, type NewManualPayment } from './manual-payments.repository';

/** How a store receives money by itself. */
export const MANUAL_METHODS = ['bank_transfer', 'cash'] as const;
export type ManualMethod = (typeof MANUAL_METHODS)[number];

/** Whether an order was paid so, by the method that it shows. */
export function isPaidByHand(method: string | null): boolean {
  return (MANUAL_METHODS as readonly (string | null)[]).includes(method);
}

/**
 * Fragment: by what reference an order was paid by hand, null for any other; `id` is its payment's id in the statement
 * around it. One look-up by primary key.
 */
export const manualReference = (id: string): string =>
  `(SELECT m.reference FROM manual_payments m WHERE m.payment_id = ${id})`;

/**
 * The provider 'manual': bank transfer and cash, which the store receives by itself and marks as paid. The same rows as
 * those of any payment, so that bounds, ledger and refunds hold for it too; but there is nobody to call, so nothing of it
 * is a step: what is written is done. The platform keeps no fee, and owes the store nothing of it.
 */
@Injectable()
export class ManualPayments implements OnModuleInit {
  constructor(
    private readonly repository: ManualPaymentsRepository,
    private readonly refunds: RefundsRepository,
    private readonly ledger: Ledger,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    this.erasures.register('manual-payments', (tx, userId) => this.repository.forget(tx, userId), {
      manual_payments: true,
    });
  }

  /** The store has the money for an order. Gives the payment's id. Throws PaymentUnderWay. */
  async record(tx: Tx, payment: NewManualPayment): Promise<string> {
    const id = uuidv7();
    this.repository.record(tx, id, payment);
    this.ledger.write(tx, id, paidByHand(payment, payment.amountCents));
    return id;
  }

  /** The store has given money back, by itself: noted, not asked for. Throws NothingToRefund, RefundTooLarge. */
  async refund(
    tx: Tx,
    { orderId, amountCents, reason, sealedReason = null, items, byKind, byId }: NewRefund,
  ): Promise<RefundRow> {
    const share = await this.refunds.lockShare(tx, orderId);
    if (share?.provider !== 'manual') throw new NothingToRefund();
    const left = share.capturedCents - share.refundedCents;
    if (amountCents <= 0 || amountCents > left) throw new RefundTooLarge(left, share.currency);
    const row = await this.refunds.ask(tx, share, {
      ...{ id: uuidv7(), amountCents, merchantCents: amountCents, feeCents: 0 },
      ...{ reason, sealedReason, items: items ?? [], byKind, byId },
    });
    if (!row) throw new RefundTooLarge(left, share.currency);
    this.refunds.end(tx, row.id, 'succeeded', null, null);
    this.ledger.write(tx, row.paymentId, refundedByHand(row, amountCents));
    return { ...row, status: 'succeeded' };
  }
}
