import { Inject, Injectable } from '@nestjs/common';
import type { Tx } from '../platform/database';
import {
  Coupons,
  TAX_CALCULATOR,
  applyCoupons,
  sumOf,
  type CouponNote,
  type CouponTerms,
  type Discount,
  type DiscountableStore,
  type TaxCalculator,
} from '../pricing';
import { isGone, type Market } from '../store-integrations';
import { isContactOnly, linesOf, type Session, type SnapshotLine, type StoreCheckout } from './session';

/** A coupon of the cart as a session froze it, with what became of it in the last quote. */
export type SessionCoupon = CouponTerms & Pick<CouponNote, 'applied' | 'problem'>;

/** What pricing works on: quoted stores, which it completes. */
export type Priceable = Pick<
  Session,
  'shopperId' | 'lines' | 'coupons' | 'shipsToCountry' | 'shipsToRegion' | 'sealed'
> & {
  stores: StoreCheckout[];
};

/** Coupons and tax of the stores whose prices are made in Muse: merchant stores. What others ask for stays as they quoted it. */
@Injectable()
export class SessionPrices {
  constructor(
    private readonly coupons: Coupons,
    @Inject(TAX_CALCULATOR) private readonly taxes: TaxCalculator,
  ) {}

  /** `fresh`: whether a coupon can be used is looked up anew; otherwise what was quoted stands. */
  async apply(tx: Tx, session: Priceable, facts: Market['stores'], fresh: boolean): Promise<void> {
    if (fresh && session.coupons.length > 0) session.coupons = await this.presentCoupons(tx, session);
    const stores = session.stores.filter(({ storeId }) => facts.get(storeId)!.kind === 'merchant');
    const discounts = discountsOf(session, stores);
    for (const store of stores) {
      const lines = linesOf(session, store.storeId);
      const off = discounts.get(store.storeId) ?? [];
      takeOff(store, lines, off);
      await this.tax(tx, session, store, lines);
      const fees = store.fees.reduce((sum, fee) => sum + fee.amountCents, 0);
      store.totalCents = store.subtotalCents - store.discountCents + store.shippingCents + fees + store.taxCents;
    }
  }

  private async presentCoupons(tx: Tx, { coupons, shopperId }: Priceable): Promise<SessionCoupon[]> {
    const ids = coupons.map((coupon) => coupon.id);
    const present = new Map((await this.coupons.present(tx, ids, shopperId)).map((terms) => [terms.id, terms]));
    return coupons.map((coupon) => ({ ...coupon, ...present.get(coupon.id) }));
  }

  /**
   * Where the goods go decides. The base is the price after the store's own discount: what the platform takes off it pays to
   * the store, so it does not lessen what the goods are sold for.
   */
  private async tax(tx: Tx, session: Priceable, store: StoreCheckout, lines: SnapshotLine[]) {
    const own = store.shipsToCountry !== null;
    const [country, region] = own
      ? [store.shipsToCountry, store.shipsToRegion]
      : [session.shipsToCountry, session.shipsToRegion];
    if (country === null) return;
    const off = sumOf(
      store.discounts.filter((discount) => discount.fundedBy === 'store'),
      lines.length,
    );
    const amounts = amountsOf(store, lines);
    const assessed = await this.taxes.assess(tx, {
      place: { country, region },
      lines: lines.map((line, index) => ({
        category: line.category ?? null,
        amountCents: amounts[index]! - off.lines[index]!,
      })),
      deliveryCents: store.shippingCents - off.deliveryCents,
    });
    store.taxLines = assessed.taxLines;
    store.taxCents = assessed.addedCents;
    store.taxIncludedCents = assessed.includedCents;
    lines.forEach((line, index) => {
      const { addedCents, includedCents } = assessed.lines[index]!;
      line.taxCents = addedCents + includedCents;
    });
  }
}

/** What the session's coupons take off each of its included stores; notes on the coupons what became of them. */
function discountsOf(session: Priceable, stores: StoreCheckout[]): Map<string, Discount[]> {
  if (session.coupons.length === 0) return new Map();
  if (session.sealed) {
    session.coupons = session.coupons.map((coupon) => ({ ...coupon, applied: false, problem: notSealed(coupon) }));
    return new Map();
  }
  const included = stores.filter((store) => store.included && !isContactOnly(store));
  const codes = [...new Set(session.coupons.map((coupon) => coupon.code))];
  const { discounts, notes } = applyCoupons(
    codes,
    session.coupons,
    included.map((store): DiscountableStore => {
      const { storeId, name, currency, shippingCents, deliveryOptions } = store;
      const lines = amountsOf(store, linesOf(session, storeId));
      return {
        storeId,
        name,
        currency,
        lines,
        shippingCents,
        cheapestShippingCents: deliveryOptions[0]?.priceCents ?? 0,
      };
    }),
  );
  const byKey = new Map(session.coupons.map((coupon) => [`${coupon.code} ${coupon.storeId}`, coupon]));
  session.coupons = notes.map(({ code, storeId, applied, problem }) => {
    return { ...byKey.get(`${code} ${storeId}`)!, applied, problem };
  });
  return discounts;
}

/** How often somebody used a coupon is counted by shopper: the count would lead from the order to its buyer. */
function notSealed({ code, storeId }: CouponTerms): NonNullable<CouponNote['problem']> {
  const detail = `${code} cannot be used in a sealed checkout: coupons are counted by shopper.`;
  return { code: 'coupon_not_sealed', severity: 'warning', coupon: code, ...(storeId && { storeId }), detail };
}

function takeOff(store: StoreCheckout, lines: SnapshotLine[], discounts: Discount[]): void {
  const off = sumOf(discounts, lines.length);
  store.discounts = discounts;
  store.discountCents = off.goodsCents + off.deliveryCents;
  lines.forEach((line, index) => Object.assign(line, { discountCents: off.lines[index]!, taxCents: 0 }));
}

/** What each line costs before discounts; one that nobody can buy now costs nothing. */
function amountsOf(store: StoreCheckout, lines: SnapshotLine[]): number[] {
  const gone = new Set(store.problems.filter((problem) => isGone(problem)).map((problem) => problem.itemId));
  return lines.map((line) => (gone.has(line.itemId) ? 0 : line.unitPriceCents * line.quantity));
}
