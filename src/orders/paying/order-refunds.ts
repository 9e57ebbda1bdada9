import { Injectable } from '@nestjs/common';
import { Accounts, type Caller, type TokenHolder } from '../../identity';
import {
  ManualPayments,
  PayableStores,
  RefundTooLarge,
  isPaidByHand,
  type NewRefund,
  type RefundRow,
} from '../../payments';
import { Database, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { InvalidField, InvalidRequest, NotFound } from '../../platform/http';
import { money } from '../../platform/money';
import { StoreDirectory } from '../../stores';
import type { RefundRequest } from '../dto/order.request';
import { RefundResponse, type RefundListResponse } from '../dto/refund.response';
import { OrderWords, placeOfWords } from '../life/order-words';
import { OrderMoney } from './order-money';
import { OrderPaymentsRepository } from './order-payments.repository';
import { isRefundable, paymentStatusAfter } from '../order-states';
import { OrderStateForbids } from '../orders.errors';
import { ORDER_REFUNDED, orderEvent } from '../orders.events';
import { OrdersRepository, type LockedOrder } from '../orders.repository';
import { amountOfUnits } from './refund-amounts';

/**
 * Refunds of orders, by their merchant or by support. Each is asked under the order's lock, so that two at once see each
 * other; payments bounds them again by what was captured.
 */
@Injectable()
export class OrderRefunds {
  constructor(
    private readonly repository: OrdersRepository,
    private readonly money: OrderPaymentsRepository,
    private readonly purse: OrderMoney,
    private readonly payable: PayableStores,
    private readonly manual: ManualPayments,
    private readonly words: OrderWords,
    private readonly events: Events,
    private readonly stores: StoreDirectory,
    private readonly accounts: Accounts,
    private readonly database: Database,
  ) {}

  /** Throws NotFound, OrderStateForbids, RefundTooLarge, InvalidRequest, InvalidField. */
  async byMerchant(
    tx: Tx,
    caller: Caller,
    storeId: string,
    orderId: string,
    body: RefundRequest,
  ): Promise<RefundResponse> {
    await this.accounts.present(tx, caller);
    await this.stores.ownedStore(tx, caller, storeId);
    const order = await this.repository.lockOfStore(tx, storeId, orderId);
    return this.ask(tx, order, body, { kind: 'merchant', id: caller.id });
  }

  /** Throws as byMerchant does. */
  async bySupport(tx: Tx, caller: Caller, orderId: string, body: RefundRequest): Promise<RefundResponse> {
    await this.accounts.present(tx, caller);
    const order = await this.money.lockAny(tx, orderId);
    return this.ask(tx, order, body, { kind: caller.roles.includes('admin') ? 'admin' : 'support', id: caller.id });
  }

  /** Oldest first. Throws NotFound. */
  async ofStore(caller: Caller, storeId: string, orderId: string): Promise<RefundListResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    return this.list(orderId, await this.repository.ofStore(storeId, orderId));
  }

  async ofBuyer(caller: Caller | TokenHolder, orderId: string): Promise<RefundListResponse> {
    const { kind, id } = caller;
    if (kind !== 'token') return this.list(orderId, await this.repository.ofBuyer(id, orderId));
    const row = await this.repository.ofToken(id, orderId);
    return this.list(orderId, row?.acts ? row : undefined);
  }

  async ofAny(orderId: string): Promise<RefundListResponse> {
    return this.list(orderId, await this.money.currencyOf(orderId));
  }

  private async list(orderId: string, order: { currency: string } | undefined): Promise<RefundListResponse> {
    if (!order) throw new NotFound('order');
    const refunds = await this.purse.refundsOf(this.database, orderId);
    const authors = refunds.flatMap(({ sealedReason, byId }) => (sealedReason && byId !== null ? [byId] : []));
    const keys = authors.length === 0 ? undefined : await this.words.keysOf(this.database, orderId, authors);
    return {
      data: refunds.map((refund) => {
        const key = refund.byId === null ? undefined : keys?.get(refund.byId);
        const said = key && this.words.open(key, placeOfWords(orderId, 'reason'), refund.sealedReason);
        return RefundResponse.of(refund, order.currency, said);
      }),
    };
  }

  private async ask(
    tx: Tx,
    order: LockedOrder | undefined,
    body: RefundRequest,
    by: { kind: 'merchant' | 'support' | 'admin'; id: string },
  ): Promise<RefundResponse> {
    if (!order) throw new NotFound('order');
    if (!isRefundable(order.paymentStatus))
      throw new OrderStateForbids(
        'refunded',
        order.status,
        `Its payment is ${order.paymentStatus}: nothing can go back.`,
      );
    const amountCents = await this.amountOf(tx, order, body);
    // What pays for goods that replaced some of its own goes back with those, if at all.
    const left = await this.purse.leftOf(tx, order);
    if (amountCents > left) throw new RefundTooLarge(Math.max(0, left), order.currency);
    const { id: orderId, currency } = order;
    const items = body.items?.map(({ itemId, quantity }) => ({ itemId, quantity }));
    const { reason: words } = body;
    const asked = { amountCents, reason: `by_${by.kind}`, items, byKind: by.kind, byId: by.id };
    const sealedReason = await this.words.reason(tx, order, by.id, words);
    if (isPaidByHand(order.paymentMethod)) {
      const noted = await this.note(tx, order, { ...asked, orderId, sealedReason }, by);
      return RefundResponse.of(noted, currency, words);
    }
    const [refund] = await this.purse.giveBack(tx, order, { ...asked, words });
    const told = { refundId: refund!.id, amount: money(amountCents, currency) };
    await this.money.note(tx, orderId, 'refund_asked', by, { sealedReason }, told);
    return RefundResponse.of({ ...refund!, amountCents }, currency, words);
  }

  /** Of an order that was paid without Muse: the store has given it back by itself, so it is done. */
  private async note(
    tx: Tx,
    order: LockedOrder,
    asked: NewRefund,
    actor: { kind: 'merchant' | 'support' | 'admin'; id: string },
  ): Promise<RefundRow> {
    const { id: orderId, storeId, currency, paymentId, capturedCents } = order;
    const { amountCents, sealedReason } = asked;
    const refund = await this.manual.refund(tx, asked);
    const refundedCents = order.refundedCents + amountCents;
    const paymentStatus = paymentStatusAfter('refunded', order, capturedCents, refundedCents);
    const told = { refundId: refund.id, amountCents };
    await this.money.record(tx, order, {
      ...{ type: 'refunded', paymentStatus, paymentId, refundedCents, actor, sealedReason, told },
    });
    await this.events.publish(
      tx,
      orderEvent(ORDER_REFUNDED, orderId, { storeId, refundId: refund.id, amountCents, currency }),
    );
    return refund;
  }

  private async amountOf(tx: Tx, { id, currency }: LockedOrder, { amount, items }: RefundRequest): Promise<number> {
    if ((amount === undefined) === (items === undefined))
      throw new InvalidRequest([{ pointer: '/amount', detail: 'give either amount or items' }]);
    if (amount) {
      if (amount.currency !== currency) throw new InvalidField('/amount/currency', `must be ${currency}`);
      return amount.amount;
    }
    const priced = new Map((await this.money.pricedItems(tx, id)).map((item) => [item.id, item]));
    const refunded = await this.purse.unitsSettled(tx, id);
    const amounts = items!.map(({ itemId, quantity }, index) => {
      const item = priced.get(itemId);
      if (!item)
        throw new InvalidRequest([{ pointer: `/items/${index}/itemId`, detail: 'must be an item of this order' }]);
      const before = refunded.get(itemId) ?? 0;
      const left = item.quantity - before;
      if (quantity > left) throw new InvalidField(`/items/${index}/quantity`, `at most ${left} can still be refunded`);
      return amountOfUnits(item, before, quantity, this.payable.unitOf(currency));
    });
    const sum = amounts.reduce((a, b) => a + b, 0);
    if (sum === 0) throw new InvalidField('/items', 'nothing was paid for these');
    return sum;
  }
}
