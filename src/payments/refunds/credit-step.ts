import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database';
import { Ledger } from '../ledger/ledger';
import { transferred } from '../ledger/ledger-rules';
import type { Outcome, PaymentProvider, ProviderTransfer, RefusalCode } from '../provider';
import type { PaymentRow } from '../purchases/payments.repository';
import type { StepEnd, StepHandler } from '../purchases/step-handler';
import type { ClaimedStep } from '../purchases/steps.repository';

/**
 * Sends a store again what was taken from it for a refund that came to nothing. A transfer of its own, which no refund
 * reverses: is the order refunded again, the store's part is a debt.
 */
@Injectable()
export class CreditStep implements StepHandler<ProviderTransfer> {
  readonly kind = 'credit';

  constructor(private readonly ledger: Ledger) {}

  isNeedless(): boolean {
    return false;
  }

  async call(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderTransfer>> {
    const { accountId, amountCents, currency, paymentId, id: stepId, storeId, orderId } = step;
    if (accountId === null) return { type: 'unavailable', code: 'account_not_ready' };
    const labels = { paymentId, stepId, storeId: storeId!, ...(orderId !== null && { orderId }) };
    // Of the platform's balance, to which the refund came back; the charge's own money went to the first transfer.
    return provider.transfer(step.key, { amountCents, currency, accountId, chargeId: null, labels });
  }

  lookUp(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderTransfer | null>> {
    return provider.find({ kind: 'transfer', stepId: step.id, paymentId: step.paymentId });
  }

  async done(tx: Tx, payment: PaymentRow, step: ClaimedStep, transfer: ProviderTransfer | null): Promise<StepEnd> {
    if (!transfer) return { status: 'done' };
    const { storeId, orderId, amountCents } = step;
    if (transfer.amountCents !== amountCents) return { status: 'needs_attention', code: 'transferred_otherwise' };
    this.ledger.write(tx, payment.id, transferred({ storeId, orderId, currency: payment.currency }, amountCents));
    return { status: 'done', ref: transfer.id };
  }

  async refused(_tx: Tx, _payment: PaymentRow, step: ClaimedStep, code: RefusalCode): Promise<StepEnd> {
    const mayPass = code === 'account_not_ready' || code === 'balance_insufficient';
    return mayPass && step.attempts < 100 ? { status: 'later', code } : { status: 'needs_attention', code };
  }
}
