import type { Call } from '../http/call';
import { Malformed, array, integer, object, oneOf, text, type Check } from '../http/shape';

/** What the shop's interface takes, and nothing else. */

export interface BasketRequest {
  lines: { sku: string; count: number }[];
  email?: string;
  to?: { saved: string } | { address: AddressRequest };
  delivery?: string;
}

export interface AddressRequest {
  name: string;
  street: string;
  extra?: string;
  town: string;
  region?: string;
  code: string;
  country: string;
}

export interface BuyRequest {
  card: string;
  /** The shop takes no more than this; a basket that has become dearer is not bought. */
  no_more_than?: number;
}

export interface ReturnRequest {
  lines: { sku: string; count: number; why: string }[];
}

const sku = text({ max: 40, pattern: /^[A-Z]{2}-\d{1,5}$/ });
const count = integer({ min: 1, max: 99 });
const words = text({ max: 200, pattern: /\S/ });

const address = object(
  { name: words, street: words, town: words, code: words, country: text({ pattern: /^[A-Z]{2}$/ }) },
  { extra: text({ max: 200 }), region: text({ max: 50 }) },
);
const to: Check = (value, at) => {
  const saved = typeof value === 'object' && value !== null && 'saved' in value;
  object(saved ? { saved: words } : { address })(value, at);
};

const basket = object(
  { lines: array(object({ sku, count }), { min: 1, max: 50 }) },
  { email: text({ max: 254, pattern: /^[^@\s]+@[^@\s]+$/ }), to, delivery: words },
);
const buy = object({ card: words }, { no_more_than: integer({ min: 1 }) });
const goods = object({ skus: array(text({ max: 40 }), { min: 1, max: 100 }) });
const cancel = object({}, { why: text({ max: 500 }) });
const reasons = oneOf('damaged', 'wrong', 'unwanted', 'other');
const back = object({ lines: array(object({ sku, count, why: reasons }), { min: 1, max: 50 }) });

export const readBasket = (call: Call) => read<BasketRequest>(call, basket);
export const readBuy = (call: Call) => read<BuyRequest>(call, buy);
export const readGoods = (call: Call) => read<{ skus: string[] }>(call, goods);
export const readCancel = (call: Call) => read<{ why?: string }>(call, cancel);
export const readReturn = (call: Call) => read<ReturnRequest>(call, back);

function read<T>(call: Call, check: Check): T {
  let json: unknown;
  try {
    json = JSON.parse(call.raw.toString()) as unknown;
  } catch {
    throw new Malformed('$', 'is no JSON');
  }
  check(json, '$');
  return json as T;
}
