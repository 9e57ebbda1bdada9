import { Injectable } from '@nestjs/common';
import { CartCheckout } from '../../cart';
import { Unauthenticated, type Caller } from '../../identity';
import { OrdersService, type OrderResponse } from '../../orders';
import { Database, type Tx } from '../../platform/database';
import { Events, type NewEvent } from '../../platform/events';
import { NotFound, type Language, type Once } from '../../platform/http';
import { HandoffOver } from '../checkout.errors';
import { HANDOFF_ENDED, HANDOFF_EXPIRING, sessionEvent } from '../checkout.events';
import { CheckoutRepository } from '../checkout.repository';
import type { ChangeHandoffRequest, HandoffOrderedRequest } from '../dto/checkout.request';
import { HandoffResponse } from '../dto/checkout.response';
import { figuresAtStore } from './figures-at-store';
import { HandoffsRepository, type HandoffRow } from './handoffs.repository';
import { OutcomeWriter } from '../outcome-writer';
import { privately } from '../sealed/privately';
import type { Session, StoreCheckout } from '../session';
import { SessionVault } from '../session-vault';

/** A filled cart that waits, and whom to remind of it. */
export interface HandoffReminder extends Pick<
  HandoffRow,
  'storeName' | 'continueUrl' | 'expiresAt' | 'items' | 'currency'
> {
  /** Whose data key seals the contact. */
  subjectId: string;
  email: string;
  locale: Language | null;
}

/** What a mail of the store says of an order. */
export interface MailedOrder {
  storeOrderNumber: string | null;
  /** What it came to there, minor units; null: the mail does not say. */
  totalCents: number | null;
  currency: string | null;
  /** When the store wrote. */
  at: Date;
}

interface Waiting {
  handoff: HandoffRow;
  session: Session;
  store: StoreCheckout;
}

/** Filled carts at stores whose shoppers finish there. Errors: NotFound, HandoffOver. */
@Injectable()
export class HandoffsService {
  constructor(
    private readonly handoffs: HandoffsRepository,
    private readonly checkouts: CheckoutRepository,
    private readonly outcomes: OutcomeWriter,
    private readonly orders: OrdersService,
    private readonly sealing: SessionVault,
    private readonly carts: CartCheckout,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async find(caller: Caller, handoffId: string): Promise<HandoffResponse> {
    return HandoffResponse.of(await this.own(this.database, caller, handoffId));
  }

  /** "I have ordered": the order, confirmed where the store's number is known. Again: the same order, or its number now. */
  async ordered(once: Once, caller: Caller, handoffId: string, body: HandoffOrderedRequest): Promise<OrderResponse> {
    return privately(once, {
      work: (tx, assertPrivate) => this.orderedOnce(tx, caller, handoffId, body, assertPrivate),
      again: async (tx) => this.orders.findSealed(tx, (await this.own(tx, caller, handoffId)).orderId!),
    });
  }

  private async orderedOnce(
    tx: Tx,
    caller: Caller,
    handoffId: string,
    { storeOrderNumber }: HandoffOrderedRequest,
    assertPrivate: (sealed: boolean) => void,
  ): Promise<OrderResponse> {
    const { handoff, session, store } = await this.lock(tx, caller, handoffId);
    assertPrivate(session.sealed);
    const shown = (id: string) => (session.sealed ? this.orders.findSealed(tx, id) : this.orders.find(caller, id, tx));
    if (handoff.status === 'ordered') {
      if (storeOrderNumber) await this.tellNumber(tx, caller, { handoff, session, store }, storeOrderNumber);
      return shown(handoff.orderId!);
    }
    if (handoff.status !== 'waiting' || !handoff.live)
      throw new HandoffOver(handoff.status === 'waiting' ? 'expired' : handoff.status);
    const { orderId, number, event } = await this.outcomes.order(tx, session, store, {
      storeOrderNumber: storeOrderNumber ?? null,
      status: storeOrderNumber ? 'confirmed' : 'awaiting_store',
      checkoutMethod: 'redirect',
      actor: { kind: 'buyer', id: caller.id },
    });
    await this.end(tx, { handoff, session, store }, orderId, storeOrderNumber ?? number, event);
    return shown(orderId);
  }

  /**
   * The store's own mail says that it was ordered: the order, at what it came to there. Of one whose shopper said so before
   * without a number, the order now has it. Null: it waits no more, and is not that order. Locks session, cart, hand-off.
   */
  async orderedByMail(tx: Tx, handoffId: string, mailed: MailedOrder): Promise<{ orderId: string } | null> {
    const sessionId = await this.handoffs.sessionOf(tx, handoffId);
    const waiting = sessionId && (await this.locked(tx, sessionId, handoffId));
    if (!waiting || waiting.session.shopperDisabled) return null;
    const { handoff, session, store } = waiting;
    const { storeOrderNumber } = mailed;
    if (handoff.status === 'ordered') {
      const told = storeOrderNumber && (await this.tellNumber(tx, null, waiting, storeOrderNumber));
      return told || (storeOrderNumber !== null && store.storeOrderNumber === storeOrderNumber)
        ? { orderId: handoff.orderId! }
        : null;
    }
    // A mail may come after the time is over: what counts is when the store wrote it.
    if (handoff.status !== 'waiting' || mailed.at > handoff.expiresAt) return null;
    const figures = figuresAtStore(store, mailed);
    if (figures) {
      Object.assign(store, figures);
      this.checkouts.saveFigures(tx, session.id, store.storeId, figures);
    }
    const { orderId, number, event } = await this.outcomes.order(tx, session, store, {
      storeOrderNumber,
      status: storeOrderNumber ? 'confirmed' : 'awaiting_store',
      checkoutMethod: 'redirect',
      actor: { kind: 'system', id: null },
    });
    await this.end(tx, waiting, orderId, storeOrderNumber ?? number, event);
    return { orderId };
  }

  private async end(
    tx: Tx,
    { handoff, session, store }: Waiting,
    orderId: string,
    number: string,
    placed: NewEvent,
  ): Promise<void> {
    await this.handoffs.end(tx, handoff.id, 'ordered', orderId);
    const events = [placed, this.ended(handoff, 'ordered')];
    const message = `Order ${number} placed`;
    const change = { storeId: store.storeId, status: 'placed', message, orderId } as const;
    await this.outcomes.settle(tx, session, store, change, events);
    await this.events.publish(tx, ...events);
  }

  /** The store's number comes later than "I have ordered": order and status show it from now on. Null: nobody asked, it was found. */
  private async tellNumber(
    tx: Tx,
    caller: Caller | null,
    { handoff, session, store }: Waiting,
    storeOrderNumber: string,
  ): Promise<boolean> {
    const orderId = handoff.orderId!;
    const buyer = session.sealed ? null : caller;
    const by = caller ? 'buyer' : 'system';
    if (!(await this.orders.learnNumber(tx, buyer, store.storeId, orderId, storeOrderNumber, by))) return false;
    const message = `Order ${storeOrderNumber} placed`;
    await this.outcomes.settle(tx, session, store, { storeId: store.storeId, status: 'placed', message, orderId }, []);
    return true;
  }

  /** "I changed my mind": the lines return to the cart. Again: the same. */
  abandon(once: Once, caller: Caller, handoffId: string): Promise<HandoffResponse> {
    return privately(once, {
      work: (tx, assertPrivate) => this.abandonOnce(tx, caller, handoffId, assertPrivate),
      again: async (tx) => HandoffResponse.of(await this.own(tx, caller, handoffId)),
    });
  }

  private async abandonOnce(
    tx: Tx,
    caller: Caller,
    handoffId: string,
    assertPrivate: (sealed: boolean) => void,
  ): Promise<HandoffResponse> {
    const waiting = await this.lock(tx, caller, handoffId);
    assertPrivate(waiting.session.sealed);
    const { status, live } = waiting.handoff;
    if (status === 'ordered') throw new HandoffOver('ordered');
    if (status === 'waiting') await this.giveBack(tx, waiting, live ? 'abandoned' : 'expired');
    return HandoffResponse.of(await this.own(tx, caller, handoffId));
  }

  /** Whether its links may be affiliate links, for whoever has no account to say it once and for all. Throws NotFound, Unauthenticated. */
  change(caller: Caller, handoffId: string, { affiliateLink }: ChangeHandoffRequest): Promise<HandoffResponse> {
    return this.database.transaction(async (tx) => {
      await this.lock(tx, caller, handoffId);
      await this.handoffs.takeAffiliateLink(tx, handoffId, caller.id, affiliateLink);
      return HandoffResponse.of(await this.own(tx, caller, handoffId));
    });
  }

  /** Hand-offs that have run out, without those of `but`. */
  over(limit: number, but: string[]): Promise<string[]> {
    return this.handoffs.over(limit, but);
  }

  /** Says of those that run out within 24 hours that they do, each once; gives how many. */
  tellExpiring(limit: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const soon = await this.handoffs.expiring(tx, limit);
      const told = soon.map(({ id, sessionId, storeId }) =>
        sessionEvent(HANDOFF_EXPIRING, sessionId, { handoffId: id, storeId }),
      );
      await this.events.publish(tx, ...told);
      return soon.length;
    });
  }

  /** What a reminder of a waiting hand-off says, and to whom; undefined once there is nothing to remind of. */
  async reminder(tx: Tx, handoffId: string): Promise<HandoffReminder | undefined> {
    const row = await this.handoffs.toRemind(tx, handoffId);
    const contact = row && this.sealing.contactOf(row);
    if (!row?.live || !contact) return undefined;
    const { keySubjectId, locale, storeName, continueUrl, expiresAt, items, currency } = row;
    return {
      subjectId: keySubjectId,
      email: contact.email,
      locale,
      storeName,
      continueUrl,
      expiresAt,
      items,
      currency,
    };
  }

  /** Ends one that has run out; false where it is over already. */
  expire(handoffId: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const sessionId = await this.handoffs.sessionOf(tx, handoffId);
      const waiting = sessionId && (await this.locked(tx, sessionId, handoffId));
      if (!waiting || waiting.handoff.status !== 'waiting' || waiting.handoff.live) return false;
      await this.giveBack(tx, waiting, 'expired');
      return true;
    });
  }

  private async giveBack(tx: Tx, { handoff, session, store }: Waiting, status: 'abandoned' | 'expired'): Promise<void> {
    // Who closed the account wants nothing back.
    if (!session.shopperDisabled) await this.carts.putBack(tx, session.shopperId, handoff.items);
    await this.handoffs.end(tx, handoff.id, status, null);
    const message =
      status === 'abandoned'
        ? 'You changed your mind; the items are back in your cart'
        : 'Not finished in time; the items are back in your cart';
    const events: NewEvent[] = [this.ended(handoff, status)];
    await this.outcomes.settle(tx, session, store, { storeId: store.storeId, status: 'cancelled', message }, events);
    await this.events.publish(tx, ...events);
  }

  private ended({ id, sessionId, storeId }: HandoffRow, status: string): NewEvent {
    return sessionEvent(HANDOFF_ENDED, sessionId, { handoffId: id, storeId, status });
  }

  private async own(reader: Pick<Database, 'maybeOne'>, caller: Caller, handoffId: string): Promise<HandoffRow> {
    const handoff = await this.handoffs.ofShopper(handoffId, caller.id, reader);
    if (!handoff) throw new NotFound('hand-off');
    return handoff;
  }

  private async lock(tx: Tx, caller: Caller, handoffId: string): Promise<Waiting> {
    const { sessionId } = await this.own(tx, caller, handoffId);
    const waiting = (await this.locked(tx, sessionId, handoffId))!;
    if (waiting.session.shopperDisabled) throw new Unauthenticated(true);
    return waiting;
  }

  private async locked(tx: Tx, sessionId: string, handoffId: string): Promise<Waiting | undefined> {
    const session = await this.checkouts.lockForOutcome(tx, sessionId);
    const handoff = await this.handoffs.lock(tx, handoffId);
    const store = session?.stores.find((candidate) => candidate.storeId === handoff?.storeId);
    return session && handoff && store && { session, handoff, store };
  }
}
