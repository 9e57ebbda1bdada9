import { Injectable, type OnModuleInit } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { STORE_ORDER_CHANGED, StoreOrders, type OrderSnapshot, type StoreOrder } from '../../store-integrations';
import { OrderMoves } from '../life/order-moves';
import { TRANSITIONS, allows, type OrderAction, type OrderStatus } from '../order-states';
import { ORDER_PLACED, ORDER_REFUNDED, ORDER_UNFOLLOWED, RETURN_RECEIVED, orderEvent } from '../orders.events';
import { ReturnsRepository } from '../returns/returns.repository';
import { movesTo } from './store-moves';
import { isNothing, parcelChanges, type ParcelChanges } from './store-parcels';
import { StoreTrackingRepository, type FollowedOrder } from './store-tracking.repository';

const CONSUMER = 'order-following';
const ON_ITS_WAY: ReadonlySet<OrderStatus> = new Set<OrderStatus>(['confirmed', 'processing', 'shipped']);
const BY_STORE = { actor: 'system', actorId: null } as const;

/**
 * Brings orders to where their stores see them. Guarantees: under the order's lock, from the row as it stands, so it may be
 * told in any order and any number of times; a status goes forward only, a parcel and what was seen of it stands there once;
 * whoever was told of an order before it was one here is heard when it is; and whose store is heard of no more is told so.
 */
@Injectable()
export class StoreTracking implements OnModuleInit {
  constructor(
    private readonly repository: StoreTrackingRepository,
    private readonly returns: ReturnsRepository,
    private readonly moves: OrderMoves,
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
        if (!order) return;
        const by = order.checkoutMethod === 'headless' ? 'browser' : 'api';
        const known = await this.stores.follow(tx, order.storeId, order.storeOrderId, order.buyerUserId, by);
        await this.apply(tx, order, known);
      },
      ({ checkoutMethod }) => checkoutMethod === 'oauth_api' || checkoutMethod === 'headless',
    );
  }

  private async apply(tx: Tx, order: FollowedOrder, known: StoreOrder): Promise<void> {
    const { snapshot, offers } = known;
    await this.tellWhetherHeardOf(tx, order, known.isUnfollowed);
    if (offers.length > 0 && !isDeepStrictEqual(offers, order.storeOffers))
      this.repository.setOffers(tx, order.id, offers);
    if (!snapshot) return;
    const { parcels, items } = await this.repository.known(tx, order.id);
    const changes = parcelChanges(parcels, items, snapshot.parcels, order.storeName);
    const moves = movesTo(order.status, snapshot.status, changes.left.length);
    await this.write(tx, order, snapshot, changes, moves.length > 0);
    const givenBackCents = Math.max(0, snapshot.refundedCents - order.storeRefundedCents);
    // Before the order itself is back: then no unit of it is in a return any more.
    await this.receiveReturns(tx, order, moves.includes('return'), givenBackCents);
    await this.move(tx, order, snapshot, changes, moves);
    if (givenBackCents > 0) await this.tellRefund(tx, order, givenBackCents);
  }

  /** Who unlinks a store that tells of an order to nobody else has to look there: of an order that is still on its way. */
  private async tellWhetherHeardOf(tx: Tx, order: FollowedOrder, isUnfollowed: boolean): Promise<void> {
    const { id, storeId, status } = order;
    if (isUnfollowed === order.isUnfollowed || !ON_ITS_WAY.has(status)) return;
    this.repository.note(tx, id, isUnfollowed ? 'unfollowed' : 'followed');
    if (isUnfollowed) await this.events.publish(tx, orderEvent(ORDER_UNFOLLOWED, id, { storeId }));
  }

  /** Parcels, days and what went back; nothing where nothing is new. A move has its own entry in the history. */
  private async write(
    tx: Tx,
    order: FollowedOrder,
    { status, refundedCents, estimatedDelivery }: OrderSnapshot,
    changes: ParcelChanges,
    moves: boolean,
  ): Promise<void> {
    const history: { type: string; after: Record<string, unknown> }[] = [];
    const isNews = !isNothing(changes);
    if (isNews && !moves) history.push({ type: 'tracking', after: { parcels: changes.parcels.length } });
    let [estimatedFrom, estimatedTo] = [order.estimatedFrom, order.estimatedTo];
    // Once it is there, nobody expects it any more.
    const isComing = status === 'confirmed' || status === 'processing' || status === 'shipped';
    const { from, to } = estimatedDelivery ?? { from: estimatedFrom, to: estimatedTo };
    if (isComing && from !== null && to !== null && (from !== estimatedFrom || to !== estimatedTo)) {
      [estimatedFrom, estimatedTo] = [from, to];
      history.push({ type: 'estimate_changed', after: { from, to } });
    }
    const refunded = Math.max(refundedCents, order.storeRefundedCents);
    if (refunded > order.storeRefundedCents)
      history.push({ type: 'refunded_at_store', after: { amountCents: refunded, currency: order.currency } });
    if (!isNews && history.length === 0) return;
    const state = { refundedCents: refunded, estimatedFrom, estimatedTo, history };
    await this.repository.write(tx, order.id, changes, state);
  }

  private async move(
    tx: Tx,
    order: FollowedOrder,
    { status: atStore }: OrderSnapshot,
    { left, latest }: ParcelChanges,
    moves: OrderAction[],
  ): Promise<void> {
    const whyCancelled = order.cancelAsked ? 'asked_by_buyer' : 'cancelled_at_store';
    let present = order;
    for (const action of moves) {
      if (!allows(action, 'system', present)) return;
      const told = left.length > 0 ? { parcelId: left.at(-1)!.id, carrier: left.at(-1)!.carrier } : {};
      const change = {
        ...BY_STORE,
        ...(action === 'shipPart' && { type: 'shipped_in_part' }),
        ...(atStore === 'cancelled' && { reason: whyCancelled }),
        ...(isShipping(action) && latest && { carrier: latest.carrier, trackingNumber: latest.trackingNumber }),
        ...(isShipping(action) && { told }),
      };
      if (action === 'return') this.repository.allBack(tx, order.id);
      const payload = {
        by: 'tracking',
        ...(isShipping(action) && told),
        ...(action === 'shipPart' && { inPart: true }),
      };
      await this.moves.move(tx, action, present, change, payload);
      const status: OrderStatus = TRANSITIONS[action].to;
      present = { ...present, status, version: present.version + 1 };
    }
  }

  private async tellRefund(tx: Tx, { id, storeId, currency }: FollowedOrder, amountCents: number): Promise<void> {
    await this.events.publish(tx, orderEvent(ORDER_REFUNDED, id, { storeId, amountCents, currency, atStore: true }));
  }

  /**
   * A store says of the whole order what came back. Where it has given money back and one return is under way, that is the one;
   * and where all is back, every one is.
   */
  private async receiveReturns(tx: Tx, order: FollowedOrder, isAllBack: boolean, cents: number): Promise<void> {
    if (!isAllBack && cents === 0) return;
    const open = await this.repository.openReturns(tx, order.id);
    if (!isAllBack && open.length > 1) return;
    for (const [index, { id, items }] of open.entries()) {
      const refundCents = index === 0 ? cents : 0;
      const came = items.map(({ itemId, quantity }) => ({
        ...{ itemId, received: quantity, restocked: 0, condition: null },
      }));
      await this.returns.receive(
        tx,
        id,
        { kind: 'system', id: null },
        { exchangeOrderId: null, refundCents, refundIds: [] },
        came,
      );
      await this.events.publish(tx, orderEvent(RETURN_RECEIVED, order.id, { storeId: order.storeId, returnId: id }));
    }
  }
}

function isShipping(action: OrderAction): boolean {
  return action === 'ship' || action === 'shipPart';
}
