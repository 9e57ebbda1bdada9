import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock';
import type { Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { TrackedParcels } from '../../store-integrations';
import { OrderMoves } from '../life/order-moves';
import { TRANSITIONS, allows, type OrderAction, type OrderStatus } from '../order-states';
import { ESTIMATE_CHANGED, ORDER_REFUNDED, PARCEL_MOVED, RETURN_RECEIVED, orderEvent } from '../orders.events';
import { ReturnsRepository } from '../returns/returns.repository';
import { believable, type Believed } from './believable';
import { OrderTrackingRepository, type FollowedOrder } from './order-tracking.repository';
import { movesTo } from './store-moves';
import type { ParcelStatus, Told } from './told';
import { estimateOf, withEstimate } from './told-estimates';
import { haveAll, haveLeft, isNothing, parcelChanges, type ParcelChanges } from './told-parcels';

const BY_TRACKING = { actor: 'system', actorId: null } as const;
/** What a buyer wants to know at once; that it has left is told of the order. */
const NEWS: ReadonlySet<ParcelStatus> = new Set(['out_for_delivery', 'exception', 'delivered', 'returned']);
const COMING: ReadonlySet<OrderStatus> = new Set<OrderStatus>(['awaiting_store', 'confirmed', 'processing', 'shipped']);
/**
 * Brings orders of every tier to where stores, mails and carriers see them: one way for all of them. Guarantees: under the
 * order's lock, from the rows as they stand, so it may be told by anybody, in any order and any number of times; a status
 * goes forward only, a parcel and what was seen of it stands there once; and what is news is told once.
 */
@Injectable()
export class OrderTracking {
  constructor(
    private readonly repository: OrderTrackingRepository,
    private readonly returns: ReturnsRepository,
    private readonly moves: OrderMoves,
    private readonly carriers: TrackedParcels,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  /**
   * What a mail or a carrier tells of an order. False where nothing of it is news, or there is no such order. Locks the order
   * (after its session and hand-off, before payment and stock). What cannot be believed of it is left out: see believable.
   */
  async hear(tx: Tx, orderId: string, told: Told): Promise<boolean> {
    const order = await this.repository.lock(tx, orderId);
    return order ? this.apply(tx, order, told) : false;
  }

  /** Its parcels have been heard of before it could move: now it goes where they are. */
  async catchUp(tx: Tx, orderId: string): Promise<void> {
    const order = await this.repository.lock(tx, orderId);
    if (order) await this.apply(tx, order, { source: 'carrier', parcels: [] }, true);
  }

  /** The same of one that is locked already. `anew`: by its parcels, although nothing of them is new. */
  async apply(tx: Tx, order: FollowedOrder, said: Told, anew = false): Promise<boolean> {
    const { parcels, items } = await this.repository.known(tx, order.id);
    const { storeName, checkoutMethod } = order;
    const isDirect = checkoutMethod === 'direct';
    const told = believable(said, order, this.clock.now());
    const changes = parcelChanges(parcels, items, told.source, told.parcels, { storeName, isDirect });
    const moves = movesOf(order, told, changes, anew);
    const isNews = await this.write(tx, order, told, changes, moves.length > 0);
    const givenBackCents = Math.max(0, (told.refundedCents ?? 0) - order.storeRefundedCents);
    // Before the order itself is back: then no unit of it is in a return any more.
    if (!isDirect) await this.receiveReturns(tx, order, moves.includes('return'), givenBackCents);
    const isMoved = await this.move(tx, order, told, changes, moves);
    if (givenBackCents > 0 && !isDirect) await this.tellRefund(tx, order, givenBackCents);
    await this.tellMoved(tx, order, changes, isMoved);
    if (changes.parcels.length > 0) await this.follow(tx, order.id);
    return isNews || isMoved.length > 0;
  }

  /** From now on the carriers of its parcels are asked where they are, those that can be. */
  async follow(tx: Tx, orderId: string): Promise<void> {
    if (!this.carriers.isOn) return;
    for (const { id, carrier, trackingNumber } of await this.repository.untracked(tx, orderId)) {
      const trackedId = await this.carriers.follow(tx, carrier, trackingNumber);
      if (trackedId !== null) this.repository.track(tx, id, trackedId);
    }
  }

  /** Parcels, days and what went back; nothing where nothing is new. A move has its own entry in the history. */
  private async write(
    tx: Tx,
    order: FollowedOrder,
    told: Believed,
    changes: ParcelChanges,
    moves: boolean,
  ): Promise<boolean> {
    const history: { type: string; after: Record<string, unknown> }[] = [];
    const isNews = !isNothing(changes);
    if (isNews && !moves) history.push({ type: 'tracking', after: { parcels: changes.parcels.length } });
    const { estimates, days } = estimated(order, told);
    const [estimatedFrom, estimatedTo] = days ? [days.from, days.to] : [order.estimatedFrom, order.estimatedTo];
    const isMoved = estimatedFrom !== order.estimatedFrom || estimatedTo !== order.estimatedTo;
    if (isMoved) history.push({ type: 'estimate_changed', after: { from: estimatedFrom, to: estimatedTo } });
    // Of an order in Muse the ledger says what went back.
    const refunded =
      order.checkoutMethod === 'direct'
        ? order.storeRefundedCents
        : Math.max(told.refundedCents ?? 0, order.storeRefundedCents);
    if (refunded > order.storeRefundedCents)
      history.push({ type: 'refunded_at_store', after: { amountCents: refunded, currency: order.currency } });
    if (!isNews && history.length === 0 && estimates === order.toldEstimates) return false;
    const state = { refundedCents: refunded, estimatedFrom, estimatedTo, toldEstimates: estimates, history };
    await this.repository.write(tx, order.id, changes, state);
    // The first that is told is part of the order; that it moves is news.
    if (isMoved && order.toldEstimates !== null && estimatedTo !== order.estimatedTo && COMING.has(order.status)) {
      const payload = { storeId: order.storeId, from: estimatedFrom, to: estimatedTo };
      await this.events.publish(tx, orderEvent(ESTIMATE_CHANGED, order.id, payload));
    }
    return isNews || history.length > 0;
  }

  private async move(
    tx: Tx,
    order: FollowedOrder,
    told: Told,
    { left, latest }: ParcelChanges,
    moves: OrderAction[],
  ): Promise<OrderAction[]> {
    const whyCancelled = order.cancelAsked ? 'asked_by_buyer' : 'cancelled_at_store';
    let present = order;
    const done: OrderAction[] = [];
    for (const action of moves) {
      if (!allows(action, 'system', present)) break;
      const parcel = left.length > 0 ? { parcelId: left.at(-1)!.id, carrier: left.at(-1)!.carrier } : {};
      const change = {
        ...BY_TRACKING,
        ...(action === 'shipPart' && { type: 'shipped_in_part' }),
        ...(isCancelled(told) && { reason: whyCancelled }),
        ...(isShipping(action) && latest && { carrier: latest.carrier, trackingNumber: latest.trackingNumber }),
        ...(isShipping(action) && { told: parcel }),
      };
      if (action === 'return') this.repository.allBack(tx, order.id);
      const payload = {
        by: 'tracking',
        ...(isShipping(action) && parcel),
        ...(action === 'shipPart' && { inPart: true }),
      };
      await this.moves.move(tx, action, present, change, payload);
      const status: OrderStatus = TRANSITIONS[action].to;
      present = { ...present, status, version: present.version + 1 };
      done.push(action);
    }
    return done;
  }

  /** Each parcel that is somewhere new while its order is still coming; the arrival of all of it is told of the order. */
  private async tellMoved(tx: Tx, order: FollowedOrder, { moved }: ParcelChanges, done: OrderAction[]): Promise<void> {
    if (!COMING.has(order.status)) return;
    const isTold = (status: ParcelStatus) =>
      (status === 'delivered' && done.includes('deliver')) || (status === 'returned' && done.includes('return'));
    for (const { id: parcelId, status } of moved) {
      if (!NEWS.has(status) || isTold(status)) continue;
      const payload = { storeId: order.storeId, parcelId, to: status };
      await this.events.publish(tx, orderEvent(PARCEL_MOVED, order.id, payload));
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

function isCancelled({ status, cancelled }: Told): boolean {
  return cancelled === true || status === 'cancelled';
}

/** On which ways an order comes to where it is seen: as is told of the whole, then as its parcels say. */
function movesOf(order: FollowedOrder, told: Told, changes: ParcelChanges, anew: boolean): OrderAction[] {
  const { source } = told;
  const moves: OrderAction[] = [];
  let { status } = order;
  const go = (to: Parameters<typeof movesTo>[1], left: number): void => {
    for (const action of movesTo(status, to, left)) {
      moves.push(action);
      status = TRANSITIONS[action].to;
    }
  };
  const whole = isCancelled(told) ? 'cancelled' : told.status;
  if (whole && (source === 'store' || mayBe(whole, told, status, changes))) go(whole, changes.left.length);
  if (moves.length === 0 && changes.moved.length === 0 && !anew) return moves;
  const seen = asParcelsSay(order, status, changes);
  if (seen) go(seen, 0);
  return moves;
}

/** What a mail or a carrier says of the whole: no parcel's arrival is that of others, and what has left is not cancelled. */
function mayBe(
  whole: NonNullable<Told['status']>,
  { parcels }: Told,
  status: OrderStatus,
  { all }: ParcelChanges,
): boolean {
  if (whole === 'cancelled') return status === 'awaiting_store' || status === 'confirmed' || status === 'processing';
  return whole !== 'delivered' || parcels.length === 0 || all.length === 0 || haveAll('delivered', all);
}

/**
 * Where an order is by its parcels alone. One of which a part has left waits for the word that all has; one in Muse is sent by
 * its merchant, and what comes back to them is their business.
 */
function asParcelsSay({ checkoutMethod }: FollowedOrder, status: OrderStatus, { all }: ParcelChanges): Told['status'] {
  const isNew = checkoutMethod === 'redirect' && status === 'confirmed';
  if (haveAll('delivered', all) && (status === 'shipped' || isNew)) return 'delivered';
  if (haveAll('returned', all) && status === 'shipped' && checkoutMethod !== 'direct') return 'returned';
  return isNew && haveLeft(all) ? 'shipped' : null;
}

/** The days on which it should come, by whoever knows them best; once it is there, nobody expects it any more. */
function estimated(order: FollowedOrder, told: Believed) {
  const before = order.toldEstimates;
  const days = told.estimatedDelivery;
  const isThere = told.status === 'delivered' || told.status === 'returned' || isCancelled(told);
  if (!days || (told.source === 'store' && isThere)) return { estimates: before, days: null };
  const estimates = withEstimate(before ?? {}, told.source, days, told.at);
  if (estimates === before) return { estimates, days: null };
  return { estimates, days: estimateOf(estimates) };
}
