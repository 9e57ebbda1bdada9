import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import { NullIsAbsent, PageRequest } from '../../../platform/http';

const toBoolean = ({ value }: { value: unknown }): unknown => ({ true: true, false: false })[String(value)] ?? value;

/** Which notifications to list. */
export class ListNotificationsRequest extends PageRequest {
  /**
   * Only those that are not read
   * @example true
   */
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  unread: boolean = false;
}

/** Up to where to mark as read. */
export class ReadNotificationsRequest {
  /** The newest `sequence` that was shown: what came after it stays unread. Without it all are read */
  @NullIsAbsent()
  @IsOptional()
  @ApiProperty({ type: 'integer', format: 'int64', required: false, example: 42 })
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  upTo?: number;
}
