import type { Carried, HandoffWarningCode } from '../../../handoff';

/** One line as a link can name it. */
export interface LinkLine {
  itemId: string;
  name: string;
  /** The store's own id of the variant, where our catalogue knows it. */
  externalId: string | null;
  sku: string | null;
  /** Its page, on one of the store's hosts. */
  url: string;
  size: string | null;
  color: string | null;
  quantity: number;
}

/** What of the shopper's own a store is told, of what they agreed to. */
export interface Shared {
  email?: string | undefined;
  postalCode?: string | undefined;
  discountCodes?: string[] | undefined;
  note?: string | undefined;
}

/** Goods of a link: what the store calls them, and how many. */
export interface Goods {
  name: string;
  quantity: number;
}

/** What one link is made of. */
export interface LinkParts {
  /** Of the store's own site: `https://shop.example`. */
  origin: string;
  goods: Goods[];
  /** Null before it is handed off. */
  clickId: string | null;
  shared: Shared;
}

/** How one platform is told by a URL what the shopper wants. All of it is plain: no I/O. */
export interface PlatformLinks {
  /** What it calls the goods of a line; null where Muse cannot know. */
  nameOf(line: LinkLine): string | null;
  /** Whether a link takes one product alone. */
  onePerLink?: true;
  /** What holds for each of its links. */
  warnings: readonly HandoffWarningCode[];
  /** What of the shopper's own a link of it can tell. */
  carries: readonly Carried[];
  /** How many discount codes; any number. */
  maxCodes?: number;
  link(parts: LinkParts): string;
  /** The page of goods that it knows by name, where that can be more exact than the page itself. */
  page?(line: LinkLine, name: string, origin: string): string;
}

export const encoded = encodeURIComponent;

/** The number in a text that is one, whatever stands before it as in `gid://shopify/ProductVariant/123`. */
export function numberIn(text: string | null): string | null {
  return /^(?:gid:\/\/[A-Za-z]+\/[A-Za-z]+\/)?([0-9]{1,20})$/.exec(text ?? '')?.[1] ?? null;
}

/** A parameter of a line's page. */
export function parameterOf({ url }: Pick<LinkLine, 'url'>, ...names: string[]): string | null {
  const { searchParams } = new URL(url);
  return names.map((name) => searchParams.get(name)).find((value) => value !== null) ?? null;
}

/** What the path of a line's page says. */
export function inPath({ url }: Pick<LinkLine, 'url'>, pattern: RegExp): string | null {
  return pattern.exec(new URL(url).pathname)?.[1] ?? null;
}

/** Adds parameters, already encoded, before any fragment. */
export function withParameters(url: string, parameters: readonly string[]): string {
  if (parameters.length === 0) return url;
  const [, before = url, fragment = ''] = /^([^#]*)(#.*)?$/s.exec(url) ?? [];
  const joint = before.includes('?') ? (/[?&]$/.test(before) ? '' : '&') : '?';
  return `${before}${joint}${parameters.join('&')}${fragment}`;
}
