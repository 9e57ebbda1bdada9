import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Accounts } from '../../identity';
import {
  PAYMENT_ACTION_REQUIRED,
  PAYMENT_AUTHORIZED,
  PAYMENT_CANCELLED,
  PAYMENT_CAPTURED,
  PAYMENT_CAPTURE_FAILED,
  PAYMENT_DECLINED,
  Payments,
  isOf,
} from '../../payments';
import { Database, type Tx } from '../../platform/database';
import { Events, type DomainEvent } from '../../platform/events';
import { NotFound, type Once } from '../../platform/http';
import type { PayOrderRequest } from '../dto/order.request';
import { paymentStatusAfter } from '../order-states';
import { CHANGE_APPLIED, ORDER_PAID, orderEvent } from '../orders.events';
import { OrdersRepository, type LockedOrder } from '../orders.repository';
import { BuyersMoney, type ChargedMethod, type Payer } from '../paying/buyers-money';
import { OrderPaymentsRepository } from '../paying/order-payments.repository';
import { allowsChange } from './change-states';
import { ChangeStateForbids } from './change.errors';
import type { OrderChangeResponse } from './dto/order-change.response';
import { OrderChangesRepository, type ChangeRow } from './order-changes.repository';
import { OrderChanges, byOf, factsOf } from './order-changes.service';

const CONSUMER = 'order-changes';

/**
 * Paying what a change raises an order by: a payment of its own, whose purchase is the change. News of it come in no promised
 * order and more than once: each is measured against the change's present row.
 */
@Injectable()
export class ChangePaying implements OnModuleInit {
  constructor(
    private readonly service: OrderChanges,
    private readonly changes: OrderChangesRepository,
    private readonly orders: OrdersRepository,
    private readonly money: OrderPaymentsRepository,
    private readonly purse: BuyersMoney,
    private readonly payments: Payments,
    private readonly accounts: Accounts,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    type Told = { type?: 'authenticate' | 'redirect'; shares?: { orderId: string; amountCents: number }[] };
    const hear = (type: string, handle: (tx: Tx, order: LockedOrder, change: ChangeRow, told: Told) => Promise<void>) =>
      this.events.subscribe(
        type,
        CONSUMER,
        async (tx, event) => {
          const found = await this.lockOfPurchase(tx, event);
          if (found) await handle(tx, found.order, found.change, event.payload);
        },
        { wants: isOf('order') },
      );
    hear(PAYMENT_AUTHORIZED, (tx, order, change) => this.authorized(tx, order, change));
    hear(PAYMENT_ACTION_REQUIRED, async (tx, _, change, { type = 'authenticate' }) => {
      if (change.takenAt === null) this.changes.act(tx, change.id, type);
    });
    hear(PAYMENT_CAPTURED, (tx, order, change, { shares = [] }) => {
      const share = shares.find(({ orderId }) => orderId === change.id);
      return share ? this.captured(tx, order, change, share.amountCents) : Promise.resolve();
    });
    for (const failed of [PAYMENT_DECLINED, PAYMENT_CAPTURE_FAILED, PAYMENT_CANCELLED])
      hear(failed, async (tx, order, change) => {
        this.changes.letGo(tx, change.id);
        const system = { kind: 'system', id: null } as const;
        await this.money.note(tx, order.id, 'change_payment_failed', system, {}, { changeId: change.id });
      });
  }

  /**
   * The intent to take the difference; what comes of it is seen in the change. Throws NotFound (order, change, method),
   * ChangeStateForbids, MerchantNotPayable, PaymentUnderWay, InvalidRequest, IdempotencyKeyRequired, RateLimited.
   */
  async pay(
    once: Once,
    payer: Payer,
    orderId: string,
    changeId: string,
    body: PayOrderRequest,
  ): Promise<OrderChangeResponse> {
    return this.purse.pay(once, payer, body, (tx, method) => this.payOnce(tx, payer, orderId, changeId, body, method));
  }

  /** The buyer has authenticated: goes on where the webhook may have gone on already. Throws NotFound. */
  async resume(once: Once, payer: Payer, orderId: string, changeId: string): Promise<OrderChangeResponse> {
    if (payer.kind === 'user') await this.accounts.me(payer);
    if (!(await this.orders.ofPayer(payer, orderId))) throw new NotFound('order');
    const change = await this.changes.one(this.database, orderId, changeId);
    if (!change) throw new NotFound('change of this order');
    if (change.paymentAction !== null && change.paymentId !== null) await this.payments.resume(change.paymentId);
    return once.run((tx) => this.service.shown(tx, orderId, changeId, 'buyer'));
  }

  private async payOnce(
    tx: Tx,
    payer: Payer,
    orderId: string,
    changeId: string,
    { returnUrl }: PayOrderRequest,
    method: ChargedMethod | null,
  ): Promise<OrderChangeResponse> {
    const order = await this.orders.lockOfBuyer(tx, payer, orderId);
    if (!order) throw new NotFound('order');
    const change = await this.changes.lock(tx, orderId, changeId);
    if (!change) throw new NotFound('change of this order');
    if (!allowsChange('pay', 'buyer', factsOf(change)) || !change.isInTime) throw new ChangeStateForbids(change.status);
    const { storeId, currency } = order;
    const amountCents = change.totalAfterCents - change.totalBeforeCents;
    const charge = { purchaseId: changeId, orderId, storeId, currency, amountCents };
    const paymentId = await this.purse.begin(tx, payer, charge, method, returnUrl);
    this.changes.beginPaying(tx, changeId, paymentId);
    await this.money.note(tx, orderId, 'change_payment_begun', byOf(payer), {}, { changeId });
    return this.service.shown(tx, orderId, changeId, 'buyer');
  }

  /** The change that a payment pays, with its order; nothing for other payments, and where the change has let go of it. */
  private async lockOfPurchase(tx: Tx, { aggregateId: paymentId, payload }: DomainEvent) {
    const { purchaseId } = payload as { purchaseId?: string };
    const orderId = purchaseId && (await this.changes.orderOfPurchase(tx, purchaseId));
    if (!orderId) return undefined;
    const order = await this.money.lockAny(tx, orderId);
    const change = await this.changes.lock(tx, orderId, purchaseId);
    return order && change?.status === 'awaiting_payment' && change.paymentId === paymentId
      ? { order, change }
      : undefined;
  }

  /** From now on only the payment decides. (One that the change has let go of was given up there.) */
  private async authorized(tx: Tx, order: LockedOrder, change: ChangeRow): Promise<void> {
    this.changes.take(tx, change.id);
    await this.payments.decide(tx, change.paymentId!, order.storeId, { orderId: change.id });
  }

  private async captured(tx: Tx, order: LockedOrder, change: ChangeRow, amountCents: number): Promise<void> {
    await this.service.apply(tx, order, change, { kind: 'system', id: null }, amountCents);
    const { id, storeId, currency, paymentId, refundedCents } = order;
    const capturedCents = order.capturedCents + amountCents;
    const paymentStatus = paymentStatusAfter('refunded', order, capturedCents, refundedCents);
    const told = { changeId: change.id, amountCents };
    await this.money.record(tx, order, { type: 'change_paid', paymentStatus, paymentId, capturedCents, told });
    await this.events.publish(
      tx,
      orderEvent(CHANGE_APPLIED, id, { changeId: change.id, storeId }),
      orderEvent(ORDER_PAID, id, { storeId, amountCents, currency }),
    );
  }
}
