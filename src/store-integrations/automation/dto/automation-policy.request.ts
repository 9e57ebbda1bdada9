import { IsIn, IsString, Length, ValidateIf } from 'class-validator';
import { Trimmed } from '../../../platform/http';

/** Whether a browser may order at a store. */
export class AutomationPolicyRequest {
  /**
   * From the next run on
   * @example "allowed"
   */
  @IsIn(['allowed', 'forbidden'])
  policy: 'allowed' | 'forbidden';

  /**
   * Where the agreement with the store is found; needed where it is allowed, and recorded with each run
   * @example "Contract 2026-114, § 3"
   */
  @ValidateIf((body: AutomationPolicyRequest) => body.policy === 'allowed' || body.agreement != null)
  @Trimmed()
  @IsString()
  @Length(3, 200)
  agreement?: string | null;
}
