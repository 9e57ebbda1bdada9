import type { PayableRow } from '../payments';
import type { CartLink, CheckoutTier } from '../stores';

/** A delivery option as a store's table has it. */
export interface DeliveryFacts {
  id: string;
  name: string;
  priceCents: number;
  freeOverCents: number | null;
  minDays: number;
  maxDays: number;
  countries: string[] | null;
}

/** How a redirect store takes a filled cart: see stores. */
export type CartLinkTemplate = CartLink;

/** What Muse's own tables say of a store now. */
export interface StoreFacts {
  id: string;
  name: string;
  kind: 'merchant' | 'partner';
  tier: CheckoutTier;
  currency: string;
  country: string;
  open: boolean;
  /** It takes messages and no orders: see contactOnly in stores. */
  contactOnly: boolean;
  linkRequired: boolean;
  /** Whether an admin has set up how its own interface is spoken, and it is on. */
  connected: boolean;
  /** Whether a recipe says how a browser checks out there. */
  automated: boolean;
  /** Whether links to it go through an affiliate programme. */
  affiliated: boolean;
  hosts: string[];
  /** Of its own site; null of a store that has none. */
  url: string | null;
  /** The software that it runs, as an admin wrote it or it was seen. */
  platform: string | null;
  cartLink: CartLinkTemplate | null;
  /** Where its UCP profile says that permalinks begin. */
  permalink: string | null;
  delivery: DeliveryFacts[];
  /** Whether it can be paid through Muse: see PayableStores.shown. */
  payNow: PayableRow;
}
