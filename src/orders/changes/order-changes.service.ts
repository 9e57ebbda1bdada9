import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Accounts, ErasureRegistry, type Caller } from '../../identity';
import { Holds } from '../../inventory';
import { PayableStores, Payments, isPaidByHand } from '../../payments';
import { Config } from '../../platform/config';
import { Database, type Reader, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import {
  InvalidField,
  InvalidRequest,
  NotFound,
  decodeIdCursor,
  encodeCursor,
  page,
  type PageRequest,
} from '../../platform/http';
import { InTurn, Jobs } from '../../platform/jobs';
import type { Money } from '../../platform/money';
import { StoreDirectory } from '../../stores';
import { CHANGE_ACCEPTED, CHANGE_APPLIED, CHANGE_PROPOSED, orderEvent } from '../orders.events';
import { OrderStateForbids } from '../orders.errors';
import { OrdersRepository, type LockedOrder } from '../orders.repository';
import type { OrderReader } from '../orders.service';
import { OrderWords, assertNoWords } from '../life/order-words';
import { OrderMoney } from '../paying/order-money';
import { OrderPaymentsRepository } from '../paying/order-payments.repository';
import { amountsAfter, unitsMoved, variantsMoved, type ChangeSide } from './change-amounts';
import { ChangeEndings } from './change-endings';
import { allowsChange, type ChangeAction, type ChangeActor } from './change-states';
import { ChangeStateForbids, GoodsShort } from './change.errors';
import { assertChangeable, isPaid } from './changeable';
import type { ProposeChangeRequest, RefuseChangeRequest } from './dto/order-change.request';
import { OrderChangeResponse, type OrderChangeListResponse } from './dto/order-change.response';
import { OrderChangesRepository, type By, type ChangeRow, type ShownChange } from './order-changes.repository';

/** How long the buyer has for an answer, and after that for the difference. */
const ANSWER_HOURS = 72;
const PAY_HOURS = 24;
/** Of one order. Its buyer is written to about each: whoever proposes and withdraws on and on does nothing else. */
const MOST_CHANGES = 20;
const SWEEP_EVERY_MS = 30_000;
/** No more than so many in one run, so that a run ends. */
const BATCH = 200;
const CHANGE = 'change of this order';

/**
 * Changes that a merchant proposes in an order that is not shipped. The buyer sees the difference and decides; money and
 * stock follow in the same transaction. What an order that is paid becomes dearer by is paid first: its goods are set aside,
 * and it becomes what the change says once the difference is there. Everything happens under the order's lock, so that of
 * an answer, a withdrawal and the end of its time exactly one holds.
 */
@Injectable()
export class OrderChanges implements OnModuleInit {
  private readonly turn = new InTurn(new Logger('OrderChanges'), 'ended');

  constructor(
    private readonly orders: OrdersRepository,
    private readonly changes: OrderChangesRepository,
    private readonly endings: ChangeEndings,
    private readonly purse: OrderMoney,
    private readonly money: OrderPaymentsRepository,
    private readonly payable: PayableStores,
    private readonly payments: Payments,
    private readonly holds: Holds,
    private readonly words: OrderWords,
    private readonly stores: StoreDirectory,
    private readonly accounts: Accounts,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
    private readonly erasures: ErasureRegistry,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.erasures.register('order-changes', (tx, userId) => this.changes.forgetWords(tx, userId), {
      order_changes: true,
    });
    this.jobs.every(SWEEP_EVERY_MS, 'changes of orders whose time is over', async () => void (await this.expire()));
  }

  /** Throws NotFound, OrderStateForbids, ChangeOpen, InvalidRequest, InvalidField. */
  async propose(
    tx: Tx,
    caller: Caller,
    storeId: string,
    orderId: string,
    body: ProposeChangeRequest,
  ): Promise<OrderChangeResponse> {
    // Goods and money move by it: not on a token ten minutes old.
    await this.accounts.present(tx, caller);
    await this.stores.ownedStore(tx, caller, storeId);
    const order = await this.orders.lockOfStore(tx, storeId, orderId);
    if (!order) throw new NotFound('order');
    // The order's state first: what is asked for may not even be looked at otherwise.
    assertChangeable(order, 0);
    if ((await this.changes.count(tx, orderId)) >= MOST_CHANGES)
      throw new OrderStateForbids('changed', order.status, `It has had ${MOST_CHANGES} proposals.`);
    const before = await this.changes.side(tx, orderId);
    const after = await this.wanted(tx, order, before, body);
    const difference = after.totalCents - before.totalCents;
    assertChangeable(order, difference);
    await this.assertUnitsStay(tx, order, after, before);
    const unit = this.payable.unitOf(order.currency);
    if (isPaid(order) && difference % unit !== 0)
      throw new InvalidField('/items', `the total must change by multiples of ${unit} minor units`);
    const id = uuidv7();
    const keySubjectId = (await this.changes.keySubject(tx, orderId)) ?? id;
    const reason = await this.words.seal(tx, keySubjectId, placeOf(id, 'reason'), body.reason);
    await this.changes.add(tx, order, { id, keySubjectId, before, after, reason }, caller.id, ANSWER_HOURS);
    const { currency } = order;
    const totals = { totalBefore: before.totalCents, totalAfter: after.totalCents, currency };
    await this.events.publish(tx, orderEvent(CHANGE_PROPOSED, orderId, { changeId: id, storeId, ...totals }));
    return this.shown(tx, orderId, id, 'merchant');
  }

  /** It holds at once, or as soon as the difference is paid. Throws NotFound, ChangeStateForbids, OrderStateForbids, GoodsShort. */
  async accept(tx: Tx, actor: OrderReader, orderId: string, changeId: string): Promise<OrderChangeResponse> {
    const { order, change } = await this.lockForBuyer(tx, actor, orderId, changeId);
    this.assertAllows('accept', 'buyer', change);
    const difference = change.totalAfterCents - change.totalBeforeCents;
    assertChangeable(order, difference);
    if (order.totalCents !== change.totalBeforeCents)
      throw new ChangeStateForbids(change.status, 'The order is not what it was when this was proposed.');
    await this.assertUnitsStay(tx, order, change.after, change.before);
    const by = byOf(actor);
    const event = (type: string, more: object = {}) =>
      orderEvent(type, orderId, { changeId, storeId: order.storeId, ...more });
    if (isPaid(order) && difference > 0) {
      await this.setAside(tx, change);
      await this.changes.awaitPayment(tx, changeId, by, PAY_HOURS);
      await this.events.publish(tx, event(CHANGE_ACCEPTED));
    } else {
      if (isPaid(order)) await this.giveBack(tx, order, -difference);
      await this.setAside(tx, change);
      await this.apply(tx, order, change, by, 0);
      await this.events.publish(tx, event(CHANGE_ACCEPTED), event(CHANGE_APPLIED, { atOnce: true }));
    }
    return this.shown(tx, orderId, changeId, 'buyer');
  }

  /** Throws NotFound, ChangeStateForbids, InvalidField (words of the buyer of a sealed order). */
  async refuse(
    tx: Tx,
    actor: OrderReader,
    orderId: string,
    changeId: string,
    { reason }: RefuseChangeRequest,
  ): Promise<OrderChangeResponse> {
    const { order, change } = await this.lockForBuyer(tx, actor, orderId, changeId);
    assertNoWords(actor, '/reason', reason);
    this.assertAllows('refuse', 'buyer', change);
    const answer = await this.words.seal(tx, change.keySubjectId, placeOf(changeId, 'answer'), reason);
    await this.endings.end(tx, order, change, 'refused', byOf(actor), answer);
    return this.shown(tx, orderId, changeId, 'buyer');
  }

  /** Throws NotFound, ChangeStateForbids. */
  async withdraw(
    tx: Tx,
    caller: Caller,
    storeId: string,
    orderId: string,
    changeId: string,
  ): Promise<OrderChangeResponse> {
    await this.accounts.present(tx, caller);
    await this.stores.ownedStore(tx, caller, storeId);
    const order = await this.orders.lockOfStore(tx, storeId, orderId);
    if (!order) throw new NotFound('order');
    const change = await this.changes.lock(tx, orderId, changeId);
    if (!change) throw new NotFound(CHANGE);
    this.assertAllows('withdraw', 'merchant', change);
    await this.endings.end(tx, order, change, 'withdrawn', { kind: 'merchant', id: caller.id });
    return this.shown(tx, orderId, changeId, 'merchant');
  }

  /** Newest first. Throws NotFound. */
  async ofBuyer(reader: OrderReader, orderId: string, query: PageRequest): Promise<OrderChangeListResponse> {
    const { kind, id } = reader;
    const order = await (kind === 'token' ? this.orders.ofToken(id, orderId) : this.orders.ofBuyer(id, orderId));
    if (!order) throw new NotFound('order');
    const isBuyer = kind !== 'token' || order.acts === true;
    return this.list(orderId, query, isBuyer ? 'buyer' : 'link', isBuyer && mayPay(reader));
  }

  /** Newest first. Throws NotFound. */
  async ofStore(
    caller: Caller,
    storeId: string,
    orderId: string,
    query: PageRequest,
  ): Promise<OrderChangeListResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    if (!(await this.orders.ofStore(storeId, orderId))) throw new NotFound('order');
    return this.list(orderId, query, 'merchant', false);
  }

  /** As its reader sees it. `pays`: with what a payment under way is authorised with. */
  async shown(
    reader: Reader,
    orderId: string,
    changeId: string,
    as: 'buyer' | 'merchant' | 'link',
    pays = false,
  ): Promise<OrderChangeResponse> {
    return this.response((await this.changes.one(reader, orderId, changeId))!, as, pays);
  }

  /** Ends changes whose time is over; gives how many. */
  async expire(): Promise<number> {
    const due = await this.changes.due(this.database, BATCH, this.turn.resting);
    const orderOf = new Map(due.map(({ id, orderId }) => [id, orderId]));
    return this.turn.each([...orderOf.keys()], (id) => this.expireOne(orderOf.get(id)!, id));
  }

  /** The order becomes what a locked change says, its stock set aside already. `paidCents` were taken for it. */
  async apply(tx: Tx, order: LockedOrder, change: ChangeRow, by: By, paidCents: number): Promise<void> {
    const lowered = isPaid(order) ? Math.max(0, change.totalBeforeCents - change.totalAfterCents) : 0;
    await this.changes.apply(tx, change, by, paidCents, lowered);
    const { more, fewer } = unitsMoved(change.before, change.after);
    if (more.length > 0 && fewer.length > 0) await this.holds.lockStock(tx, variantsMoved(change.before, change.after));
    if (more.length > 0) await this.holds.sell(tx, change.id, order.storeId, more.length);
    if (fewer.length > 0) await this.holds.restock(tx, fewer);
  }

  private expireOne(orderId: string, changeId: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const order = await this.money.lockAny(tx, orderId);
      const change = await this.changes.lock(tx, orderId, changeId);
      if (!order || !change || change.isInTime) return false;
      if (!allowsChange('expire', 'system', factsOf(change))) return false;
      await this.endings.end(tx, order, change, 'expired', { kind: 'system', id: null });
      return true;
    });
  }

  private async lockForBuyer(tx: Tx, actor: OrderReader, orderId: string, changeId: string) {
    const order = await this.orders.lockOfBuyer(tx, actor, orderId);
    if (!order) throw new NotFound('order');
    const change = await this.changes.lock(tx, orderId, changeId);
    if (!change) throw new NotFound(CHANGE);
    return { order, change };
  }

  private assertAllows(action: ChangeAction, actor: ChangeActor, change: ChangeRow): void {
    if (!allowsChange(action, actor, factsOf(change)))
      throw new ChangeStateForbids(
        change.status,
        change.takenAt !== null && change.endedAt === null ? 'The difference is being paid at this moment.' : undefined,
      );
    if (action !== 'withdraw' && !change.isInTime) throw new ChangeStateForbids(change.status, 'Its time is over.');
  }

  /** What the change adds is held for it, for good: nobody else can buy it until it is applied or ended. */
  private async setAside(tx: Tx, change: ChangeRow): Promise<void> {
    const { more } = unitsMoved(change.before, change.after);
    if (more.length === 0) return;
    await this.holds.lockStock(tx, variantsMoved(change.before, change.after));
    const taken = await this.holds.take(tx, change.id, more, null, 60);
    const short = taken.filter(({ held }) => held === 0);
    if (short.length > 0) throw new GoodsShort(short.map(({ variantId, available }) => ({ variantId, available })));
    await this.holds.commit(
      tx,
      change.id,
      more.map(({ variantId }) => variantId),
    );
  }

  /** What was paid and is no longer owed. */
  private async giveBack(tx: Tx, order: LockedOrder, cents: number): Promise<void> {
    const amountCents = Math.min(cents, await this.purse.leftOf(tx, order));
    if (amountCents <= 0) return;
    if (isPaidByHand(order.paymentMethod)) return this.purse.owe(tx, order, amountCents, 'order_changed');
    await this.purse.giveBack(tx, order, { amountCents, reason: 'order_changed', byKind: 'system', byId: null });
  }

  /** Units that were refunded by themselves stay in the order: they cannot be paid back a second time. */
  private async assertUnitsStay(tx: Tx, order: LockedOrder, after: ChangeSide, before: ChangeSide): Promise<void> {
    if (!isPaid(order)) return;
    const settled = await this.purse.unitsSettled(tx, order.id);
    const units = new Map(after.items.map((item) => [item.itemId, item.quantity]));
    for (const { itemId } of before.items) {
      const least = settled.get(itemId!) ?? 0;
      if ((units.get(itemId) ?? 0) < least)
        throw new InvalidField('/items', `${least} of item ${itemId} are refunded already and stay in the order`);
    }
  }

  private async wanted(
    tx: Tx,
    { storeId, currency }: LockedOrder,
    before: ChangeSide,
    { items = [], added = [], delivery }: ProposeChangeRequest,
  ): Promise<ChangeSide> {
    const cents = (price: Money | undefined, pointer: string): number | undefined => {
      if (price && price.currency !== currency) throw new InvalidField(`${pointer}/currency`, `must be ${currency}`);
      return price?.amount;
    };
    const present = new Map(before.items.map((item) => [item.itemId, item]));
    const wanted = items.map(({ itemId, quantity, unitPrice }, index) => {
      const item = present.get(itemId);
      if (!item)
        throw new InvalidRequest([{ pointer: `/items/${index}/itemId`, detail: 'must be an item of this order' }]);
      const unitPriceCents = cents(unitPrice, `/items/${index}/unitPrice`) ?? item.unitPriceCents;
      return [itemId, { quantity: quantity ?? item.quantity, unitPriceCents }] as const;
    });
    const page = `${this.config.PUBLIC_URL}/api/v1/products/`;
    const ids = added.map(({ variantId }) => variantId);
    const goods = await this.changes.goods(tx, { storeId, currency }, ids, page);
    const coming = added.map(({ variantId, quantity, unitPrice }, index) => {
      const found = goods.get(variantId);
      if (!found) throw new InvalidField(`/added/${index}/variantId`, 'must be a variant that this store sells');
      const unitPriceCents = cents(unitPrice, `/added/${index}/unitPrice`) ?? found.unitPriceCents;
      return { ...found, quantity, unitPriceCents };
    });
    const { from, to, price } = delivery ?? {};
    if ((from === undefined) !== (to === undefined) || (from !== undefined && from > to!))
      throw new InvalidField('/delivery/to', 'give from and to, in order');
    const after = amountsAfter(before, {
      ...{
        items: new Map(wanted),
        added: coming,
        shippingCents: cents(price, '/delivery/price') ?? before.shippingCents,
      },
      ...{ estimatedFrom: from ?? before.estimatedFrom, estimatedTo: to ?? before.estimatedTo },
    });
    if (after.items.length === 0) throw new InvalidField('/items', 'nothing would be left: cancel the order instead');
    if (agreed(after) === agreed(before)) throw new InvalidField('/items', 'this changes nothing');
    return after;
  }

  private async list(
    orderId: string,
    { limit, cursor }: PageRequest,
    as: 'buyer' | 'merchant' | 'link',
    pays: boolean,
  ): Promise<OrderChangeListResponse> {
    const found = await this.changes.list(this.database, orderId, decodeIdCursor(cursor), limit + 1);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    return { data: rows.map((row) => this.response(row, as, pays)), nextCursor };
  }

  private response(row: ShownChange, as: 'buyer' | 'merchant' | 'link', pays: boolean): OrderChangeResponse {
    const said = {
      reason: this.words.open(row, placeOf(row.id, 'reason'), row.reason),
      answer: this.words.open(row, placeOf(row.id, 'answer'), row.answer),
    };
    const action = pays && row.waiting !== null && this.payments.opened(row.waiting);
    const shown = action ? { ...action, expiresAt: action.expiresAt.toISOString() } : null;
    return OrderChangeResponse.of(row, said, as, shown);
  }
}

/** A program that may only read orders does not take part in paying them. */
function mayPay(reader: OrderReader): boolean {
  return reader.kind === 'token' || reader.key === undefined || reader.key.scopes.includes('orders:write');
}

export function byOf(actor: OrderReader): By {
  return { kind: 'buyer', id: actor.kind === 'token' ? null : actor.id };
}

export function factsOf({ status, takenAt }: ChangeRow) {
  return { status, isTaken: takenAt !== null };
}

/** What a merchant can change, to compare: the rest follows. */
function agreed({ items, shippingCents, estimatedFrom, estimatedTo }: ChangeSide): string {
  const lines = items.map(({ itemId, quantity, unitPriceCents }) => [itemId, quantity, unitPriceCents]);
  return JSON.stringify([lines, shippingCents, estimatedFrom, estimatedTo]);
}

function placeOf(changeId: string, field: 'reason' | 'answer'): string {
  return `order_changes:${changeId}:${field}`;
}
