import { Injectable } from '@nestjs/common';
import { statement, type Tx } from '../../platform/database';
import { Ledger } from '../ledger/ledger';
import { transferred } from '../ledger/ledger-rules';
import type { Outcome, PaymentProvider, ProviderTransfer, RefusalCode } from '../provider';
import type { PaymentRow } from './payments.repository';
import type { StepEnd, StepHandler } from './step-handler';
import type { ClaimedStep } from './steps.repository';

const SENT = statement(
  'payments.share_sent',
  `UPDATE payment_shares SET transfer_status = 'sent', provider_transfer_id = $4, updated_at = now()
    WHERE payment_id = $1 AND store_id = $2 AND transfer_status = 'due' AND transferred_cents = $3`,
);

/** Sends a store its share, less fee and debt. A store that cannot receive yet gets it when it can. */
@Injectable()
export class TransferStep implements StepHandler<ProviderTransfer> {
  readonly kind = 'transfer';

  constructor(private readonly ledger: Ledger) {}

  isNeedless(step: ClaimedStep): boolean {
    return step.transferStatus === 'sent';
  }

  async call(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderTransfer>> {
    if (step.accountId === null || step.chargeId === null) return { type: 'unavailable', code: 'account_not_ready' };
    return provider.transfer(step.key, {
      amountCents: step.amountCents,
      currency: step.currency,
      accountId: step.accountId,
      chargeId: step.chargeId,
      labels: {
        paymentId: step.paymentId,
        stepId: step.id,
        storeId: step.storeId!,
        ...(step.orderId !== null && { orderId: step.orderId }),
      },
    });
  }

  lookUp(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderTransfer | null>> {
    return provider.find({ kind: 'transfer', stepId: step.id, paymentId: step.paymentId });
  }

  async done(tx: Tx, payment: PaymentRow, step: ClaimedStep, transfer: ProviderTransfer | null): Promise<StepEnd> {
    if (!transfer) return { status: 'done' };
    const { storeId, orderId } = step;
    const sent = await tx.run(SENT, [payment.id, storeId, transfer.amountCents, transfer.id]);
    if (sent === 0) return { status: 'needs_attention', code: 'transferred_otherwise' };
    this.ledger.write(
      tx,
      payment.id,
      transferred({ storeId, orderId, currency: payment.currency }, transfer.amountCents),
    );
    return { status: 'done', ref: transfer.id };
  }

  async refused(_tx: Tx, _payment: PaymentRow, _step: ClaimedStep, code: RefusalCode): Promise<StepEnd> {
    const mayPass = code === 'account_not_ready' || code === 'balance_insufficient';
    return mayPass ? { status: 'later', code } : { status: 'needs_attention', code };
  }
}
