import type { DeliveryQuote } from '../delivery';

/** How a store's own interface is spoken: the two open checkout protocols, or an adapter for one that has neither. */
export type StoreProtocol = 'ucp' | 'acp' | 'private';

/** A store that Muse checks out at by its API, as an admin has set it up. */
export interface ConnectedStore {
  id: string;
  name: string;
  protocol: StoreProtocol;
  /** Of `private`: which adapter speaks to it. */
  adapter: string | null;
  /** Where its interface begins, without a slash at the end. UCP: the origin of its profile. */
  baseUrl: string;
  currency: string;
  country: string;
  /** What is public of the agreement with the store: API version, delegated payment, webhook key ids; by protocol. */
  options: Record<string, unknown>;
  /** What both sides share (API key, webhook secret), opened for this call. Never logged, never kept. */
  secrets: Record<string, string>;
}

/** One call to a store, for one shopper. */
export interface StoreCall {
  store: ConnectedStore;
  /**
   * A token of the shopper's linked account that holds for the next minute at least; null where nobody is signed in.
   * Throws StoreFault `relink` where the account must be linked again.
   */
  accessToken: (() => Promise<string>) | null;
  /** The store told that the token is no longer good: the next `accessToken()` asks for another. */
  tokenRefused?: () => void;
  /** For whatever changes something at the store: the same for the same request again, however often. */
  idempotencyKey: string;
  /** For the whole call, retries of reads included. */
  timeoutMs: number;
}

/** A postal address as Muse keeps it. */
export interface BasketAddress {
  firstName?: string | null;
  lastName?: string | null;
  line1: string;
  line2?: string | null;
  city: string;
  region?: string | null;
  postalCode?: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string;
  phone?: string | null;
}

export interface BasketLine {
  /** Muse's own id of the line: gives answers back their place. */
  itemId: string;
  /** What the store calls the goods. */
  externalId: string;
  quantity: number;
}

/** What is to be bought at one store, as far as it is known yet. */
export interface Basket {
  /** The store's checkout that it is already; null: a new one. */
  checkoutId: string | null;
  currency: string;
  lines: BasketLine[];
  buyer: { email: string; firstName?: string | null; lastName?: string | null; phone?: string | null } | null;
  address: BasketAddress | null;
  /** An address that the store holds, by its id there; wins over `address`. */
  storeAddressId: string | null;
  /** The store's own id of the delivery option that the shopper chose; null: the cheapest. */
  deliveryOptionId: string | null;
  /** As the shopper gave them; a store that takes none is sent none. */
  discountCodes: string[];
}

/** What the store says beside the figures. Severity as UCP has it: who can put it right. */
export interface StoreMessage {
  type: 'error' | 'warning' | 'info';
  severity: 'recoverable' | 'requires_buyer_input' | 'requires_buyer_review' | 'unrecoverable' | null;
  code: string;
  /** In the store's words; text, never markup. */
  detail: string;
  /** Of which line, where it is of one. */
  itemId: string | null;
  /** Of which discount code, where it is of one. */
  discountCode?: string | null;
}

/** A means of payment that the store holds for the shopper. */
export interface StoreInstrument {
  id: string;
  brand: string | null;
  last4: string | null;
  isDefault: boolean;
}

/** An address that the store holds for the shopper. */
export interface StoreAddress extends BasketAddress {
  id: string;
  isDefault: boolean;
}

/** A store's own checkout, as the store sees it now. Money in minor units of `currency`. */
export interface RemoteCheckout {
  id: string;
  /**
   * `incomplete`: something is missing (messages say what). `ready`: can be completed. `escalation`: the shopper must go
   * on at `continueUrl`. `in_progress`: being completed, ask again. `completed`: `order` is there.
   */
  status: 'incomplete' | 'ready' | 'escalation' | 'in_progress' | 'completed' | 'canceled' | 'expired';
  currency: string;
  /**
   * In the order of the basket. A line that cannot be had is not there, or has `available` below its quantity. Where nobody says
   * which lines they are (complete, retrieve without `lines`) `itemId` may be the store's id of the goods.
   */
  lines: { itemId: string; quantity: number; unitPriceCents: number; available: number | null }[];
  subtotalCents: number;
  discountCents: number;
  shippingCents: number;
  fees: { code: string; name: string; amountCents: number }[];
  taxCents: number;
  totalCents: number;
  /** `id` is the store's. */
  deliveryOptions: DeliveryQuote[];
  deliveryOptionId: string | null;
  messages: StoreMessage[];
  /** What it has taken off, as far as it says: for a code (as it was given), or by itself. Left out: it takes no codes. */
  discounts?: { code: string | null; title: string; amountCents: number }[];
  /** Where the shopper goes on at the store, https. */
  continueUrl: string | null;
  expiresAt: Date | null;
  /** Saved at the store, usable for this checkout. */
  instruments: StoreInstrument[];
  /** Addresses that the store offers for this checkout: those it holds for the shopper, and the one it was given. */
  addresses?: StoreAddress[];
  /** Handlers of delegated tokens that the store takes, by the provider's name: `{ stripe: 'handler_1' }`. */
  delegatedTo: Record<string, string>;
  order: RemoteOrderRef | null;
}

export interface RemoteOrderRef {
  /** The store's key of it, for calls and webhooks. */
  id: string;
  /** What people know it by; the id where the store has no other. */
  number: string;
  url: string | null;
}

/** How the store is paid. */
export type StorePayment =
  /** `maxCents`: what was agreed; a store whose interface has a place for it takes no more. */
  | { type: 'saved'; instrumentId: string; maxCents?: number }
  /** A token of the payment provider, for this store and no more than this amount, with its handler at the store. */
  | { type: 'delegated'; provider: string; handlerId: string; token: string };

export type RemoteOrderStatus = 'confirmed' | 'processing' | 'shipped' | 'delivered' | 'cancelled' | 'returned';
export type RemoteParcelStatus =
  | 'pre_transit'
  | 'in_transit'
  | 'out_for_delivery'
  | 'delivered'
  | 'exception'
  | 'returned'
  | 'unknown';

/** An order as the store sees it now: a whole snapshot, without anything personal. */
export interface RemoteOrder {
  id: string;
  number: string;
  checkoutId: string | null;
  status: RemoteOrderStatus;
  parcels: {
    /** Stable within the order: the store's id, else the tracking number. */
    key: string;
    carrier: string | null;
    trackingNumber: string | null;
    trackingUrl: string | null;
    status: RemoteParcelStatus;
    events: { key: string; at: Date; status: RemoteParcelStatus; detail: string; location: string | null }[];
    /** By the goods' ids at the store. */
    lines: { externalId: string; quantity: number }[];
  }[];
  /** The store's word on it; null where it gives none. */
  estimatedDelivery: { from: string; to: string } | null;
  totalCents: number;
  currency: string;
  /** What went back to the shopper at the store, in all. */
  refundedCents: number;
  /** Store's own time of this state; null where it gives none. Later wins. */
  updatedAt: Date | null;
}

/** What of a line can be had now. */
export interface RemoteAvailability {
  itemId: string;
  priceCents: number | null;
  /** Null: there is some, nobody says how much. */
  available: number | null;
}

/**
 * A store's own interface, spoken for one shopper. UCP, ACP and private adapters are each one implementation; whoever calls
 * never asks which. It writes no rows but what it caches of the store itself, decides nothing, and opens no transaction.
 * Errors: StoreFault only.
 */
export interface StoreApi {
  readonly protocol: StoreProtocol;
  /** The store's checkout made, or brought to what the basket says. */
  quote(call: StoreCall, basket: Basket): Promise<RemoteCheckout>;
  /** Buys it. The one call with an effect that cannot be taken back by itself. */
  complete(call: StoreCall, checkoutId: string, payment: StorePayment, lines?: BasketLine[]): Promise<RemoteCheckout>;
  /** What became of it; null where the store does not know it. `lines`: what was asked for, to give its lines their place. */
  retrieve(call: StoreCall, checkoutId: string, lines?: BasketLine[]): Promise<RemoteCheckout | null>;
  /** The store's checkout is over. One that the store does not end is no fault, for it may be over already: retrieve() says. */
  cancelCheckout(call: StoreCall, checkoutId: string): Promise<void>;

  // Abilities: those that a store offers are there. `offers` says so for one store, which may need its profile to be read.
  offers(call: StoreCall): Promise<ReadonlySet<StoreAbility>>;
  /** `checkoutId`: the store's checkout that it was made from. Some show an order there and nowhere else. */
  order?(call: StoreCall, orderId: string, checkoutId?: string | null): Promise<RemoteOrder | null>;
  cancelOrder?(call: StoreCall, orderId: string, reason: string | null): Promise<RemoteOrder>;
  returnOrder?(
    call: StoreCall,
    orderId: string,
    lines: { externalId: string; quantity: number; reason: string }[],
  ): Promise<RemoteOrder>;
  availability?(call: StoreCall, lines: BasketLine[], currency: string): Promise<RemoteAvailability[]>;
  addresses?(call: StoreCall): Promise<StoreAddress[]>;
  instruments?(call: StoreCall): Promise<StoreInstrument[]>;
}

export type StoreAbility = 'track' | 'cancel' | 'return' | 'availability' | 'addresses' | 'instruments' | 'webhooks';
