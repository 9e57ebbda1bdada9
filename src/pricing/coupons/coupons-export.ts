import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry, ExportRegistry, exportSection, inPages, type Exported } from '../../identity';
import { Database, statement } from '../../platform/database';
import { ExportedCouponUseResponse } from './dto/exported-coupon-use.response';

const COUPON_USES = exportSection('couponUses', ExportedCouponUseResponse, 'What coupons took off');

const ROWS = statement(
  'coupons.export',
  `SELECT r.coupon_id AS "couponId", k.code, r.session_id AS "checkoutSessionId", r.store_id AS "storeId",
          json_build_object('amount', r.amount_cents, 'currency', r.currency) AS amount, r.redeemed_at AS "redeemedAt", r.given_back_at AS "givenBackAt"
     FROM coupon_redemptions r JOIN coupons k ON k.id = r.coupon_id
    WHERE r.shopper_id = ANY ($1::uuid[]) AND ($2::uuid IS NULL OR (r.session_id, r.coupon_id, r.store_id) > ($2, $3, $4))
    ORDER BY r.session_id, r.coupon_id, r.store_id LIMIT $5`,
);
const STAFF = 'created_by is whoever of the store or of Muse made it: their work, not a shopper’s data';

/** The part of pricing in a user's export, and what becomes of its tables at an erasure. */
@Injectable()
export class CouponsExport implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.register({
      section: COUPON_USES,
      tables: { coupon_redemptions: true, coupon_uses: 'how many of these there are of each coupon' },
      read: (of) => this.uses(of),
    });
    const staff = { coupons: STAFF, exchange_rates: STAFF, tax_rates: STAFF };
    this.exports.leaveOut('pricing', staff);
    this.erasures.keep('pricing', {
      coupon_redemptions: 'an amount at whose cost: a store’s and the platform’s books',
      coupon_uses: 'a number by which the limit per shopper holds',
      ...staff,
    });
  }

  private uses({ shopperIds }: Exported): AsyncIterable<ExportedCouponUseResponse> {
    return inPages<ExportedCouponUseResponse, ExportedCouponUseResponse>(
      (after, limit) => {
        const { checkoutSessionId = null, couponId = null, storeId = null } = after ?? {};
        return this.database.rows(ROWS, [shopperIds, checkoutSessionId, couponId, storeId, limit]);
      },
      (row) => row,
    );
  }
}
