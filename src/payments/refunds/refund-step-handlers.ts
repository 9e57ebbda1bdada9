import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database';
import { Ledger } from '../ledger/ledger';
import { reversed } from '../ledger/ledger-rules';
import type { Outcome, PaymentProvider, ProviderRefund, ProviderReversal, RefusalCode } from '../provider';
import type { PaymentRow } from '../purchases/payments.repository';
import type { StepEnd, StepHandler } from '../purchases/step-handler';
import type { ClaimedStep } from '../purchases/steps.repository';
import { RefundsRepository } from './refunds.repository';
import { Refunds } from './refunds';

/** Gives the shopper the money back. */
@Injectable()
export class RefundStep implements StepHandler<ProviderRefund> {
  readonly kind = 'refund';

  constructor(private readonly refunds: Refunds) {}

  isNeedless(): boolean {
    return false;
  }

  call(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderRefund>> {
    return provider.refund(step.key, {
      chargeId: step.chargeId!,
      amountCents: step.amountCents,
      currency: step.currency,
      labels: labelsOf(step),
    });
  }

  lookUp(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderRefund | null>> {
    return provider.find({ kind: 'refund', stepId: step.id, chargeId: step.chargeId! });
  }

  async done(tx: Tx, payment: PaymentRow, step: ClaimedStep, state: ProviderRefund | null): Promise<StepEnd> {
    if (state) await this.refunds.apply(tx, payment, step.refundId!, state);
    return { status: 'done', ref: state?.id ?? null };
  }

  async refused(tx: Tx, payment: PaymentRow, step: ClaimedStep, code: RefusalCode): Promise<StepEnd> {
    // The platform's own balance is short for a while.
    if (code === 'balance_insufficient') return { status: 'later', code };
    if (code === 'invalid_request' || code === 'not_found') return { status: 'needs_attention', code };
    const refund = await this.refunds.lock(tx, step.refundId!);
    if (refund?.status === 'pending') await this.refunds.fail(tx, payment, refund, code, null);
    return { status: 'failed', code };
  }
}

/** Takes the store's part of a refund back from its transfer; what the account does not cover becomes its debt. */
@Injectable()
export class ReverseStep implements StepHandler<ProviderReversal> {
  readonly kind = 'reverse';

  constructor(
    private readonly refunds: Refunds,
    private readonly repository: RefundsRepository,
    private readonly ledger: Ledger,
  ) {}

  isNeedless(): boolean {
    return false;
  }

  async call(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderReversal>> {
    if (step.transferId === null) return { type: 'unavailable', code: 'transfer_first' };
    const { transferId, amountCents, currency } = step;
    return provider.reverseTransfer(step.key, { transferId, amountCents, currency, labels: labelsOf(step) });
  }

  lookUp(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<ProviderReversal | null>> {
    if (step.transferId === null) return Promise.resolve({ type: 'done', value: null });
    return provider.find({ kind: 'reversal', stepId: step.id, transferId: step.transferId });
  }

  async done(tx: Tx, payment: PaymentRow, step: ClaimedStep, reversal: ProviderReversal | null): Promise<StepEnd> {
    if (reversal && reversal.amountCents !== step.amountCents)
      return { status: 'needs_attention', code: 'reversed_otherwise' };
    const of = { storeId: step.storeId, orderId: step.orderId, currency: payment.currency };
    if (!reversal) return { status: 'done' };
    if (reversal.amountCents !== step.amountCents) return { status: 'needs_attention', code: 'reversed_otherwise' };
    this.ledger.write(tx, payment.id, reversed(of, step.amountCents));
    // The refund came back meanwhile.
    const refund = await this.refunds.lock(tx, step.refundId!);
    if (refund?.status === 'failed') await this.refunds.credit(tx, refund, refund.merchantCents);
    return { status: 'done', ref: reversal.id };
  }

  async refused(tx: Tx, payment: PaymentRow, step: ClaimedStep, code: RefusalCode): Promise<StepEnd> {
    if (code === 'invalid_request') return { status: 'needs_attention', code };
    const { storeId, orderId, amountCents } = step;
    this.repository.unreserveReversal(tx, payment.id, storeId!, amountCents);
    const refund = await this.refunds.lock(tx, step.refundId!);
    if (refund?.status === 'failed') {
      await this.refunds.credit(tx, refund, refund.merchantCents - amountCents);
      return { status: 'failed', code };
    }
    const of = { paymentId: payment.id, storeId: storeId!, orderId: orderId!, currency: payment.currency };
    this.refunds.becomeDebt(tx, of, amountCents);
    return { status: 'failed', code };
  }
}

const labelsOf = (step: ClaimedStep) => ({
  paymentId: step.paymentId,
  stepId: step.id,
  storeId: step.storeId!,
  ...(step.orderId !== null && { orderId: step.orderId }),
});
