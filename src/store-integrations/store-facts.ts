import type { PayableRow } from '../payments';
import type { CheckoutTier } from '../stores';

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

/** How a redirect store takes a filled cart: `{items}` and `{clickId}` in the template, `item` for each line. */
export interface CartLinkTemplate {
  template: string;
  item: string;
  separator: string;
}

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
  hosts: string[];
  cartLink: CartLinkTemplate | null;
  delivery: DeliveryFacts[];
  /** Whether it can be paid through Muse: see PayableStores.shown. */
  payNow: PayableRow;
}
