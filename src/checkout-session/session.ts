import type { LineIdentity } from '../cart';
import type { Address, Privacy } from '../identity';
import type { Payable } from '../payments';
import type { DataKey, SealedJson } from '../platform/crypto';
import type { Language } from '../platform/http';
import type { Discount, PinnedRate, TaxLine } from '../pricing';
import type { DeliveryQuote, Handoff, Problem, StoreDiscount, StoreLink } from '../store-integrations';
import type { CheckoutTier } from '../stores';
import type { SealedParts } from './sealed/sealed-parts';
import type { SessionCoupon } from './session-prices';
import type { SessionStatus, StoreCheckoutStatus } from './session-states';

/** A cart line as a session froze it; the price is the one agreed. Minor units of `currency`. */
export interface SnapshotLine extends LineIdentity {
  itemId: string;
  variantId: string | null;
  brandId: string | null;
  brandName: string | null;
  productName: string;
  productSku: string | null;
  productUrl: string;
  productImageUrl: string | null;
  quantity: number;
  unitPriceCents: number;
  originalPriceCents: number | null;
  currency: string;
  /** Of its product, which decides the rate of tax. */
  category?: string | null;
  /** The store's own id of the variant, where our catalogue had it. */
  variantAtStore?: string | null;
  /** Its share of discounts on goods, and of tax (added and included); absent where neither was worked out. */
  discountCents?: number;
  taxCents?: number;
}

export type Settlement = 'pay_now' | 'pay_later' | 'at_store';

/** Whether a store could be paid in Muse when it was last asked, and why not. */
export type PayNow = Pick<Payable, 'payable'> & {
  /** conversation_only: it takes messages and no orders. by_token: it takes the payment itself, by a payment method in Muse. */
  reason: Payable['reason'] | 'conversation_only' | 'by_token';
  /** The least part of its currency that can be charged; absent: one minor unit. */
  unit?: number;
};

/** A payment method as it is shown. */
export interface MethodShown {
  kind: string;
  brand: string | null;
  last4: string | null;
}

export interface Contact {
  email: string;
  phone: string | null;
}

/** What the shopper tells one store besides the address. */
export interface Instructions {
  note: string | null;
  gift: { message: string | null; wrap: boolean } | null;
  deliveryNote: string | null;
}

/** What the shopper has to do next. */
export interface Action {
  type: 'choose_payment' | 'authenticate' | 'redirect' | 'challenge' | 'relink';
  url?: string;
  clientSecret?: string;
  /** Of choose_payment: why the last payment came to nothing. */
  reason?: string;
  /** Of challenge: what is to be answered, at `url`. */
  challengeId?: string;
  expiresAt: string;
}

/** A checkout_sessions row with its stores, the wrapped key of its private parts and what the database's clock says of it, all of one moment. */
export interface Session {
  id: string;
  shopperId: string;
  shopperKind: 'user' | 'guest';
  /** Of a user: what totals over several currencies are in, and whether the account was closed. */
  shopperCurrency: string | null;
  shopperDisabled: boolean;
  /** As the account says now; of a guest `standard`. */
  shopperPrivacy: Privacy;
  /** Whether links to stores may be affiliate links. */
  takesAffiliateLinks: boolean;
  /** Of a user: what they are written to in. */
  shopperLocale: Language | null;
  /** Which credentials an access token has to be of: UserRow. */
  shopperCredentialsAt: number;
  cartId: string;
  lines: SnapshotLine[];
  chosenItems: string[] | null;
  /** Who buys is told to the stores alone: nothing private stands in it but for a tier that types the address. */
  sealed: boolean;
  status: SessionStatus;
  version: number;
  currency: string;
  rates: PinnedRate[];
  coupons: SessionCoupon[];
  shippingAddress: SealedJson | null;
  billingAddress: SealedJson | null;
  contact: SealedJson | null;
  /** Language that a guest asked for on giving the contact; a user has their own. */
  locale: Language | null;
  shipsToCountry: string | null;
  shipsToRegion: string | null;
  paymentMethodId: string | null;
  paymentMethod: MethodShown | null;
  /** The payment of what is due now; null while none was begun, or after another method was given. */
  paymentId: string | null;
  authorizedAt: Date | null;
  /** When what is open is given up. */
  giveUpAt: Date | null;
  accepted: { code: string; version: number; at: string }[];
  action: Action | null;
  placedAt: Date | null;
  completedAt: Date | null;
  expiresAt: Date;
  keySubjectId: string;
  wrapped: Buffer | null;
  masterKeyId: string | null;
  live: boolean;
  secondsLeft: number;
  now: Date;
  stores: StoreCheckout[];
}

/** A store_checkouts row, with the name of its store and what it led to. */
export interface StoreCheckout {
  id: string;
  storeId: string;
  /** Which version of the store's own row this was read beside; empty for a store that was not read with its session. */
  storeVersion: string;
  name: string;
  position: number;
  included: boolean;
  tier: CheckoutTier;
  /** The tier that serves it in this session; null: its own. */
  servedBy: CheckoutTier | null;
  /** Its quote is a job's, set while quoting: then only the job says how long it stands. */
  byJob?: boolean;
  /** Where an account can be linked: how that stood when it was last quoted. */
  link: StoreLink | null;
  /** An address and a means of payment that the store holds for the shopper, by its ids. */
  storeAddressId: string | null;
  storeInstrumentId: string | null;
  /** Codes of the store's own that the shopper gave. */
  storeDiscountCodes: string[];
  /** What the store itself has taken off in its last quote; in `discountCents` already. */
  storeDiscounts: StoreDiscount[];
  status: StoreCheckoutStatus;
  currency: string;
  settlement: Settlement;
  settlementChosen: boolean;
  /** Null for a store that was never asked. */
  payNow: PayNow | null;
  deliveryOptions: DeliveryQuote[];
  deliveryOptionId: string | null;
  deliveryChosen: boolean;
  subtotalCents: number;
  /** Of goods and of delivery; `discounts` says by which coupon. */
  discountCents: number;
  discounts: Discount[];
  shippingCents: number;
  fees: { code: string; name: string; amountCents: number }[];
  /** Comes on top of the prices. */
  taxCents: number;
  /** Is in the prices already. */
  taxIncludedCents: number;
  taxLines: TaxLine[];
  totalCents: number;
  quoteStands: boolean;
  problems: Problem[];
  shippingAddress: SealedJson | null;
  shipsToCountry: string | null;
  shipsToRegion: string | null;
  instructions: SealedJson | null;
  /** Of a sealed session: what the store is told, for its key. */
  sealedParts: SealedParts | null;
  /** Of a sealed session that is placed: the id that the order will have, and the hash (hex) of the token that stands for its buyer. */
  access: { orderId: string; tokenHash: string } | null;
  estimatedFrom: string | null;
  estimatedTo: string | null;
  message: string | null;
  action: Action | null;
  failure: { code: string; detail: string; storeCode?: string } | null;
  updatedAt: Date;
  orderId: string | null;
  orderNumber: string | null;
  storeOrderNumber: string | null;
  handoffId: string | null;
  /** The link to its filled cart, while that waits. */
  continueUrl: string | null;
  /** Where its shopper finishes on its own site: how it will open, as quoted, and then as it was built. */
  handoff: Handoff | null;
  /** Whether the shopper agreed that the link tells the store what it can of theirs. */
  shareAtStore: boolean;
  /** Whether its links may go through an affiliate programme; once there is a hand-off, whether they do. */
  affiliate: boolean;
  /** Of its order, or of one that ended as contacted. */
  conversationId: string | null;
}

/** What is told of how it goes with a store of a session. */
export type StoreProgress = Pick<
  StoreCheckout,
  | (
      | 'storeId'
      | 'name'
      | 'included'
      | 'tier'
      | 'servedBy'
      | 'status'
      | 'message'
      | 'action'
      | 'failure'
      | 'updatedAt'
      | 'payNow'
    )
  | ('orderId' | 'orderNumber' | 'storeOrderNumber' | 'estimatedFrom' | 'estimatedTo' | 'conversationId')
  | ('handoffId' | 'continueUrl' | 'handoff' | 'shareAtStore' | 'affiliate')
>;

/** What is told of how a session goes, and whom it is told. */
export type SessionProgress = Pick<
  Session,
  | (
      | 'id'
      | 'sealed'
      | 'status'
      | 'version'
      | 'action'
      | 'paymentId'
      | 'giveUpAt'
      | 'expiresAt'
      | 'placedAt'
      | 'completedAt'
    )
  | ('locale' | 'shopperLocale' | 'shopperPrivacy' | 'takesAffiliateLinks')
> & { stores: StoreProgress[] };

/** The private parts of a session in the clear. */
export interface OpenedSession {
  key: DataKey | null;
  shippingAddress: Address | null;
  billingAddress: Address | null;
  contact: Contact | null;
  /** By store id. */
  stores: Map<string, { shippingAddress: Address | null; instructions: Instructions | null }>;
}

/** Whether a store takes messages and no orders (DESIGN, section 6): nothing of it is held, counted or paid. */
export function isContactOnly({ payNow }: Pick<StoreCheckout, 'payNow'>): boolean {
  return payNow?.reason === 'conversation_only';
}

/** Whether the store itself takes the payment, with a payment method that the shopper chooses in Muse. */
export function takesTokens({ payNow }: Pick<StoreCheckout, 'payNow'>): boolean {
  return payNow?.reason === 'by_token';
}

/** The lines of one store. */
export function linesOf(session: Pick<Session, 'lines'>, storeId: string): SnapshotLine[] {
  return session.lines.filter((line) => line.storeId === storeId);
}

export function includedStores<S extends { included: boolean }>(session: { stores: S[] }): S[] {
  return session.stores.filter((store) => store.included);
}

/** Whether the store's link is, or is going to be, an affiliate link. What the shopper agreed to tell the store goes to nobody else. */
export function usesAffiliateLink(
  session: Pick<Session, 'sealed' | 'shopperPrivacy' | 'takesAffiliateLinks'>,
  store: StoreProgress,
): boolean {
  if (!store.affiliate || session.sealed || session.shopperPrivacy === 'paranoid' || !session.takesAffiliateLinks)
    return false;
  const tells = store.shareAtStore && store.handoff !== null && store.handoff.carries.length > 0;
  return store.handoffId !== null || (servingTier(store) === 'redirect' && !isContactOnly(store) && !tells);
}

/** The language that the shopper is told things in. */
export function languageOf({ locale, shopperLocale }: Pick<Session, 'locale' | 'shopperLocale'>): Language {
  return locale ?? shopperLocale ?? 'en';
}

/** Which tier serves it in this session. */
export function servingTier({ servedBy, tier }: Pick<StoreCheckout, 'servedBy' | 'tier'>): CheckoutTier {
  return servedBy ?? tier;
}

/** What its shopper sees of how it stands: a store that is asked, and asks them something first, waits for them. */
export function shownStatus({ status, action }: Pick<StoreCheckout, 'status' | 'action'>): StoreCheckoutStatus {
  return status === 'quoting' && action !== null ? 'action_required' : status;
}
