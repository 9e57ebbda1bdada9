import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Database, type Reader, type Tx } from '../../platform/database';
import { NotFound } from '../../platform/http';
import { Delegations, type Delegated, type NewDelegation } from '../delegations/delegations';
import { AmountNotChargeable } from '../payments.errors';
import { providerOf } from '../provider-calls';
import { OutcomeUnknown, PaymentProviders, type ProviderPayment } from '../provider';
import { platformFees } from './payment-rules';
import { PaymentsRepository, type PurchaseKind, type WaitingPayment } from './payments.repository';
import { Settling } from './settling';

/** How long a shopper may take to do what a payment asks; then it is given up. */
export const ACTION_MINUTES = 30;

export interface NewPayment {
  /** Where the caller has chosen it; made otherwise. */
  id?: string;
  /** What is paid: a checkout session or an order. One payment at a time. */
  purchaseId: string;
  /** Which of the two it is: what nobody else can act on is told to its subscriber alone (`isOf`). */
  purchaseKind: PurchaseKind;
  shopperId: string;
  paymentMethodId: string;
  /** Nothing of it leads to the shopper: for a method that is good for one payment, whose row goes with it. */
  isAnonymous?: boolean;
  currency: string;
  /** Where a method with a page of its own sends the shopper back. */
  returnUrl: string;
  shares: { storeId: string; amountCents: number; feePpm: number }[];
}

/** What the shopper has to do. The secret is for the provider's library in the shopper's browser. */
export interface PaymentAction {
  type: 'authenticate' | 'redirect';
  clientSecret?: string;
  url?: string;
  expiresAt: Date;
}

/**
 * Payments, for whoever sells: begin, decide store by store, or give up; what becomes of it is told by events.
 * Errors: NotFound for a method that is not the shopper's; PaymentUnderWay; AmountNotChargeable; PaymentsNotOffered.
 */
@Injectable()
export class Payments {
  constructor(
    private readonly database: Database,
    private readonly payments: PaymentsRepository,
    private readonly settling: Settling,
    private readonly providers: PaymentProviders,
    private readonly delegations: Delegations,
  ) {}

  /** The provider whose tokens stores can be given, by name; null where there is none. See `delegate`. */
  get delegatesBy(): string | null {
    return this.delegations.provider;
  }

  /**
   * A token by which a store takes what a shopper owes it, itself: for that store, up to that amount, within the hour. Calls
   * the provider: never inside a transaction. Asked again for the same purchase (`id`), the same token.
   * Throws AmountNotChargeable.
   */
  delegate(wanted: NewDelegation): Promise<Delegated> {
    return this.delegations.delegate(wanted);
  }

  /** A purchase came to nothing: its token is revoked by a worker. One that was never asked for is no fault. */
  endDelegation(tx: Tx, id: string): Promise<void> {
    return this.delegations.end(tx, id);
  }

  /** The intent to authorise what all the shares cost, and its job: one statement. Gives the payment's id. */
  async begin(tx: Tx, payment: NewPayment): Promise<string> {
    const { currency, shares } = payment;
    const unit = providerOf(this.providers).granularityOf(currency);
    if (shares.some(({ amountCents }) => amountCents <= 0 || amountCents % unit !== 0))
      throw new AmountNotChargeable(unit, currency);
    const fees = platformFees(shares, unit);
    const { id = uuidv7() } = payment;
    const begun = await this.payments.begin(tx, {
      ...payment,
      id,
      shares: shares.map((share, index) => ({ ...share, feeCents: fees[index]! })),
    });
    if (!begun) throw new NotFound('payment method');
    return id;
  }

  /**
   * One store's placement is decided: placed under an order, or dropped (null). With the last one what was placed is
   * captured, or all of it cancelled. Once a store; later words change nothing.
   */
  async decide(tx: Tx, paymentId: string, storeId: string, placed: { orderId: string } | null): Promise<void> {
    this.payments.decide(tx, paymentId, storeId, placed?.orderId ?? null);
  }

  /** What is not decided will not be bought: what was placed is captured, or all of it cancelled. */
  async giveUp(tx: Tx, paymentId: string): Promise<void> {
    this.payments.giveUp(tx, paymentId);
  }

  /** What a statement selected with waitingPayment, opened; null where there is nothing to do (any more). */
  opened(waiting: WaitingPayment): PaymentAction | null {
    const action = this.settling.openAction(waiting);
    if (!action) return null;
    return { ...action, expiresAt: new Date(new Date(waiting.updatedAt).getTime() + ACTION_MINUTES * 60_000) };
  }

  /** What the shopper has to do, opened; null where there is nothing to do (any more). */
  async actionOf(paymentId: string): Promise<PaymentAction | null> {
    const payment = await this.payments.read(paymentId);
    return payment ? this.opened(payment) : null;
  }

  /**
   * Looks at the provider and goes on from there; the webhook's own way. Changes nothing where nothing has changed, or where
   * the provider does not say at the moment: the poller asks again.
   */
  async resume(paymentId: string): Promise<void> {
    try {
      await this.look(paymentId);
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) throw error;
    }
  }

  /** The same for whoever asks again by themselves. Throws OutcomeUnknown. */
  async look(paymentId: string): Promise<void> {
    const payment = await this.payments.read(paymentId);
    if (!payment?.providerPaymentId) return;
    const state = await this.providers.named(payment.provider).retrieve(payment.providerPaymentId);
    if (state.type !== 'done') throw new OutcomeUnknown(state.code);
    await this.settling.settle(paymentId, state.value);
  }

  /** Brings a payment to where the provider says that it is. */
  settle(paymentId: string, state: ProviderPayment): Promise<void> {
    return this.settling.settle(paymentId, state);
  }

  /** How these orders are paid, as far as people may see it. Orders without a payment are left out. */
  async shown(reader: Reader, orderIds: string[]): Promise<Map<string, { method: string; last4: string | null }>> {
    const rows = await this.payments.shown(reader, orderIds);
    return new Map(rows.map(({ orderId, kind, brand, last4 }) => [orderId, { method: brand ?? kind, last4 }]));
  }

  /** Gives up what its shopper has left waiting, if it waits for them still; for the poller. */
  async abandon(paymentId: string): Promise<void> {
    await this.database.transaction(async (tx) => this.payments.abandon(tx, paymentId));
  }
}
