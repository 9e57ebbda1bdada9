import { Injectable } from '@nestjs/common';
import { Accounts, type Caller } from '../../identity';
import { Database, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound, assertVersion } from '../../platform/http';
import { StoreDirectory } from '../../stores';
import type { CancelOrderRequest, OverrideOrderRequest, StoreCancelRequest } from '../dto/order.request';
import { OverriddenOrderResponse } from '../dto/order-life.response';
import type { OrderResponse } from '../dto/order.response';
import { isAtAskedStore } from '../following/asks-of-stores';
import { StoreRequests } from '../following/store-requests';
import { OrderEndings } from '../order-endings';
import { allows, overridable, type OrderStatus } from '../order-states';
import { OrderStateForbids } from '../orders.errors';
import {
  ORDER_COMPLETED,
  ORDER_CONFIRMED,
  ORDER_DELIVERED,
  ORDER_OVERRIDDEN,
  ORDER_SHIPPED,
  orderEvent,
} from '../orders.events';
import { OrdersRepository, type LockedOrder } from '../orders.repository';
import { OrdersService, type OrderReader } from '../orders.service';
import { OrderPaymentsRepository } from '../paying/order-payments.repository';
import { actorIdOf } from './order-completion';
import { OrderMoves, refused } from './order-moves';
import { OrderWords, assertNoWords } from './order-words';

const TOLD_TOO: Partial<Record<OrderStatus, string>> = {
  confirmed: ORDER_CONFIRMED,
  shipped: ORDER_SHIPPED,
  delivered: ORDER_DELIVERED,
  completed: ORDER_COMPLETED,
};

/** Whether an order goes on: taken, cancelled, or put elsewhere by hand. */
@Injectable()
export class OrderDecisions {
  constructor(
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
    private readonly money: OrderPaymentsRepository,
    private readonly moves: OrderMoves,
    private readonly endings: OrderEndings,
    private readonly words: OrderWords,
    private readonly requests: StoreRequests,
    private readonly stores: StoreDirectory,
    private readonly accounts: Accounts,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /** The merchant takes the order. Again: the same. Throws NotFound, OrderStateForbids. */
  async confirm(tx: Tx, caller: Caller, storeId: string, orderId: string): Promise<OrderResponse> {
    const order = await this.lockOfStore(tx, caller, storeId, orderId);
    if (order.status !== 'confirmed' || order.checkoutMethod !== 'direct')
      await this.moves.move(tx, 'confirm', order, { actor: 'merchant', actorId: caller.id });
    return this.orders.ofStore(storeId, orderId, tx);
  }

  /**
   * Cancels before shipping; money, stock and coupons come back. An order at a store with an interface of its own is cancelled
   * there: the store is asked. Cancelling again changes nothing. Throws NotFound, VersionMismatch, OrderStateForbids,
   * NotOfferedByStore.
   */
  async cancel(
    caller: OrderReader,
    orderId: string,
    body: CancelOrderRequest,
    version: number | undefined,
  ): Promise<OrderResponse> {
    return this.database.transaction(async (tx) => {
      const order = await this.repository.lockOfBuyer(tx, caller, orderId);
      if (!order) throw new NotFound('order');
      assertNoWords(caller, '/reason', body.reason);
      if (order.status !== 'cancelled') {
        assertVersion(version, order.version);
        const isAtStore = isAtAskedStore(order);
        if (isAtStore) await this.requests.askToCancel(tx, order, actorIdOf(caller), body.reason);
        else await this.cancelBy(tx, 'buyer', order, actorIdOf(caller), body.reason);
      }
      return this.orders.find(caller, orderId, tx);
    });
  }

  /** The merchant cannot or will not: as when the buyer cancels. Again: the same. Throws NotFound, OrderStateForbids. */
  async cancelByMerchant(
    tx: Tx,
    caller: Caller,
    storeId: string,
    orderId: string,
    { reason }: StoreCancelRequest,
  ): Promise<OrderResponse> {
    // Money moves by it: not on a token ten minutes old.
    await this.accounts.present(tx, caller);
    const order = await this.lockOfStore(tx, caller, storeId, orderId);
    if (order.status !== 'cancelled' || order.checkoutMethod !== 'direct')
      await this.cancelBy(tx, 'merchant', order, caller.id, reason);
    return this.orders.ofStore(storeId, orderId, tx);
  }

  /** By hand, where the tables allow it; both sides read why. Throws NotFound, OrderStateForbids. */
  async override(
    tx: Tx,
    caller: Caller,
    orderId: string,
    { status: to, reason }: OverrideOrderRequest,
  ): Promise<OverriddenOrderResponse> {
    await this.accounts.present(tx, caller);
    const order = await this.money.lockAny(tx, orderId);
    if (!order) throw new NotFound('order');
    const actor = caller.roles.includes('admin') ? 'admin' : 'support';
    if (!overridable(actor, order, to)) throw new OrderStateForbids(`set to ${to}`, order.status);
    const sealedReason = await this.words.reason(tx, order, caller.id, reason);
    const change = { actor, actorId: caller.id, sealedReason, type: 'overridden' } as const;
    const { storeId, status: from } = order;
    if (to === 'cancelled') await this.endings.cancel(tx, order, change);
    else {
      // What has left the store is changed no more.
      if (to !== 'confirmed') await this.endings.endChange(tx, order, `set to ${to}`);
      await this.repository.changeStatus(tx, order, to, change);
    }
    await this.events.publish(tx, orderEvent(ORDER_OVERRIDDEN, orderId, { storeId, from, to }));
    // As if its side had said so; going back is told of by the override alone.
    const tells = from === 'delivered' && to === 'shipped' ? undefined : TOLD_TOO[to];
    if (tells) await this.events.publish(tx, orderEvent(tells, orderId, { storeId, by: actor }));
    return OverriddenOrderResponse.of(await this.orders.ofStore(storeId, orderId, tx));
  }

  private async cancelBy(
    tx: Tx,
    actor: 'buyer' | 'merchant',
    order: LockedOrder,
    actorId: string | null,
    reason?: string,
  ): Promise<void> {
    if (!allows('cancel', actor, order)) throw refused('cancel', order);
    const sealedReason = await this.words.reason(tx, order, actorId, reason);
    await this.moves.move(tx, 'cancel', order, { actor, actorId, sealedReason });
  }

  private async lockOfStore(tx: Tx, caller: Caller, storeId: string, orderId: string): Promise<LockedOrder> {
    await this.stores.ownedStore(tx, caller, storeId);
    const order = await this.repository.lockOfStore(tx, storeId, orderId);
    if (!order) throw new NotFound('order');
    return order;
  }
}
