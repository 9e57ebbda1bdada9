import { Injectable, type MessageEvent, type OnModuleInit } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { ClaimRegistry, ErasureRegistry, type Address, type Caller, type TokenHolder } from '../identity';
import { PayableStores, Payments } from '../payments';
import { Clock } from '../platform/clock';
import { Config } from '../platform/config';
import {
  Vault,
  openJson,
  randomCode,
  sealJson,
  type DataKey,
  type SealedJson,
  type SealedJwe,
} from '../platform/crypto';
import { Database, type Tx } from '../platform/database';
import { Events, Streams, type NewEvent } from '../platform/events';
import { NotFound, decodeIdCursor, encodeCursor, page, type Language } from '../platform/http';
import type { Discount, TaxLine } from '../pricing';
import { StoreDirectory } from '../stores';
import type { ListOrdersRequest } from './dto/order.request';
import {
  OrderResponse,
  type OpenedOrder,
  type OrderContactResponse,
  type OrderInstructionsResponse,
  type OrderListResponse,
  type TrackingResponse,
} from './dto/order.response';
import { mayAskToReturn } from './following/asks-of-stores';
import { shownOnce } from './following/parcel-sightings';
import { KeptOrders } from './kept-orders';
import type { OrderRow } from './order-row';
import { OrderAccessTokens } from './links/order-access-tokens';
import { allows, type CheckoutMethod, type OrderStatus, type PaymentStatus } from './order-states';
import { OrdersToShip } from './orders.errors';
import { ORDER_NUMBER_KNOWN, ORDER_PLACED, orderEvent } from './orders.events';
import { OrdersRepository } from './orders.repository';
import { returnableUntil } from './returns/return-states';

/** An order to write: what one store took. Amounts in minor units of `currency`. */
export interface NewOrder {
  id: string;
  storeId: string;
  checkoutSessionId: string | null;
  buyer: { kind: 'user' | 'guest'; id: string };
  /** Of a sealed order, which names no buyer: what the store is told, and what stands for the buyer. */
  sealed: { parts: Record<string, SealedJwe>; buyerRef: Buffer; tokenHash: Buffer } | null;
  actor: { kind: 'buyer' | 'system' | 'support' | 'admin'; id: string | null };
  storeOrderNumber: string | null;
  /** The store's own key of it, where it was placed by the store's API. */
  storeOrderId?: string | null;
  status: OrderStatus;
  paymentStatus: PaymentStatus;
  /** The payment that will pay it, with others of its checkout. */
  paymentId: string | null;
  checkoutMethod: CheckoutMethod;
  settlement: 'pay_now' | 'pay_later' | 'at_store';
  currency: string;
  subtotalCents: number;
  discountCents: number;
  discounts: Discount[];
  shippingCents: number;
  fees: { code: string; name: string; amountCents: number }[];
  /** Came on top of the prices. */
  taxCents: number;
  /** Is in the prices. */
  taxIncludedCents: number;
  taxLines: TaxLine[];
  totalCents: number;
  totalVesCents: number | null;
  exchangeRateId: string | null;
  /** Under which the private parts are sealed: the buyer's. Null where there are none. */
  key: DataKey | null;
  shippingAddress: Address | null;
  billingAddress: Address | null;
  contact: { email: string; phone: string | null } | null;
  /** Language that a guest is written to in; null: a user's own. */
  locale: Language | null;
  instructions: OrderInstructionsResponse | null;
  estimatedDelivery: { from: string; to: string } | null;
  items: {
    variantId: string | null;
    productName: string;
    productSku: string | null;
    productUrl: string;
    productImageUrl: string | null;
    size: string | null;
    color: string | null;
    quantity: number;
    unitPriceCents: number;
    /** Its shares of discounts on goods and of tax. */
    discountCents?: number;
    taxCents?: number;
  }[];
}

/** Whoever may look at an order: its buyer, or who holds a link to it. */
export type OrderReader = Caller | TokenHolder;
type Reader = Parameters<typeof OrderResponse.of>[2];
/** Where it is read: by itself, or in a transaction. */
type Asked = Database | Tx;

/** An order as mails tell of it. */
export interface OrderToTell {
  order: OrderResponse;
  buyerUserId: string | null;
  /** Null where it is none, or its key is destroyed. `locale` is null where the buyer's own holds. */
  contact: { email: string; locale: Language | null; subjectId: string } | null;
}

export type PrivateField = 'shipping_address' | 'billing_address' | 'contact' | 'instructions';

/** Orders: written by the placement runner, followed by their buyers, shipped by their merchants. */
@Injectable()
export class OrdersService implements OnModuleInit {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly database: Database,
    private readonly events: Events,
    private readonly streams: Streams,
    private readonly vault: Vault,
    private readonly payments: Payments,
    private readonly payable: PayableStores,
    private readonly stores: StoreDirectory,
    private readonly links: OrderAccessTokens,
    private readonly kept: KeptOrders,
    private readonly claims: ClaimRegistry,
    private readonly erasures: ErasureRegistry,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.erasures.register('orders', (tx, userId) => this.forget(tx, userId), {
      ...{ orders: true, order_events: true, order_notes: true },
      verified_sales: 'that a sale was one, under a pseudonym: it is what trust in its store rests on',
    });
    this.claims.register('orders', (tx, guestId, userId) => this.orders.claim(tx, guestId, userId));
  }

  /** Gives until when the buyer's key is needed. Throws OrdersToShip for a merchant. */
  private async forget(tx: Tx, userId: string): Promise<Date | undefined> {
    const open = await this.orders.toShip(tx, userId);
    if (open > 0) throw new OrdersToShip(open);
    await this.orders.forgetWords(tx, userId);
    await this.links.revokeAllOf(tx, userId);
    return this.orders.keyNeededUntil(tx, userId, this.config.RETURN_DAYS);
  }

  /** Writes one order in the transaction of its outcome, and gives its number and the event to publish there: one statement. */
  async place(tx: Tx, order: NewOrder): Promise<{ number: string; event: NewEvent }> {
    const number = newOrderNumber();
    const buyer = order.sealed ? null : order.buyer;
    const sealed = (field: PrivateField, value: unknown) =>
      order.key && value ? JSON.stringify(sealJson(order.key, placeOf(order.id, field), value)) : null;
    await this.orders.insert(tx, [
      ...[order.id, number, order.storeOrderNumber],
      ...[buyer?.kind === 'user' ? buyer.id : null, buyer?.kind === 'guest' ? buyer.id : null],
      ...[
        order.storeId,
        order.checkoutSessionId,
        order.status,
        order.paymentStatus,
        order.checkoutMethod,
        order.settlement,
      ],
      ...[order.currency, order.subtotalCents, order.discountCents, order.shippingCents, JSON.stringify(order.fees)],
      ...[order.fees.reduce((sum, fee) => sum + fee.amountCents, 0), order.taxCents, order.totalCents],
      ...[order.totalVesCents, order.exchangeRateId, buyer && (order.key?.subjectId ?? buyer.id)],
      ...[sealed('shipping_address', order.shippingAddress), sealed('billing_address', order.billingAddress)],
      ...[sealed('contact', order.contact), sealed('instructions', order.instructions)],
      ...[order.estimatedDelivery?.from ?? null, order.estimatedDelivery?.to ?? null, JSON.stringify(order.items)],
      ...[order.actor.kind, buyer && order.actor.id],
      ...[JSON.stringify(order.discounts), order.taxIncludedCents, JSON.stringify(order.taxLines), order.locale],
      ...[order.paymentId, order.sealed && JSON.stringify(order.sealed.parts), order.sealed?.buyerRef ?? null],
      order.sealed !== null && order.buyer.kind === 'guest',
      order.storeOrderId ?? null,
    ]);
    if (order.sealed) this.links.addForBuyer(tx, order.id, order.sealed.tokenHash);
    const { storeId, checkoutMethod, totalCents, currency } = order;
    const checkoutSessionId = order.sealed ? null : order.checkoutSessionId;
    return {
      number,
      event: orderEvent(ORDER_PLACED, order.id, {
        ...{ storeId, checkoutSessionId, checkoutMethod, totalCents, currency },
        ...(order.sealed && { sealed: true }),
      }),
    };
  }

  /** A sealed order for its buyer, whom the caller knows otherwise: in the transaction of its placing. */
  async findSealed(tx: Tx, orderId: string): Promise<OrderResponse> {
    const row = await this.orders.toTell(tx, orderId);
    if (!row?.sealedParts) throw new NotFound('order');
    return this.shown(row, 'buyer', tx);
  }

  /** The session of sealed orders is deleted: they do not name it any more. */
  forgetSession(tx: Tx, sessionId: string): void {
    this.orders.forgetSession(tx, sessionId);
  }

  /** The buyer's order. Throws NotFound. */
  async find(caller: OrderReader, orderId: string, reader: Asked = this.database): Promise<OrderResponse> {
    const row = await this.row(caller, orderId, reader);
    const isBuyer = caller.kind !== 'token' || row.acts === true;
    return this.shown(row, isBuyer ? 'buyer' : 'link', reader, isBuyer && (caller.kind === 'token' || mayPay(caller)));
  }

  async list(caller: Caller, query: ListOrdersRequest): Promise<OrderListResponse> {
    return this.page(caller.kind, caller.id, query, 'buyer', mayPay(caller));
  }

  /** A store's orders, for its merchant. Throws NotFound for another's store. */
  async listOfStore(caller: Caller, storeId: string, query: ListOrdersRequest): Promise<OrderListResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    return this.page('store', storeId, query, 'merchant');
  }

  /** One order of a store, for its merchant. Throws NotFound. */
  async findOfStore(caller: Caller, storeId: string, orderId: string): Promise<OrderResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    return this.ofStore(storeId, orderId, this.database);
  }

  async tracking(caller: OrderReader, orderId: string): Promise<TrackingResponse> {
    const row = await this.row(caller, orderId);
    const events = shownOnce(await this.orders.trackingEvents(orderId));
    const latest = row.parcels?.at(-1);
    return {
      status: latest?.status ?? 'unknown',
      carrier: latest?.carrier ?? null,
      trackingNumber: latest?.trackingNumber ?? null,
      trackingUrl: latest?.trackingUrl ?? null,
      estimatedDelivery: row.estimatedFrom && row.estimatedTo ? { from: row.estimatedFrom, to: row.estimatedTo } : null,
      events,
    };
  }

  /** The store's own number of a declared order has become known. False where it was known already. `buyer` null: of a sealed
   * order, whose buyer the caller knows otherwise. */
  async learnNumber(
    tx: Tx,
    buyer: Caller | null,
    storeId: string,
    orderId: string,
    storeOrderNumber: string,
    actor: 'buyer' | 'system' = 'buyer',
  ): Promise<boolean> {
    const order = buyer
      ? await this.orders.lockOfBuyer(tx, buyer, orderId)
      : await this.orders.lockOfStore(tx, storeId, orderId);
    if (!order) throw new NotFound('order');
    if (!allows('learnNumber', actor, order)) return false;
    await this.orders.changeStatus(tx, order, 'confirmed', {
      ...{ actor, actorId: buyer && buyer.id, storeOrderNumber },
    });
    await this.events.publish(tx, orderEvent(ORDER_NUMBER_KNOWN, orderId, { storeId: order.storeId }));
    return true;
  }

  /** An order and how its buyer is reached, for the mails about it; undefined for an unknown one. */
  async toTell(tx: Tx, orderId: string): Promise<OrderToTell | undefined> {
    const row = await this.orders.toTell(tx, orderId);
    if (!row) return undefined;
    // Opened with the contact, and shown as to whoever holds the link in the mail.
    const opened = this.open(row, 'merchant');
    const { contact } = opened;
    const { buyerUserId, locale, keySubjectId } = row;
    return {
      order: OrderResponse.of(row, { ...opened, contact: null, instructions: null }, 'link'),
      buyerUserId,
      contact: contact && { email: contact.email, locale, subjectId: keySubjectId! },
    };
  }

  /** The order, now and whenever it changes. Throws NotFound before the stream begins. */
  async stream(caller: OrderReader, orderId: string): Promise<Observable<MessageEvent>> {
    await this.row(caller, orderId);
    await this.orders.watch(orderId);
    return this.streams.watch(caller.id, `order:${orderId}`, 'order', async () => {
      const order = await this.find(caller, orderId);
      return { version: order.version, data: order };
    });
  }

  private async row(caller: OrderReader, orderId: string, reader: Asked = this.database): Promise<OrderRow> {
    const { kind, id } = caller;
    const ofBuyer = () =>
      reader === this.database ? this.kept.ofBuyer(id, orderId) : this.orders.ofBuyer(id, orderId, reader);
    const row = await (kind === 'token' ? this.orders.ofToken(id, orderId, reader) : ofBuyer());
    if (!row) throw new NotFound('order');
    return row;
  }

  /** As its merchant sees it; the caller has looked whether the store is theirs. Throws NotFound. */
  async ofStore(storeId: string, orderId: string, reader: Asked): Promise<OrderResponse> {
    const row = await this.orders.ofStore(storeId, orderId, reader);
    if (!row) throw new NotFound('order');
    return this.shown(row, 'merchant', reader);
  }

  private async page(
    of: 'user' | 'guest' | 'store',
    id: string,
    query: ListOrdersRequest,
    reader: 'buyer' | 'merchant',
    pays = false,
  ): Promise<OrderListResponse> {
    const { limit, cursor, from, to, ...filters } = query;
    const rows = await this.orders.list(
      of,
      id,
      {
        ...filters,
        before: decodeIdCursor(cursor),
        from: from ? new Date(from) : undefined,
        to: to ? endOf(to) : undefined,
      },
      limit + 1,
    );
    const { rows: kept, nextCursor } = page(rows, limit, (row) => encodeCursor(row.id));
    return { data: kept.map((row) => this.shown(row, reader, this.database, pays)), nextCursor };
  }

  private shown(row: OrderRow, reader: Reader, asked: Asked, pays = false): OrderResponse {
    const { payable, waiting, currency, totalCents } = row;
    const canPay =
      reader === 'buyer' &&
      payable !== null &&
      totalCents > 0 &&
      this.payable.shown(payable).payable &&
      totalCents % this.payable.unitOf(currency) === 0;
    // Not into the record of an Idempotency-Key: what is to be done is asked for when it is done.
    const action = reader === 'buyer' && waiting !== null && asked === this.database && this.payments.opened(waiting);
    const expiresAt = action ? action.expiresAt.toISOString() : '';
    const returnUntil = returnableUntil(row.deliveredAt ?? row.completedAt, row.returnsDays ?? this.config.RETURN_DAYS);
    return OrderResponse.of(row, this.open(row, reader), reader, {
      payable: canPay,
      returnUntil,
      isReturnable:
        (row.checkoutMethod === 'direct' || mayAskToReturn(row)) &&
        (returnUntil === null || returnUntil > this.clock.now()),
      // What the buyer's money is authorised with is for who may pay.
      action: action ? (pays ? { ...action, expiresAt } : { type: action.type, expiresAt }) : null,
    });
  }

  /** The private parts in the clear; nothing of them once the buyer's key is destroyed. */
  private open(row: OrderRow, reader: Reader): OpenedOrder {
    if (row.wrapped === null || row.masterKeyId === null || row.keySubjectId === null)
      return { shippingAddress: null, billingAddress: null, contact: null, instructions: null };
    const key = this.vault.unwrap(row.keySubjectId, row.wrapped, row.masterKeyId);
    const opened = <T>(field: PrivateField, sealed: SealedJson | null) =>
      sealed && openJson<T>(key, placeOf(row.id, field), sealed);
    const shippingAddress = opened<Address>('shipping_address', row.shippingAddress);
    return {
      shippingAddress,
      billingAddress: opened<Address>('billing_address', row.billingAddress) ?? shippingAddress,
      contact: reader === 'merchant' ? opened<OrderContactResponse>('contact', row.contact) : null,
      instructions: opened<OrderInstructionsResponse>('instructions', row.instructions),
    };
  }
}

/** A program that may only read orders does not take part in paying them. */
function mayPay(caller: OrderReader): boolean {
  return caller.kind !== 'token' && (caller.key === undefined || caller.key.scopes.includes('orders:write'));
}

/** Where a private part of an order stands: what it is sealed for. */
export function placeOf(orderId: string, field: PrivateField): string {
  return `orders:${orderId}:${field}`;
}

/** Fifty random bits: knowing one order's number says nothing of another's. */
function newOrderNumber(): string {
  const code = randomCode(10);
  return `M-${code.slice(0, 5)}-${code.slice(5)}`;
}

/** A day counts whole; a moment is the end itself. */
function endOf(to: string): Date {
  const date = new Date(to);
  return to.includes('T') ? date : new Date(date.getTime() + 86_400_000);
}
