import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Accounts, type Caller } from '../../identity';
import { OrdersService, type OrderResponse } from '../../orders';
import { Database, type Reader, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound, decodeIdCursor, encodeCursor, page, type Limit, type Once } from '../../platform/http';
import { DISPLAY_CURRENCY, ExchangeRates } from '../../pricing';
import { MailFindings, domainsOfOwner } from '../../store-integrations';
import { FoundStores } from '../../stores';
import { HandoffOver } from '../checkout.errors';
import { HandoffsRepository } from '../handoffs/handoffs.repository';
import { HandoffsService } from '../handoffs/handoffs.service';
import { privately } from '../sealed/privately';
import type { FollowFoundOrderRequest, ListFoundOrdersRequest } from './dto/found-order.request';
import { FoundOrderResponse, type FoundOrderListResponse } from './dto/found-order.response';
import { FoundOrderFollowed, FoundOrderNamesBuyer } from './found-orders.errors';
import { FoundOrdersRepository, type FoundRow } from './found-orders.repository';
import { goodsInMail } from './goods-in-mail';
import { MailMatching, atStore } from './mail-matching';
import { pictureOf, type MailedOrder } from './order-picture';

/** Each may make an order, and note a store. */
export const FOLLOWS: Limit = { name: 'found-order-follows', most: 60, perSeconds: 3_600 };
const CURRENCY = 'USD';

/** Orders that the shopper's mails tell of. Errors: NotFound, FoundOrderFollowed, FoundOrderNamesBuyer, HandoffOver, Unauthenticated. */
@Injectable()
export class FoundOrdersService {
  constructor(
    private readonly repository: FoundOrdersRepository,
    private readonly matching: MailMatching,
    private readonly findings: MailFindings,
    private readonly handoffs: HandoffsService,
    private readonly handoffRows: HandoffsRepository,
    private readonly orders: OrdersService,
    private readonly stores: FoundStores,
    private readonly rates: ExchangeRates,
    private readonly accounts: Accounts,
    private readonly events: Events,
    private readonly database: Database,
  ) {}

  /** Newest first. */
  async list(caller: Caller, { status, cursor, limit }: ListFoundOrdersRequest): Promise<FoundOrderListResponse> {
    const found = await this.repository.page(caller.id, status, decodeIdCursor(cursor), limit + 1);
    const { rows, nextCursor } = page(found, limit, ({ id }) => encodeCursor(id));
    return { data: await this.shown(this.database, caller.id, rows), nextCursor };
  }

  async find(caller: Caller, id: string, reader: Reader = this.database): Promise<FoundOrderResponse> {
    const found = await this.repository.ofUser(reader, id, caller.id);
    const [shown] = found ? await this.shown(reader, caller.id, [found]) : [];
    if (!shown) throw new NotFound('found order');
    return shown;
  }

  /** Makes it an order: of a hand-off that the shopper names, or of its own. Again: the same order. */
  follow(once: Once, caller: Caller, id: string, { handoffId }: FollowFoundOrderRequest): Promise<OrderResponse> {
    return privately(once, {
      work: (tx, assertPrivate) =>
        handoffId === undefined
          ? this.followAlone(tx, caller, id)
          : this.followHandoff(tx, caller, id, handoffId, assertPrivate),
      again: async (tx) => {
        const { orderId } = (await this.handoffRows.ofShopper(handoffId!, caller.id, tx)) ?? {};
        return this.orders.findSealed(tx, orderId!);
      },
      limit: FOLLOWS,
    });
  }

  /** It is not to be offered any more, nor are mails about it. Again: the same. */
  async dismiss(tx: Tx, caller: Caller, id: string): Promise<FoundOrderResponse> {
    const found = await this.lock(tx, caller, id);
    if (found.status === 'followed') throw new FoundOrderFollowed(found.orderId!);
    if (found.status === 'open') await this.putAside(tx, found);
    return this.find(caller, id, tx);
  }

  private async putAside(tx: Tx, found: FoundRow): Promise<void> {
    this.repository.settle(tx, found.id, 'dismissed', null, null);
    const mails = await this.findings.ofSubjects(tx, [found.id]);
    this.findings.settle(
      tx,
      mails.map(({ id }) => id),
      'ignored',
      found.id,
    );
  }

  private async followHandoff(
    tx: Tx,
    caller: Caller,
    id: string,
    handoffId: string,
    assertPrivate: (sealed: boolean) => void,
  ): Promise<OrderResponse> {
    const found = await this.lock(tx, caller, id);
    const handoff = await this.handoffRows.ofShopper(handoffId, caller.id, tx);
    if (!handoff) throw new NotFound('hand-off');
    const isSealed = await this.repository.isSealed(tx, handoffId);
    assertPrivate(isSealed);
    if (found.status === 'followed') return this.followedAs(tx, caller, found, handoffId);
    const mailed = await this.mailed(tx, found);
    const ordered = await this.handoffs.orderedByMail(tx, handoffId, atStore(mailed));
    if (!ordered) throw new HandoffOver(handoff.status === 'waiting' ? 'expired' : handoff.status);
    if (isSealed) {
      // Nothing says from here on whose order that is.
      this.findings.forget(tx, [found.id]);
      this.repository.hide(tx, found.id);
      return this.orders.findSealed(tx, ordered.orderId);
    }
    await this.matching.follow(tx, found, ordered.orderId, handoffId);
    return this.orders.find(caller, ordered.orderId, tx);
  }

  private async followAlone(tx: Tx, caller: Caller, id: string): Promise<OrderResponse> {
    const found = await this.lock(tx, caller, id);
    if (found.status === 'followed') return this.followedAs(tx, caller, found, null);
    const { privacy } = await this.accounts.present(tx, caller);
    if (privacy === 'paranoid') throw new FoundOrderNamesBuyer();
    const mailed = await this.mailed(tx, found);
    const orderId = await this.makeOrder(tx, caller, found, mailed);
    await this.matching.follow(tx, found, orderId, null);
    return this.orders.find(caller, orderId, tx);
  }

  /** Asked again it is the same order; of another hand-off than before it is not. */
  private followedAs(tx: Tx, caller: Caller, found: FoundRow, handoffId: string | null): Promise<OrderResponse> {
    if (handoffId !== null && handoffId !== found.handoffId) throw new FoundOrderFollowed(found.orderId!);
    return this.orders.find(caller, found.orderId!, tx);
  }

  /** An order without a checkout: goods as the mails name them, paid at the store, moved by tracking alone. */
  private async makeOrder(tx: Tx, caller: Caller, found: FoundRow, mailed: MailedOrder): Promise<string> {
    const { storeOrderNumber, storeName, total } = mailed;
    const store = await this.stores.at(
      tx,
      [found.storeDomain, ...domainsOfOwner(found.storeDomain)],
      storeName,
      total?.currency ?? CURRENCY,
    );
    const nameless = storeOrderNumber === null ? `Order at ${store.name}` : `Order ${storeOrderNumber}`;
    const goods = goodsInMail(mailed, nameless, store.currency);
    const inVes = (await this.rates.current(tx)).convert(goods.totalCents, goods.currency, DISPLAY_CURRENCY);
    const id = uuidv7();
    const { event } = await this.orders.place(tx, {
      ...{ id, storeId: store.id, checkoutSessionId: null, sealed: null, storeOrderNumber },
      ...{ buyer: { kind: 'user', id: caller.id }, actor: { kind: 'buyer', id: caller.id } },
      ...{
        status: storeOrderNumber === null ? 'awaiting_store' : 'confirmed',
        paymentStatus: 'at_store',
        paymentId: null,
      },
      ...{ checkoutMethod: 'redirect', settlement: 'at_store', currency: goods.currency },
      ...{ subtotalCents: goods.subtotalCents, discountCents: goods.discountCents, discounts: [], shippingCents: 0 },
      fees:
        goods.otherCents === 0
          ? []
          : [{ code: 'not_itemised', name: 'Delivery, tax and other', amountCents: goods.otherCents }],
      ...{ taxCents: 0, taxIncludedCents: 0, taxLines: [], totalCents: goods.totalCents },
      ...{ totalVesCents: inVes?.amount ?? null, exchangeRateId: inVes?.rateId ?? null },
      ...{ key: null, shippingAddress: null, billingAddress: null, contact: null, locale: null, instructions: null },
      estimatedDelivery: null,
      items: goods.items.map(({ name, quantity, unitPriceCents }) => ({
        ...{ variantId: null, productName: name, productSku: null, productUrl: `https://${found.storeDomain}/` },
        ...{ productImageUrl: null, size: null, color: null, quantity, unitPriceCents },
      })),
    });
    await this.events.publish(tx, event);
    return id;
  }

  private async mailed(tx: Tx, found: FoundRow): Promise<MailedOrder> {
    const mailed = pictureOf(await this.findings.ofSubjects(tx, [found.id]));
    if (!mailed) throw new NotFound('found order');
    return mailed;
  }

  private async lock(tx: Tx, caller: Caller, id: string): Promise<FoundRow> {
    await this.repository.lockShopper(tx, caller.id);
    await this.accounts.present(tx, caller);
    const found = await this.repository.ofUser(tx, id, caller.id);
    if (!found) throw new NotFound('found order');
    return found;
  }

  /** What mails tell of each; one whose mails are forgotten is not shown. */
  private async shown(reader: Reader, userId: string, rows: FoundRow[]): Promise<FoundOrderResponse[]> {
    if (rows.length === 0) return [];
    const mails = await this.findings.ofSubjects(
      reader,
      rows.map(({ id }) => id),
    );
    const handoffs = rows.some(({ status }) => status === 'open') ? await this.repository.handoffs(reader, userId) : [];
    return rows.flatMap((row) => {
      const mailed = pictureOf(mails.filter(({ subjectId }) => subjectId === row.id));
      if (!mailed) return [];
      const matches = row.status === 'open' ? this.matching.matchesOf(row, mailed, handoffs) : [];
      return [FoundOrderResponse.of(row, mailed, matches)];
    });
  }
}
