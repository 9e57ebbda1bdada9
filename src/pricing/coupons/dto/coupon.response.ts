import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse, money } from '../../../platform/money';
import { percentOf } from '../../percent';
import { COUPON_KINDS, type CouponKind } from '../coupon-rules';

const STATUSES = ['scheduled', 'active', 'used_up', 'over'] as const;

/** A coupons row, with what the database's clock says of it. */
export interface CouponRow {
  id: string;
  storeId: string | null;
  code: string;
  kind: CouponKind;
  amountCents: number | null;
  percentPpm: number | null;
  currency: string | null;
  minimumCents: number | null;
  startsAt: Date;
  endsAt: Date | null;
  maxRedemptions: number | null;
  maxPerShopper: number | null;
  redeemed: number;
  status: (typeof STATUSES)[number];
  createdAt: Date;
}

/** A coupon as whoever gave it out sees it. */
export class CouponResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The store that it is of, at whose cost it is; null: the platform's */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  storeId: string | null;
  /**
   * What shoppers type
   * @example "LOLA10"
   */
  code: string;
  /** What it does */
  @ApiProperty({ enum: COUPON_KINDS })
  kind: CouponKind;
  /** What it takes off, for `amount` */
  @ApiProperty({ type: MoneyResponse, nullable: true })
  amount: MoneyResponse | null;
  /** What it takes off goods, for `percent` */
  @ApiProperty({ type: String, nullable: true, example: '10' })
  percent: string | null;
  /** From which value of goods on it can be used */
  @ApiProperty({ type: MoneyResponse, nullable: true })
  minimum: MoneyResponse | null;
  /** From when on */
  startsAt: Date;
  /** Until when */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endsAt: Date | null;
  /** How often in all */
  @ApiProperty({ type: 'integer', nullable: true, example: 100 })
  maxRedemptions: number | null;
  /** How often by one shopper */
  @ApiProperty({ type: 'integer', nullable: true, example: 1 })
  maxPerShopper: number | null;
  /** How often it was used: placed checkouts whose orders stand */
  @ApiProperty({ type: 'integer', example: 3 })
  redeemed: number;
  /** Where it stands now */
  @ApiProperty({ enum: STATUSES })
  status: CouponRow['status'];
  /** When it was made */
  createdAt: Date;

  static of(row: CouponRow): CouponResponse {
    const { amountCents, percentPpm, currency, minimumCents, ...rest } = row;
    return {
      ...rest,
      amount: amountCents === null ? null : money(amountCents, currency!),
      percent: percentPpm === null ? null : percentOf(percentPpm),
      minimum: minimumCents === null ? null : money(minimumCents, currency!),
    };
  }
}

export class CouponListResponse {
  /** Newest first */
  data: CouponResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
