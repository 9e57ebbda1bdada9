import { Injectable, type OnModuleInit } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { STORE_ORDER_CHANGED, StoreOrders, type StoreOrder } from '../../store-integrations';
import type { OrderStatus } from '../order-states';
import { ORDER_PLACED, ORDER_UNFOLLOWED, orderEvent } from '../orders.events';
import { OrderTracking } from './order-tracking';
import { OrderTrackingRepository, type FollowedOrder } from './order-tracking.repository';

const CONSUMER = 'order-following';
const ON_ITS_WAY: ReadonlySet<OrderStatus> = new Set<OrderStatus>(['confirmed', 'processing', 'shipped']);

/**
 * Tells OrderTracking what stores say of their orders. Guarantees: whoever was told of an order before it was one here is heard
 * when it is; and whose store is heard of no more is told so.
 */
@Injectable()
export class StoreTracking implements OnModuleInit {
  constructor(
    private readonly repository: OrderTrackingRepository,
    private readonly tracking: OrderTracking,
    private readonly stores: StoreOrders,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(STORE_ORDER_CHANGED, CONSUMER, async (tx, { aggregateId }) => {
      const known = await this.stores.one(tx, aggregateId);
      if (!known) return;
      const order = await this.repository.lockByStore(tx, known.storeId, known.remoteId);
      // Read again now that the order is locked: whoever came before may have told more.
      if (order) await this.apply(tx, order, (await this.stores.one(tx, aggregateId))!);
    });
    // Only of stores that can be asked: of other orders nothing is delivered.
    this.events.subscribe(
      ORDER_PLACED,
      CONSUMER,
      async (tx, { aggregateId }) => {
        const order = await this.repository.lock(tx, aggregateId);
        if (!order?.storeOrderId) return;
        const by = order.checkoutMethod === 'headless' ? 'browser' : 'api';
        const known = await this.stores.follow(tx, order.storeId, order.storeOrderId, order.buyerUserId, by);
        await this.apply(tx, order, known);
      },
      { wants: ({ checkoutMethod }) => checkoutMethod === 'oauth_api' || checkoutMethod === 'headless' },
    );
  }

  private async apply(tx: Tx, order: FollowedOrder, known: StoreOrder): Promise<void> {
    const { snapshot, offers } = known;
    await this.tellWhetherHeardOf(tx, order, known.isUnfollowed);
    if (offers.length > 0 && !isDeepStrictEqual(offers, order.storeOffers))
      this.repository.setOffers(tx, order.id, offers);
    if (!snapshot) return;
    const { status, parcels, estimatedDelivery, refundedCents, updatedAt: at } = snapshot;
    await this.tracking.apply(tx, order, { source: 'store', at, status, parcels, estimatedDelivery, refundedCents });
  }

  /** Who unlinks a store that tells of an order to nobody else has to look there: of an order that is still on its way. */
  private async tellWhetherHeardOf(tx: Tx, order: FollowedOrder, isUnfollowed: boolean): Promise<void> {
    const { id, storeId, status } = order;
    if (isUnfollowed === order.isUnfollowed || !ON_ITS_WAY.has(status)) return;
    this.repository.note(tx, id, isUnfollowed ? 'unfollowed' : 'followed');
    if (isUnfollowed) await this.events.publish(tx, orderEvent(ORDER_UNFOLLOWED, id, { storeId }));
  }
}
