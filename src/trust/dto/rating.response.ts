import { ApiProperty } from '@nestjs/swagger';
import { NO_ARBITRATION } from '../disclaimer';

/** A rating, as who may see it does. */
export class RatingResponse {
  /**
   * 1 (bad) to 5 (good)
   * @example 5
   */
  stars: number;

  /** Null: none were given, or they are forgotten with whoever wrote them */
  @ApiProperty({ type: String, nullable: true, example: 'Quick, and well packed.' })
  words: string | null;

  /** When it was given, or changed last */
  @ApiProperty({ format: 'date-time' })
  at: string;
}

/** The ratings of one order, as one of its sides sees them. */
export class OrderRatingsResponse {
  /** The order */
  @ApiProperty({ format: 'uuid' })
  orderId: string;

  /** One's own */
  @ApiProperty({ type: RatingResponse, nullable: true })
  yours: RatingResponse | null;

  /** The other side's; null until both are in or the time is over, whether there is one or not */
  @ApiProperty({ type: RatingResponse, nullable: true })
  theirs: RatingResponse | null;

  /** Whether one may rate, or change what one gave, now */
  open: boolean;

  /** Until when both sides may rate; null: the order is not completed */
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  closesAt: string | null;

  /** Since when both can be seen and count; null: not yet */
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  shownAt: string | null;

  /** That Muse does not arbitrate */
  @ApiProperty({ example: NO_ARBITRATION })
  disclaimer: string;
}
