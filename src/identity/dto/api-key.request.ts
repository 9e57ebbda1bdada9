import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsIn, IsInt, IsString, Length, Max, Min } from 'class-validator';
import { Trimmed } from '../../platform/http';
import { SCOPES, type Scope } from '../api-keys/scopes';

const YEAR = 365;
const DAY_SECONDS = 86_400;

export class MakeApiKeyRequest {
  /**
   * What it is for
   * @example "Warehouse sync"
   */
  @Trimmed()
  @IsString()
  @Length(1, 100)
  name: string;

  /** What it may do */
  @ApiProperty({
    enum: SCOPES,
    isArray: true,
    minItems: 1,
    maxItems: SCOPES.length,
    example: ['merchant', 'catalog:read'],
  })
  @IsIn(SCOPES, { each: true })
  @ArrayMinSize(1)
  @ArrayMaxSize(SCOPES.length)
  scopes: Scope[];

  /** Days that it lives, unless it is rotated, which gives it as many again */
  @ApiProperty({ type: 'integer', required: false, minimum: 1, maximum: 2 * YEAR, default: YEAR, example: 90 })
  @IsInt()
  @Min(1)
  @Max(2 * YEAR)
  expiresInDays: number = YEAR;
}

export class RotateApiKeyRequest {
  /** Seconds that the one before is taken as well; 0 ends it at once */
  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 0,
    maximum: 7 * DAY_SECONDS,
    default: DAY_SECONDS,
    example: 3600,
  })
  @IsInt()
  @Min(0)
  @Max(7 * DAY_SECONDS)
  graceSeconds: number = DAY_SECONDS;
}
