import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse, money } from '../../platform/money';
import type { CouponNote, Discount } from '../coupons/coupon-rules';
import { percentOf } from '../percent';
import type { TaxLine } from '../tax/tax-calculator';

/** What one coupon takes off a store. */
export class DiscountResponse {
  /**
   * The coupon's code; of what a partner store takes off by itself, its name
   * @example "LOLA10"
   */
  code: string;
  /** At whose cost */
  @ApiProperty({ enum: ['store', 'platform'] })
  fundedBy: 'store' | 'platform';
  /** All that it takes off */
  amount: MoneyResponse;
  /** What of that is for delivery; the rest is for goods */
  onDelivery: MoneyResponse;

  /** One of a partner store's own, in its words; without a code where the store takes it off by itself. */
  static ofStore(
    { code, title, amountCents }: { code: string | null; title: string; amountCents: number },
    currency: string,
  ): DiscountResponse {
    return {
      code: code ?? title,
      fundedBy: 'store',
      amount: money(amountCents, currency),
      onDelivery: money(0, currency),
    };
  }

  static of({ code, fundedBy, goodsCents, deliveryCents }: Discount, currency: string): DiscountResponse {
    return {
      code,
      fundedBy,
      amount: money(goodsCents + deliveryCents, currency),
      onDelivery: money(deliveryCents, currency),
    };
  }
}

/** One tax on a store's part. */
export class TaxLineResponse {
  /**
   * What it is called
   * @example "Sales tax"
   */
  name: string;
  /**
   * Per cent
   * @example "8.875"
   */
  percent: string;
  /** Whether prices contain it: then it is not added to the total */
  inclusive: boolean;
  /** What it is worked out from, without the tax */
  base: MoneyResponse;
  /** How much */
  amount: MoneyResponse;

  static of({ name, ratePpm, inclusive, baseCents, taxCents }: TaxLine, currency: string): TaxLineResponse {
    return {
      name,
      percent: percentOf(ratePpm),
      inclusive,
      base: money(baseCents, currency),
      amount: money(taxCents, currency),
    };
  }
}

/** A code that the shopper gave. */
export class CouponNoteResponse {
  /**
   * The code
   * @example "LOLA10"
   */
  code: string;
  /** The store whose coupon it is; null: Muse's own, or nobody's */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  storeId: string | null;
  /** Whether it takes something off now; `problems` says why not */
  applied: boolean;

  static of({ code, storeId, applied }: Pick<CouponNote, 'code' | 'storeId' | 'applied'>): CouponNoteResponse {
    return { code, storeId, applied };
  }
}
