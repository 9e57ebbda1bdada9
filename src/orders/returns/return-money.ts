import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PAYMENT_REFUNDED, PayableStores, isPaidByHand } from '../../payments';
import type { Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { isPaid } from '../changes/changeable';
import { ORDER_DISPUTE_ENDED, ORDER_REFUNDED } from '../orders.events';
import type { LockedOrder } from '../orders.repository';
import { OrderMoney } from '../paying/order-money';
import { OrderPaymentsRepository } from '../paying/order-payments.repository';
import { valueOf, type ReturnedValue } from './exchange-amounts';
import { ReturnsRepository } from './returns.repository';

const CONSUMER = 'order-returns';

/** Units of an item. */
export interface Units {
  itemId: string;
  quantity: number;
}

/** What goods that came back are worth: of `units`, those that nothing has settled yet. Cents. */
export interface Worth {
  money: ReturnedValue;
  units: Units[];
  restCents: number;
}

/** The money of goods that came back: what they are worth, how it goes back, and which returns are over with it. */
@Injectable()
export class ReturnMoney implements OnModuleInit {
  constructor(
    private readonly returns: ReturnsRepository,
    private readonly purse: OrderMoney,
    private readonly money: OrderPaymentsRepository,
    private readonly payable: PayableStores,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
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
    this.events.subscribe(ORDER_DISPUTE_ENDED, CONSUMER, async (tx, { aggregateId, payload }) => {
      const order = await this.money.lockAny(tx, aggregateId);
      if (order) await this.settleWhatWaited(tx, order, (payload as { isWon: boolean }).isWon);
    });
  }

  /**
   * What was paid for these units: all of them for an exchange, and for money those that no refund and no exchange has
   * settled yet. `unit`: the least amount that can go back.
   */
  async of(
    tx: Tx,
    order: LockedOrder,
    received: readonly { itemId: string; received: number }[],
    unit: number,
  ): Promise<Worth> {
    const nothing = { valueCents: 0, priceCents: 0, discountCents: 0, taxCents: 0, taxIncludedCents: 0 };
    if (!isPaid(order)) return { money: nothing, units: [], restCents: 0 };
    const variants = await this.returns.variants(tx, order.id);
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

  /** Asks for the refunds and gives their ids; what a store has by hand it owes from now on. */
  async giveBack(tx: Tx, order: LockedOrder, returnId: string, amountCents: number, items: Units[]): Promise<string[]> {
    if (amountCents <= 0) return [];
    if (isPaidByHand(order.paymentMethod)) {
      await this.purse.owe(tx, order, amountCents, 'return_received', returnId);
      return [];
    }
    const by = { byKind: 'system', byId: null } as const;
    const asked = await this.purse.giveBack(tx, order, { amountCents, reason: 'return_received', items, ...by });
    return asked.map(({ id }) => id);
  }

  /** Those that wait for money which is back: the store has given it by hand, or all that was paid for the order has gone back. */
  async endWhoseMoneyIsBack(tx: Tx, order: LockedOrder): Promise<void> {
    const isAll = order.capturedCents > 0 && order.refundedCents >= order.capturedCents;
    const given = isPaidByHand(order.paymentMethod) ? await this.purse.returnsGivenBack(tx, order) : [];
    if (isAll || given.length > 0) await this.returns.moneyIsBack(tx, order.id, isAll ? 'all' : given);
  }

  /** Of goods that came while the bank had the money: won, it is ours to give now; lost, the bank has given it. Again: nothing. */
  private async settleWhatWaited(tx: Tx, order: LockedOrder, isWon: boolean): Promise<void> {
    const unit = this.payable.unitOf(order.currency);
    for (const { id, items } of await this.returns.waiting(tx, order.id)) {
      if (!isWon) {
        await this.returns.close(tx, id);
        continue;
      }
      const { money, units } = await this.of(tx, order, items, unit);
      const refundIds = await this.giveBack(tx, order, id, money.valueCents, units);
      if (money.valueCents > 0) await this.returns.asked(tx, id, money.valueCents, refundIds);
      else if (isPaid(order)) await this.returns.close(tx, id);
    }
  }
}
