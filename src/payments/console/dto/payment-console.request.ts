import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, IsUUID, Matches, MaxLength, MinLength } from 'class-validator';
import { NullIsAbsent, PageRequest } from '../../../platform/http';

export const PAYMENT_STATUSES = [
  ...['created', 'action_required', 'authorized', 'capturing', 'captured', 'cancelled', 'declined', 'failed'],
] as const;

const toBoolean = ({ value }: { value: unknown }): unknown =>
  value === 'true' ? true : value === 'false' ? false : value;

export class ListPaymentsRequest extends PageRequest {
  /**
   * Only those in this state
   * @example "captured"
   */
  @IsOptional()
  @IsIn(PAYMENT_STATUSES)
  status?: string;

  /**
   * true: only those with a step whose outcome a person has to find out; false: only those without
   * @example true
   */
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  needsAttention?: boolean;

  /** Only those of this checkout session or, where a placed order was paid, of this order */
  @IsOptional()
  @IsUUID()
  purchaseId?: string;

  /** Only that which pays this order */
  @IsOptional()
  @IsUUID()
  orderId?: string;
}

export const RESOLUTIONS = ['look_again', 'not_done', 'done'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export class ResolvePaymentStepRequest {
  /**
   * look_again: Muse asks the provider, and goes on from what it says. not_done and done are what a person found there:
   * nothing came of the call, or exactly what it asked for did
   * @example "done"
   */
  @IsIn(RESOLUTIONS)
  outcome: Resolution;

  /**
   * With done: the provider's id of what the step made. Of a capture or a cancellation, which make nothing new, left out
   * @example "tr_1Qw2Er3Ty4Ui5Op"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Matches(/^[A-Za-z0-9_-]{1,255}$/, { message: 'providerRef must be an id of the payment provider' })
  providerRef?: string;

  /**
   * How it is known
   * @example "Found the transfer in the provider's dashboard"
   */
  @IsString()
  @MinLength(3)
  @MaxLength(1000)
  reason: string;
}
