import { IsIn, IsOptional } from 'class-validator';
import { PageRequest } from '../../../platform/http';
import { STEP_STATUSES, type StepStatus } from '../payment-steps';

export class ListPaymentStepsRequest extends PageRequest {
  /**
   * Only those in this state
   * @example "needs_attention"
   */
  @IsOptional()
  @IsIn(STEP_STATUSES)
  status?: StepStatus;
}
