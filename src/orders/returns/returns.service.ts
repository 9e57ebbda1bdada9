import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Accounts, ErasureRegistry, type Caller } from '../../identity';
import { Holds } from '../../inventory';
import { PAYMENT_REFUNDED, PayableStores, isPaidByHand } from '../../payments';
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
import { trackingLink } from '../../store-integrations';
import { StoreDirectory } from '../../stores';
import { isPaid } from '../changes/changeable';
import type { By } from '../changes/order-changes.repository';
import { byOf } from '../changes/order-changes.service';
import { allows, returnable } from '../order-states';
import { StoreRequests } from '../following/store-requests';
import { OrderMoves } from '../life/order-moves';
import { OrderWords } from '../life/order-words';
import { OrderStateForbids } from '../orders.errors';
import {
  EXCHANGE_PLACED,
  ORDER_REFUNDED,
  RETURN_APPROVED,
  RETURN_CANCELLED,
  RETURN_RECEIVED,
  RETURN_REFUSED,
  RETURN_REQUESTED,
  orderEvent,
} from '../orders.events';
import { OrdersRepository, type LockedOrder } from '../orders.repository';
import type { OrderReader } from '../orders.service';
import { OrderMoney } from '../paying/order-money';
import { OrderPaymentsRepository } from '../paying/order-payments.repository';
import type {
  ApproveReturnRequest,
  ListReturnsRequest,
  ReceiveReturnRequest,
  RefuseReturnRequest,
  ReturnRequest,
  SendReturnRequest,
} from './dto/return.request';
import {
  ReturnResponse,
  type ReturnListResponse,
  type ReturnParcelResponse,
  type SaidOfItems,
} from './dto/return.response';
import { valueOf, type ReturnedValue } from './exchange-amounts';
import { Exchanges } from './exchanges';
import { NotThatManyToReturn, ReturnStateForbids } from './return.errors';
import { allowsReturn, returnableUntil, type ReturnAction, type ReturnActor } from './return-states';
import {
  ReturnsRepository,
  type Received,
  type ReturnRow,
  type ReturnTerms,
  type ShownReturn,
} from './returns.repository';

const CONSUMER = 'order-returns';
const AT_STORE = 'The store has been asked to take it back: tell the store that it stays with you.';
const BEING_PAID = 'The order is being paid at this moment: receive the goods once that is over.';
const PAYING: ReadonlySet<string> = new Set<LockedOrder['paymentStatus']>(['unpaid', 'failed', 'authorized']);
/** Of one order. Its merchant is written to about each: whoever asks and cancels on and on does nothing else. */
const MOST_RETURNS = 50;

/**
 * Goods that come back: asked for by the buyer, approved or refused by the merchant, received, and then refunded or replaced.
 * Everything happens under the order's lock, so that units are sent back once, and paid back once, whoever else refunds.
 */
@Injectable()
export class Returns implements OnModuleInit {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly returns: ReturnsRepository,
    private readonly exchanges: Exchanges,
    private readonly moves: OrderMoves,
    private readonly purse: OrderMoney,
    private readonly money: OrderPaymentsRepository,
    private readonly payable: PayableStores,
    private readonly holds: Holds,
    private readonly words: OrderWords,
    private readonly requests: StoreRequests,
    private readonly stores: StoreDirectory,
    private readonly accounts: Accounts,
    private readonly database: Database,
    private readonly events: Events,
    private readonly erasures: ErasureRegistry,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.erasures.register('order-returns', (tx, userId) => this.returns.forgetWords(tx, userId), { returns: true });
    this.events.subscribe(PAYMENT_REFUNDED, CONSUMER, async (tx, { payload }) => {
      const found = await this.returns.ofRefund(tx, (payload as { refundId: string }).refundId);
      if (!found) return;
      await this.money.lockAny(tx, found.orderId);
      await this.returns.refunded(tx, found.id);
    });
    // What went back without a refund of the return's own: by hand, or with all that was paid.
    this.events.subscribe(ORDER_REFUNDED, CONSUMER, async (tx, { aggregateId }) => {
      const order = await this.money.lockAny(tx, aggregateId);
      if (order) await this.endWhoseMoneyIsBack(tx, order);
    });
  }

  /**
   * A store with an interface of its own is asked there, where it offers that: the return is `requested` until it answers.
   * Throws NotFound, OrderStateForbids, NotOfferedByStore, NotThatManyToReturn, InvalidRequest (another order's item), InvalidField.
   */
  async request(
    tx: Tx,
    actor: OrderReader,
    orderId: string,
    { items, kind = 'return', exchangeFor }: ReturnRequest,
  ): Promise<ReturnResponse> {
    const order = await this.orders.lockOfBuyer(tx, actor, orderId);
    if (!order) throw new NotFound('order');
    const terms = await this.returns.terms(tx, orderId);
    const isAtStore = order.checkoutMethod === 'oauth_api';
    if (isAtStore) await this.requests.assertOffered(tx, order, 'return');
    this.assertReturnable(order, terms);
    if (isAtStore && kind === 'exchange')
      throw new InvalidField('/kind', 'is for stores on Muse: send it back for money, and order anew');
    if ((await this.returns.count(tx, orderId)) >= MOST_RETURNS)
      throw new OrderStateForbids('returned', order.status, `It has had ${MOST_RETURNS} returns.`);
    if ((kind === 'exchange') !== (exchangeFor !== undefined))
      throw new InvalidField('/exchangeFor', 'is for an exchange, and an exchange needs it');
    const present = await this.returns.itemsOfOrder(tx, orderId);
    const reserved = await this.returns.reserve(tx, orderId, items);
    items.forEach((item, index) => {
      const of = present.get(item.itemId);
      if (!of)
        throw new InvalidRequest([{ pointer: `/items/${index}/itemId`, detail: 'must be an item of this order' }]);
      if (!reserved.has(item.itemId)) throw new NotThatManyToReturn(`/items/${index}/quantity`, of.returnable);
    });
    const goods = exchangeFor ? await this.exchanges.choose(tx, order, terms, items, exchangeFor) : null;
    const id = uuidv7();
    const keySubjectId = terms.keySubjectId ?? id;
    // Of an order that names nobody no words are kept: its buyer tells the store sealed.
    const isSealed = terms.keySubjectId === null;
    const said: SaidOfItems = Object.fromEntries(
      items.map(({ itemId, reason, photoUrls = [] }) => [
        itemId,
        isSealed ? { reason: '', photoUrls: [] } : { reason, photoUrls },
      ]),
    );
    const words = await this.words.seal(tx, keySubjectId, placeOf(id, 'words'), said);
    await this.returns.add(tx, order, { id, kind, words, keySubjectId, exchangeFor: goods }, items, byOf(actor));
    if (isAtStore) await this.requests.askToTakeBack(tx, order, id);
    await this.tell(tx, order, RETURN_REQUESTED, id);
    return this.shown(tx, orderId, id, 'buyer');
  }

  /** Until it is on its way. Throws NotFound, ReturnStateForbids. */
  async cancel(tx: Tx, actor: OrderReader, orderId: string, returnId: string): Promise<ReturnResponse> {
    const { order, row } = await this.lockForBuyer(tx, actor, orderId, returnId);
    assertAllows('cancel', 'buyer', row);
    // What a store has been asked, it is not asked to forget.
    if (order.checkoutMethod !== 'direct') throw new ReturnStateForbids(row.status, AT_STORE);
    await this.returns.move(tx, returnId, 'cancelled', byOf(actor));
    if (row.kind === 'exchange' && row.status === 'approved') await this.exchanges.letGo(tx, returnId);
    await this.tell(tx, order, RETURN_CANCELLED, returnId);
    return this.shown(tx, orderId, returnId, 'buyer');
  }

  /** The buyer has handed it to a carrier. Throws NotFound, ReturnStateForbids. */
  async send(
    tx: Tx,
    actor: OrderReader,
    orderId: string,
    returnId: string,
    { carrier, trackingNumber }: SendReturnRequest,
  ): Promise<ReturnResponse> {
    const { row } = await this.lockForBuyer(tx, actor, orderId, returnId);
    assertAllows('send', 'buyer', row);
    const sent: ReturnParcelResponse = { carrier, trackingNumber, trackingUrl: trackingLink(carrier, trackingNumber) };
    const parcel = await this.words.seal(tx, row.keySubjectId ?? returnId, placeOf(returnId, 'parcel'), sent);
    await this.returns.move(tx, returnId, 'in_transit', byOf(actor), { parcel });
    return this.shown(tx, orderId, returnId, 'buyer');
  }

  /** What an exchange is for is held from now on. Throws NotFound, ReturnStateForbids, GoodsShort. */
  async approve(
    tx: Tx,
    caller: Caller,
    storeId: string,
    orderId: string,
    returnId: string,
    { note }: ApproveReturnRequest,
  ): Promise<ReturnResponse> {
    const { order, row } = await this.lockForMerchant(tx, caller, storeId, orderId, returnId);
    assertAllows('approve', 'merchant', row);
    const answer = await this.words.seal(tx, row.keySubjectId ?? returnId, placeOf(returnId, 'answer'), note);
    await this.returns.move(tx, returnId, 'approved', merchant(caller), { answer });
    if (row.kind === 'exchange') await this.exchanges.setAside(tx, row);
    await this.tell(tx, order, RETURN_APPROVED, returnId);
    return this.shown(tx, orderId, returnId, 'merchant');
  }

  /** Throws NotFound, ReturnStateForbids. */
  async refuse(
    tx: Tx,
    caller: Caller,
    storeId: string,
    orderId: string,
    returnId: string,
    { reason }: RefuseReturnRequest,
  ): Promise<ReturnResponse> {
    const { order, row } = await this.lockForMerchant(tx, caller, storeId, orderId, returnId);
    assertAllows('refuse', 'merchant', row);
    const answer = await this.words.seal(tx, row.keySubjectId ?? returnId, placeOf(returnId, 'answer'), reason);
    await this.returns.move(tx, returnId, 'refused', merchant(caller), { answer });
    if (row.kind === 'exchange' && row.status !== 'requested') await this.exchanges.letGo(tx, returnId);
    await this.tell(tx, order, RETURN_REFUSED, returnId);
    return this.shown(tx, orderId, returnId, 'merchant');
  }

  /**
   * The goods are there. What of them was paid and was not refunded before goes back, delivery left out; or, of an exchange
   * that came whole, the order that replaces them is placed; where there is nothing to give back it is over. Throws NotFound, ReturnStateForbids, InvalidRequest, InvalidField.
   */
  async receive(
    tx: Tx,
    caller: Caller,
    storeId: string,
    orderId: string,
    returnId: string,
    body: ReceiveReturnRequest,
  ): Promise<ReturnResponse> {
    const { order, row } = await this.lockForMerchant(tx, caller, storeId, orderId, returnId);
    assertAllows('receive', 'merchant', row);
    // Money that is on its way would come for goods that are back, and nobody would give it back.
    if (order.paymentId !== null && PAYING.has(order.paymentStatus))
      throw new ReturnStateForbids(row.status, BEING_PAID);
    const received = receivedOf(row, body);
    const variants = await this.returns.variants(tx, orderId);
    const unit = this.payable.unitOf(order.currency);
    const value = await this.valueOf(tx, order, received, variants, unit);
    const exchangeOrderId = await this.exchange(tx, order, row, received, value, unit);
    const refundCents = exchangeOrderId === null ? value.money.valueCents : value.restCents;
    const refundIds = await this.giveBack(tx, order, row, refundCents, exchangeOrderId === null ? value.units : []);
    if (row.kind === 'exchange') await this.lockStock(tx, row, received, variants);
    await this.restock(tx, received, variants);
    if (row.kind === 'exchange') {
      if (exchangeOrderId === null) await this.exchanges.letGo(tx, returnId);
      else await this.exchanges.sell(tx, row, storeId);
    }
    const by = merchant(caller);
    await this.returns.receive(tx, returnId, by, { exchangeOrderId, refundCents, refundIds }, received);
    await this.endWhoseMoneyIsBack(tx, order);
    // Of a disputed one the bank decides first where the money is.
    if (exchangeOrderId === null && refundCents === 0 && order.paymentStatus !== 'disputed')
      await this.returns.close(tx, returnId);
    await this.tell(tx, order, RETURN_RECEIVED, returnId, exchangeOrderId);
    if (allows('return', 'system', order) && (await this.returns.isAllBack(tx, orderId)))
      await this.moves.move(tx, 'return', order, { actor: 'system', actorId: null });
    if (exchangeOrderId !== null)
      await this.events.publish(tx, orderEvent(EXCHANGE_PLACED, orderId, { returnId, storeId, exchangeOrderId }));
    return this.shown(tx, orderId, returnId, 'merchant');
  }

  /** Throws NotFound. */
  async findOfBuyer(reader: OrderReader, orderId: string, returnId: string): Promise<ReturnResponse> {
    const as = await this.readerOf(reader, orderId);
    return this.shown(this.database, orderId, returnId, as);
  }

  /** Oldest first. Throws NotFound. */
  async ofBuyer(reader: OrderReader, orderId: string, query: PageRequest): Promise<ReturnListResponse> {
    return this.ofOrder(orderId, query, await this.readerOf(reader, orderId));
  }

  /** Oldest first. Throws NotFound. */
  async ofStoresOrder(
    caller: Caller,
    storeId: string,
    orderId: string,
    query: PageRequest,
  ): Promise<ReturnListResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    if (!(await this.orders.ofStore(storeId, orderId))) throw new NotFound('order');
    return this.ofOrder(orderId, query, 'merchant');
  }

  /** Newest first. Throws NotFound. */
  async ofStore(
    caller: Caller,
    storeId: string,
    { limit, cursor, status }: ListReturnsRequest,
  ): Promise<ReturnListResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    const found = await this.returns.ofStore(storeId, decodeIdCursor(cursor), limit + 1, status);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    return { data: rows.map((row) => this.response(row, 'merchant')), nextCursor };
  }

  private async ofOrder(
    orderId: string,
    { limit, cursor }: PageRequest,
    as: 'buyer' | 'merchant' | 'link',
  ): Promise<ReturnListResponse> {
    const found = await this.returns.ofOrder(orderId, decodeIdCursor(cursor), limit + 1);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    return { data: rows.map((row) => this.response(row, as)), nextCursor };
  }

  private assertReturnable(order: LockedOrder, { deliveredAt, returnsDays, now }: ReturnTerms): void {
    if (order.checkoutMethod !== 'direct' && order.checkoutMethod !== 'oauth_api')
      throw new OrderStateForbids(
        'returned',
        order.status,
        'This order was placed on the store’s own site: return it there.',
      );
    if (!returnable(order.status)) throw new OrderStateForbids('returned', order.status);
    const until = returnableUntil(deliveredAt, returnsDays ?? this.config.RETURN_DAYS);
    if (until !== null && until <= now)
      throw new OrderStateForbids('returned', order.status, `It could be sent back until ${until.toISOString()}.`);
  }

  /**
   * What was paid for these units: all of them for an exchange, and for money those that no refund and no exchange has
   * settled yet.
   */
  private async valueOf(
    tx: Tx,
    order: LockedOrder,
    received: readonly Received[],
    variants: Map<string, { unitPriceCents: number }>,
    unit: number,
  ): Promise<{ money: ReturnedValue; units: { itemId: string; quantity: number }[]; restCents: number }> {
    const nothing = { valueCents: 0, priceCents: 0, discountCents: 0, taxCents: 0, taxIncludedCents: 0 };
    if (!isPaid(order)) return { money: nothing, units: [], restCents: 0 };
    const priced = new Map((await this.money.pricedItems(tx, order.id)).map((item) => [item.id, item]));
    const settled = await this.purse.unitsSettled(tx, order.id);
    const units = received.flatMap(({ itemId, received: quantity }) => {
      const item = { ...priced.get(itemId)!, unitPriceCents: variants.get(itemId)!.unitPriceCents };
      const before = settled.get(itemId) ?? 0;
      const open = Math.min(quantity, item.quantity - before);
      return open > 0 ? [{ item, before, quantity: open }] : [];
    });
    const money = valueOf(units, unit);
    const left = await this.purse.leftOf(tx, order);
    // Amounts that were given back before, for no unit, are of this money too.
    money.valueCents = Math.min(money.valueCents, Math.floor(left / unit) * unit);
    return { money, units: units.map(({ item, quantity }) => ({ itemId: item.id, quantity })), restCents: 0 };
  }

  /** Places the order that replaces the goods, where all of them came and pay for it; notes what is left over. */
  private async exchange(
    tx: Tx,
    order: LockedOrder,
    row: ReturnRow,
    received: readonly Received[],
    value: { money: ReturnedValue; units: { quantity: number }[]; restCents: number },
    unit: number,
  ): Promise<string | null> {
    if (row.kind !== 'exchange') return null;
    const asked = row.items.reduce((sum, { quantity }) => sum + quantity, 0);
    const came = received.reduce((sum, { received: quantity }) => sum + quantity, 0);
    const paid = value.units.reduce((sum, { quantity }) => sum + quantity, 0);
    const { money } = value;
    const isWhole = money.priceCents - money.discountCents + money.taxCents === money.valueCents;
    if (came < asked || paid < asked || !isWhole) return null;
    const terms = await this.returns.terms(tx, order.id);
    const amounts = this.exchanges.amounts(row, money, terms, unit);
    if (!amounts) return null;
    value.restCents = amounts.restCents;
    return this.exchanges.place(tx, order, row, terms, amounts);
  }

  /** Those that wait for money which is back: the store has given it by hand, or all that was paid for the order has gone back. */
  private async endWhoseMoneyIsBack(tx: Tx, order: LockedOrder): Promise<void> {
    const isAll = order.capturedCents > 0 && order.refundedCents >= order.capturedCents;
    const given = isPaidByHand(order.paymentMethod) ? await this.purse.returnsGivenBack(tx, order) : [];
    if (isAll || given.length > 0) await this.returns.moneyIsBack(tx, order.id, isAll ? 'all' : given);
  }

  private async giveBack(
    tx: Tx,
    order: LockedOrder,
    { id: returnId }: ReturnRow,
    amountCents: number,
    items: { itemId: string; quantity: number }[],
  ): Promise<string[]> {
    if (amountCents <= 0) return [];
    if (isPaidByHand(order.paymentMethod)) {
      await this.purse.owe(tx, order, amountCents, 'return_received', returnId);
      return [];
    }
    const by = { byKind: 'system', byId: null } as const;
    const asked = await this.purse.giveBack(tx, order, { amountCents, reason: 'return_received', items, ...by });
    return asked.map(({ id }) => id);
  }

  private async restock(
    tx: Tx,
    received: readonly Received[],
    variants: Map<string, { variantId: string | null }>,
  ): Promise<void> {
    const lines = received.flatMap(({ itemId, restocked: quantity }) => {
      const variantId = variants.get(itemId)!.variantId;
      return variantId !== null && quantity > 0 ? [{ variantId, quantity }] : [];
    });
    if (lines.length > 0) await this.holds.restock(tx, lines);
  }

  /** Of what comes and of what goes, before either moves. */
  private async lockStock(
    tx: Tx,
    { exchangeFor }: ReturnRow,
    received: readonly Received[],
    variants: Map<string, { variantId: string | null }>,
  ): Promise<void> {
    const coming = received.map(({ itemId }) => variants.get(itemId)!.variantId);
    const going = (exchangeFor ?? []).map(({ variantId }) => variantId);
    await this.holds.lockStock(
      tx,
      [...coming, ...going].filter((variantId) => variantId !== null),
    );
  }

  private async lockForBuyer(tx: Tx, actor: OrderReader, orderId: string, returnId: string) {
    const order = await this.orders.lockOfBuyer(tx, actor, orderId);
    if (!order) throw new NotFound('order');
    return { order, row: await this.lock(tx, orderId, returnId) };
  }

  private async lockForMerchant(tx: Tx, caller: Caller, storeId: string, orderId: string, returnId: string) {
    // Goods and money move by it: not on a token ten minutes old.
    await this.accounts.present(tx, caller);
    await this.stores.ownedStore(tx, caller, storeId);
    const order = await this.orders.lockOfStore(tx, storeId, orderId);
    if (!order) throw new NotFound('order');
    return { order, row: await this.lock(tx, orderId, returnId) };
  }

  private async lock(tx: Tx, orderId: string, returnId: string): Promise<ReturnRow> {
    const row = await this.returns.lock(tx, orderId, returnId);
    if (!row) throw new NotFound('return of this order');
    return row;
  }

  /** The buyer, or whoever holds a link that only looks. Throws NotFound. */
  private async readerOf({ kind, id }: OrderReader, orderId: string): Promise<'buyer' | 'link'> {
    const order = await (kind === 'token' ? this.orders.ofToken(id, orderId) : this.orders.ofBuyer(id, orderId));
    if (!order) throw new NotFound('order');
    return kind === 'token' && order.acts !== true ? 'link' : 'buyer';
  }

  private async shown(
    reader: Reader,
    orderId: string,
    returnId: string,
    as: 'buyer' | 'merchant' | 'link',
  ): Promise<ReturnResponse> {
    const row = await this.returns.one(reader, orderId, returnId);
    if (!row) throw new NotFound('return of this order');
    return this.response(row, as);
  }

  private response(row: ShownReturn, as: 'buyer' | 'merchant' | 'link'): ReturnResponse {
    const opened = {
      words: this.words.open<SaidOfItems>(row, placeOf(row.id, 'words'), row.words),
      answer: this.words.open(row, placeOf(row.id, 'answer'), row.answer),
      parcel: this.words.open<ReturnParcelResponse>(row, placeOf(row.id, 'parcel'), row.parcel),
    };
    return ReturnResponse.of(row, opened, as);
  }

  private async tell(
    tx: Tx,
    { id, storeId }: LockedOrder,
    type: string,
    returnId: string,
    exchangeOrderId: string | null = null,
  ): Promise<void> {
    const instead = exchangeOrderId === null ? {} : { exchangeOrderId };
    await this.events.publish(tx, orderEvent(type, id, { storeId, returnId, ...instead }));
  }
}

function assertAllows(action: ReturnAction, actor: ReturnActor, { status }: ReturnRow): void {
  if (!allowsReturn(action, actor, status)) throw new ReturnStateForbids(status);
}

/** What came of each item that was to. Throws InvalidRequest, InvalidField. */
function receivedOf(row: ReturnRow, { items }: ReceiveReturnRequest): Received[] {
  const asked = new Map(row.items.map((item) => [item.itemId, item.quantity]));
  const received = items.map(({ itemId, quantity, condition, restock = condition !== 'damaged' }, index) => {
    const most = asked.get(itemId);
    if (most === undefined)
      throw new InvalidRequest([{ pointer: `/items/${index}/itemId`, detail: 'must be an item of this return' }]);
    if (quantity > most) throw new InvalidField(`/items/${index}/quantity`, `at most ${most} of it are in this return`);
    return { itemId, received: quantity, restocked: restock ? quantity : 0, condition };
  });
  if (received.every((item) => item.received === 0)) throw new InvalidField('/items', 'something must have come');
  return received;
}

function merchant({ id }: Caller): By {
  return { kind: 'merchant', id };
}

function placeOf(returnId: string, field: 'words' | 'answer' | 'parcel'): string {
  return `returns:${returnId}:${field}`;
}
