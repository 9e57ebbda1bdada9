/**
 * What a store's own site takes from an address that a shopper opens: each reader is written after the platform's
 * description, and knows nothing of how Muse builds its links.
 */
export interface Understood {
  site: string;
  path: string;
  /** What is in the cart then: how many, by the store's own name. */
  goods: Record<string, number>;
  email?: string | undefined;
  postcode?: string | undefined;
  codes: string[];
  note?: string | undefined;
  /** By which the store tells who sent the shopper. */
  ref?: string | undefined;
}

type Reader = (url: URL) => Partial<Understood>;

/** Queries as servers split them. */
function query(url: URL): [string, string][] {
  if (url.search.length < 2) return [];
  return url.search
    .slice(1)
    .split('&')
    .map((part) => {
      const at = part.indexOf('=');
      const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
      return [decodeURIComponent(name.replace(/\+/g, ' ')), decodeURIComponent(value.replace(/\+/g, ' '))];
    });
}
const first = (url: URL, name: string) => query(url).find(([key]) => key === name)?.[1];

function add(goods: Record<string, number>, name: string, quantity: string): void {
  if (!/^[1-9][0-9]*$/.test(quantity)) throw new Error(`no quantity: ${quantity}`);
  if (Object.hasOwn(goods, name)) throw new Error(`twice: ${name}`);
  goods[name] = Number(quantity);
}

/** `1:2,3:1` with whatever stands between name and quantity. */
function list(text: string, between: string, isName: RegExp): Record<string, number> {
  const goods: Record<string, number> = {};
  for (const item of text.split(',')) {
    const at = item.lastIndexOf(between);
    const name = item.slice(0, at);
    if (at < 0 || !isName.test(name)) throw new Error(`no item: ${item}`);
    add(goods, name, item.slice(at + between.length));
  }
  return goods;
}

const NUMBER = /^[0-9]+$/;
const need = (url: URL, path: string) => {
  if (url.pathname !== path) throw new Error(`no such page: ${url.pathname}`);
};

export const READERS: Record<string, Reader> = {
  /** ucp.dev, permalink: the endpoint, then one segment of tokens; field paths in the query. */
  ucp(url) {
    const segment = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
    const goods: Record<string, number> = {};
    for (const pair of segment.split(',')) {
      const [, token, quantity] = /^([A-Za-z0-9._-]+|~[A-Za-z0-9_-]+):([1-9][0-9]*)$/.exec(pair) ?? [];
      if (!token) throw new Error(`no token: ${pair}`);
      add(goods, token.startsWith('~') ? Buffer.from(token.slice(1), 'base64url').toString('utf8') : token, quantity!);
    }
    const codes = query(url)
      .flatMap(([name, value]) => {
        const place = /^\/?discounts\/codes\/([0-9]+)$/.exec(name)?.[1];
        return place === undefined ? [] : [[Number(place), value] as const];
      })
      .sort(([a], [b]) => a - b)
      .map(([, value]) => value);
    return {
      ...{ goods, codes, email: first(url, 'buyer/email'), postcode: first(url, 'context/postal_code') },
      ref: first(url, 'attribution/ref'),
    };
  },

  /** shopify.dev, cart permalinks. */
  shopify(url) {
    const [, items] = /^\/cart\/([^/]+)$/.exec(url.pathname) ?? [];
    if (!items) throw new Error('no permalink');
    return {
      goods: list(items, ':', NUMBER),
      email: first(url, 'checkout[email]'),
      postcode: first(url, 'checkout[shipping_address][zip]'),
      // Commas part codes, so those within a code come encoded; this reader splits before it decodes.
      codes: /[?&]discount=([^&]*)/.exec(url.search)?.[1]?.split(',').map(decodeURIComponent) ?? [],
      note: first(url, 'note'),
      ref: first(url, 'ref'),
    };
  },

  /** developer.woocommerce.com, shareable checkout addresses. */
  woocommerce(url) {
    need(url, '/checkout-link/');
    const coupons = query(url).filter(([name]) => name === 'coupon');
    if (coupons.length > 1) throw new Error('one coupon only');
    return {
      goods: list(first(url, 'products') ?? '', ':', NUMBER),
      codes: coupons.map(([, code]) => code),
      ref: first(url, 'utm_content'),
    };
  },

  woocommerce_classic(url) {
    need(url, '/');
    const goods = {};
    if (!NUMBER.test(first(url, 'add-to-cart') ?? '')) throw new Error('no product');
    add(goods, first(url, 'add-to-cart')!, first(url, 'quantity') ?? '1');
    return { goods, ref: first(url, 'utm_content') };
  },

  bigcommerce(url) {
    need(url, '/cart.php');
    if (!['add', 'buy'].includes(first(url, 'action') ?? '')) throw new Error('no action');
    const goods = {};
    add(goods, first(url, 'sku')!, first(url, 'qty') ?? '1');
    return { goods, codes: query(url).flatMap(([name, value]) => (name === 'couponcode' ? [value] : [])) };
  },

  /** The parameters of one product come together: sku, qty, seller. */
  vtex(url) {
    need(url, '/checkout/cart/add');
    const goods = {};
    const of = (name: string) => query(url).flatMap(([key, value]) => (key === name ? [value] : []));
    const [skus, quantities, sellers] = [of('sku'), of('qty'), of('seller')];
    if (first(url, 'sc') === undefined || skus.length !== quantities.length || skus.length !== sellers.length)
      throw new Error('parameters that do not pair');
    skus.forEach((sku, place) => add(goods, sku, quantities[place]!));
    return { goods, ref: first(url, 'utm_campaign') };
  },

  amazon(url) {
    need(url, '/gp/aws/cart/add.html');
    const goods = {};
    for (let n = 1; first(url, `ASIN.${n}`) !== undefined; n++)
      add(goods, first(url, `ASIN.${n}`)!, first(url, `Quantity.${n}`) ?? '');
    return { goods };
  },

  walmart(url) {
    need(url, '/sc/cart/addToCart');
    return { goods: list(first(url, 'items') ?? '', '_', NUMBER) };
  },

  walmart_affiliate(url) {
    need(url, '/cart/addToCart');
    return { goods: list(first(url, 'items') ?? '', '|', NUMBER) };
  },

  ebay(url) {
    need(url, '/sc/add');
    const [, listing, quantity] = /^iid:([0-9]+),qty:([0-9]+)$/.exec(first(url, 'item') ?? '') ?? [];
    const goods = {};
    add(goods, listing!, quantity!);
    return { goods };
  },
};

/** Throws where a store of that platform would not understand the address. */
export function understoodBy(platform: string, address: string): Understood {
  const url = new URL(address);
  const nothing = { email: undefined, postcode: undefined, note: undefined, ref: undefined };
  return { site: url.origin, path: url.pathname, goods: {}, codes: [], ...nothing, ...READERS[platform]!(url) };
}
