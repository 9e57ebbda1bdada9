import { isUrl } from '../platform/http-client';
/**
 * How a partner store's platform takes a filled cart in a URL. `template` is the address with `{items}` and, where the
 * platform carries it, `{clickId}`; `item` is one line with `{quantity}` and `{externalId}` or `{sku}`; `separator`
 * stands between lines. Besides, an item may hold `{n}` (which one it is, from 1), `{size}` and `{color}`. Shopify: `https://shop.example/cart/{items}?ref={clickId}`, `{externalId}:{quantity}`, `,`.
 */
export interface CartLink {
  template: string;
  item: string;
  separator: string;
  /** In which parameters the link takes what the shopper agrees to tell the store. */
  takes?: CartLinkTakes | null;
  /** What each link cannot do, or does besides. */
  warnings?: CartLinkWarning[] | null;
  /** A link takes one product alone. */
  onePerLink?: boolean | null;
  /** How many discount codes a link takes; any number. */
  maxCodes?: number | null;
}

export const CART_LINK_WARNINGS = ['empties_cart', 'adds_to_cart', 'needs_sign_in', 'undocumented'] as const;
export type CartLinkWarning = (typeof CART_LINK_WARNINGS)[number];

export const CART_LINK_TAKES = ['email', 'postalCode', 'discountCodes', 'note'] as const;
export type CartLinkTakes = Partial<Record<(typeof CART_LINK_TAKES)[number], string | null>>;

const OF_ITEM = new Set(['quantity', 'n', 'externalId', 'sku', 'size', 'color']);
const PLACEHOLDER = /\{([^{}]*)\}/g;

/** What is wrong with a cart link for a store on these hosts, as a pointer into it and a sentence; undefined if nothing is. */
export function cartLinkFault(
  link: CartLink,
  hosts: readonly string[],
): { pointer: string; detail: string } | undefined {
  const inTemplate = placeholders(link.template);
  if (inTemplate.filter((name) => name === 'items').length !== 1) {
    return { pointer: '/template', detail: 'template must contain {items} once' };
  }
  if (inTemplate.some((name) => name !== 'items' && name !== 'clickId')) {
    return { pointer: '/template', detail: 'template may contain {items} and {clickId} only' };
  }
  // Read from the text as it is: a placeholder in the host would let a line choose where the shopper is sent.
  const host = /^https?:\/\/([^/?#@]+)\//.exec(link.template)?.[1];
  if (!host || !hosts.includes(host) || !isUrl(link.template.replaceAll(PLACEHOLDER, 'x'))) {
    return { pointer: '/template', detail: "template must be an address on one of the store's hosts" };
  }
  const inItem = placeholders(link.item);
  if (!inItem.includes('quantity') || !inItem.some((name) => name === 'externalId' || name === 'sku')) {
    return { pointer: '/item', detail: 'item must contain {quantity} and {externalId} or {sku}' };
  }
  if (inItem.some((name) => !OF_ITEM.has(name))) {
    return {
      pointer: '/item',
      detail: 'item may contain {quantity}, {n}, {externalId}, {sku}, {size} and {color} only',
    };
  }
  return undefined;
}

function placeholders(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map((match) => match[1]!);
}
