import { ApiProperty } from '@nestjs/swagger';

/** What a browser did at a store for the shopper, and by what leave. */
export class ExportedRunResponse {
  /** At which store */
  storeId: string;

  /**
   * What for: an order (`shopper`), or to try a sign-in (`proof`)
   * @example "shopper"
   */
  cause: string;

  /**
   * What was done
   * @example "place"
   */
  flow: string;

  /**
   * How it ended; null: it goes on
   * @example "done"
   */
  @ApiProperty({ type: String, nullable: true })
  outcome: string | null;

  /**
   * The version of the text that had been agreed to
   * @example "2026-11"
   */
  @ApiProperty({ type: String, nullable: true })
  consentVersion: string | null;

  /** When it began */
  beganAt: Date;

  /** Whether something is kept, sealed, of what the page looked like where it failed; for fourteen days */
  hasTrail: boolean;
}
