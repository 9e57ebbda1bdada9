import { getDomain } from 'tldts';
import type { Platform } from './platform-names';

/** One page or file of a site, as it was got. */
export interface PageSeen {
  url: string;
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

/** A sign that a site runs something: `name` is ours, and what is kept and told. */
interface Sign {
  platform: Platform;
  name: string;
  /** 3: by itself enough. 1: others use it too. */
  weight: 1 | 2 | 3;
  header?: [name: string, value: RegExp];
  /** In small letters. */
  markup?: string | RegExp;
}

/** What the page of a product, or a front page, shows of the software behind it. No pattern here can look at anything twice. */
const SIGNS: readonly Sign[] = [
  { platform: 'shopify', name: 'header:powered-by', weight: 3, header: ['powered-by', /^shopify$/i] },
  { platform: 'shopify', name: 'header:x-shopid', weight: 3, header: ['x-shopid', /^\d+$/] },
  { platform: 'shopify', name: 'header:x-shopify-stage', weight: 3, header: ['x-shopify-stage', /./] },
  { platform: 'shopify', name: 'markup:shopify.theme', weight: 2, markup: 'shopify.theme' },
  { platform: 'shopify', name: 'markup:shopify.shop', weight: 2, markup: 'shopify.shop' },
  { platform: 'shopify', name: 'markup:shop-files', weight: 2, markup: '/cdn/shop/' },
  // A button of Shopify's stands on pages of others, too.
  { platform: 'shopify', name: 'markup:cdn', weight: 1, markup: 'cdn.shopify.com' },

  {
    platform: 'woocommerce',
    name: 'markup:generator',
    weight: 3,
    markup: /<meta[^>]{0,100}content=["']woocommerce \d/,
  },
  { platform: 'woocommerce', name: 'markup:plugin', weight: 2, markup: '/wp-content/plugins/woocommerce/' },
  { platform: 'woocommerce', name: 'markup:body-class', weight: 2, markup: /<body[^>]{0,500}\bwoocommerce\b/ },
  { platform: 'woocommerce', name: 'markup:parameters', weight: 1, markup: 'woocommerce_params' },

  {
    platform: 'bigcommerce',
    name: 'markup:platform',
    weight: 3,
    markup: /<meta[^>]{0,100}["']bigcommerce\.stencil["']/,
  },
  { platform: 'bigcommerce', name: 'header:x-bc-store-version', weight: 3, header: ['x-bc-store-version', /./] },
  { platform: 'bigcommerce', name: 'markup:bcdata', weight: 2, markup: 'bcdata' },
  { platform: 'bigcommerce', name: 'markup:cdn', weight: 2, markup: /cdn\d{0,2}\.bigcommerce\.com/ },

  { platform: 'vtex', name: 'header:powered', weight: 3, header: ['powered', /\bvtex\b/i] },
  { platform: 'vtex', name: 'header:server', weight: 3, header: ['server', /\bvtex\b/i] },
  { platform: 'vtex', name: 'markup:assets', weight: 2, markup: 'vtexassets.com' },
  { platform: 'vtex', name: 'markup:images', weight: 2, markup: /vteximg\.com(\.br)?/ },
  { platform: 'vtex', name: 'markup:runtime', weight: 2, markup: '__runtime__' },

  { platform: 'adobe_commerce', name: 'header:x-magento', weight: 3, header: ['x-magento-tags', /./] },
  { platform: 'adobe_commerce', name: 'header:x-magento-cache', weight: 3, header: ['x-magento-cache-debug', /./] },
  { platform: 'adobe_commerce', name: 'markup:init', weight: 3, markup: 'text/x-magento-init' },
  { platform: 'adobe_commerce', name: 'markup:mage', weight: 2, markup: 'mage/cookies' },
  { platform: 'adobe_commerce', name: 'markup:static', weight: 2, markup: /\/static\/(version\d{1,12}\/)?frontend\// },

  { platform: 'opencart', name: 'markup:route', weight: 2, markup: 'index.php?route=product/' },
  { platform: 'opencart', name: 'markup:theme', weight: 2, markup: 'catalog/view/theme/' },
  { platform: 'opencart', name: 'markup:script', weight: 2, markup: 'catalog/view/javascript/' },

  { platform: 'prestashop', name: 'header:powered-by', weight: 3, header: ['powered-by', /^prestashop$/i] },
  { platform: 'prestashop', name: 'markup:generator', weight: 3, markup: /<meta[^>]{0,100}content=["']prestashop["']/ },
  { platform: 'prestashop', name: 'markup:script', weight: 3, markup: /\bvar prestashop ?=/ },

  { platform: 'squarespace', name: 'header:server', weight: 3, header: ['server', /^squarespace$/i] },
  { platform: 'squarespace', name: 'markup:comment', weight: 3, markup: '<!-- this is squarespace. -->' },
  { platform: 'squarespace', name: 'markup:context', weight: 2, markup: 'static.squarespace_context' },
];

/** What says the most of a page stands near its beginning. */
const LOOKED_AT = 1_000_000;
const ENOUGH = 3;

/** Marketplaces and chains that are known by their name alone. */
const BY_NAME: readonly [RegExp, Platform][] = [
  [/^amazon\.[a-z]{2,3}(\.[a-z]{2})?$/, 'amazon'],
  [/^walmart\.com$/, 'walmart'],
  [/^ebay\.[a-z]{2,3}(\.[a-z]{2})?$/, 'ebay'],
  [/^target\.com$/, 'target'],
];

export interface Seen {
  platform: Platform | null;
  /** Names of the signs by which it was seen. */
  evidence: string[];
}

/** Whose site it is, where the name says so. */
export function platformOfHost(host: string): Seen {
  const domain = getDomain(host) ?? '';
  const platform = BY_NAME.find(([name]) => name.test(domain))?.[1] ?? null;
  return { platform, evidence: platform ? ['host'] : [] };
}

/** By which a site is known: the signs of the one that has the most, if that is enough and no other has as many. */
export function platformOfPage(page: PageSeen): Seen {
  const text = page.body.slice(0, LOOKED_AT).toLowerCase();
  const sums = new Map<Platform, { sum: number; evidence: string[] }>();
  for (const { platform, name, weight, header, markup } of SIGNS) {
    const there = header ? header[1].test(headerOf(page, header[0])) : isIn(text, markup!);
    if (!there) continue;
    const before = sums.get(platform) ?? { sum: 0, evidence: [] };
    sums.set(platform, { sum: before.sum + weight, evidence: [...before.evidence, name] });
  }
  const [first, second] = [...sums].sort(([, a], [, b]) => b.sum - a.sum);
  if (!first || first[1].sum < ENOUGH || first[1].sum === second?.[1].sum) return { platform: null, evidence: [] };
  const [platform, { evidence }] = first;
  return platform === 'woocommerce' ? woocommerceOf(text, evidence) : { platform, evidence };
}

/** From 10 on one link holds a whole cart. Where the page does not say which it is, what works in every version. */
function woocommerceOf(text: string, evidence: string[]): Seen {
  const version =
    /content=["']woocommerce (\d{1,3})/.exec(text)?.[1] ??
    /\/plugins\/woocommerce\/assets\/[^"'?\s]{1,200}\?ver=(\d{1,3})\./.exec(text)?.[1];
  const is = version !== undefined && Number(version) >= 10 ? 'woocommerce' : 'woocommerce_classic';
  return { platform: is, evidence: [...evidence, version === undefined ? 'version:unknown' : `version:${version}`] };
}

function isIn(text: string, markup: string | RegExp): boolean {
  return typeof markup === 'string' ? text.includes(markup) : markup.test(text);
}

function headerOf({ headers }: PageSeen, name: string): string {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}

/** Files that only sites of one kind have, asked for where the page itself does not say enough. */
export const WELL_KNOWN: readonly {
  path: string;
  platform: Platform;
  name: string;
  isIt: (page: PageSeen) => boolean;
}[] = [
  {
    ...{ path: '/cart.js', platform: 'shopify', name: 'path:/cart.js' },
    isIt: (page) => hasMembers(page, ['token', 'items', 'item_count']),
  },
  {
    ...{ path: '/wp-json/', platform: 'woocommerce_classic', name: 'path:/wp-json/' },
    isIt: (page) => {
      const namespaces = (jsonOf(page) as { namespaces?: unknown } | null)?.namespaces;
      return Array.isArray(namespaces) && namespaces.some((name) => typeof name === 'string' && name.startsWith('wc/'));
    },
  },
  {
    ...{ path: '/api/catalog_system/pub/category/tree/1', platform: 'vtex', name: 'path:/api/catalog_system' },
    isIt: (page) => {
      const tree = jsonOf(page);
      return (
        Array.isArray(tree) &&
        tree.length > 0 &&
        typeof (tree[0] as { hasChildren?: unknown }).hasChildren === 'boolean'
      );
    },
  },
  {
    ...{ path: '/magento_version', platform: 'adobe_commerce', name: 'path:/magento_version' },
    isIt: ({ status, body }) => status === 200 && /^Magento\/\d/.test(body),
  },
];

function hasMembers(page: PageSeen, names: string[]): boolean {
  const found = jsonOf(page);
  return typeof found === 'object' && found !== null && names.every((name) => Object.hasOwn(found, name));
}

function jsonOf({ status, body }: PageSeen): unknown {
  if (status !== 200) return null;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** Whether an address is of one of these hosts, or of the same registered name as one. */
export function isOfSite(address: string, hosts: readonly string[]): boolean {
  const { host, hostname } = new URL(address);
  const domain = domainOf(hostname);
  return hosts.some((one) => one === host || (domain !== null && domainOf(one) === domain));
}

/** Those who have a name below another's, as shops at a platform do, are somebody each. */
const domainOf = (host: string) => getDomain(host, { allowPrivateDomains: true });

/** Names that lead nowhere, for ever (RFC 2606). */
export function isReservedName(host: string): boolean {
  return /(^|\.)(example|test|invalid)$|(^|\.)example\.(com|net|org)$/.test(
    host.replace(/:\d+$/, '').replace(/\.$/, ''),
  );
}
