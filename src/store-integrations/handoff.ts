/** How far a store's own site opens with what the shopper wants: its cart filled, or the pages of the goods. */
export const HANDOFF_KINDS = ['cart', 'product_links', 'product_page'] as const;
export type HandoffKind = (typeof HANDOFF_KINDS)[number];

/** What a link cannot do, or does besides; each has one sentence for the shopper. */
export const HANDOFF_WARNINGS = [
  'one_product_per_link',
  'empties_cart',
  'adds_to_cart',
  'needs_sign_in',
  'variant_unknown',
  'quantity_unknown',
  'no_cart_link',
  'too_many_items',
  'undocumented',
  'discount_not_carried',
] as const;
export type HandoffWarningCode = (typeof HANDOFF_WARNINGS)[number];

export interface HandoffWarning {
  code: HandoffWarningCode;
  /** For the shopper. */
  detail: string;
  /** The lines it is about; absent: all of them. */
  itemIds?: string[];
}

/** Where one line is bought by itself. */
export interface ProductLink {
  /** Null of a line that is not known any more. */
  itemId: string | null;
  name: string;
  url: string;
}

/** What of the shopper's own a link can tell the store. */
export const CARRIED = ['email', 'postalCode', 'discountCodes', 'note'] as const;
export type Carried = (typeof CARRIED)[number];

/** How a store is opened for the shopper, as they are shown it. */
export interface Handoff {
  kind: HandoffKind;
  warnings: HandoffWarning[];
  /** Every line, whatever the kind: what to do where the link does not work. */
  productLinks: ProductLink[];
  /** What of the shopper's own the link can tell (before), or tells (once it is made). */
  carries: Carried[];
}

/** The same with the address that opens. Nothing of the shopper's own stands in `url`. */
export interface BuiltCart extends Handoff {
  url: string;
  /** With what the shopper agreed to tell the store: for the store alone, never kept in the clear, never through others. */
  sharedUrl?: string;
}
