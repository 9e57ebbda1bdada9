import { whenBroken } from '../../platform/database';
import { DomainError } from '../../platform/http';

/** 409: the store, or the platform, has had a coupon of this code. */
export class CouponCodeTaken extends DomainError {
  constructor() {
    super('coupon_code_taken', 409, 'There is a coupon of this code already, perhaps one that is over.', {}, [
      { pointer: '/code', detail: 'must be a new one' },
    ]);
  }
}

/** 409: a coupon that a checkout was quoted with is used up or over; nothing was bought. Or: one that is over is ended. */
export class CouponOver extends DomainError {
  constructor(codes: string[]) {
    super('coupon_over', 409, `${codes.join(', ')} can no longer be used.`, { coupons: codes });
  }
}

whenBroken('coupons_one_per_code', () => new CouponCodeTaken());
