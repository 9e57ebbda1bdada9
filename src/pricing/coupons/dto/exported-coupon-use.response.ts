import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse } from '../../../platform/money';

/** What a coupon took off one store of a checkout that was placed. */
export class ExportedCouponUseResponse {
  /** The coupon */
  @ApiProperty({ format: 'uuid' })
  couponId: string;
  /**
   * Its code
   * @example "SPRING10"
   */
  code: string;
  /** The checkout */
  @ApiProperty({ format: 'uuid' })
  checkoutSessionId: string;
  /** The store whose goods cost less by it */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /** How much less */
  amount: MoneyResponse;
  /** When it was used */
  redeemedAt: Date;
  /** When the use came back, because nothing of it stood any more */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  givenBackAt: Date | null;
}
