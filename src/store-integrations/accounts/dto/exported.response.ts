import { ApiProperty } from '@nestjs/swagger';

/** An agreement by which Muse was let into an account at a store. */
export class ExportedConsentResponse {
  /** Which store */
  storeId: string;

  /**
   * What for
   * @example "store_account"
   */
  purpose: string;

  /**
   * Version of the text
   * @example "2026-11"
   */
  version: string;

  /** When it was given */
  givenAt: Date;

  /** When it was taken back */
  @ApiProperty({ type: Date, nullable: true })
  withdrawnAt: Date | null;
}
