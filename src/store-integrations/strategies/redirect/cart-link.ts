import type { CartLinkTemplate } from '../../store-facts';

/** What one line gives to a cart link. */
export interface LinkLine {
  externalId: string | null;
  sku: string | null;
  quantity: number;
  url: string;
}

/**
 * The address at which a store's own site opens with these lines in its cart: the store's template, `{items}` being each
 * line's `item` pattern joined by the separator. A store without a template, or lines that lack what the pattern asks for,
 * get the first line's product page, and the shopper puts the goods into the cart there. Everything put in is
 * percent-encoded: a line cannot choose where the link leads.
 */
export function cartLink(
  link: CartLinkTemplate | null,
  lines: LinkLine[],
  clickId: string,
): { url: string; cartFilled: boolean } {
  const items = link && lines.map((line) => fillItem(link.item, line));
  if (!link || !items || items.includes(null)) return { url: lines[0]!.url, cartFilled: false };
  const url = link.template
    .replaceAll('{items}', () => items.join(link.separator))
    .replaceAll('{clickId}', () => encodeURIComponent(clickId));
  return { url, cartFilled: true };
}

function fillItem(pattern: string, line: LinkLine): string | null {
  let complete = true;
  const filled = pattern.replace(/\{(externalId|sku|quantity)\}/g, (_, name: 'externalId' | 'sku' | 'quantity') => {
    const value = line[name];
    if (value === null) complete = false;
    return encodeURIComponent(String(value));
  });
  return complete ? filled : null;
}
