import type { PayableRow, WaitingPayment } from '../payments';
import type { SealedJson, SealedJwe } from '../platform/crypto';
import type { Discount, TaxLine } from '../pricing';
import type { StoreAbility } from '../store-integrations';
import type { CheckoutMethod, OrderStatus, PaymentStatus, Side } from './order-states';

export interface OrderItemRow {
  id: string;
  productName: string;
  productSku: string | null;
  productUrl: string | null;
  productImageUrl: string | null;
  size: string | null;
  color: string | null;
  quantity: number;
  status: 'ordered' | 'shipped' | 'delivered' | 'cancelled' | 'returned';
  unitPriceCents: number;
  totalPriceCents: number;
  discountCents: number;
  taxCents: number;
  quantityShipped: number;
  quantityReturned: number;
}

export interface ParcelRow {
  id: string;
  carrier: string;
  trackingNumber: string;
  trackingUrl: string | null;
  status: 'pre_transit' | 'in_transit' | 'out_for_delivery' | 'delivered' | 'exception' | 'returned' | 'unknown';
  /** As JSON has it. */
  shippedAt: string;
  items: { itemId: string; quantity: number }[] | null;
}

export interface StoreRequestRow {
  kind: 'cancel';
  status: 'pending' | 'done' | 'refused' | 'failed';
  code: string | null;
  /** As JSON has it. */
  requestedAt: string;
}

/** An order with its items and parcels, and the wrapped key under which its private parts lie: one row, one statement. */
export interface OrderRow {
  id: string;
  number: string;
  storeOrderNumber: string | null;
  storeId: string;
  storeName: string;
  supportEmail: string | null;
  supportPhone: string | null;
  supportUrl: string | null;
  checkoutSessionId: string | null;
  status: OrderStatus;
  paymentStatus: PaymentStatus;
  checkoutMethod: CheckoutMethod;
  settlement: 'pay_now' | 'pay_later' | 'at_store';
  currency: string;
  subtotalCents: number;
  discountCents: number;
  discounts: Discount[];
  shippingCents: number;
  fees: { code: string; name: string; amountCents: number }[];
  taxCents: number;
  taxIncludedCents: number;
  taxLines: TaxLine[];
  totalCents: number;
  totalVesCents: number | null;
  exchangeRateId: string | null;
  /** Where buyer and merchant talk about it. */
  conversationId: string | null;
  /** Of a sealed order: by field, a JWE for the store and its buyer. Null: it is not sealed. */
  sealedParts: Record<string, SealedJwe> | null;
  /** Read by a token: whether that stands for the buyer. */
  acts?: boolean;
  keySubjectId: string | null;
  wrapped: Buffer | null;
  masterKeyId: string | null;
  shippingAddress: SealedJson | null;
  billingAddress: SealedJson | null;
  contact: SealedJson | null;
  instructions: SealedJson | null;
  estimatedFrom: string | null;
  estimatedTo: string | null;
  trackingNumber: string | null;
  carrier: string | null;
  /** The payment that it is being paid or was paid by. */
  paymentId: string | null;
  paymentMethod: string | null;
  paymentLast4: string | null;
  /** By which the store finds it in its books, if it was paid by hand. */
  paymentReference: string | null;
  /** What its buyer has to do before it can be paid. */
  paymentAction: 'authenticate' | 'redirect' | null;
  /** What its payment waits for; null unless its buyer has to do something. */
  waiting: WaitingPayment | null;
  /** Whether the merchant can be paid; null unless the order could be paid now, as far as it says itself. */
  payable: PayableRow | null;
  capturedCents: number;
  refundedCents: number;
  payUntil: Date | null;
  version: number;
  placedAt: Date;
  confirmedAt: Date | null;
  shippedAt: Date | null;
  deliveredAt: Date | null;
  completedAt: Date | null;
  cancelledAt: Date | null;
  buyerCompletedAt: Date | null;
  merchantCompletedAt: Date | null;
  /** Of a verified sale: whom the clock spoke for. */
  silentSide: Side | null;
  /** A change of it that is not decided, or not paid. */
  openChangeId: string | null;
  /** For how long the store takes goods back; null: it has not said. */
  returnsDays: number | null;
  /** What its store can do about it by the store's interface; null where it has none, or was not asked yet. */
  storeOffers: StoreAbility[] | null;
  /** What the store says that it gave back. */
  storeRefundedCents: number;
  /** What the store was asked last about the order itself. */
  storeRequest: StoreRequestRow | null;
  items: OrderItemRow[];
  parcels: ParcelRow[] | null;
}
