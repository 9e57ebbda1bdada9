import { Injectable } from '@nestjs/common';
import { Accounts, type Caller } from '../../identity';
import { ManualPayments } from '../../payments';
import { Clock } from '../../platform/clock';
import type { Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { InvalidField, NotFound } from '../../platform/http';
import { StoreDirectory } from '../../stores';
import type { MarkPaidRequest } from '../dto/order.request';
import type { OrderResponse } from '../dto/order.response';
import { OrderPaymentsRepository } from './order-payments.repository';
import { canBeMarkedPaid } from '../order-states';
import { OrderStateForbids } from '../orders.errors';
import { ORDER_PAID, orderEvent } from '../orders.events';
import { OrdersRepository, type LockedOrder } from '../orders.repository';
import { OrdersService } from '../orders.service';

/** Orders that are paid without Muse: the merchant says that the money is there. */
@Injectable()
export class OrdersPaidByHand {
  constructor(
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
    private readonly money: OrderPaymentsRepository,
    private readonly payments: ManualPayments,
    private readonly stores: StoreDirectory,
    private readonly accounts: Accounts,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  /**
   * The store has what the order costs, by bank transfer or in cash. Under the order's lock, so that of two at once, or of
   * this and a payment by card, one happens. Throws NotFound, OrderStateForbids, PaymentUnderWay, InvalidField.
   */
  async markPaid(
    tx: Tx,
    caller: Caller,
    storeId: string,
    orderId: string,
    { method, reference, paidAt }: MarkPaidRequest,
  ): Promise<OrderResponse> {
    await this.accounts.present(tx, caller);
    await this.stores.ownedStore(tx, caller, storeId);
    const order = await this.repository.lockOfStore(tx, storeId, orderId);
    if (!order) throw new NotFound('order');
    if (order.paymentId !== null || !canBeMarkedPaid(order))
      throw new OrderStateForbids('marked as paid', order.status, whyNot(order));
    const at = paidAt === undefined ? this.clock.now() : new Date(paidAt);
    if (at > this.clock.now()) throw new InvalidField('/paidAt', 'must not be in the future');
    const { currency, totalCents } = order;
    const paymentId = await this.payments.record(tx, {
      ...{ orderId, storeId, currency, amountCents: totalCents, shopperId: order.buyerId ?? caller.id },
      ...{ method, reference, paidAt: at, recordedBy: caller.id },
    });
    // Without the reference: history is kept when a buyer is forgotten.
    await this.money.record(tx, order, {
      ...{ type: 'paid', paymentStatus: 'paid', paymentId, capturedCents: totalCents, method: { method, last4: null } },
      ...{ actor: { kind: 'merchant', id: caller.id }, told: { method, amountCents: totalCents } },
    });
    await this.events.publish(tx, orderEvent(ORDER_PAID, orderId, { storeId, amountCents: totalCents, currency }));
    return this.orders.ofStore(storeId, orderId, tx);
  }
}

function whyNot({ paymentStatus, settlement, totalCents, paymentId }: LockedOrder): string | undefined {
  if (settlement !== 'pay_later') return 'Only an order that was to be paid later can be marked as paid.';
  if (totalCents === 0) return 'This order costs nothing.';
  if (paymentStatus !== 'unpaid' && paymentStatus !== 'failed') return `Its payment is ${paymentStatus}.`;
  return paymentId === null ? undefined : 'Its buyer is paying it at this moment.';
}
