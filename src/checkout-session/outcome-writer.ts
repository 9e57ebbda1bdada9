import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CartCheckout } from '../cart';
import { Holds } from '../inventory';
import { OrderThreads } from '../messaging';
import { BuyerRefs, OrdersService, type NewOrder } from '../orders';
import { Payments } from '../payments';
import type { Tx } from '../platform/database';
import { Events, type NewEvent } from '../platform/events';
import { Coupons, DISPLAY_CURRENCY, RateTable } from '../pricing';
import { AffiliateProgrammes, type Handoff, type PlacementOutcome } from '../store-integrations';
import type { CheckoutTier } from '../stores';
import { SESSION_FINISHED, STORE_OUTCOME, sessionEvent } from './checkout.events';
import { CheckoutRepository } from './checkout.repository';
import { HandoffLinks } from './handoffs/handoff-links';
import { linesOf, usesAffiliateLink, type Session, type SnapshotLine, type StoreCheckout } from './session';
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

type Decided = Exclude<PlacementOutcome, { type: 'unavailable' | 'actionRequired' | 'throttled' | 'unknowable' }>;
type StoreChange = Parameters<CheckoutRepository['storeOutcome']>[2];

/**
 * Writes what became of one store, for every tier alike, in one transaction: order or hand-off, stock, cart lines, session,
 * events. The caller has locked the session. A store's failure is that store's alone.
 */
@Injectable()
export class OutcomeWriter {
  constructor(
    private readonly checkouts: CheckoutRepository,
    private readonly orders: OrdersService,
    private readonly buyerRefs: BuyerRefs,
    private readonly carts: CartCheckout,
    private readonly holds: Holds,
    private readonly coupons: Coupons,
    private readonly payments: Payments,
    private readonly threads: OrderThreads,
    private readonly sealing: SessionVault,
    private readonly links: HandoffLinks,
    private readonly affiliates: AffiliateProgrammes,
    private readonly events: Events,
  ) {}

  async write(tx: Tx, session: Session, store: StoreCheckout, outcome: Decided, of: OutcomeOf): Promise<void> {
    const lines = linesOf(session, store.storeId);
    const { change, events } = await this.result(tx, session, store, outcome, of);

    // Carts before the payment before stock: the one order of locks.
    const rejected = outcome.type === 'rejected';
    const bought = !rejected && outcome.type !== 'contacted';
    if (!bought) await this.freeLines(tx, session, lines);
    else {
      await this.carts.takeOut(tx, session.shopperId, session.id, lines);
      await this.bringHome(tx, session, lines, false);
    }
    if (session.paymentId !== null && store.settlement === 'pay_now' && store.totalCents > 0) {
      const placed = change.orderId === undefined ? null : { orderId: change.orderId };
      await this.payments.decide(tx, session.paymentId, store.storeId, placed);
    }
    if (store.tier === 'direct')
      await this.moveStock(tx, session, store, outcome.type === 'placed' ? lines.length : null);
    if (outcome.type === 'contacted') await this.contact(tx, session, store, change);

    const { tier, attempts, ms } = of;
    const told = { storeId: store.storeId, tier, outcome: change.status, code: change.failure?.code, attempts, ms };
    events.push(sessionEvent(STORE_OUTCOME, session.id, told));
    await this.settle(tx, session, store, change, events);
    // Last of the locks.
    if (!bought && store.discounts.length > 0) await this.giveCouponsBack(tx, session, store);
    await this.events.publish(tx, ...events);
  }

  /** These lines were not bought after all: they may be offered again. */
  async freeLines(tx: Tx, session: Session, lines: SnapshotLine[]): Promise<void> {
    await this.carts.free(tx, session.shopperId, session.id, lines);
    await this.bringHome(tx, session, lines, true);
  }

  /** Begun by a guest who has signed in since. Who closed the account wants nothing back. */
  private async bringHome(tx: Tx, session: Session, lines: SnapshotLine[], rejected: boolean): Promise<void> {
    const { shopperId, keySubjectId, shopperDisabled } = session;
    if (keySubjectId === shopperId || shopperDisabled) return;
    await this.carts.bringHome(tx, shopperId, session.id, session.cartId, lines, rejected);
  }

  /** Of coupons that no store of the session takes off any more, the use comes back, and the code into the cart, which is locked. */
  async giveCouponsBack(tx: Tx, session: Session, { storeId, discounts }: StoreCheckout): Promise<void> {
    const free = new Set(await this.coupons.giveBack(tx, session.id, storeId));
    const codes = discounts.filter(({ couponId }) => free.has(couponId)).map(({ code }) => code);
    if (codes.length > 0) await this.carts.putCouponsBack(tx, session.shopperId, codes);
  }

  /** Order or hand-off, and what the store's part of the session says then. */
  private async result(
    tx: Tx,
    session: Session,
    store: StoreCheckout,
    outcome: Decided,
    of: OutcomeOf,
  ): Promise<{ change: StoreChange; events: NewEvent[] }> {
    const { storeId, name } = store;
    switch (outcome.type) {
      case 'placed': {
        const { storeOrderNumber, storeOrderId, placedAtStore, figures } = outcome;
        if (figures) {
          Object.assign(store, figures);
          this.checkouts.saveFigures(tx, session.id, storeId, figures);
        }
        const status = placedAtStore ? 'confirmed' : 'pending';
        const order = { storeOrderNumber, storeOrderId, status, checkoutMethod: of.tier, actor: of.actor } as const;
        const { orderId, number, event } = await this.order(tx, session, store, order);
        const message = `Order ${storeOrderNumber ?? number} placed`;
        return { change: { storeId, status: 'placed', message, orderId }, events: [event] };
      }
      case 'continueAtStore': {
        const id = uuidv7();
        const { clickId, cartFilled } = outcome;
        const { id: sessionId, shopperId } = session;
        const items = linesOf(session, storeId);
        const opens = outcome.handoff ?? pagesOf(items, cartFilled);
        const targets = this.links.written([outcome.continueUrl, ...opens.productLinks.map(({ url }) => url)]);
        const [sharedUrl] = this.links.written(outcome.sharedUrl ? [outcome.sharedUrl] : []);
        const sealedUrl = sharedUrl ? await this.sealing.sealHandoff(tx, session, storeId, sharedUrl) : null;
        const mayEarn = outcome.mayEarn && sharedUrl === undefined && usesAffiliateLink(session, store);
        const affiliate = mayEarn ? await this.affiliates.wrap(tx, storeId, clickId, targets) : undefined;
        await this.checkouts.insertHandoff(tx, {
          ...{ id, sessionId, shopperId, storeId, clickId, items, targets },
          affiliateTargets: affiliate ? this.links.written(affiliate.pages) : null,
          affiliateProgrammeId: affiliate?.programmeId ?? null,
          ...{ opens, sealedUrl, hours: HANDOFF_HOURS },
        });
        const message = cartFilled ? `Continue at ${name}` : `Continue at ${name}: put the items into your cart there`;
        return { change: { storeId, status: 'continue_at_store', handoffId: id, message }, events: [] };
      }
      case 'contacted':
        return { change: { storeId, status: 'contacted', message: `${name} has your message` }, events: [] };
      case 'rejected':
        break;
    }
    return { change: { storeId, ...failed(outcome) }, events: [] };
  }

  /** The store is sent what the shopper wants to buy, and the note; `change` becomes a failure where it would not listen. */
  private async contact(tx: Tx, session: Session, store: StoreCheckout, change: StoreChange): Promise<void> {
    const { storeId, name, currency, totalCents } = store;
    const { shopperId, shopperDisabled } = session;
    const items = linesOf(session, storeId).map(
      ({ productName, productSku, size, color, quantity, unitPriceCents }) => {
        return {
          productName,
          productSku,
          size,
          color,
          quantity,
          unitPriceCents,
          totalPriceCents: unitPriceCents * quantity,
        };
      },
    );
    const buyer = session.sealed ? this.buyerRefs.of(shopperId, storeId) : shopperId;
    const words = session.sealed
      ? { jwe: store.sealedParts?.note }
      : { body: this.sealing.open(session).stores.get(storeId)?.instructions?.note };
    const inquiry = { storeId, buyer, words, summary: { currency, totalCents, items } };
    const conversationId = shopperDisabled ? undefined : await this.threads.inquire(tx, inquiry);
    if (conversationId !== undefined) return this.checkouts.contacted(tx, session.id, storeId, conversationId);
    const detail = `${name} cannot be written to.`;
    Object.assign(change, failed({ type: 'rejected', code: 'conversation_closed', detail }));
  }

  /** What was held is sold, or set free (`sold` null). An order without its stock must not be written. */
  private async moveStock(tx: Tx, session: Session, store: StoreCheckout, sold: number | null): Promise<void> {
    if (sold === null) return this.holds.release(tx, session.id, store.storeId);
    await this.holds.sell(tx, session.id, store.storeId, sold);
  }

  /** One store's new state and, with it, the session's; the event of its end is added to `events`. */
  async settle(tx: Tx, session: Session, store: StoreCheckout, change: StoreChange, events: NewEvent[]): Promise<void> {
    const statuses = session.stores
      .filter((s) => s.included)
      .map((s): StoreCheckoutStatus => (s === store ? change.status : s.status));
    const status = deriveStatus(statuses, session.action !== null);
    await this.checkouts.storeOutcome(tx, session.id, change, { status, final: isFinal(status) });
    if (isFinal(status)) await this.sealing.destroyOwnKey(tx, session);
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
      storeOrderId,
      status,
      checkoutMethod,
      actor,
    }: Pick<NewOrder, 'storeOrderNumber' | 'storeOrderId' | 'status' | 'checkoutMethod' | 'actor'>,
  ): Promise<{ orderId: string; number: string; event: NewEvent }> {
    const opened = this.sealing.open(session);
    const own = opened.stores.get(store.storeId);
    const inVes = RateTable.fromPinned(session.rates).convert(store.totalCents, store.currency, DISPLAY_CURRENCY);
    const orderId = store.access?.orderId ?? uuidv7();
    const sealed = session.sealed ? this.sealedFor(session, store) : null;
    const { number, event } = await this.orders.place(tx, {
      id: orderId,
      storeId: store.storeId,
      checkoutSessionId: session.id,
      buyer: { kind: session.shopperKind, id: session.shopperId },
      sealed,
      actor,
      storeOrderNumber,
      storeOrderId,
      status,
      paymentStatus: paymentStatusOf(store),
      paymentId: store.settlement === 'pay_now' && store.totalCents > 0 ? session.paymentId : null,
      checkoutMethod,
      settlement: store.settlement,
      currency: store.currency,
      subtotalCents: store.subtotalCents,
      discountCents: store.discountCents,
      discounts: store.discounts,
      shippingCents: store.shippingCents,
      fees: store.fees,
      taxCents: store.taxCents,
      taxIncludedCents: store.taxIncludedCents,
      taxLines: store.taxLines,
      totalCents: store.totalCents,
      totalVesCents: inVes?.amount ?? null,
      exchangeRateId: inVes?.rateId ?? null,
      key: opened.key,
      // What a tier types is the session's, and goes with it.
      shippingAddress: sealed ? null : (own?.shippingAddress ?? opened.shippingAddress),
      billingAddress: opened.billingAddress,
      contact: opened.contact,
      locale: session.locale,
      instructions: own?.instructions ?? null,
      estimatedDelivery:
        store.estimatedFrom && store.estimatedTo ? { from: store.estimatedFrom, to: store.estimatedTo } : null,
      items: linesOf(session, store.storeId),
    });
    return { orderId, number, event };
  }

  private sealedFor({ shopperId }: Session, { storeId, sealedParts, access }: StoreCheckout): NewOrder['sealed'] {
    return {
      parts: sealedParts ?? {},
      buyerRef: this.buyerRefs.of(shopperId, storeId),
      tokenHash: Buffer.from(access!.tokenHash, 'hex'),
    };
  }
}

function failed({ code, detail, storeCode }: Extract<Decided, { type: 'rejected' }>): Omit<StoreChange, 'storeId'> {
  return { status: 'failed', message: detail, failure: { code, detail, ...(storeCode && { storeCode }) } };
}

/** What is known of a link that was recorded before more was told of it. */
function pagesOf(items: SnapshotLine[], cartFilled: boolean): Handoff {
  const productLinks = items.map(({ itemId, productName, productUrl }) => ({
    itemId,
    name: productName,
    url: productUrl,
  }));
  const kind = cartFilled ? 'cart' : items.length > 1 ? 'product_links' : 'product_page';
  return { kind, warnings: [], productLinks, carries: [] };
}

/** Where the money of a new order stands. What costs nothing is paid. */
function paymentStatusOf({ settlement, totalCents }: StoreCheckout): NewOrder['paymentStatus'] {
  if (settlement === 'at_store') return 'at_store';
  if (settlement === 'pay_later') return 'unpaid';
  return totalCents > 0 ? 'authorized' : 'paid';
}
