import type { Address } from '../identity';
import type { Reader } from '../platform/database';
import type { CheckoutTier } from '../stores';
import type { StoreLink } from './accounts/store-accounts';
import type { OpenChallenge } from './challenges/challenges';
import type { CheckoutPlace } from './checkout-tier';
import type { DeliveryQuote } from './delivery';
import type { Handoff } from './handoff';
import type { VariantFacts } from './market';
import type { StoreFacts } from './store-facts';

/** What the catalogue says of a line's variant now. */
export type PresentFacts = Pick<VariantFacts, 'priceCents' | 'originalPriceCents' | 'sellable' | 'available'>;

/** One line as a strategy sees it: what the shopper wants, and what our tables say of it now (catalogue goods only). */
export interface GroupLine {
  itemId: string;
  variantId: string | null;
  productName: string;
  productSku: string | null;
  productUrl: string;
  size: string | null;
  color: string | null;
  quantity: number;
  /** The price last agreed with or shown to the shopper, minor units. */
  unitPriceCents: number;
  now: PresentFacts | null;
  /** What the store itself calls the goods, as far as Muse knows; only of what is asked by a job. */
  externalId?: string | null;
  /** Units of it that this shopper's session holds already. */
  held: number;
  /** The store's own id of the variant, where our catalogue has it. */
  variantAtStore?: string | null;
}

/** The lines of one store, and where they go. */
export interface StoreGroup {
  store: StoreFacts;
  lines: GroupLine[];
  /** ISO country of the address, null while it is not known. */
  shipsTo: string | null;
  /** The option that the shopper chose, null for the cheapest. */
  deliveryOptionId: string | null;
  /** Codes of the store's own that the shopper gave, and whether they agreed to tell it what a link can carry. */
  discountCodes?: string[];
  sharesAtStore?: boolean;
  /** Who is to buy there; only where the store is asked by a job. */
  shopper?: ShopperAtStore;
  /** An earlier try at the same question ended without an answer. */
  again?: boolean;
}

/** What a tier that speaks for the shopper is told of them: opened for one call, never kept, never logged. */
export interface ShopperAtStore {
  /** Opaque here: the same for everything about one store of one session. */
  storeCheckoutId: string;
  /** Null: a guest. */
  userId: string | null;
  address: Address | null;
  contact: { email: string; phone: string | null } | null;
  /** An address that the store holds, by its id there; wins over `address`. */
  storeAddressId: string | null;
  /** The means of payment at the store, by its id there; null: its default. */
  storeInstrumentId: string | null;
  /** Codes of the store's own. */
  discountCodes: string[];
  /** What the store calls the delivery option that the shopper chose; null: the cheapest. */
  deliveryOptionRef: string | null;
  /** The shopper's payment method in Muse, where one was given. */
  paymentMethodId: string | null;
  /** By this moment the answer has to be there. */
  until: Date;
  /** The checkout session that shows what the store asks of the shopper meanwhile. */
  sessionId?: string;
  /** Told, while the call is under way, what the shopper has to answer before it goes on; null: nothing any more. */
  asked?(challenge: OpenChallenge | null): Promise<void>;
  /** Whether anybody still waits for what the call is for. */
  isWanted?(): Promise<boolean>;
}

/** Recoverable business trouble, shown in the resource rather than as an error. */
export interface Problem {
  code: string;
  severity: 'info' | 'warning' | 'blocking';
  storeId?: string;
  itemId?: string;
  detail: string;
  [more: string]: unknown;
}

/** What a store has taken off: for a code of its own, or by itself. */
export interface StoreDiscount {
  /** Null: it needs none. */
  code: string | null;
  /** In the store's words. */
  title: string;
  amountCents: number;
}

/** What a store asks for a group now; money in minor units of the store's currency. */
export interface StoreQuote {
  /** The unit price of each line, in the order of the group. */
  unitPricesCents: number[];
  subtotalCents: number;
  discountCents: number;
  deliveryOptions: DeliveryQuote[];
  deliveryOptionId: string | null;
  shippingCents: number;
  fees: { code: string; name: string; amountCents: number }[];
  taxCents: number;
  totalCents: number;
  problems: Problem[];
  /** What the store itself has taken off, in `discountCents` already. */
  storeDiscounts?: StoreDiscount[];
  /** The store takes the payment itself, from a payment method that the shopper chose in Muse. */
  takesTokens?: boolean;
  /** Where the shopper finishes on the store's own site: how it will open. */
  handoff?: Handoff;
}

/** Why a store that was asked gave no quote: it cannot be asked now, has to be asked later, or asks for the account to be linked again. */
export interface NoQuote {
  unquoted: 'unavailable' | 'throttled' | 'relink';
  code: string;
  detail: string;
  retryAfterMs?: number;
}

/** Whether a tier serves a store for one shopper now, and what linking their account has to do with it. */
export interface StoreAccess {
  serves: boolean;
  /** Null where no account can be linked. */
  link: StoreLink | null;
}

/** Everything that placing one store checkout needs. `agreedTotalCents` is a ceiling. */
export interface Placement {
  placementId: string;
  sessionId: string;
  store: { id: string; name: string };
  lines: {
    itemId: string;
    variantId: string | null;
    productName: string;
    productSku: string | null;
    productUrl: string;
    size: string | null;
    color: string | null;
    quantity: number;
    unitPriceCents: number;
    /** As of GroupLine. */
    externalId?: string | null;
  }[];
  currency: string;
  /** What was agreed is a conversation, not an order. */
  contactOnly: boolean;
  agreedTotalCents: number;
  /** How often this placement was begun before; then a strategy asks the other side first. */
  earlierAttempts: number;
  /** How often the store has put it off. */
  timesThrottled: number;
  /** Who buys; only for a tier that speaks for the shopper. */
  shopper?: ShopperAtStore;
  /** Codes of the store's own that the shopper gave. */
  discountCodes?: string[];
  /** What the shopper agreed to tell the store, for a tier that sends them there; never recorded in the clear. */
  shared?: { email: string | null; postalCode: string | null; note: string | null };
  /** For so many seconds nobody else takes the placement over, whatever becomes of this worker. False: somebody has. */
  hold?(seconds: number): Promise<boolean>;
}

/** What the shopper has to do before the placement goes on. */
export interface ShopperAction {
  type: 'relink' | 'redirect' | 'authenticate';
  url: string | null;
  expiresAt: Date;
}

/**
 * What became of a placement. `contacted`: the store takes no orders; it is written to, and nothing is bought. `actionRequired`: the
 * shopper has to do something first; place() is called again after `lookAgainMs` or when it was done. `throttled`: nothing
 * happened, and place() is to be called again. `unknowable`: nobody but a person can find out, and asking again is no use.
 * A strategy throws only when the outcome cannot be known.
 */
export type PlacementOutcome =
  | {
      type: 'placed';
      storeOrderNumber: string | null;
      placedAtStore: boolean;
      /** The store's own key of the order, where it has one for calls. */
      storeOrderId?: string;
      /** Where the shopper agreed something else with the store itself. */
      figures?: PlacedFigures;
    }
  | {
      type: 'continueAtStore';
      /** Nothing of the shopper's own stands in it. */
      continueUrl: string;
      clickId: string;
      cartFilled: boolean;
      /** It was built of the store's own pages, so that it may go through the store's affiliate link. */
      mayEarn?: true;
      /** Absent in what was recorded before it was told. */
      handoff?: Handoff;
      /** With what the shopper agreed to tell the store: see BuiltCart. Kept sealed alone. */
      sharedUrl?: string;
    }
  | { type: 'contacted' }
  /** `storeCode`: the store's own word, where it is the store that says no. */
  | { type: 'rejected'; code: string; detail: string; storeCode?: string }
  | { type: 'unavailable'; code: string; detail: string }
  | { type: 'actionRequired'; action: ShopperAction; lookAgainMs: number; detail: string }
  | { type: 'throttled'; retryAfterMs: number }
  | { type: 'unknowable'; reason: string };

/** What an order came to at the store, minor units. */
export type PlacedFigures = Pick<
  StoreQuote,
  'subtotalCents' | 'discountCents' | 'shippingCents' | 'fees' | 'taxCents' | 'totalCents'
>;

/**
 * How orders are placed with one kind of store: the business choice is who takes the order and where the shopper
 * finishes. A strategy talks to a store and writes no order; the placement runner writes every tier's outcome alike.
 */
export interface CheckoutStrategy {
  readonly tier: CheckoutTier;
  readonly checkout: CheckoutPlace;
  /**
   * Whether place() may simply be called again after a crash, because it has no effect outside Muse's own tables.
   * Where it has, a lost attempt whose outcome the strategy cannot look up needs a person's attention.
   */
  readonly repeatable: boolean;
  /** Whether place(), called again, first finds out what became of the time before: then a lost attempt is tried again. */
  readonly looksUp?: boolean;
  /** Whether it speaks for the shopper, and has to be told of them: address, contact, account. */
  readonly speaksForShopper?: boolean;
  /** Whether quote() asks nobody outside, so that a request may wait for it, inside its transaction. */
  readonly quotesAtOnce: boolean;
  /** How long quote() may take, where it is asked by a job; 15. */
  readonly quoteSeconds?: number;
  /** Whether a store could be served by it at all, by what is known of stores; only those that could are asked accessTo() about. */
  reaches?(store: StoreFacts): boolean;
  /** Price, delivery options and tax as the store sees them now. */
  quote(group: StoreGroup): Promise<StoreQuote | NoQuote>;
  /** Which of these stores of its tier it serves for this shopper (null: a guest) now. Left out: all, for everybody. */
  accessTo?(reader: Reader, userId: string | null, storeIds: string[]): Promise<Map<string, StoreAccess>>;
  /** Places it. Throws when the outcome is unknown. */
  place(placement: Placement): Promise<PlacementOutcome>;
}
