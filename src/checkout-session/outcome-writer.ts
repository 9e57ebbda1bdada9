import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CartCheckout } from '../cart';
import { Holds } from '../inventory';
import { OrdersService, type NewOrder } from '../orders';
import type { Tx } from '../platform/database';
import { Events, type NewEvent } from '../platform/events';
import { DISPLAY_CURRENCY, RateTable } from '../pricing';
import type { PlacementOutcome } from '../store-integrations';
import type { CheckoutTier } from '../stores';
import { SESSION_FINISHED, STORE_OUTCOME, sessionEvent } from './checkout.events';
import { CheckoutRepository } from './checkout.repository';
import { reached, type PlacementStep } from './placement-steps';
import { linesOf, type Session, type StoreCheckout } from './session';
import { deriveStatus, isFinal, type StoreCheckoutStatus } from './session-states';
import { SessionVault } from './session-vault';

/** How long a filled cart at a store waits for its shopper. */
export const HANDOFF_HOURS = 72;

/** Who brought an outcome about, and what is told of how. */
export interface OutcomeOf {
  placementId: string;
  tier: CheckoutTier;
  attempts: number;
  ms: number;
  actor: NewOrder['actor'];
}

type Decided = Exclude<PlacementOutcome, { type: 'unavailable' }>;

/**
 * Writes what became of one store, for every tier alike, in one transaction: order or hand-off, stock, cart lines, session,
 * events. The caller has locked the session. A store's failure is that store's alone.
 */
@Injectable()
export class OutcomeWriter {
  constructor(
    private readonly checkouts: CheckoutRepository,
    private readonly orders: OrdersService,
    private readonly carts: CartCheckout,
    private readonly holds: Holds,
    private readonly sealing: SessionVault,
    private readonly events: Events,
  ) {}

  async write(tx: Tx, session: Session, store: StoreCheckout, outcome: Decided, of: OutcomeOf): Promise<void> {
    const done = (step: PlacementStep) => reached(step, of.placementId);
    const lines = linesOf(session, store.storeId);
    const events: NewEvent[] = [];
    const change: Parameters<CheckoutRepository['storeOutcome']>[2] = {
      storeId: store.storeId,
      status: 'failed',
      message: '',
    };

    if (outcome.type === 'placed') {
      const { orderId, number, event } = await this.order(tx, session, store, {
        storeOrderNumber: outcome.storeOrderNumber,
        status: outcome.placedAtStore ? 'confirmed' : 'pending',
        checkoutMethod: of.tier,
        actor: of.actor,
      });
      events.push(event);
      Object.assign(change, {
        status: 'placed',
        orderId,
        message: `Order ${outcome.storeOrderNumber ?? number} placed`,
      });
    } else if (outcome.type === 'continueAtStore') {
      const id = uuidv7();
      const { continueUrl, clickId } = outcome;
      const { id: sessionId, shopperId } = session;
      await this.checkouts.insertHandoff(tx, {
        id,
        sessionId,
        shopperId,
        storeId: store.storeId,
        clickId,
        continueUrl,
        items: lines,
        hours: HANDOFF_HOURS,
      });
      Object.assign(change, { status: 'continue_at_store', handoffId: id, message: `Continue at ${store.name}` });
    } else {
      Object.assign(change, {
        status: 'failed',
        message: outcome.detail,
        failure: { code: outcome.code, detail: outcome.detail },
      });
    }
    done('result_written');

    // Carts before stock: the one order of locks.
    if (outcome.type === 'rejected') await this.carts.free(tx, session.shopperId, session.id, lines);
    else await this.carts.takeOut(tx, session.shopperId, session.id, lines);
    done('cart_updated');
    if (store.tier === 'direct') {
      if (outcome.type === 'placed') await this.holds.sell(tx, session.id, store.storeId);
      else await this.holds.release(tx, session.id, store.storeId);
    }
    done('stock_moved');

    const { tier, attempts, ms } = of;
    events.push(
      sessionEvent(STORE_OUTCOME, session.id, {
        storeId: store.storeId,
        tier,
        outcome: change.status,
        code: change.failure?.code,
        attempts,
        ms,
      }),
    );
    await this.settle(tx, session, store, change, events);
    done('session_updated');
    await this.events.publish(tx, ...events);
    done('events_written');
  }

  /** One store's new state and, with it, the session's; the event of its end is added to `events`. */
  async settle(
    tx: Tx,
    session: Session,
    store: StoreCheckout,
    change: Parameters<CheckoutRepository['storeOutcome']>[2],
    events: NewEvent[],
  ): Promise<void> {
    const statuses = session.stores
      .filter((s) => s.included)
      .map((s): StoreCheckoutStatus => (s === store ? change.status : s.status));
    const status = deriveStatus(statuses, session.action !== null);
    await this.checkouts.storeOutcome(tx, session.id, change, { status, final: isFinal(status) });
    if (isFinal(status) && session.status !== status)
      events.push(sessionEvent(SESSION_FINISHED, session.id, { status }));
  }

  /** The order of one store of a session, from what the session agreed. */
  async order(
    tx: Tx,
    session: Session,
    store: StoreCheckout,
    {
      storeOrderNumber,
      status,
      checkoutMethod,
      actor,
    }: Pick<NewOrder, 'storeOrderNumber' | 'status' | 'checkoutMethod' | 'actor'>,
  ): Promise<{ orderId: string; number: string; event: NewEvent }> {
    const opened = this.sealing.open(session);
    const own = opened.stores.get(store.storeId);
    const inVes = RateTable.fromPinned(session.rates).convert(store.totalCents, store.currency, DISPLAY_CURRENCY);
    const orderId = uuidv7();
    const { number, event } = await this.orders.place(tx, {
      id: orderId,
      storeId: store.storeId,
      checkoutSessionId: session.id,
      buyer: { kind: session.shopperKind, id: session.shopperId },
      actor,
      storeOrderNumber,
      status,
      paymentStatus: store.settlement === 'at_store' ? 'at_store' : 'unpaid',
      checkoutMethod,
      settlement: store.settlement,
      currency: store.currency,
      subtotalCents: store.subtotalCents,
      discountCents: store.discountCents,
      shippingCents: store.shippingCents,
      fees: store.fees,
      taxCents: store.taxCents,
      totalCents: store.totalCents,
      totalVesCents: inVes?.amount ?? null,
      exchangeRateId: inVes?.rateId ?? null,
      key: opened.key,
      shippingAddress: own?.shippingAddress ?? opened.shippingAddress,
      billingAddress: opened.billingAddress,
      contact: opened.contact,
      instructions: own?.instructions ?? null,
      estimatedDelivery:
        store.estimatedFrom && store.estimatedTo ? { from: store.estimatedFrom, to: store.estimatedTo } : null,
      items: linesOf(session, store.storeId),
    });
    return { orderId, number, event };
  }
}
