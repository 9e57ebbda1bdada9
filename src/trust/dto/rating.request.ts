import { IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';
import { NullIsAbsent, Trimmed } from '../../platform/http';

/** What one side thinks of the other. */
export class RateRequest {
  /**
   * 1 (bad) to 5 (good)
   * @example 5
   */
  @IsInt()
  @Min(1)
  @Max(5)
  stars: number;

  /**
   * In words; left out, none stay
   * @example "Quick, and well packed."
   */
  @NullIsAbsent()
  @IsOptional()
  @Trimmed()
  @IsString()
  @MinLength(1)
  @MaxLength(1000)
  words?: string;
}
