import { ApiProperty } from '@nestjs/swagger';
import { NO_ARBITRATION } from '../disclaimer';
import { TERM_CODES, type TermCode } from '../trust-score';

/** One step of the way to a score. */
export class TrustTermResponse {
  /** What was looked at */
  @ApiProperty({ enum: TERM_CODES, example: 'different_counterparties' })
  code: TermCode;

  /** How many of them, or how much: of ratings the mean, else a number of people */
  @ApiProperty({ type: 'number', format: 'double', example: 20 })
  value: number;

  /**
   * What it adds or takes; the points of all terms add up to the score
   * @example 12
   */
  points: number;

  /**
   * The same in words
   * @example "Verified sales with 20 buyers: each counts once, and more of them count more."
   */
  text: string;
}

export class TrustRatingsResponse {
  /**
   * How many ratings are shown
   * @example 20
   */
  count: number;

  /** Their mean; null: there are none */
  @ApiProperty({ type: 'number', format: 'double', nullable: true, example: 4.8 })
  average: number | null;

  /** How many gave one star, two, three, four, five */
  @ApiProperty({ type: [Number], minItems: 5, maxItems: 5, example: [0, 0, 1, 2, 17] })
  stars: number[];
}

/** What verified sales, ratings and upheld reports say of somebody. */
export class TrustResponse {
  /**
   * 0 to 100; everybody begins at 50
   * @example 73
   */
  score: number;

  /**
   * How much is known, 0 to 100: the lower, the nearer the score stays to the beginning
   * @example 47
   */
  evidence: number;

  /**
   * Orders that both sides marked complete; 2000 stands for that many or more
   * @example 24
   */
  verifiedSales: number;

  /**
   * With how many different people; 500 stands for that many or more
   * @example 20
   */
  counterparties: number;

  /** Ratings of these sales, as far as they are shown */
  ratings: TrustRatingsResponse;

  /**
   * By how many people reports were upheld; those that are not decided count for nothing
   * @example 0
   */
  upheldReports: number;

  /** How the score comes about, step by step */
  terms: TrustTermResponse[];

  /** That Muse does not arbitrate */
  @ApiProperty({ example: NO_ARBITRATION })
  disclaimer: string;
}

export class StoreTrustResponse extends TrustResponse {
  /** The store */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
}

export class UserTrustResponse extends TrustResponse {
  /** The user, as a buyer */
  @ApiProperty({ format: 'uuid' })
  userId: string;
}

export class BuyerTrustResponse extends TrustResponse {
  /** The order whose buyer it is */
  @ApiProperty({ format: 'uuid' })
  orderId: string;

  /** Whether Muse knows the buyer beyond this store: of a guest it knows nothing, of a sealed order's buyer what this store has seen */
  @ApiProperty({ enum: ['user', 'unnamed'] })
  buyer: 'user' | 'unnamed';
}
