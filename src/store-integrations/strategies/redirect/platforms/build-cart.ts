import { isUrl } from '../../../../platform/http-client';
import type { BuiltCart, Carried, HandoffWarning, HandoffWarningCode } from '../../../handoff';
import { isOfSite } from '../../../platforms/page-signs';
import { platformOf } from '../../../platforms/platform-names';
import type { StoreFacts } from '../../../store-facts';
import { LINKS_OF } from './links-of-platforms';
import type { Goods, LinkLine, PlatformLinks, Shared } from './platform-links';
import { templateLinks } from './template';
import { ucpPermalink } from './ucp-permalink';
import { codesLeft, warning } from './warnings';

/** What servers and proxies take at least; most take twice as much. */
const LONGEST = 4_000;

export type LinkStore = Pick<StoreFacts, 'name' | 'url' | 'hosts' | 'platform' | 'cartLink' | 'permalink'>;

export interface CartWanted {
  lines: LinkLine[];
  /** Null before it is handed off. */
  clickId: string | null;
  /** What the shopper agreed to tell the store; null: nothing. */
  shared: Shared | null;
  /** Codes of the store's own that the shopper gave, agreed to or not. */
  discountCodes: readonly string[];
  /** Before it is handed off: whether they will be told then. */
  willShare?: boolean;
}

interface Named {
  line: LinkLine;
  name: string | null;
}

/**
 * The address at which a store's own site opens with these lines in its cart, as far as its platform can be told by a link;
 * and what the link cannot do. The permalink of the store's UCP profile comes before the template that an admin gave, and
 * that before what its platform is known to take; of those the first that can name every line. Plain function.
 */
export function buildCart(store: LinkStore, asked: CartWanted): BuiltCart {
  const lines = asked.lines.map((line) => ({ ...line, url: onSite(store, line.url) }));
  const wanted = { ...asked, lines };
  const ways = waysOf(withOwnPermalink(store));
  const named = (links: PlatformLinks): Named[] => lines.map((line) => ({ line, name: links.nameOf(line) }));
  const links = ways.find((way) => named(way).every(({ name }) => name !== null)) ?? ways[0];
  if (!links)
    return pages(
      store,
      wanted,
      lines.map((line) => ({ line, name: null })),
      null,
      [],
    );
  const goods = named(links);
  if (links.onePerLink && lines.length > 1) return oneByOne(store, wanted, goods, links);
  if (goods.some(({ name }) => name === null)) return pages(store, wanted, goods, links, []);
  return filled(store, wanted, goods, links);
}

function waysOf({
  permalink,
  cartLink,
  platform,
}: Pick<LinkStore, 'permalink' | 'cartLink' | 'platform'>): PlatformLinks[] {
  const known = platformOf(platform);
  const ofPlatform = known && LINKS_OF[known];
  return [
    ...(permalink ? [ucpPermalink(permalink, ofPlatform)] : []),
    ...(cartLink ? [templateLinks(cartLink)] : []),
    ...(ofPlatform ? [ofPlatform] : []),
  ];
}

/** What links to a store can do, whatever is bought there. */
export interface LinkAbility {
  by: 'permalink' | 'template' | 'platform' | 'pages';
  onePerLink: boolean;
  warnings: HandoffWarningCode[];
  carries: Carried[];
}

export function abilityOf(store: Pick<LinkStore, 'permalink' | 'cartLink' | 'platform'>): LinkAbility {
  const [links] = waysOf(store);
  if (!links) return { by: 'pages', onePerLink: false, warnings: ['no_cart_link'], carries: [] };
  const by = store.permalink ? 'permalink' : store.cartLink ? 'template' : 'platform';
  const { onePerLink = false, warnings, carries } = links;
  return { by, onePerLink, warnings: [...warnings], carries: [...carries] };
}

/** Its hosts may be others than when its profile was read. */
function withOwnPermalink(store: LinkStore): LinkStore {
  const { permalink, hosts } = store;
  return permalink === null || isOfSite(permalink, hosts) ? store : { ...store, permalink: null };
}

/** One link with everything in it. */
function filled(store: LinkStore, wanted: CartWanted, goods: Named[], links: PlatformLinks): BuiltCart {
  const { clickId } = wanted;
  const origin = originOf(store);
  const parts = { origin, goods: together(goods), clickId };
  const url = links.link({ ...parts, shared: {} });
  if (url.length > LONGEST) return pages(store, wanted, goods, links, [warning('too_many_items', store.name)]);
  const told = toldTo(links, wanted, (shared) => links.link({ ...parts, shared }).length <= LONGEST);
  const carries = wanted.shared ? (Object.keys(told) as Carried[]) : [...links.carries];
  const sharedUrl = carries.length > 0 && wanted.shared ? links.link({ ...parts, shared: told }) : undefined;
  return {
    kind: 'cart',
    url,
    ...(sharedUrl !== undefined && { sharedUrl }),
    warnings: [
      ...links.warnings.map((code) => warning(code, store.name)),
      ...leftOf(store, wanted, wanted.willShare ? codesTo(links, wanted.discountCodes) : (told.discountCodes ?? [])),
    ],
    productLinks: goods.map(({ line, name }) => ({
      itemId: line.itemId,
      name: line.name,
      url: pageOf(line, name, links, origin),
    })),
    carries,
  };
}

/** A link for each product: it is put into the cart by it, or on its page where nobody knows what the store calls it. */
function oneByOne(store: LinkStore, wanted: CartWanted, goods: Named[], links: PlatformLinks): BuiltCart {
  const unknown = goods.filter(({ name }) => name === null).map(({ line }) => line);
  if (unknown.length === goods.length) return pages(store, wanted, goods, links, []);
  const origin = originOf(store);
  const productLinks = goods.map(({ line, name }) => {
    const { itemId, quantity } = line;
    const parts = { origin, clickId: wanted.clickId, shared: {} };
    const url = name === null ? line.url : links.link({ ...parts, goods: [{ name, quantity }] });
    return { itemId, name: line.name, url };
  });
  return {
    kind: 'product_links',
    url: productLinks[0]!.url,
    productLinks,
    warnings: [
      warning('one_product_per_link', store.name),
      ...links.warnings.map((code) => warning(code, store.name)),
      ...choices(store, unknown, unknown),
      ...leftOf(store, wanted, []),
    ],
    carries: [],
  };
}

/** Nothing but the pages of the goods. */
function pages(
  store: LinkStore,
  wanted: CartWanted,
  goods: Named[],
  links: PlatformLinks | null,
  why: HandoffWarning[],
): BuiltCart {
  const origin = originOf(store);
  const lines = goods.map(({ line }) => line);
  const productLinks = goods.map(({ line, name }) => {
    return { itemId: line.itemId, name: line.name, url: pageOf(line, name, links, origin) };
  });
  // Which one is meant: said by the page where it is of the variant, and not asked where there is nothing to choose.
  const open = goods.filter(({ line, name }) => (links ? name === null : line.size !== null || line.color !== null));
  return {
    kind: lines.length > 1 ? 'product_links' : 'product_page',
    url: productLinks[0]!.url,
    productLinks,
    warnings: [
      ...(links ? why : [warning('no_cart_link', store.name)]),
      ...choices(
        store,
        open.map(({ line }) => line),
        lines,
      ),
      ...leftOf(store, wanted, []),
    ],
    carries: [],
  };
}

function choices(store: LinkStore, open: LinkLine[], onPages: LinkLine[]): HandoffWarning[] {
  const several = onPages.filter(({ quantity }) => quantity > 1);
  return [
    ...(open.length > 0 ? [warning('variant_unknown', store.name, open)] : []),
    ...(several.length > 0 ? [warning('quantity_unknown', store.name, several)] : []),
  ];
}

function pageOf(line: LinkLine, name: string | null, links: PlatformLinks | null, origin: string): string {
  return name !== null && links?.page ? links.page(line, name, origin) : line.url;
}

/** What of the shopper's own goes into the link: what it takes, and has room for. A long note is left out first. */
function toldTo(links: PlatformLinks, { shared }: CartWanted, fits: (shared: Shared) => boolean): Shared {
  if (!shared) return {};
  const takes = (what: Carried) => links.carries.includes(what);
  const codes = codesTo(links, shared.discountCodes ?? []);
  const told: Shared = {
    ...(takes('email') && shared.email && { email: shared.email }),
    ...(takes('postalCode') && shared.postalCode && { postalCode: shared.postalCode }),
    ...(codes.length > 0 && { discountCodes: codes }),
    ...(takes('note') && shared.note && { note: shared.note }),
  };
  if (fits(told)) return told;
  delete told.note;
  return fits(told) ? told : {};
}

function codesTo({ carries, maxCodes }: PlatformLinks, codes: readonly string[]): string[] {
  return carries.includes('discountCodes') ? codes.slice(0, maxCodes) : [];
}

function leftOf({ name }: LinkStore, { discountCodes }: CartWanted, told: readonly string[]): HandoffWarning[] {
  const left = discountCodes.filter((code) => !told.includes(code));
  return left.length > 0 ? [codesLeft(name, left)] : [];
}

/** Two lines of the same goods are one to the store. */
function together(goods: Named[]): Goods[] {
  const byName = new Map<string, number>();
  for (const { line, name } of goods) byName.set(name!, (byName.get(name!) ?? 0) + line.quantity);
  return [...byName].map(([name, quantity]) => ({ name, quantity }));
}

/** Goods whose page is not known, or no longer on the store's hosts, are looked for from its front page on. */
function onSite({ url, hosts }: LinkStore, page: string): string {
  if (!isUrl(page)) return url ?? page;
  const { host, protocol, username, password } = new URL(page);
  const isOurs = hosts.some((one) => host === one || host.endsWith(`.${one}`));
  const isPage = /^https?:$/.test(protocol) && username === '' && password === '';
  return isPage && (isOurs || url === null) ? page : (url ?? page);
}

/** Of the store's own site, as an admin gave it; never from what a line says. */
function originOf({ url, hosts }: LinkStore): string {
  const site = url === null ? null : new URL(url);
  if (site && (hosts.length === 0 || hosts.includes(site.host))) return site.origin;
  return `https://${hosts[0]}`;
}
