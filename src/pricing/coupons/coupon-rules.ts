import { allocate, money, type Money } from '../../platform/money';
import { shareOf } from '../percent';

export const COUPON_KINDS = ['amount', 'percent', 'free_delivery'] as const;
export type CouponKind = (typeof COUPON_KINDS)[number];

/** Whether a coupon could be used at the moment it was looked at, by the shopper it was looked at for. */
export type CouponState = 'open' | 'not_yet' | 'over' | 'used_up' | 'used_by_shopper';

/** A coupon as a cart reads it and a session freezes it. */
export interface CouponTerms {
  id: string;
  /** Null: the platform's. */
  storeId: string | null;
  code: string;
  kind: CouponKind;
  amountCents: number | null;
  percentPpm: number | null;
  /** Of amount and minimum; null where there is neither. */
  currency: string | null;
  minimumCents: number | null;
  state: CouponState;
}

/** A store that coupons may take something off: one whose prices are made in Muse. Minor units of its currency. */
export interface DiscountableStore {
  storeId: string;
  name: string;
  currency: string;
  /** What each line costs. */
  lines: readonly number[];
  /** Delivery as chosen. */
  shippingCents: number;
  /** The cheapest way to deliver, which is what a coupon makes free. */
  cheapestShippingCents: number;
}

/** What one coupon takes off one store, and at whose cost. */
export interface Discount {
  couponId: string;
  code: string;
  fundedBy: 'store' | 'platform';
  kind: CouponKind;
  goodsCents: number;
  deliveryCents: number;
  /** `goodsCents` by line, in the order of the store's lines. */
  lines: number[];
}

/** Why a coupon takes nothing off; a note of `problems[]`. */
export interface CouponProblem {
  code: string;
  severity: 'warning';
  storeId?: string;
  /** The code that the shopper gave. */
  coupon: string;
  detail: string;
  [more: string]: unknown;
}

/** What became of one code at one store (or, `storeId` null, of the platform's). */
export interface CouponNote {
  code: string;
  storeId: string | null;
  applied: boolean;
  problem: CouponProblem | null;
}

interface AppliedCoupons {
  discounts: Map<string, Discount[]>;
  notes: CouponNote[];
}

/**
 * What a cart's codes take off its stores. At most one coupon of each store and one of the platform: the first code, in the
 * shopper's order, that can be used. A store's comes first; the platform's takes its share of what is left. Minimums count
 * goods before any discount. Shares go to stores and lines by largest remainder, and nothing ever becomes negative. What
 * is in a currency is for the stores that sell in it. Plain function of its arguments.
 */
export function applyCoupons(
  codes: readonly string[],
  terms: readonly CouponTerms[],
  stores: readonly DiscountableStore[],
): AppliedCoupons {
  const discounts = new Map<string, Discount[]>();
  const notes: CouponNote[] = [];
  const tried = (of: CouponTerms[], apply: (coupon: CouponTerms) => CouponProblem | null) => {
    let used = false;
    for (const coupon of of) {
      const problem: CouponProblem | null = used ? notCombined(coupon) : apply(coupon);
      used ||= problem === null;
      notes.push({ code: coupon.code, storeId: coupon.storeId, applied: problem === null, problem });
    }
  };
  for (const of of byStore(codes, terms)) tried(of, (coupon) => applyToStore(coupon, stores, discounts));
  const ofPlatform = inOrder(codes, terms).filter((coupon) => coupon.storeId === null);
  tried(ofPlatform, (coupon) => applyToAll(coupon, stores, discounts));

  for (const code of codes) {
    if (terms.some((coupon) => coupon.code === code)) continue;
    notes.push({ code, storeId: null, applied: false, problem: notApplicable(code) });
  }
  return { discounts, notes };
}

/** What discounts take off together: of goods, of delivery, and of each line; `lineCount` for a store without any. */
export function sumOf(discounts: readonly Discount[], lineCount: number) {
  const lines = Array.from({ length: lineCount }, (_, index) =>
    discounts.reduce((sum, discount) => sum + (discount.lines[index] ?? 0), 0),
  );
  return {
    goodsCents: discounts.reduce((sum, discount) => sum + discount.goodsCents, 0),
    deliveryCents: discounts.reduce((sum, discount) => sum + discount.deliveryCents, 0),
    lines,
  };
}

function applyToStore(
  coupon: CouponTerms,
  stores: readonly DiscountableStore[],
  discounts: Map<string, Discount[]>,
): CouponProblem | null {
  const store = stores.find((one) => one.storeId === coupon.storeId);
  if (!store || !isFor(coupon, store)) return notApplicable(coupon.code, coupon.storeId);
  const subtotal = total(store.lines);
  const problem = unusable(coupon, subtotal);
  if (problem) return problem;
  const goods = coupon.kind === 'free_delivery' ? 0 : offGoods(coupon, subtotal);
  const delivery = coupon.kind === 'free_delivery' ? freeDeliveryOf(store) : 0;
  if (goods + delivery === 0) return notApplicable(coupon.code, coupon.storeId);
  add(discounts, store, coupon, allocate(goods, store.lines), delivery);
  return null;
}

function applyToAll(
  coupon: CouponTerms,
  stores: readonly DiscountableStore[],
  discounts: Map<string, Discount[]>,
): CouponProblem | null {
  const eligible = stores.filter((store) => isFor(coupon, store));
  if (eligible.length === 0) return notApplicable(coupon.code);
  const problem = unusable(coupon, total(eligible.flatMap((store) => store.lines)));
  if (problem) return problem;
  const left = new Map(eligible.map((store) => [store.storeId, leftOf(store, discounts.get(store.storeId) ?? [])]));
  const before = count(discounts);
  for (const currency of new Set(eligible.map((store) => store.currency))) {
    const alike = eligible.filter((store) => store.currency === currency);
    const rests = alike.map((store) => total(left.get(store.storeId)!.lines));
    const shares =
      coupon.kind === 'free_delivery' ? rests.map(() => 0) : allocate(offGoods(coupon, total(rests)), rests);
    alike.forEach((store, index) => {
      const rest = left.get(store.storeId)!;
      const delivery = coupon.kind === 'free_delivery' ? rest.deliveryCents : 0;
      if (shares[index]! + delivery > 0) add(discounts, store, coupon, allocate(shares[index]!, rest.lines), delivery);
    });
  }
  return count(discounts) === before ? notApplicable(coupon.code) : null;
}

/** What an amount or a percentage takes off goods worth so much: never more than they are worth. */
function offGoods({ kind, amountCents, percentPpm }: CouponTerms, worthCents: number): number {
  return kind === 'amount' ? Math.min(amountCents!, worthCents) : shareOf(worthCents, percentPpm!);
}

function freeDeliveryOf({ shippingCents, cheapestShippingCents }: DiscountableStore): number {
  return Math.min(shippingCents, cheapestShippingCents);
}

/** What a store's own coupon has left of each line, and of the delivery that may be free. */
function leftOf(store: DiscountableStore, discounts: Discount[]) {
  const off = sumOf(discounts, store.lines.length);
  return {
    lines: store.lines.map((cents, index) => cents - off.lines[index]!),
    deliveryCents: freeDeliveryOf(store) - off.deliveryCents,
  };
}

function add(
  discounts: Map<string, Discount[]>,
  { storeId }: DiscountableStore,
  { id: couponId, code, kind, storeId: ofStore }: CouponTerms,
  lines: number[],
  deliveryCents: number,
): void {
  const fundedBy = ofStore === null ? 'platform' : 'store';
  const discount: Discount = { couponId, code, fundedBy, kind, goodsCents: total(lines), deliveryCents, lines };
  discounts.set(storeId, [...(discounts.get(storeId) ?? []), discount]);
}

function isFor({ currency }: CouponTerms, store: DiscountableStore): boolean {
  return store.lines.length > 0 && (currency === null || currency === store.currency);
}

const WHY: Record<Exclude<CouponState, 'open' | 'not_yet'>, string> = {
  over: 'is over',
  used_up: 'has been used up',
  used_by_shopper: 'has been used by you as often as one may',
};

/** Why a coupon cannot be used on goods worth so much, whatever they are. */
function unusable({ code, storeId, state, minimumCents, currency }: CouponTerms, worth: number): CouponProblem | null {
  const at = { ...(storeId !== null && { storeId }), coupon: code };
  if (state === 'not_yet') {
    return { code: 'coupon_not_yet', severity: 'warning', ...at, detail: `${code} cannot be used yet.` };
  }
  if (state !== 'open') {
    return { code: 'coupon_over', severity: 'warning', ...at, detail: `${code} ${WHY[state]}.`, reason: state };
  }
  if (minimumCents === null || worth >= minimumCents) return null;
  const in_ = (cents: number): Money => money(cents, currency!);
  return {
    code: 'coupon_minimum',
    severity: 'warning',
    ...at,
    detail: `${code} asks for goods of a higher value.`,
    minimum: in_(minimumCents),
    missing: in_(minimumCents - worth),
  };
}

function notCombined({ code, storeId }: CouponTerms): CouponProblem {
  const at = { ...(storeId !== null && { storeId }), coupon: code };
  const detail =
    storeId === null ? 'Only one coupon of Muse counts at a time.' : 'Only one coupon of a store counts at a time.';
  return { code: 'coupon_not_combined', severity: 'warning', ...at, detail };
}

/** The same for a code that nobody knows and for one of a store that is not in the cart. */
function notApplicable(code: string, storeId: string | null = null): CouponProblem {
  const at = { ...(storeId !== null && { storeId }), coupon: code };
  return {
    code: 'coupon_not_applicable',
    severity: 'warning',
    ...at,
    detail: `${code} takes nothing off these goods.`,
  };
}

function inOrder(codes: readonly string[], terms: readonly CouponTerms[]): CouponTerms[] {
  return codes.flatMap((code) => terms.filter((coupon) => coupon.code === code));
}

/** The coupons of each store, in the shopper's order. */
function byStore(codes: readonly string[], terms: readonly CouponTerms[]): CouponTerms[][] {
  const groups = new Map<string, CouponTerms[]>();
  for (const coupon of inOrder(codes, terms)) {
    if (coupon.storeId !== null) groups.set(coupon.storeId, [...(groups.get(coupon.storeId) ?? []), coupon]);
  }
  return [...groups.values()];
}

function count(discounts: Map<string, Discount[]>): number {
  return [...discounts.values()].reduce((sum, of) => sum + of.length, 0);
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}
