import { IsIn, IsOptional } from 'class-validator';
import { PageRequest } from '../../platform/http';

export const PLACEMENT_STATUSES = ['gated', 'queued', 'running', 'done', 'needs_attention'] as const;

export class ListPlacementsRequest extends PageRequest {
  /**
   * Only those in this state
   * @example "needs_attention"
   */
  @IsOptional()
  @IsIn(PLACEMENT_STATUSES)
  status?: (typeof PLACEMENT_STATUSES)[number];
}
