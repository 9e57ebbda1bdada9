import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse, money } from '../../../platform/money';
import { STEP_KINDS, STEP_STATUSES, type StepKind, type StepStatus } from '../payment-steps';

export interface StepRow {
  id: string;
  kind: StepKind;
  status: StepStatus;
  paymentId: string;
  paymentStatus: string;
  providerPaymentId: string | null;
  storeId: string | null;
  refundId: string | null;
  amountCents: number;
  currency: string;
  attempts: number;
  errorCode: string | null;
  providerRef: string | null;
  createdAt: Date;
  sentAt: Date | null;
  nextAttemptAt: Date;
  finishedAt: Date | null;
}

/** One call to the payment provider, for support: no shopper, no card. */
export class PaymentStepResponse {
  /** Its id, which is also the provider's idempotency key */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** What it asks for */
  @ApiProperty({ enum: STEP_KINDS })
  kind: StepKind;
  /** Where it stands */
  @ApiProperty({ enum: STEP_STATUSES })
  status: StepStatus;
  /** The payment */
  @ApiProperty({ format: 'uuid' })
  paymentId: string;
  /**
   * Where the payment stands
   * @example "capturing"
   */
  paymentStatus: string;
  /** The payment's id at the provider */
  @ApiProperty({ type: String, nullable: true, example: 'pi_3MtwBwLkdIwHu7ix28a3tqPa' })
  providerPaymentId: string | null;
  /** The store whose share it is about */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  storeId: string | null;
  /** The refund it is about */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  refundId: string | null;
  /** How much it is about */
  amount: MoneyResponse;
  /** How often it was tried */
  @ApiProperty({ type: 'integer', example: 12 })
  attempts: number;
  /** What the last try came to, if it was no success */
  @ApiProperty({ type: String, nullable: true, example: 'http_500' })
  errorCode: string | null;
  /** What it made at the provider */
  @ApiProperty({ type: String, nullable: true, example: 'tr_1MiN3gLkdIwHu7ixNCZvFdgA' })
  providerRef: string | null;
  /** When it was queued */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When it was first sent under its key */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  sentAt: string | null;
  /** When it is tried next */
  @ApiProperty({ format: 'date-time' })
  nextAttemptAt: string;
  /** When it was over */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt: string | null;

  static of({ amountCents, currency, ...row }: StepRow): PaymentStepResponse {
    return {
      ...row,
      amount: money(amountCents, currency),
      createdAt: row.createdAt.toISOString(),
      sentAt: row.sentAt && row.sentAt.toISOString(),
      nextAttemptAt: row.nextAttemptAt.toISOString(),
      finishedAt: row.finishedAt && row.finishedAt.toISOString(),
    };
  }
}

export class PaymentStepListResponse {
  /** Newest first */
  data: PaymentStepResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
