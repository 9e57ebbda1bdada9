import { ApiProperty } from '@nestjs/swagger';
import { PaymentMethodResponse } from './payment-method.response';

/** What was paid with, or could be: saved ones, removed ones, and such as were good for one payment. */
export class ExportedPaymentMethodResponse extends PaymentMethodResponse {
  /**
   * At which payment provider it lies
   * @example "stripe"
   */
  provider: string;

  /**
   * Whether it was given for one payment only
   * @example false
   */
  singleUse: boolean;

  /** When it was removed */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: null })
  removedAt: Date | null;
}

/** Under whom a payment provider keeps saved methods. */
export class ExportedPaymentCustomerResponse {
  /**
   * Which provider
   * @example "stripe"
   */
  provider: string;

  /** Since when */
  createdAt: Date;
}
