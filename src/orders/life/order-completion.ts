import { Injectable } from '@nestjs/common';
import type { Caller } from '../../identity';
import { Database, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound, assertVersion } from '../../platform/http';
import { StoreDirectory } from '../../stores';
import type { OrderResponse } from '../dto/order.response';
import { allows, silentSide, type Side } from '../order-states';
import { ORDER_MARKED_COMPLETE, ORDER_VERIFIED, orderEvent } from '../orders.events';
import { OrdersRepository, type LockedOrder, type StatusChange } from '../orders.repository';
import { OrdersService, type OrderReader } from '../orders.service';
import { OrderLifeRepository } from './order-life.repository';
import { OrderMoves, refused } from './order-moves';

/**
 * The end of a sale: it arrives, and each side says that it is done.
 * Guarantee: both marks, or one and the clock for the silent side, make it a verified sale in the very transaction, once.
 */
@Injectable()
export class OrderCompletion {
  constructor(
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
    private readonly life: OrderLifeRepository,
    private readonly moves: OrderMoves,
    private readonly stores: StoreDirectory,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /** The buyer has it. Again: the same. Throws NotFound, VersionMismatch, OrderStateForbids. */
  async received(caller: OrderReader, orderId: string, version: number | undefined): Promise<OrderResponse> {
    return this.database.transaction(async (tx) => {
      const order = await this.lockOfBuyer(tx, caller, orderId);
      if (!hasArrived(order)) {
        assertVersion(version, order.version);
        await this.moves.move(tx, 'deliver', order, { actor: 'buyer', actorId: actorIdOf(caller) }, { by: 'buyer' });
      }
      return this.orders.find(caller, orderId, tx);
    });
  }

  /** The buyer's mark. Again: the same. Throws NotFound, OrderStateForbids. */
  async completeByBuyer(tx: Tx, caller: OrderReader, orderId: string): Promise<OrderResponse> {
    const order = await this.lockOfBuyer(tx, caller, orderId);
    await this.markBy(tx, 'buyer', order, actorIdOf(caller));
    return this.orders.find(caller, orderId, tx);
  }

  /** The merchant says that it has arrived. Again: the same. Throws NotFound, OrderStateForbids. */
  async delivered(tx: Tx, caller: Caller, storeId: string, orderId: string): Promise<OrderResponse> {
    const order = await this.lockOfStore(tx, caller, storeId, orderId);
    if (!hasArrived(order))
      await this.moves.move(tx, 'deliver', order, { actor: 'merchant', actorId: caller.id }, { by: 'merchant' });
    return this.orders.ofStore(storeId, orderId, tx);
  }

  /** The merchant's mark. Again: the same. Throws NotFound, OrderStateForbids. */
  async completeByMerchant(tx: Tx, caller: Caller, storeId: string, orderId: string): Promise<OrderResponse> {
    const order = await this.lockOfStore(tx, caller, storeId, orderId);
    await this.markBy(tx, 'merchant', order, caller.id);
    return this.orders.ofStore(storeId, orderId, tx);
  }

  /**
   * Nobody has told anything of its way for so long, or the time in which both sides may mark it is over. Where one of them
   * has, the clock speaks for the other. Of a locked order that the tables allow it for.
   */
  async byTime(tx: Tx, order: LockedOrder): Promise<void> {
    const silent = silentSide(order);
    if (silent !== null) {
      const { id, storeId } = order;
      const said = { storeId, side: silent, byTimer: true };
      await this.events.publish(tx, orderEvent(ORDER_MARKED_COMPLETE, id, said));
    }
    const change: StatusChange = { actor: 'system', actorId: null, reason: 'time_over', silentSide: silent };
    await this.moves.move(tx, 'autoComplete', order, { ...change, told: { silentSide: silent } });
    if (silent !== null) await this.verify(tx, order, silent);
  }

  private async markBy(tx: Tx, side: Side, order: LockedOrder, actorId: string | null): Promise<void> {
    const mark = side === 'buyer' ? order.buyerCompletedAt : order.merchantCompletedAt;
    // Said already, or said by the clock for both.
    if (mark !== null || order.status === 'completed') return;
    if (!allows('markComplete', side, order)) throw refused('markComplete', order);
    const marked = await this.life.mark(tx, order, side, actorId);
    const { id, storeId } = order;
    await this.events.publish(tx, orderEvent(ORDER_MARKED_COMPLETE, id, { storeId, side }));
    if (!allows('complete', side, marked)) return;
    await this.moves.move(tx, 'complete', marked, { actor: side, actorId });
    await this.verify(tx, marked, null);
  }

  private async verify(tx: Tx, { id, storeId }: LockedOrder, silent: Side | null): Promise<void> {
    await this.life.verify(tx, id, silent);
    await this.events.publish(tx, orderEvent(ORDER_VERIFIED, id, { storeId, silentSide: silent }));
  }

  private async lockOfBuyer(tx: Tx, caller: OrderReader, orderId: string): Promise<LockedOrder> {
    const order = await this.repository.lockOfBuyer(tx, caller, orderId);
    if (!order) throw new NotFound('order');
    return order;
  }

  private async lockOfStore(tx: Tx, caller: Caller, storeId: string, orderId: string): Promise<LockedOrder> {
    await this.stores.ownedStore(tx, caller, storeId);
    const order = await this.repository.lockOfStore(tx, storeId, orderId);
    if (!order) throw new NotFound('order');
    return order;
  }
}

function hasArrived({ status, checkoutMethod }: LockedOrder): boolean {
  return checkoutMethod === 'direct' && (status === 'delivered' || status === 'completed');
}

/** Whoever holds a token of an order that names nobody stays nobody in its history. */
export function actorIdOf(caller: OrderReader): string | null {
  return caller.kind === 'token' ? null : caller.id;
}
