import type { ShopKind, ShopSandbox } from '../../../support/shop-sandbox';

/** What a shop answered, after the redirects that a browser follows. */
export interface Seen {
  status: number;
  text: string;
  path: string;
  isReview: boolean;
  isOrders: boolean;
}

/** Who visits a shop by plain HTTP, with the cookies of one browser. */
export interface Visitor {
  signIn(who: { username: string; password: string }): Promise<Seen>;
  answer(kind: string, answer: string): Promise<Seen>;
  product(good: string): Promise<Seen>;
  add(good: string): Promise<Seen>;
  cart(): Promise<Seen>;
  /** Address, delivery and card given; keeps what tells the review page from another. */
  toReview(card?: string): Promise<Seen>;
  review(): Promise<Seen>;
  /** Sends the review page that was seen last. */
  place(card?: string): Promise<Seen>;
  orders(): Promise<Seen>;
  order(number: string): Promise<Seen>;
  cancel(number: string): Promise<Seen>;
  /** Any page with HTML. */
  page(): Promise<Seen>;
  /** An address that somebody sent them. */
  open(url: string): Promise<Seen>;
}

const ADDRESS = {
  ...{ name: 'Ana Reyes', firstName: 'Ana', lastName: 'Reyes', line1: '500 Congress Ave', line2: '', city: 'Austin' },
  ...{ region: 'TX', postalCode: '78701', phone: '5125550101' },
};

type Asking = (method: string, path: string, form?: Record<string, string>) => Promise<Seen>;
type Way = (ask: Asking) => Omit<Visitor, 'page' | 'open'>;

export function visitorAt(shop: ShopSandbox, headers: Record<string, string> = {}): Visitor {
  let cookie = '';
  const isApp = shop.kind === 'macys';
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(new URL(path, shop.url), { ...init, redirect: 'manual' });
    cookie = /^[^;]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? cookie;
    return answer;
  };
  const ask: Asking = async (method, begin, form) => {
    const body = form && (isApp ? JSON.stringify(form) : new URLSearchParams(form).toString());
    const type = isApp ? 'application/json' : 'application/x-www-form-urlencoded';
    let path = begin;
    let answer = await send(path, {
      ...{ method, headers: { ...headers, cookie, ...(body !== undefined && { 'content-type': type }) } },
      ...(body !== undefined && { body }),
    });
    for (let hops = 0; hops < 8; hops += 1) {
      const location = answer.headers.get('location');
      if (location === null) break;
      path = location;
      answer = await send(path, { headers: { ...headers, cookie } });
    }
    const text = await answer.text();
    const isReview = answer.status === 200 && /name="checkout" value="|"checkout":"/.test(text);
    const isOrders = answer.status === 200 && /Purchases<\/h1>|Order history<\/h1>|Your account<\/h1>|^\[/.test(text);
    return { status: answer.status, text, path, isReview, isOrders };
  };
  return { ...WAYS[shop.kind](ask), page: () => ask('GET', '/'), open: (url) => ask('GET', url) };
}

/** Keeps the token of the page on which the order is placed. */
function withReview(ask: Asking, path: string, place: string, more: (card?: string) => Record<string, string>) {
  let checkout = '';
  const review = async () => {
    const seen = await ask('GET', path);
    checkout = /(?:name="checkout" value="|"checkout":")([^"]+)/.exec(seen.text)?.[1] ?? checkout;
    return seen;
  };
  return { review, place: (card?: string) => ask('POST', place, { checkout, ...more(card) }) };
}

const WAYS: Record<ShopKind, Way> = {
  nordstrom: (ask) => {
    const last = withReview(ask, '/checkout/review', '/checkout/place', () => ({}));
    return {
      ...last,
      signIn: async ({ username, password }) => {
        await ask('POST', '/signin', { email: username });
        return ask('POST', '/signin/password', { email: username, password, next: '/account/orders' });
      },
      answer: (kind, answer) => ask('POST', `/challenge/${kind}`, { answer }),
      product: (good) => ask('GET', `/s/any/${good}`),
      add: (id) => ask('POST', '/bag/add', { id, quantity: '1' }),
      cart: () => ask('GET', '/bag'),
      toReview: async (card = 'visa-4242') => {
        await ask('POST', '/checkout/shipping', ADDRESS);
        await ask('POST', '/checkout/delivery', { delivery: 'standard' });
        await ask('POST', '/checkout/payment', { card });
        return last.review();
      },
      orders: () => ask('GET', '/account/orders'),
      order: (number) => ask('GET', `/account/orders/${number}`),
      cancel: (number) => ask('POST', `/account/orders/${number}/cancel`),
    };
  },
  macys: (ask) => {
    const last = withReview(ask, '/api/checkout/review', '/api/orders', () => ({}));
    const inUsd = (seen: Seen): Seen => ({
      ...seen,
      text: seen.text.replace(/"cents":(\d+)/g, (_, cents: string) => `$${(Number(cents) / 100).toFixed(2)}`),
    });
    return {
      ...last,
      signIn: ({ username, password }) => ask('POST', '/api/session', { email: username, password }),
      answer: (kind, answer) => ask('POST', `/api/challenge/${kind}`, { answer }),
      product: (good) => ask('GET', `/api/goods/${good}`),
      add: (id) => ask('POST', '/api/bag', { id, quantity: '1' }),
      cart: async () => inUsd(await ask('GET', '/api/bag')),
      toReview: async (card = 'visa-4242') => {
        await ask('POST', '/api/checkout/address', ADDRESS);
        await ask('POST', '/api/checkout/delivery', { delivery: 'standard' });
        await ask('POST', '/api/checkout/card', { card });
        return last.review();
      },
      orders: () => ask('GET', '/api/orders'),
      order: (number) => ask('GET', `/api/orders/${number}`),
      cancel: (number) => ask('POST', `/api/orders/${number}/cancel`, {}),
    };
  },
  oldnavy: (ask) => {
    const last = withReview(ask, '/checkout/review', '/checkout/submit', () => ({}));
    return {
      ...last,
      signIn: ({ username, password }) =>
        ask('POST', '/my-account/sign-in', { email: username, password, next: '/my-account/order-history' }),
      answer: (kind, answer) => ask('POST', `/challenge/${kind}`, { answer }),
      product: (good) => ask('GET', `/browse/product.do?pid=${good}`),
      add: (pid) => ask('POST', '/browse/add', { pid, quantity: '1' }),
      cart: () => ask('GET', '/shopping-bag'),
      toReview: async (card = 'visa-4242') => {
        await ask('POST', '/checkout', { ...ADDRESS, delivery: 'basic' });
        await ask('POST', '/checkout/pay', { card });
        return last.review();
      },
      orders: () => ask('GET', '/my-account/order-history'),
      order: (number) => ask('GET', `/my-account/order/${number}`),
      cancel: (number) => ask('POST', `/my-account/order/${number}/cancel`),
    };
  },
  fern: (ask) => {
    const last = withReview(ask, '/checkout', '/checkout/pay', (card = 'visa-4242') => ({ card }));
    return {
      ...last,
      signIn: ({ username, password }) =>
        ask('POST', '/account/login', { email: username, password, next: '/account' }),
      answer: (kind, answer) => ask('POST', `/challenge/${kind}`, { answer }),
      product: (good) => ask('GET', `/products/${good}`),
      add: (id) => ask('POST', '/cart/add', { id, quantity: '1' }),
      cart: () => ask('GET', '/cart'),
      toReview: async () => {
        await ask('POST', '/checkout/address', ADDRESS);
        return last.review();
      },
      orders: () => ask('GET', '/account'),
      order: (number) => ask('GET', `/orders/${number}`),
      cancel: (number) => ask('POST', `/orders/${number}/cancel`),
    };
  },
};
