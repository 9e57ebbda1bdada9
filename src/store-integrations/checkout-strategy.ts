import type { CheckoutTier } from '../stores';
import type { CheckoutPlace } from './checkout-tier';
import type { DeliveryQuote } from './delivery';
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
  /** Units of it that this shopper's session holds already. */
  held: number;
}

/** The lines of one store, and where they go. */
export interface StoreGroup {
  store: StoreFacts;
  lines: GroupLine[];
  /** ISO country of the address, null while it is not known. */
  shipsTo: string | null;
  /** The option that the shopper chose, null for the cheapest. */
  deliveryOptionId: string | null;
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
  }[];
  currency: string;
  /** What was agreed is a conversation, not an order. */
  contactOnly: boolean;
  agreedTotalCents: number;
  /** How often this placement was begun before; then a strategy asks the other side first. */
  earlierAttempts: number;
}

/** What became of a placement. `contacted`: the store takes no orders; it is written to, and nothing is bought. A strategy throws only when that cannot be known. */
export type PlacementOutcome =
  | { type: 'placed'; storeOrderNumber: string | null; placedAtStore: boolean }
  | { type: 'continueAtStore'; continueUrl: string; clickId: string; cartFilled: boolean }
  | { type: 'contacted' }
  | { type: 'rejected'; code: string; detail: string }
  | { type: 'unavailable'; code: string; detail: string };

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
  /** Whether quote() asks nobody outside, so that a request may wait for it, inside its transaction. */
  readonly quotesAtOnce: boolean;
  /** Price, delivery options and tax as the store sees them now. */
  quote(group: StoreGroup): Promise<StoreQuote>;
  /** Places it. Throws when the outcome is unknown. */
  place(placement: Placement): Promise<PlacementOutcome>;
}
