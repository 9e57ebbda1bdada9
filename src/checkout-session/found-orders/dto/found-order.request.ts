import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { NullIsAbsent, PageRequest } from '../../../platform/http';
import { FOUND_STATUSES, type FoundStatus } from '../found-orders.repository';

export class ListFoundOrdersRequest extends PageRequest {
  /**
   * Only those that stand so
   * @example "open"
   */
  @IsOptional()
  @IsIn(FOUND_STATUSES)
  status: FoundStatus = 'open';
}

export class FollowFoundOrderRequest {
  /**
   * The filled cart that it was ordered from, one of `candidates` or any other that waits; without it the order is one of its own
   * @example "019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsUUID()
  handoffId?: string;
}
