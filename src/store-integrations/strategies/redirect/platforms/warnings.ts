import type { HandoffWarning, HandoffWarningCode } from '../../../handoff';
import type { LinkLine } from './platform-links';

/** The sentence of each, about a store and, where it is not about all of them, some of its lines. */
const SENTENCES: Record<HandoffWarningCode, (store: string, what: string) => string> = {
  one_product_per_link: (store) => `${store} takes one product a link: open each of them, one after the other.`,
  empties_cart: (store) => `Opening the link empties what is in your cart at ${store} before.`,
  adds_to_cart: (store) => `Open it once: each time adds to what is in your cart at ${store} already.`,
  needs_sign_in: (store) => `${store} asks you to sign in before it fills your cart.`,
  variant_unknown: (store, what) => `Choose ${what} yourself at ${store}: its link cannot say which one you want.`,
  quantity_unknown: (store, what) => `Set the quantity yourself at ${store}: ${what}.`,
  no_cart_link: (store) =>
    `${store} cannot be opened with a filled cart: put what you want into it on each product’s page.`,
  too_many_items: (store) => `That is more than a link to ${store} can hold: put it into your cart page by page.`,
  undocumented: (store) =>
    `${store} does not promise that this link works. If your cart is empty there, use the product links.`,
  discount_not_carried: (store, what) => `Enter ${what} yourself at ${store}.`,
};

export function warning(
  code: HandoffWarningCode,
  store: string,
  lines?: readonly Pick<LinkLine, 'itemId' | 'name' | 'quantity'>[],
): HandoffWarning {
  const names = lines?.map(({ name, quantity }) => (code === 'quantity_unknown' ? `${quantity} × ${name}` : name));
  const detail = SENTENCES[code](store, names?.join(', ') ?? '');
  return { code, detail, ...(lines && { itemIds: lines.map(({ itemId }) => itemId) }) };
}

/** Codes that the link does not tell the store. */
export function codesLeft(store: string, codes: readonly string[]): HandoffWarning {
  return {
    code: 'discount_not_carried',
    detail: SENTENCES.discount_not_carried(store, `the code ${codes.join(', ')}`),
  };
}
