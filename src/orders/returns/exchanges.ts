import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Address } from '../../identity';
import { Holds } from '../../inventory';
import { isPaidByHand } from '../../payments';
import { Config } from '../../platform/config';
import { Vault, openJson, type SealedJson } from '../../platform/crypto';
import type { Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { InvalidField } from '../../platform/http';
import { inProportion } from '../changes/change-amounts';
import { GoodsShort } from '../changes/change.errors';
import { isPaid } from '../changes/changeable';
import { OrderChangesRepository } from '../changes/order-changes.repository';
import type { OrderContactResponse, OrderInstructionsResponse } from '../dto/order.response';
import { OrderStateForbids } from '../orders.errors';
import { OrdersRepository, type LockedOrder } from '../orders.repository';
import { OrdersService, placeOf, type PrivateField } from '../orders.service';
import type { ExchangeItemRequest, ReturnItemRequest } from './dto/return.request';
import { exchangeAmounts, type ExchangeAmounts, type ReturnedValue } from './exchange-amounts';
import { ReturnsRepository, type ExchangeGoods, type ReturnRow, type ReturnTerms } from './returns.repository';

/**
 * Exchanges: what came back pays for other goods of the store. Their prices are frozen when the exchange is asked for, they
 * are held from its approval on (under the return's id), and they become an order of their own when the goods came.
 */
@Injectable()
export class Exchanges {
  constructor(
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
    private readonly returns: ReturnsRepository,
    private readonly goods: OrderChangesRepository,
    private readonly holds: Holds,
    private readonly vault: Vault,
    private readonly events: Events,
    private readonly config: Config,
  ) {}

  /** What an exchange is for, at the prices of now. Throws OrderStateForbids, InvalidField. */
  async choose(
    tx: Tx,
    order: LockedOrder,
    terms: ReturnTerms,
    items: readonly ReturnItemRequest[],
    wanted: readonly ExchangeItemRequest[],
  ): Promise<ExchangeGoods[]> {
    if (!isPaid(order) || isPaidByHand(order.paymentMethod))
      throw new OrderStateForbids('exchanged', order.status, 'It was not paid in Muse: ask to send it back instead.');
    if (terms.buyerKind === null)
      throw new OrderStateForbids(
        'exchanged',
        order.status,
        'Its buyer’s address is sealed: ask to send it back instead.',
      );
    const page = `${this.config.PUBLIC_URL}/api/v1/products/`;
    const ids = wanted.map(({ variantId }) => variantId);
    const sold = await this.goods.goods(tx, order, ids, page);
    const chosen = wanted.map(({ variantId, quantity }, index) => {
      const found = sold.get(variantId);
      if (!found) throw new InvalidField(`/exchangeFor/${index}/variantId`, 'must be a variant that this store sells');
      return { ...found, quantity };
    });
    const prices = await this.returns.variants(tx, order.id);
    const back = items.reduce((sum, { itemId, quantity }) => sum + prices.get(itemId)!.unitPriceCents * quantity, 0);
    const dear = chosen.reduce((sum, { unitPriceCents, quantity }) => sum + unitPriceCents * quantity, 0);
    if (dear > back)
      throw new InvalidField('/exchangeFor', 'must be no dearer than what goes back', 'exchange_too_dear');
    return chosen;
  }

  /** From now on the goods wait for the exchange. Throws GoodsShort. */
  async setAside(tx: Tx, { id, exchangeFor }: ReturnRow): Promise<void> {
    const demand = demandOf(exchangeFor!);
    const taken = await this.holds.take(tx, id, demand, null, 60);
    const short = taken.filter(({ held }) => held === 0);
    if (short.length > 0) throw new GoodsShort(short.map(({ variantId, available }) => ({ variantId, available })));
    await this.holds.commit(
      tx,
      id,
      demand.map(({ variantId }) => variantId),
    );
  }

  async letGo(tx: Tx, returnId: string): Promise<void> {
    await this.holds.release(tx, returnId);
  }

  /** What the order would cost that replaces the goods; null where what came back does not pay for it. */
  amounts({ exchangeFor }: ReturnRow, value: ReturnedValue, terms: ReturnTerms, unit: number): ExchangeAmounts | null {
    const lines = exchangeFor!.map(({ unitPriceCents, quantity }) => unitPriceCents * quantity);
    if (lines.reduce((sum, cents) => sum + cents, 0) > value.priceCents) return null;
    return exchangeAmounts(value, lines, terms.taxLines, unit);
  }

  /** The order that replaces the goods; null where its buyer is forgotten. The held goods are sold by `sell`. */
  async place(
    tx: Tx,
    order: LockedOrder,
    { id: returnId, exchangeFor }: ReturnRow,
    terms: ReturnTerms,
    amounts: ExchangeAmounts,
  ): Promise<string | null> {
    const of = await this.repository.ofStore(order.storeId, order.id, tx);
    if (!of || terms.buyerKind === null || order.buyerId === null) return null;
    if (of.keySubjectId === null || of.wrapped === null || of.masterKeyId === null) return null;
    const key = this.vault.unwrap(of.keySubjectId, of.wrapped, of.masterKeyId);
    const open = <T>(field: PrivateField, sealed: SealedJson | null) =>
      sealed && openJson<T>(key, placeOf(order.id, field), sealed);
    const id = uuidv7();
    const { totalVesCents, totalCents, exchangeRateId, locale } = terms;
    const { event } = await this.orders.place(tx, {
      ...{ id, storeId: order.storeId, checkoutSessionId: null, storeOrderNumber: null, paymentId: null, sealed: null },
      buyer: { kind: terms.buyerKind, id: order.buyerId },
      actor: { kind: 'system', id: null },
      ...{ status: 'confirmed', paymentStatus: 'paid', checkoutMethod: 'direct', settlement: 'pay_now' },
      ...{ currency: order.currency, subtotalCents: amounts.subtotalCents, discountCents: amounts.discountCents },
      ...{ discounts: [], shippingCents: 0, fees: [], taxCents: amounts.taxCents, taxLines: amounts.taxLines },
      ...{ taxIncludedCents: amounts.taxIncludedCents, totalCents: amounts.totalCents, exchangeRateId, locale, key },
      totalVesCents:
        totalVesCents === null || totalCents === 0 ? null : inProportion(totalVesCents, amounts.totalCents, totalCents),
      shippingAddress: open<Address>('shipping_address', of.shippingAddress),
      billingAddress: open<Address>('billing_address', of.billingAddress),
      contact: open<OrderContactResponse>('contact', of.contact),
      instructions: open<OrderInstructionsResponse>('instructions', of.instructions),
      estimatedDelivery: null,
      items: exchangeFor!.map((item, index) => ({
        ...item,
        productUrl: item.productUrl ?? '',
        ...amounts.items[index]!,
      })),
    });
    this.returns.payByGoods(tx, id);
    // Whoever tells of it says what it is for.
    await this.events.publish(tx, { ...event, payload: { ...event.payload, returnId } });
    return id;
  }

  /** The goods that were held leave the store's stock. */
  async sell(tx: Tx, { id, exchangeFor }: ReturnRow, storeId: string): Promise<void> {
    await this.holds.sell(tx, id, storeId, demandOf(exchangeFor!).length);
  }
}

function demandOf(goods: readonly ExchangeGoods[]): { variantId: string; quantity: number }[] {
  return goods.map(({ variantId, quantity }) => ({ variantId, quantity }));
}
