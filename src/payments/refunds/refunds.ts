import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { SealedJson } from '../../platform/crypto';
import { Database, type Reader, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { Jobs, reasonOf } from '../../platform/jobs';
import { Ledger } from '../ledger/ledger';
import { debtSettled, owed, refundFailed, refundOwed, refundPaid } from '../ledger/ledger-rules';
import { AmountNotChargeable, NothingToRefund, RefundTooLarge } from '../payments.errors';
import { PAYMENT_REFUNDED, PAYMENT_REFUND_FAILED, paymentEvent } from '../payments.events';
import { PaymentProviders, type ProviderRefund } from '../provider';
import { splitRefund } from '../purchases/payment-rules';
import { PaymentsRepository, type PaymentRow } from '../purchases/payments.repository';
import { RefundsRepository, type RefundRow } from './refunds.repository';

const POLL_EVERY_MS = 30_000;

export interface NewRefund {
  orderId: string;
  amountCents: number;
  /** Why: a code of the caller's. */
  reason: string;
  /** What somebody said of it, sealed by the caller. */
  sealedReason?: SealedJson | null;
  /** What was refunded of which line, for whoever shows it. */
  items?: unknown[];
  byKind: RefundRow['byKind'];
  byId: string | null;
}

/**
 * Refunds: an obligation first, then the charge is refunded, then the store's part is taken back from its transfer. Never
 * more than was captured for the order, also when two ask at once.
 * Errors: NothingToRefund, RefundTooLarge, AmountNotChargeable.
 */
@Injectable()
export class Refunds implements OnModuleInit {
  private readonly logger = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly repository: RefundsRepository,
    private readonly payments: PaymentsRepository,
    private readonly ledger: Ledger,
    private readonly providers: PaymentProviders,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.every(POLL_EVERY_MS, 'refunds without news', () => this.pollOnce());
  }

  /** Writes the obligation and the step that pays it, in the caller's transaction. */
  async ask(tx: Tx, refund: NewRefund): Promise<RefundRow> {
    const share = await this.repository.lockShare(tx, refund.orderId);
    if (!share || share.capturedCents === 0) throw new NothingToRefund();
    const { currency } = share;
    const left = share.capturedCents - share.refundedCents;
    const unit = this.providers.named(share.provider).granularityOf(currency);
    if (refund.amountCents <= 0 || refund.amountCents % unit !== 0) throw new AmountNotChargeable(unit, currency);
    if (refund.amountCents > left) throw new RefundTooLarge(left, currency);
    const split = splitRefund(share, refund.amountCents, unit);
    const row = await this.repository.ask(tx, share, {
      ...{ id: uuidv7(), amountCents: refund.amountCents, ...split, reason: refund.reason },
      sealedReason: refund.sealedReason ?? null,
      ...{ items: refund.items ?? [], byKind: refund.byKind, byId: refund.byId },
    });
    if (!row) throw new RefundTooLarge(left, currency);
    this.ledger.write(tx, row.paymentId, refundOwed(ofRefund(row), split.merchantCents, split.feeCents));
    const step = { kind: 'refund', storeId: row.storeId, refundId: row.id, amountCents: row.amountCents } as const;
    this.payments.addSteps(tx, row.paymentId, [step]);
    return row;
  }

  /** An order's refunds, oldest first. */
  of(reader: Reader, orderId: string): Promise<RefundRow[]> {
    return this.repository.ofOrder(reader, orderId);
  }

  /** Brings a refund to where the provider says that it is: for webhooks and the poller. */
  async settle(paymentId: string, refundId: string, state: ProviderRefund): Promise<void> {
    await this.database.transaction(async (tx) => {
      const payment = await this.payments.lock(tx, paymentId);
      if (payment) await this.apply(tx, payment, refundId, state);
    });
  }

  /** The same in a transaction that has locked the payment. */
  async apply(tx: Tx, payment: PaymentRow, refundId: string, state: ProviderRefund): Promise<void> {
    const refund = await this.repository.lock(tx, refundId);
    if (!refund || refund.status === 'failed') return;
    if (refund.amountCents !== state.amountCents) {
      this.logger.error({ message: 'refunded otherwise than asked', refundId });
      return;
    }
    if (state.status === 'failed') return this.fail(tx, payment, refund, 'provider_failed', state.id);
    if (refund.status === 'succeeded') return;
    if (state.status === 'pending') return this.repository.end(tx, refundId, 'pending', state.id, null);
    await this.succeed(tx, payment, refund, state);
  }

  /** The provider will not do it, or could not: it is not refunded, and may be asked for again. */
  async fail(
    tx: Tx,
    payment: PaymentRow,
    refund: RefundRow,
    code: string,
    providerRefundId: string | null,
  ): Promise<void> {
    const { id: refundId, orderId, storeId, amountCents } = refund;
    this.repository.end(tx, refundId, 'failed', providerRefundId, code);
    this.repository.giveBack(tx, refund);
    const wasPaid = refund.status === 'succeeded';
    this.ledger.write(tx, payment.id, refundFailed(ofRefund(refund), refund.merchantCents, refund.feeCents, wasPaid));
    if (wasPaid) {
      this.logger.error({ message: 'a refund came back after it was paid', refundId });
      await this.giveStoreItsPart(tx, refund);
    }
    await this.events.publish(
      tx,
      paymentEvent(PAYMENT_REFUND_FAILED, payment, { orderId, storeId, refundId, amountCents, code }),
    );
  }

  lock(tx: Tx, refundId: string): Promise<RefundRow | undefined> {
    return this.repository.lock(tx, refundId);
  }

  /** The store's part cannot be taken back: it owes it. */
  becomeDebt(
    tx: Tx,
    refund: { paymentId: string; storeId: string; orderId: string; currency: string },
    cents: number,
  ): void {
    if (cents === 0) return;
    this.ledger.addDebt(tx, refund.storeId, refund.currency, cents);
    this.ledger.write(tx, refund.paymentId, owed(ofRefund(refund), cents));
  }

  /** Whose part of a refund that came to nothing was taken, or became a debt, is owed it: its debts first, then a transfer. */
  async credit(tx: Tx, refund: RefundRow, cents: number): Promise<void> {
    if (cents === 0) return;
    const { id: refundId, paymentId, storeId, currency } = refund;
    const [split] = await this.ledger.settleDebts(tx, currency, [{ storeId, netCents: cents }]);
    const { sentCents, settledCents } = split!;
    this.ledger.write(tx, paymentId, debtSettled(ofRefund(refund), settledCents));
    if (sentCents > 0)
      this.payments.addSteps(tx, paymentId, [{ kind: 'credit', storeId, refundId, amountCents: sentCents }]);
  }

  async pollOnce(): Promise<void> {
    for (const { id, paymentId, provider, providerRefundId } of await this.repository.toLookAt()) {
      try {
        const state = await this.providers.named(provider).retrieveRefund(providerRefundId);
        if (state.type === 'done') await this.settle(paymentId, id, state.value);
      } catch (error) {
        this.logger.warn({ message: 'refund not looked at', refundId: id, reason: reasonOf(error) });
      }
    }
  }

  /** What is being taken back at this moment is given back by its own step, once it is known to have been taken. */
  private async giveStoreItsPart(tx: Tx, refund: RefundRow): Promise<void> {
    const { id, paymentId, storeId, merchantCents } = refund;
    const withdrawn = await this.repository.withdrawReversal(tx, id);
    if (withdrawn > 0) this.repository.unreserveReversal(tx, paymentId, storeId, withdrawn);
    else if (await this.repository.isReversing(tx, id)) return;
    await this.credit(tx, refund, merchantCents - withdrawn);
  }

  private async succeed(tx: Tx, payment: PaymentRow, refund: RefundRow, state: ProviderRefund): Promise<void> {
    const { id: refundId, orderId, storeId, amountCents, merchantCents, currency } = refund;
    this.repository.end(tx, refundId, 'succeeded', state.id, null);
    this.ledger.write(tx, payment.id, refundPaid(ofRefund(refund), amountCents));
    const reversal = merchantCents === 0 ? 0 : await this.repository.reserveReversal(tx, refund);
    if (reversal > 0)
      this.payments.addSteps(tx, payment.id, [{ kind: 'reverse', storeId, refundId, amountCents: reversal }]);
    this.becomeDebt(tx, refund, merchantCents - reversal);
    const sums = await this.repository.succeeded(tx, orderId);
    await this.events.publish(
      tx,
      paymentEvent(PAYMENT_REFUNDED, payment, { orderId, storeId, refundId, amountCents, ...sums, currency }),
    );
  }
}

export const ofRefund = ({ storeId, orderId, currency }: { storeId: string; orderId: string; currency: string }) => ({
  storeId,
  orderId,
  currency,
});
