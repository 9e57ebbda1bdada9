import { ApiPropertyOptional, ApiProperty } from '@nestjs/swagger';
import { FeeResponse, ProblemNoteResponse, type MoneyIn } from '../../cart';
import { AddressResponse, type Address } from '../../identity';
import { MoneyResponse } from '../../platform/money';
import { CouponNoteResponse, DiscountResponse, TaxLineResponse } from '../../pricing';
import {
  affiliateDisclosure,
  CARRIED,
  HANDOFF_KINDS,
  HANDOFF_WARNINGS,
  type Carried,
  type CheckoutPlace,
  type Handoff,
  type HandoffKind,
  type HandoffWarning,
  type HandoffWarningCode,
  type ProductLink,
} from '../../store-integrations';
import { CHECKOUT_TIERS, type CheckoutTier } from '../../stores';
import type { HandoffRow } from '../handoffs/handoffs.repository';
import type { Action, OpenedSession, Session, SessionProgress, Settlement } from '../session';
import { statusOf, viewOf, type CheckoutPlaceOf } from '../session-view';
import type { SessionStatus, StoreCheckoutStatus } from '../session-states';

const SESSION_STATUSES: SessionStatus[] = [
  ...(['pending', 'expired', 'cancelled', 'processing', 'action_required'] as const),
  ...(['needs_attention', 'completed', 'partially_completed', 'failed'] as const),
];
const STORE_STATUSES: StoreCheckoutStatus[] = [
  ...(['quoting', 'waiting', 'processing', 'placed', 'action_required'] as const),
  ...(['continue_at_store', 'contacted', 'needs_attention', 'failed', 'cancelled'] as const),
];
const AFFILIATE_NOTE =
  'Muse may earn a commission from Old Navy when you buy through this link. Your price stays the same, and you can turn such links off.';
const SETTLEMENTS: Settlement[] = ['pay_now', 'pay_later', 'at_store'];

const moneyInSchema = {
  type: 'object' as const,
  description: 'The same amount by ISO code of other currencies; empty where no rate is known',
  additionalProperties: {
    type: 'object' as const,
    required: ['amount', 'currency'],
    properties: {
      amount: { type: 'integer' as const, format: 'int64' },
      currency: { type: 'string' as const },
      rateId: { type: ['string', 'null'] as never, format: 'uuid' },
    },
  },
  example: { VES: { amount: 2162700, currency: 'VES', rateId: '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f' } },
};

export class StepResponse {
  /** Which step */
  @ApiProperty({ enum: ['shipping', 'payment', 'review'] })
  name: 'shipping' | 'payment' | 'review';
  /** Whether nothing is missing in it */
  done: boolean;
  /** Whether it has to be done */
  required: boolean;
}

export class ContactResponse {
  /**
   * For the confirmation and the stores
   * @example "ana@example.com"
   */
  email: string;
  /** For the courier */
  @ApiProperty({ type: String, nullable: true, example: '+1 212 555 0123' })
  phone: string | null;
}

export class SessionPaymentMethodResponse {
  /**
   * What it is
   * @example "card"
   */
  kind: string;
  /** The card's brand */
  @ApiProperty({ type: String, nullable: true, example: 'visa' })
  brand: string | null;
  /** The last digits of the card */
  @ApiProperty({ type: String, nullable: true, example: '4242' })
  last4: string | null;
}

export class SessionItemResponse {
  /** The cart line's id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The variant, for goods of the catalogue */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  variantId: string | null;
  /**
   * What it is called
   * @example "Black Dress"
   */
  productName: string;
  /** The store's SKU */
  @ApiProperty({ type: String, nullable: true, example: 'ND-1' })
  productSku: string | null;
  /**
   * Its page
   * @example "https://www.nordstrom.com/s/black-dress/1001"
   */
  productUrl: string;
  /** A picture */
  @ApiProperty({ type: String, nullable: true, example: 'https://n.nordstrommedia.com/id/1001.jpg' })
  productImageUrl: string | null;
  /** The brand's name */
  @ApiProperty({ type: String, nullable: true, example: 'Halogen' })
  brand: string | null;
  /** Its size */
  @ApiProperty({ type: String, nullable: true, example: 'M' })
  size: string | null;
  /** Its colour */
  @ApiProperty({ type: String, nullable: true, example: 'black' })
  color: string | null;
  /** How many are bought here */
  @ApiProperty({ type: 'integer', example: 1 })
  quantity: number;
  /** The price of one, as frozen */
  unitPrice: MoneyResponse;
  /** The same in other currencies */
  @ApiProperty(moneyInSchema)
  unitPriceIn: MoneyIn;
  /** The price before a reduction */
  @ApiProperty({ type: MoneyResponse, nullable: true })
  originalPrice: MoneyResponse | null;
  /** Price times quantity */
  lineTotal: MoneyResponse;
  /** Its share of discounts on goods */
  discount: MoneyResponse;
  /** Its share of tax, added and included */
  tax: MoneyResponse;
}

export class DeliveryOptionQuoteResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * What it is called
   * @example "Standard"
   */
  name: string;
  /** What it costs for these lines */
  price: MoneyResponse;
  /** Days it takes at least */
  @ApiProperty({ type: 'integer', example: 3 })
  minDays: number;
  /** Days it takes at most */
  @ApiProperty({ type: 'integer', example: 5 })
  maxDays: number;
}

export class EstimateResponse {
  /** The first day it may arrive */
  @ApiProperty({ format: 'date', example: '2026-11-25' })
  from: string;
  /** The last day it should arrive */
  @ApiProperty({ format: 'date', example: '2026-11-28' })
  to: string;
}

export class GiftResponse {
  /** For the card */
  @ApiProperty({ type: String, nullable: true, example: 'Happy birthday!' })
  message: string | null;
  /** Whether to wrap it */
  wrap: boolean;
}

/** How the shopper's account at a store is linked. */
export class SessionLinkResponse {
  /** Whether Muse checks out there only with a linked account */
  required: boolean;
  /** Whether one is linked, or has to be linked again */
  @ApiProperty({ enum: ['linked', 'not_linked', 'relink'] })
  status: 'linked' | 'not_linked' | 'relink';
  /**
   * POST there begins it
   * @example "https://muse.example/api/v1/integrations/019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f/link"
   */
  url: string;
}

export class SessionStoreResponse {
  /** The store */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /**
   * Its name
   * @example "Nordstrom"
   */
  name: string;
  /** How orders are placed with it */
  @ApiProperty({ enum: CHECKOUT_TIERS })
  tier: CheckoutTier;
  /** Where the shopper will finish */
  @ApiProperty({ enum: ['in_muse', 'on_store_site'] })
  checkout: CheckoutPlace;
  /** The shopper's account there, where one can be linked; as of the last quote */
  @ApiProperty({ type: SessionLinkResponse, nullable: true })
  link: SessionLinkResponse | null;
  /** Whether it is bought from in this checkout */
  included: boolean;
  /** Where this store's part stands */
  @ApiProperty({ enum: STORE_STATUSES })
  status: StoreCheckoutStatus;
  /** What the shopper has to do before the store says what it comes to */
  @ApiProperty({ type: () => ActionResponse, nullable: true })
  action: Action | null;
  /** Its lines */
  items: SessionItemResponse[];
  /**
   * What is missing for this store: JSON pointers into it
   * @example []
   */
  requiredFields: string[];
  /**
   * Of a sealed checkout: what of it the store is told, sealed to its key
   * @example ["contact", "shippingAddress"]
   */
  sealed: string[];
  /** Where its goods go */
  @ApiProperty({ type: AddressResponse, nullable: true })
  shippingAddress: Address | null;
  /** How they can get there; the cheapest first */
  deliveryOptions: DeliveryOptionQuoteResponse[];
  /** The one chosen; the cheapest unless the shopper chose */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  deliveryOptionId: string | null;
  /** When they should arrive: calendar days */
  @ApiProperty({ type: EstimateResponse, nullable: true })
  estimatedDelivery: EstimateResponse | null;
  /** The address to send to, of those that the store holds; null: `shippingAddress` */
  @ApiProperty({ type: String, nullable: true, example: 'addr_1' })
  storeAddressId: string | null;
  /** What the store is paid with, of what it holds; null: its default */
  @ApiProperty({ type: String, nullable: true, example: 'card_1' })
  storeInstrumentId: string | null;
  /**
   * Codes of the store's own that it is told. What it takes off for them is in `discounts`; one that it does not take is a problem
   * `discount_code_refused`
   * @example ["WELCOME10"]
   */
  storeDiscountCodes: string[];
  /** How it is paid */
  @ApiProperty({ enum: SETTLEMENTS })
  settlement: Settlement;
  /** How it could be paid */
  @ApiProperty({ enum: SETTLEMENTS, isArray: true })
  settlementOptions: Settlement[];
  /** For the store */
  @ApiProperty({ type: String, nullable: true, example: 'Please use the side entrance' })
  note: string | null;
  /** If it is a gift */
  @ApiProperty({ type: GiftResponse, nullable: true })
  gift: GiftResponse | null;
  /** For the courier */
  @ApiProperty({ type: String, nullable: true, example: 'Leave with the porter' })
  deliveryNote: string | null;
  /** Lines, before delivery */
  subtotal: MoneyResponse;
  /** What is taken off, goods and delivery together */
  discount: MoneyResponse;
  /** The same by coupon, or by code of the store's own */
  discounts: DiscountResponse[];
  /** Delivery, before discounts */
  shipping: MoneyResponse;
  /** What the store adds */
  fees: FeeResponse[];
  /** Tax that comes on top of the prices; none while the address is not known */
  tax: MoneyResponse;
  /** Tax that the prices contain: not added to the total */
  taxIncluded: MoneyResponse;
  /** Both, tax by tax */
  taxLines: TaxLineResponse[];
  /** What this store asks for: a ceiling */
  total: MoneyResponse;
  /** The same in other currencies */
  @ApiProperty(moneyInSchema)
  totalIn: MoneyIn;
  /** Where the shopper will finish on the store's own site: how it will open. Null where it is bought in Muse, or not known yet */
  @ApiProperty({ type: () => StoreHandoffResponse, nullable: true })
  handoff: Handoff | null;
  /** Whether the shopper agreed that the link tells the store what `handoff.carries` names */
  shareAtStore: boolean;
  /** To be shown beside the link: it is, or is going to be, an affiliate link. Null: it is none */
  @ApiProperty({ type: String, nullable: true, example: AFFILIATE_NOTE })
  affiliateDisclosure: string | null;
  /** What has changed, or stands in the way */
  problems: ProblemNoteResponse[];
}

export class RateResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * One of this currency
   * @example "USD"
   */
  base: string;
  /**
   * costs so many of this
   * @example "VES"
   */
  quote: string;
  /**
   * Decimal text
   * @example "243.11"
   */
  rate: string;
  /** Since when */
  @ApiProperty({ format: 'date-time' })
  effectiveAt: string;
}

export class DisclosureResponse {
  /**
   * Name it in `accepted`
   * @example "separate_sellers"
   */
  code: string;
  /** Of the text */
  @ApiProperty({ type: 'integer', example: 1 })
  version: number;
  /**
   * What the shopper is to be told
   * @example "You buy from each store separately: one order per store."
   */
  text: string;
  /** The store it is about */
  storeId?: string;
}

/** One attempt to buy a snapshot of the cart. */
export class SessionResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Where it stands */
  @ApiProperty({ enum: SESSION_STATUSES })
  status: SessionStatus;
  /** Until when it can be placed */
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
  /** Counts the changes; also the ETag */
  @ApiProperty({ type: 'integer', example: 1 })
  version: number;
  /** For a progress indicator */
  steps: StepResponse[];
  /** Whether `place` would find nothing missing now */
  readyToPlace: boolean;
  /**
   * What is missing: JSON pointers into the session
   * @example ["/shippingAddress", "/contact/email"]
   */
  requiredFields: string[];
  /** Whether who buys is told to the stores alone, sealed to their keys: then address and contact are shown to nobody here */
  sealed: boolean;
  /** Where everything goes */
  @ApiProperty({ type: AddressResponse, nullable: true })
  shippingAddress: Address | null;
  /** Whom it is billed to; the same unless given */
  @ApiProperty({ type: AddressResponse, nullable: true })
  billingAddress: Address | null;
  /** Whom it is for */
  @ApiProperty({ type: ContactResponse, nullable: true })
  contact: ContactResponse | null;
  /** What is paid now is paid by this: one of the shopper's payment methods */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  paymentMethodId: string | null;
  /** The same to show */
  @ApiProperty({ type: SessionPaymentMethodResponse, nullable: true })
  paymentMethod: SessionPaymentMethodResponse | null;
  /** By store */
  stores: SessionStoreResponse[];
  /** Lines, before delivery */
  subtotal: MoneyResponse;
  /** What is taken off */
  discount: MoneyResponse;
  /** Delivery */
  shipping: MoneyResponse;
  /** What stores add */
  fees: MoneyResponse;
  /** Tax that comes on top of the prices; none while the address is not known */
  tax: MoneyResponse;
  /** Tax that the prices contain: not added to the total */
  taxIncluded: MoneyResponse;
  /** Everything: the `expectedTotal` of place */
  total: MoneyResponse;
  /** Charged when placed */
  dueNow: MoneyResponse;
  /** The same as the payment method is asked for it, in the currency of the stores that are paid now; null where nothing is */
  @ApiProperty({ type: MoneyResponse, nullable: true })
  charge: MoneyResponse | null;
  /** To be agreed with the stores */
  dueLater: MoneyResponse;
  /** Paid on the stores' own sites */
  dueAtStores: MoneyResponse;
  /** The total in other currencies, with the rate used */
  @ApiProperty(moneyInSchema)
  totalIn: MoneyIn;
  /** The exchange rates of this checkout, to its end */
  rates: RateResponse[];
  /** The cart's codes as they were quoted */
  coupons: CouponNoteResponse[];
  /** What the shopper is to be told before placing */
  disclosures: DisclosureResponse[];
  /** Those of all stores */
  problems: ProblemNoteResponse[];

  static of(session: Session, opened: OpenedSession, placeOf: CheckoutPlaceOf): SessionResponse {
    return viewOf(session, opened, placeOf);
  }
}

export class PlacedOrderResponse {
  /** The order */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * Muse's number
   * @example "M-7K3QF-92XTB"
   */
  number: string;
  /** The store's own */
  @ApiProperty({ type: String, nullable: true, example: 'ND-12345' })
  storeOrderNumber: string | null;
}

export class ActionResponse implements Action {
  /** What the shopper has to do */
  @ApiProperty({ enum: ['choose_payment', 'authenticate', 'redirect', 'challenge', 'relink'] })
  type: Action['type'];
  /**
   * Where
   * @example "https://hooks.stripe.com/redirect/authenticate/src_1"
   */
  url?: string;
  /**
   * For the payment provider's own form
   * @example "pi_1P2x3y_secret_4z"
   */
  clientSecret?: string;
  /**
   * Of choose_payment: why the last payment came to nothing
   * @example "insufficient_funds"
   */
  reason?: string;
  /** Of challenge: what the store asks, to be answered under it */
  @ApiProperty({ format: 'uuid', required: false })
  challengeId?: string;
  /** Until when */
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
}

export class FailureResponse {
  /**
   * Stable code: store_closed, unavailable, stock_short, not_placed …
   * @example "stock_short"
   */
  code: string;
  /**
   * In words
   * @example "Casa Luna no longer has one of the items."
   */
  detail: string;
  /**
   * Of a store that refused the order by its own interface: its word for why
   * @example "card_declined"
   */
  @ApiPropertyOptional()
  storeCode?: string;
}

export class StoreStatusResponse {
  /** The store */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /**
   * Its name
   * @example "Macy's"
   */
  name: string;
  /** How orders are placed with it */
  @ApiProperty({ enum: CHECKOUT_TIERS })
  tier: CheckoutTier;
  /** Where it stands */
  @ApiProperty({ enum: STORE_STATUSES })
  status: StoreCheckoutStatus;
  /**
   * In words
   * @example "Order M-7K3QF-92XTB placed"
   */
  message: string;
  /** Since when */
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;
  /** Once there is one */
  @ApiProperty({ type: PlacedOrderResponse, nullable: true })
  order: PlacedOrderResponse | null;
  /** The conversation with the store */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  conversationId: string | null;
  /** At continue_at_store: see /handoffs/{id} */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  handoffId: string | null;
  /** When the goods should arrive */
  @ApiProperty({ type: EstimateResponse, nullable: true })
  estimatedDelivery: EstimateResponse | null;
  /** At continue_at_store: the link to the store's site with the cart filled; see /handoffs/{id} */
  @ApiProperty({ type: String, nullable: true, example: 'https://muse.example/r/k3v9x0d2m7q1w5e8r4t6y2u0i9p1' })
  continueUrl: string | null;
  /** Where the shopper finishes on the store's own site: how it opens */
  @ApiProperty({ type: () => StoreHandoffResponse, nullable: true })
  handoff: Handoff | null;
  /** To be shown beside the link: it is, or is going to be, an affiliate link. Null: it is none */
  @ApiProperty({ type: String, nullable: true, example: AFFILIATE_NOTE })
  affiliateDisclosure: string | null;
  /** What the shopper has to do next */
  @ApiProperty({ type: ActionResponse, nullable: true })
  action: Action | null;
  /** Why not, where it failed */
  @ApiProperty({ type: FailureResponse, nullable: true })
  failure: FailureResponse | null;
}

/** What stands for the buyer of an order of a sealed checkout. */
export class OrderAccessResponse {
  /** The store */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /** The id that its order will have; unknown (404) until it is placed */
  @ApiProperty({ format: 'uuid' })
  orderId: string;
  /**
   * The bearer token that stands for the buyer of that order. It is told in the answer to `place` alone (and to a retry with
   * the same Idempotency-Key); nobody can find it again
   * @example "mot_4Qm0bq1hGZk0R9c8c1oE3l7o9sYw2Vb5dXn6tPzUeKA"
   */
  token: string;
}

/** How a session goes, store by store. */
export class SessionStatusResponse {
  /** The session's id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Where it stands */
  @ApiProperty({ enum: SESSION_STATUSES })
  status: SessionStatus;
  /** Counts the changes; also the ETag, and the id of the stream's events */
  @ApiProperty({ type: 'integer', example: 3 })
  version: number;
  /** The stores bought from */
  stores: StoreStatusResponse[];
  /** What the shopper has to do for the whole */
  @ApiProperty({ type: ActionResponse, nullable: true })
  action: Action | null;
  /** When it was placed */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startedAt: string | null;
  /** When nothing was open any more */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  completedAt: string | null;
  /** Of a sealed checkout, in the answer to `place`: by what its orders are reached from now on. Keep it */
  orderAccess?: OrderAccessResponse[];

  /** `action` where it is opened: with the secrets that are for the shopper alone. */
  static of(session: SessionProgress, action?: Action | null): SessionStatusResponse {
    return statusOf(session, action);
  }
}

export class HandoffWarningResponse implements HandoffWarning {
  /** Stable code: docs/adding-a-store.md says what each is about */
  @ApiProperty({ enum: HANDOFF_WARNINGS })
  code: HandoffWarningCode;
  /**
   * For the shopper
   * @example "Opening the link empties what is in your cart at Hilo Taller."
   */
  detail: string;
  /** The lines it is about; left out: all of them */
  @ApiProperty({ required: false, type: [String], example: ['019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f'] })
  itemIds?: string[];
}

export class ProductLinkResponse implements ProductLink {
  /** The line, while it is known */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  itemId: string | null;
  /**
   * What it is called
   * @example "Linen shirt"
   */
  name: string;
  /**
   * Where it is bought by itself
   * @example "https://hilo-taller.example/?add-to-cart=10000000007000&quantity=2"
   */
  url: string;
}

/** How a store's own site opens for the shopper. */
export class StoreHandoffResponse implements Handoff {
  /** How far: the cart filled; a link for each product; one product's page */
  @ApiProperty({ enum: HANDOFF_KINDS })
  kind: HandoffKind;
  /** What the link cannot do, or does besides */
  @ApiProperty({ type: [HandoffWarningResponse] })
  warnings: HandoffWarning[];
  /** Every line by itself: what to do where the link does not work, and all there is where the kind is not `cart` */
  @ApiProperty({ type: [ProductLinkResponse] })
  productLinks: ProductLink[];
  /** What of the shopper's own the link can tell the store, if they agree (`shareAtStore`); of a hand-off: what it tells */
  @ApiProperty({ enum: CARRIED, isArray: true })
  carries: Carried[];
}

export class HandoffStoreResponse {
  /** The store */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * Its name
   * @example "Old Navy"
   */
  name: string;
}

export class HandoffItemResponse {
  /**
   * What it is called
   * @example "Jeans"
   */
  productName: string;
  /** The store's SKU */
  @ApiProperty({ type: String, nullable: true, example: 'ON-1' })
  productSku: string | null;
  /**
   * Its page
   * @example "https://oldnavy.gap.com/s/1"
   */
  productUrl: string;
  /** Its size */
  @ApiProperty({ type: String, nullable: true, example: '32' })
  size: string | null;
  /** Its colour */
  @ApiProperty({ type: String, nullable: true, example: 'indigo' })
  color: string | null;
  /** How many */
  @ApiProperty({ type: 'integer', example: 1 })
  quantity: number;
  /** The price of one, as Muse knew it */
  unitPrice: MoneyResponse;
}

/** A filled cart at a store, waiting for the shopper to finish there. */
export class HandoffResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The store */
  store: HandoffStoreResponse;
  /** What is in the cart there */
  items: HandoffItemResponse[];
  /**
   * The link to the store's site with the cart filled, for the shopper's browser: it needs no token, redirects (302) while the
   * hand-off waits, and is counted. Once that is over it answers 410
   * @example "https://muse.example/r/k3v9x0d2m7q1w5e8r4t6y2u0i9p1"
   */
  continueUrl: string;
  /** How often its links were followed, without programs that only look where they lead */
  @ApiProperty({ type: 'integer', example: 1 })
  opens: number;
  /** When one was first followed */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  firstOpenedAt: string | null;
  /** When one was last followed */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastOpenedAt: string | null;
  /** How the store opens; its product links are Muse's own, as `continueUrl` is */
  handoff: StoreHandoffResponse;
  /** To be shown beside the link: it is, or is going to be, an affiliate link. Null: it is none */
  @ApiProperty({ type: String, nullable: true, example: AFFILIATE_NOTE })
  affiliateDisclosure: string | null;
  /** Where it stands */
  @ApiProperty({ enum: ['waiting', 'ordered', 'abandoned', 'expired'] })
  status: HandoffRow['status'];
  /** Until when it waits */
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
  /** The order, once it was placed there */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  orderId: string | null;

  static of(row: HandoffRow): HandoffResponse {
    return {
      id: row.id,
      store: { id: row.storeId, name: row.storeName },
      items: row.items.map(
        ({ productName, productSku, productUrl, size, color, quantity, unitPriceCents, currency }) => ({
          ...{ productName, productSku, productUrl, size, color, quantity },
          unitPrice: { amount: unitPriceCents, currency },
        }),
      ),
      continueUrl: row.continueUrl,
      opens: row.opens,
      firstOpenedAt: row.firstOpenedAt?.toISOString() ?? null,
      lastOpenedAt: row.lastOpenedAt?.toISOString() ?? null,
      handoff: {
        kind: row.kind ?? 'product_page',
        warnings: row.warnings,
        productLinks: row.productLinks,
        carries: row.carries,
      },
      affiliateDisclosure: row.affiliated ? affiliateDisclosure(row.storeName, row.locale ?? 'en') : null,
      status: row.status,
      expiresAt: row.expiresAt.toISOString(),
      orderId: row.orderId,
    };
  }
}
