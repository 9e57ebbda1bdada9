import { createHash } from 'node:crypto';
import { isUrl } from '../platform/http-client';

/** At most so many of one line. */
export const MAX_QUANTITY = 999;
/** At most so many codes in one cart. */
export const MAX_COUPONS = 10;
/** At most so many lines in one cart. */
export const MAX_LINES = 200;

/** What makes two lines of a cart the same line. */
export interface LineIdentity {
  storeId: string;
  itemKey: string;
  size: string | null;
  color: string | null;
}

/** A line to put into a cart. Prices in minor units of `currency`. */
export interface NewLine extends LineIdentity {
  variantId: string | null;
  brandId: string | null;
  brandName: string | null;
  productName: string;
  productSku: string | null;
  productUrl: string;
  productImageUrl: string | null;
  priceCents: number;
  originalPriceCents: number | null;
  currency: string;
  quantity: number;
}

/** Begins the item key of goods of the catalogue. */
export const VARIANT_KEY = 'variant:';

/** Variant id, else SKU, else normalised product URL. A URL longer than an index entry may be stands as its hash. */
export function itemKey(item: { variantId: string | null; productSku: string | null; productUrl: string }): string {
  if (item.variantId) return `${VARIANT_KEY}${item.variantId}`;
  if (item.productSku) return `sku:${item.productSku}`;
  return `url:${createHash('sha256').update(normaliseUrl(item.productUrl)).digest('base64url')}`;
}

const TRACKING = /^(utm_\w+|gclid|fbclid|msclkid|ref|ref_src|affid|clickid|irclickid)$/i;

/** The same page however it was linked to: no fragment, no tracking parameters, parameters in one order. */
export function normaliseUrl(url: string): string {
  const parsed = new URL(url);
  parsed.hash = '';
  for (const name of [...parsed.searchParams.keys()]) if (TRACKING.test(name)) parsed.searchParams.delete(name);
  parsed.searchParams.sort();
  parsed.pathname = parsed.pathname.replace(/\/+$/, '') || '/';
  return parsed.toString();
}

/** Whether a page is on one of a store's hosts or below one. */
export function isOnHosts(url: string, hosts: string[]): boolean {
  if (!isUrl(url)) return false;
  const { hostname, protocol, username, password } = new URL(url);
  if (protocol !== 'https:' || username !== '' || password !== '') return false;
  return hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
}

/** A key for maps. */
export function identityKey({ storeId, itemKey: key, size, color }: LineIdentity): string {
  return JSON.stringify([storeId, key, size, color]);
}
