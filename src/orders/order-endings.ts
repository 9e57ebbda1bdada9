import { Injectable } from '@nestjs/common';
import { Holds } from '../inventory';
import { Payments, isPaidByHand } from '../payments';
import type { Tx } from '../platform/database';
import { Events } from '../platform/events';
import { Coupons } from '../pricing';
import { ChangeEndings } from './changes/change-endings';
import { OrderMoney } from './paying/order-money';
import { isRefundable } from './order-states';
import { ORDER_CANCELLED, orderEvent } from './orders.events';
import { OrdersRepository, type LockedOrder, type StatusChange } from './orders.repository';

/** What a cancelled order gives back: money, stock and coupons, in the order of locks. */
@Injectable()
export class OrderEndings {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly payments: Payments,
    private readonly purse: OrderMoney,
    private readonly changes: ChangeEndings,
    private readonly holds: Holds,
    private readonly coupons: Coupons,
    private readonly events: Events,
  ) {}

  /** Cancels a locked order whose state allows it. */
  async cancel(tx: Tx, order: LockedOrder, change: StatusChange): Promise<void> {
    const items = await this.orders.changeStatus(tx, order, 'cancelled', change);
    const aside = await this.changes.endWith(tx, order, 'cancelled');
    await this.giveMoneyBack(tx, order);
    if (aside) {
      await this.holds.lockStock(tx, [...aside.variantIds, ...items.map(({ variantId }) => variantId)]);
      await this.holds.release(tx, aside.changeId);
    }
    if (order.checkoutMethod === 'direct') await this.holds.restock(tx, items);
    if (order.couponSessionId) await this.coupons.giveBack(tx, order.couponSessionId, order.storeId);
    const { id, storeId } = order;
    // What a person gave as the reason is for the two sides alone; by itself it ends for a code.
    const code = change.actor === 'system' ? { code: change.reason } : {};
    await this.events.publish(tx, orderEvent(ORDER_CANCELLED, id, { storeId, by: change.actor, ...code }));
  }

  /** What is proposed in a locked order comes to nothing: it goes on as it is. Throws OrderStateForbids while the difference is being paid. */
  async endChange(tx: Tx, order: LockedOrder, attempted: string): Promise<void> {
    const aside = await this.changes.endWith(tx, order, attempted);
    if (aside) await this.holds.release(tx, aside.changeId);
  }

  /** All that was paid and has not gone back. What is authorised only is refunded once it is taken, if it is. */
  async giveMoneyBack(tx: Tx, order: LockedOrder): Promise<void> {
    if (isRefundable(order.paymentStatus)) {
      const amountCents = await this.purse.leftOf(tx, order);
      if (isPaidByHand(order.paymentMethod)) return this.purse.owe(tx, order, amountCents, 'order_cancelled');
      const by = { byKind: 'system', byId: null } as const;
      if (amountCents > 0) await this.purse.giveBack(tx, order, { amountCents, reason: 'order_cancelled', ...by });
    } else if (order.paymentId !== null && order.paymentStatus !== 'authorized') {
      await this.payments.giveUp(tx, order.paymentId);
    }
  }
}
