import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

export const toNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;

/** What every list takes. */
export class PageRequest {
  /**
   * How many at most, 1 to 100
   * @example 20
   */
  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  /** The nextCursor of the page before */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  cursor?: string;
}
