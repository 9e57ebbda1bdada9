import { ApiProperty } from '@nestjs/swagger';

/** Whether a browser may order at the store, and by which agreement. */
export class AutomationPolicyResponse {
  /** Whether it may */
  @ApiProperty({ enum: ['allowed', 'forbidden'], example: 'allowed' })
  policy: 'allowed' | 'forbidden';

  /** Where the agreement is found; null: there is none, and nothing is automated */
  @ApiProperty({ type: String, nullable: true, example: 'Contract 2026-114, § 3' })
  agreement: string | null;

  /** Counts what was decided; runs name it */
  @ApiProperty({ type: 'integer', example: 3 })
  version: number;
}
