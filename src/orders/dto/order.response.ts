import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { AddressResponse, type Address } from '../../identity';
import type { SealedJwe } from '../../platform/crypto';
import { MoneyResponse, type Money } from '../../platform/money';
import { DiscountResponse, TaxLineResponse } from '../../pricing';
import { CHECKOUT_TIERS } from '../../stores';
import {
  ORDER_STATUSES,
  PAYMENT_STATUSES,
  allows,
  canBeMarkedPaid,
  isRefundable,
  isToPay,
  returnable,
  type CheckoutMethod,
  type OrderStatus,
  type PaymentStatus,
  type Side,
} from '../order-states';
import { mayAskToCancel } from '../following/asks-of-stores';
import type { OrderRow, ParcelRow } from '../order-row';
import { JweResponse } from './jwe.response';

const PARCEL_STATUSES = [
  'pre_transit',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'exception',
  'returned',
  'unknown',
] as const;
const ALLOWED_ACTIONS = [
  ...(['cancel', 'pay', 'return', 'confirm', 'mark_paid', 'ship', 'refund'] as const),
  ...(['receive', 'deliver', 'complete'] as const),
] as const;
type AllowedAction = (typeof ALLOWED_ACTIONS)[number];
const ITEM_STATUSES = ['ordered', 'shipped', 'delivered', 'cancelled', 'returned'] as const;

/** What the private columns of an order hold once they are opened. */
export interface OpenedOrder {
  shippingAddress: Address | null;
  billingAddress: Address | null;
  /** Opened for the merchant only. */
  contact: OrderContactResponse | null;
  instructions: OrderInstructionsResponse | null;
}

export class OrderSupportResponse {
  /** E-mail */
  @ApiProperty({ type: String, nullable: true, example: 'help@store.example' })
  email: string | null;
  /** Telephone */
  @ApiProperty({ type: String, nullable: true, example: '+58 212 555 0100' })
  phone: string | null;
  /** Page */
  @ApiProperty({ type: String, nullable: true, example: 'https://casa-lola.example/help' })
  url: string | null;
}

export class OrderStoreResponse {
  /** The store's id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * The store's name
   * @example "Casa Luna"
   */
  name: string;
  /** Whom to ask about the order */
  support: OrderSupportResponse;
}

export class OrderItemResponse {
  /** The item's id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * As it was called then
   * @example "Leather Boots"
   */
  productName: string;
  /** The store's SKU */
  @ApiProperty({ type: String, nullable: true, example: 'BOOTS-8' })
  productSku: string | null;
  /** Its page */
  @ApiProperty({ type: String, nullable: true, example: 'https://www.nordstrom.com/s/leather-boots/1002' })
  productUrl: string | null;
  /** A picture */
  @ApiProperty({ type: String, nullable: true, example: 'https://n.nordstrommedia.com/id/1002.jpg' })
  productImageUrl: string | null;
  /** Its size */
  @ApiProperty({ type: String, nullable: true, example: '8' })
  size: string | null;
  /** Its colour */
  @ApiProperty({ type: String, nullable: true, example: 'brown' })
  color: string | null;
  /** How many */
  @ApiProperty({ type: 'integer', example: 1 })
  quantity: number;
  /** How many of them have left the store */
  @ApiProperty({ type: 'integer', example: 1 })
  quantityShipped: number;
  /** How many of them are back */
  @ApiProperty({ type: 'integer', example: 0 })
  quantityReturned: number;
  /** Where the item stands */
  @ApiProperty({ enum: ITEM_STATUSES })
  status: (typeof ITEM_STATUSES)[number];
  /** The price of one, as agreed */
  unitPrice: MoneyResponse;
  /** Price times quantity */
  lineTotal: MoneyResponse;
  /** Its share of discounts on goods */
  discount: MoneyResponse;
  /** Its share of tax, added and included */
  tax: MoneyResponse;
}

export class OrderFeeResponse {
  /**
   * What it is for
   * @example "gift_wrap"
   */
  code: string;
  /**
   * In words
   * @example "Gift wrapping"
   */
  name: string;
  /** How much */
  amount: MoneyResponse;
}

/** Units of an item in a parcel. */
export class ParcelItemResponse {
  /** The order's item */
  @ApiProperty({ format: 'uuid' })
  itemId: string;
  /** How many of it */
  @ApiProperty({ type: 'integer', example: 1 })
  quantity: number;
}

export class ParcelResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * Who carries it
   * @example "UPS"
   */
  carrier: string;
  /**
   * The carrier's number
   * @example "1Z999AA10123456784"
   */
  trackingNumber: string;
  /** Where it can be followed */
  @ApiProperty({ type: String, nullable: true, example: 'https://www.ups.com/track?tracknum=1Z999AA10123456784' })
  trackingUrl: string | null;
  /** Where it is */
  @ApiProperty({ enum: PARCEL_STATUSES })
  status: (typeof PARCEL_STATUSES)[number];
  /** When it left the store */
  @ApiProperty({ format: 'date-time' })
  shippedAt: string;
  /** What lies in it; empty where the store did not say */
  items: ParcelItemResponse[];

  static of({ id, carrier, trackingNumber, trackingUrl, status, shippedAt, items }: ParcelRow): ParcelResponse {
    const at = new Date(shippedAt).toISOString();
    return { id, carrier, trackingNumber, trackingUrl, status, shippedAt: at, items: items ?? [] };
  }
}

export class EstimatedDeliveryResponse {
  /** The first day it may arrive */
  @ApiProperty({ format: 'date', example: '2026-11-25' })
  from: string;
  /** The last day it should arrive */
  @ApiProperty({ format: 'date', example: '2026-11-28' })
  to: string;
}

export class OrderPaymentResponse {
  /**
   * How it was paid
   * @example "card"
   */
  method: string;
  /** The last digits of the card */
  @ApiProperty({ type: String, nullable: true, example: '4242' })
  last4: string | null;
  /** Of a bank transfer or cash: by what the store finds it in its books */
  @ApiProperty({ type: String, nullable: true, example: 'TRF-2026-0113' })
  reference: string | null;
}

/** What the buyer has to do before the order can be paid. */
export class OrderActionResponse {
  /** Which */
  @ApiProperty({ enum: ['authenticate', 'redirect'] })
  type: 'authenticate' | 'redirect';
  /**
   * Where, of redirect; not for an API key that only reads orders
   * @example "https://hooks.stripe.com/redirect/authenticate/src_1"
   */
  url?: string;
  /**
   * For the payment provider's own form; not for an API key that only reads orders
   * @example "pi_1P2x3y_secret_4z"
   */
  clientSecret?: string;
  /** Until when */
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
}

export class OrderGiftResponse {
  /** For the card */
  @ApiProperty({ type: String, nullable: true, example: 'Happy birthday!' })
  message: string | null;
  /** Whether to wrap it */
  wrap: boolean;
}

export class OrderInstructionsResponse {
  /** For the store */
  @ApiProperty({ type: String, nullable: true, example: 'Please use the side entrance' })
  note: string | null;
  /** If it is a gift */
  @ApiProperty({ type: OrderGiftResponse, nullable: true })
  gift: OrderGiftResponse | null;
  /** For the courier */
  @ApiProperty({ type: String, nullable: true, example: 'Leave with the porter' })
  deliveryNote: string | null;
}

export class OrderContactResponse {
  /**
   * E-mail
   * @example "ana@example.com"
   */
  email: string;
  /** Telephone */
  @ApiProperty({ type: String, nullable: true, example: '+1 212 555 0123' })
  phone: string | null;
}

/** What a store was asked about an order there, and what it said. */
export class StoreRequestResponse {
  /** What it was asked */
  @ApiProperty({ enum: ['cancel'] })
  kind: 'cancel';
  /** `pending`: being asked. `done`: the store has taken it, and the order moves as the store tells. `failed`: it could not be asked; it may be asked again */
  @ApiProperty({ enum: ['pending', 'done', 'refused', 'failed'] })
  status: 'pending' | 'done' | 'refused' | 'failed';
  /** Why not; while it is pending: why not yet. The store’s code, or Muse’s (`relink_needed`, `not_connected`, `outcome_unknown`) */
  @ApiProperty({ type: String, nullable: true, example: 'already_shipped' })
  code: string | null;
  /** When it was asked */
  @ApiProperty({ format: 'date-time' })
  requestedAt: string;
}

const totalIn = {
  type: 'object' as const,
  additionalProperties: {
    type: 'object' as const,
    required: ['amount', 'currency', 'rateId'],
    properties: {
      amount: { type: 'integer' as const, format: 'int64' },
      currency: { type: 'string' as const },
      rateId: { type: ['string', 'null'] as never, format: 'uuid' },
    },
  },
  example: { VES: { amount: 2162700, currency: 'VES', rateId: '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f' } },
};

/** What an order's row alone does not say. */
interface Beside {
  payable: boolean;
  action: OrderActionResponse | null;
  returnUntil: Date | null;
  /** As far as store and time decide. */
  isReturnable: boolean;
}
const NOTHING_BESIDE: Beside = { payable: false, action: null, returnUntil: null, isReturnable: false };

/** One store's order. */
@ApiExtraModels(JweResponse)
export class OrderResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * For people; Muse's own
   * @example "M-7K3QF-92XTB"
   */
  number: string;
  /** The store's own number, once known */
  @ApiProperty({ type: String, nullable: true, example: 'ND-12345' })
  storeOrderNumber: string | null;
  /** The checkout that it came from */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  checkoutSessionId: string | null;
  /** Who sells */
  store: OrderStoreResponse;
  /** Where it stands */
  @ApiProperty({ enum: ORDER_STATUSES })
  status: OrderStatus;
  /** Where its money stands */
  @ApiProperty({ enum: PAYMENT_STATUSES })
  paymentStatus: PaymentStatus;
  /** How it was placed */
  @ApiProperty({ enum: CHECKOUT_TIERS })
  checkoutMethod: CheckoutMethod;
  /** How it is paid: in Muse, later by agreement, or at the store */
  @ApiProperty({ enum: ['pay_now', 'pay_later', 'at_store'] })
  settlement: 'pay_now' | 'pay_later' | 'at_store';
  /** What was ordered */
  items: OrderItemResponse[];
  /** Items, before delivery */
  subtotal: MoneyResponse;
  /** What was taken off */
  discount: MoneyResponse;
  /** The same by coupon */
  discounts: DiscountResponse[];
  /** Delivery */
  shipping: MoneyResponse;
  /** What the store added */
  fees: OrderFeeResponse[];
  /** Tax */
  tax: MoneyResponse;
  /** Tax that the prices contain: not added to the total */
  taxIncluded: MoneyResponse;
  /** Both, tax by tax */
  taxLines: TaxLineResponse[];
  /** Everything */
  total: MoneyResponse;
  /** The same in other currencies, at the rate of the day of the order */
  @ApiProperty(totalIn)
  totalIn: Record<string, Money & { rateId: string | null }>;
  /** How it was paid, once it was */
  @ApiProperty({ type: OrderPaymentResponse, nullable: true })
  payment: OrderPaymentResponse | null;
  /** What was taken for it in Muse */
  paid: MoneyResponse;
  /** What of that went back */
  refunded: MoneyResponse;
  /** What the store says that it gave back itself; null where no store tells Muse */
  @ApiProperty({ type: MoneyResponse, nullable: true })
  refundedAtStore: MoneyResponse | null;
  /** What the store was asked last about the order, where it is asked by its interface */
  @ApiProperty({ type: StoreRequestResponse, nullable: true })
  storeRequest: StoreRequestResponse | null;
  /** What the buyer has to do before it can be paid; then `…/pay/resume` */
  @ApiProperty({ type: OrderActionResponse, nullable: true })
  action: OrderActionResponse | null;
  /** Of an order whose payment failed: until when its goods wait for another */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  payUntil: string | null;
  /** Where it goes */
  @ApiProperty({ type: AddressResponse, nullable: true })
  shippingAddress: Address | null;
  /** Whom it is billed to */
  @ApiProperty({ type: AddressResponse, nullable: true })
  billingAddress: Address | null;
  /** Whom it is for: shown to the merchant */
  @ApiProperty({ type: OrderContactResponse, nullable: true })
  contact: OrderContactResponse | null;
  /** What the store and the courier were told */
  @ApiProperty({ type: OrderInstructionsResponse, nullable: true })
  instructions: OrderInstructionsResponse | null;
  /**
   * Of a sealed order: what its buyer told the store, by field, each a JWE (general JSON) for the key of the store and the
   * buyer’s own. Whoever opens one compares its `aad`: ["muse", session, store, field]
   */
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(JweResponse) },
    nullable: true,
    example: null,
  })
  sealed: Record<string, SealedJwe> | null;
  /** When it should arrive: calendar days */
  @ApiProperty({ type: EstimatedDeliveryResponse, nullable: true })
  estimatedDelivery: EstimatedDeliveryResponse | null;
  /** What is on its way */
  parcels: ParcelResponse[];
  /** Of the latest parcel */
  @ApiProperty({ type: String, nullable: true, example: '1Z999AA10123456784' })
  trackingNumber: string | null;
  /** Of the latest parcel */
  @ApiProperty({ type: String, nullable: true, example: 'UPS' })
  carrier: string | null;
  /** The conversation with its merchant; null for partner stores, and for a moment after placing */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  conversationId: string | null;
  /** A change that the store proposes and that is not decided, or not paid: see `…/changes` */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  openChangeId: string | null;
  /** Until when its goods may be sent back; null before they have arrived */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  returnUntil: string | null;
  /** What the reader may do with it now */
  @ApiProperty({ enum: ALLOWED_ACTIONS, isArray: true })
  allowedActions: AllowedAction[];
  /** When the buyer marked it complete */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  buyerCompletedAt: string | null;
  /** When the merchant marked it complete */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  merchantCompletedAt: string | null;
  /** Whether both did, or one of them and the clock for the other */
  verifiedSale: boolean;
  /** Of a verified sale: whom the clock spoke for; null where both spoke for themselves */
  @ApiProperty({ type: String, enum: ['buyer', 'merchant'], nullable: true })
  silentSide: Side | null;
  /** When it was placed */
  @ApiProperty({ format: 'date-time' })
  placedAt: string;
  /** When the store confirmed it */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  confirmedAt: string | null;
  /** When it was shipped */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  shippedAt: string | null;
  /** When it arrived */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deliveredAt: string | null;
  /** When it was completed */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  completedAt: string | null;
  /** When it was cancelled */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  cancelledAt: string | null;
  /** Counts the changes; also the ETag */
  @ApiProperty({ type: 'integer', example: 1 })
  version: number;

  /** `payable`: whether the merchant could be paid now; `action` with its secret, for the buyer alone. */
  static of(
    row: OrderRow,
    opened: OpenedOrder,
    reader: 'buyer' | 'merchant' | 'link',
    { payable, action, returnUntil, isReturnable }: Beside = NOTHING_BESIDE,
  ): OrderResponse {
    const { currency } = row;
    const in_ = (amount: number) => ({ amount, currency });
    return {
      id: row.id,
      number: row.number,
      storeOrderNumber: row.storeOrderNumber,
      checkoutSessionId: row.checkoutSessionId,
      store: {
        id: row.storeId,
        name: row.storeName,
        support: { email: row.supportEmail, phone: row.supportPhone, url: row.supportUrl },
      },
      status: row.status,
      paymentStatus: row.paymentStatus,
      checkoutMethod: row.checkoutMethod,
      settlement: row.settlement,
      items: row.items.map((item) => ({
        id: item.id,
        productName: item.productName,
        productSku: item.productSku,
        productUrl: item.productUrl,
        productImageUrl: item.productImageUrl,
        size: item.size,
        color: item.color,
        quantity: item.quantity,
        quantityShipped: item.quantityShipped,
        quantityReturned: item.quantityReturned,
        status: item.status,
        unitPrice: in_(item.unitPriceCents),
        lineTotal: in_(item.totalPriceCents),
        discount: in_(item.discountCents),
        tax: in_(item.taxCents),
      })),
      subtotal: in_(row.subtotalCents),
      discount: in_(row.discountCents),
      discounts: row.discounts.map((discount) => DiscountResponse.of(discount, row.currency)),
      shipping: in_(row.shippingCents),
      fees: row.fees.map(({ code, name, amountCents }) => ({ code, name, amount: in_(amountCents) })),
      tax: in_(row.taxCents),
      taxIncluded: in_(row.taxIncludedCents),
      taxLines: row.taxLines.map((line) => TaxLineResponse.of(line, row.currency)),
      total: in_(row.totalCents),
      totalIn:
        row.totalVesCents === null
          ? {}
          : { VES: { amount: row.totalVesCents, currency: 'VES', rateId: row.exchangeRateId } },
      payment: paymentOf(row),
      paid: in_(row.capturedCents),
      refunded: in_(row.refundedCents),
      refundedAtStore: row.checkoutMethod === 'oauth_api' ? in_(row.storeRefundedCents) : null,
      storeRequest: row.storeRequest && {
        ...row.storeRequest,
        requestedAt: new Date(row.storeRequest.requestedAt).toISOString(),
      },
      action,
      payUntil: iso(row.payUntil),
      shippingAddress: opened.shippingAddress,
      billingAddress: opened.billingAddress,
      contact: opened.contact,
      instructions: opened.instructions,
      // Whoever holds a mailed link is nobody that anything was sealed for.
      sealed: reader === 'link' ? null : row.sealedParts,
      estimatedDelivery: row.estimatedFrom && row.estimatedTo ? { from: row.estimatedFrom, to: row.estimatedTo } : null,
      parcels: (row.parcels ?? []).map((parcel) => ParcelResponse.of(parcel)),
      trackingNumber: row.trackingNumber,
      carrier: row.carrier,
      conversationId: row.conversationId,
      openChangeId: row.openChangeId,
      returnUntil: iso(returnUntil),
      allowedActions: actionsOf(row, reader, payable, isReturnable),
      buyerCompletedAt: iso(row.buyerCompletedAt),
      merchantCompletedAt: iso(row.merchantCompletedAt),
      verifiedSale: row.silentSide !== null || (row.buyerCompletedAt !== null && row.merchantCompletedAt !== null),
      silentSide: row.silentSide,
      placedAt: row.placedAt.toISOString(),
      confirmedAt: iso(row.confirmedAt),
      shippedAt: iso(row.shippedAt),
      deliveredAt: iso(row.deliveredAt),
      completedAt: iso(row.completedAt),
      cancelledAt: iso(row.cancelledAt),
      version: row.version,
    };
  }
}

function paymentOf({ paymentMethod, paymentLast4, paymentReference }: OrderRow): OrderPaymentResponse | null {
  return paymentMethod === null ? null : { method: paymentMethod, last4: paymentLast4, reference: paymentReference };
}

function actionsOf(
  row: OrderRow,
  reader: 'buyer' | 'merchant' | 'link',
  payable: boolean,
  isReturnable: boolean,
): AllowedAction[] {
  // A link is to look at.
  if (reader === 'link') return [];
  const actions: AllowedAction[] = [];
  if (reader === 'merchant') {
    if (allows('confirm', 'merchant', row)) actions.push('confirm');
    if (row.paymentId === null && canBeMarkedPaid(row)) actions.push('mark_paid');
    if (allows('ship', 'merchant', row)) actions.push('ship');
    if (allows('deliver', 'merchant', row)) actions.push('deliver');
    if (allows('markComplete', 'merchant', row)) actions.push('complete');
    if (allows('cancel', 'merchant', row)) actions.push('cancel');
    if (isRefundable(row.paymentStatus)) actions.push('refund');
    return actions;
  }
  if (allows('cancel', 'buyer', row) || mayAskToCancel(row)) actions.push('cancel');
  if (payable && row.paymentId === null && isToPay(row)) actions.push('pay');
  if (allows('deliver', 'buyer', row)) actions.push('receive');
  if (allows('markComplete', 'buyer', row)) actions.push('complete');
  if (isReturnable && returnable(row.status)) actions.push('return');
  return actions;
}

function iso(date: Date | null): string | null {
  return date && date.toISOString();
}

export class OrderListResponse {
  /** Newest first */
  data: OrderResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class TrackingEventResponse {
  /** When */
  @ApiProperty({ format: 'date-time' })
  at: string;
  /** Where the parcel stood then */
  @ApiProperty({ enum: PARCEL_STATUSES })
  status: string;
  /**
   * In words
   * @example "Departed from facility"
   */
  detail: string;
  /** Where it was seen */
  @ApiProperty({ type: String, nullable: true, example: 'Miami, FL' })
  location: string | null;
  /** The parcel that was seen */
  @ApiProperty({ format: 'uuid' })
  parcelId: string;
  /**
   * Who says so: the carrier, the store, a mail that the buyer got, or `muse`, where a side of the order said it here. Of what
   * several tell, the word of whoever knows best is shown, once
   */
  @ApiProperty({ enum: ['carrier', 'store', 'mail', 'muse'] })
  source: string;
}

export class TrackingResponse {
  /** Where the latest parcel is; unknown before there is one */
  @ApiProperty({ enum: PARCEL_STATUSES })
  status: (typeof PARCEL_STATUSES)[number];
  /** Who carries it */
  @ApiProperty({ type: String, nullable: true, example: 'UPS' })
  carrier: string | null;
  /** The carrier's number */
  @ApiProperty({ type: String, nullable: true, example: '1Z999AA10123456784' })
  trackingNumber: string | null;
  /** Where it can be followed */
  @ApiProperty({ type: String, nullable: true, example: 'https://www.ups.com/track?tracknum=1Z999AA10123456784' })
  trackingUrl: string | null;
  /** When it should arrive */
  @ApiProperty({ type: EstimatedDeliveryResponse, nullable: true })
  estimatedDelivery: EstimatedDeliveryResponse | null;
  /** What was seen of all its parcels, in order; of each parcel nothing after its arrival */
  events: TrackingEventResponse[];
}

export class HistoryEntryResponse {
  /** The entry's id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** When */
  @ApiProperty({ format: 'date-time' })
  at: string;
  /**
   * What happened
   * @example "placed"
   */
  type: string;
  /**
   * The same in a few words, in the language that was asked for
   * @example "Order placed"
   */
  title: string;
  /** Who did it */
  @ApiProperty({ enum: ['buyer', 'merchant', 'system', 'support', 'admin'] })
  actor: string;
  /** Why, where it was said */
  @ApiProperty({ type: String, nullable: true, example: 'Ordered twice' })
  reason: string | null;
  /** What was so before */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  before: Record<string, unknown> | null;
  /** What is so since */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  after: Record<string, unknown> | null;
}

export class HistoryResponse {
  /** In order */
  data: HistoryEntryResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
