import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min, ValidateIf } from 'class-validator';

/** Most units of one variant: far from where an integer column ends. */
export const MAX_ON_HAND = 100_000_000;

/** Either `onHand` (a count) or `adjust` (a correction), and beside either a new buffer or threshold. */
export class SetStockRequest {
  /**
   * Units in the store, counted
   * @example 40
   */
  @ValidateIf((body: SetStockRequest) => body.onHand !== undefined || body.adjust === undefined)
  @IsInt()
  @Min(0)
  @Max(MAX_ON_HAND)
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: MAX_ON_HAND, example: 40 })
  onHand?: number;

  /** Units more (or, negative, fewer) than now; safe beside sales under way */
  @ValidateIf((body: SetStockRequest) => body.adjust !== undefined)
  @IsInt()
  @Min(-MAX_ON_HAND)
  @Max(MAX_ON_HAND)
  @ApiPropertyOptional({ type: 'integer', minimum: -MAX_ON_HAND, maximum: MAX_ON_HAND, example: -2 })
  adjust?: number;

  /**
   * Units never sold online; left out: as it is
   * @example 2
   */
  @ValidateIf((body: SetStockRequest) => body.buffer !== undefined)
  @IsInt()
  @Min(0)
  @Max(MAX_ON_HAND)
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: MAX_ON_HAND, example: 2 })
  buffer?: number;

  /**
   * Stock at which the merchant wants to know; null: never; left out: as it is
   * @example 5
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_ON_HAND)
  @ApiPropertyOptional({ type: 'integer', nullable: true, minimum: 0, maximum: MAX_ON_HAND, example: 5 })
  alertThreshold?: number | null;
}
