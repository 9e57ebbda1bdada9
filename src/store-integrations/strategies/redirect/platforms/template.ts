import type { CartLinkTemplate } from '../../../store-facts';
import { CARRIED, type Carried } from '../../../handoff';
import { encoded, withParameters, type LinkLine, type PlatformLinks, type Shared } from './platform-links';

const OF_LINE = /\{(externalId|sku|size|color)\}/g;

/**
 * The links that a store's template describes: `{items}` being each line's `item` pattern joined by the separator. Everything
 * put in is percent-encoded: a line cannot choose where the link leads.
 */
export function templateLinks(template: CartLinkTemplate): PlatformLinks {
  const { onePerLink, maxCodes } = template;
  const takes = template.takes ?? {};
  return {
    // The pattern with all but how many and the how-manieth filled in, so that two lines of the same goods are one.
    nameOf: (line) => fill(template.item, line),
    ...(onePerLink && { onePerLink }),
    ...(maxCodes != null && { maxCodes }),
    warnings: template.warnings ?? [],
    carries: CARRIED.filter((what) => takes[what]),
    link({ goods, clickId, shared }) {
      const items = goods.map(({ name, quantity }, place) =>
        name.replaceAll('{quantity}', String(quantity)).replaceAll('{n}', String(place + 1)),
      );
      const url = template.template
        .replaceAll('{items}', () => items.join(template.separator))
        .replaceAll('{clickId}', () => encoded(clickId ?? ''));
      return withParameters(url, told(takes, shared));
    },
  };
}

function fill(pattern: string, line: LinkLine): string | null {
  let complete = true;
  const filled = pattern.replace(OF_LINE, (_, what: 'externalId' | 'sku' | 'size' | 'color') => {
    if (line[what] === null) complete = false;
    // Braces are encoded too: what a line is called is never taken for a placeholder.
    return encoded(line[what] ?? '');
  });
  return complete ? filled : null;
}

function told(
  takes: NonNullable<CartLinkTemplate['takes']>,
  { email, postalCode, discountCodes, note }: Shared,
): string[] {
  const values: Partial<Record<Carried, string | undefined>> = {
    ...{ email, postalCode, note, discountCodes: discountCodes?.join(',') },
  };
  return CARRIED.flatMap((what) => {
    const [name, value] = [takes[what], values[what]];
    return name && value ? [`${name}=${encoded(value)}`] : [];
  });
}
