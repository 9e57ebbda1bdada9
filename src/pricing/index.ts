export { convertParts } from './convert-parts';
export {
  applyCoupons,
  sumOf,
  type CouponNote,
  type CouponTerms,
  type Discount,
  type DiscountableStore,
} from './coupons/coupon-rules';
export { Coupons, couponTermsJson, type CouponShare } from './coupons/coupons';
export { COUPON_CODE, EndCouponRequest, MakeCouponRequest, couponCode } from './coupons/dto/coupon.request';
export { CouponListResponse, CouponResponse } from './coupons/dto/coupon.response';
export { DISPLAY_CURRENCY } from './display-currency';
export { CouponNoteResponse, DiscountResponse, TaxLineResponse } from './dto/priced.response';
export type { ExchangeRateSource } from './exchange-rate-source';
export { ExchangeRates, type ExchangeRate, type SourceRates } from './exchange-rates';
export { PricingModule } from './pricing.module';
export { RateTable, type Converted, type PinnedRate } from './rate-table';
export { TAX_CALCULATOR, type TaxCalculator, type TaxLine } from './tax/tax-calculator';
export { TaxRates } from './tax/tax-rates';
