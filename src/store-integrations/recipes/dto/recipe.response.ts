import { ApiProperty } from '@nestjs/swagger';
import { FLOWS, type FlowName } from '../recipe';
import type { RecipeStatus } from '../recipes';

export const RECIPE_STATUSES: RecipeStatus[] = ['draft', 'active', 'retired'];

/** One version of a store's recipe, without what stands in it. */
export class RecipeVersionResponse {
  /** Counts the versions of the store */
  @ApiProperty({ type: 'integer', example: 2 })
  version: number;

  /** The active one is what runs read; one at a time */
  @ApiProperty({ enum: RECIPE_STATUSES, example: 'active' })
  status: RecipeStatus;

  /** What it says how to do */
  @ApiProperty({ enum: Object.keys(FLOWS), isArray: true, example: ['signIn', 'quote', 'place', 'orderList'] })
  flows: FlowName[];

  /** The admin who made it; null: it came with Muse */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  madeBy: string | null;

  /** When it was made */
  madeAt: Date;

  /** When it was last made the active one */
  @ApiProperty({ type: Date, nullable: true })
  activatedAt: Date | null;
}

export class RecipeVersionsResponse {
  /** The newest first, a hundred at most */
  data: RecipeVersionResponse[];
}

/** One version of a store's recipe, whole. */
export class RecipeResponse extends RecipeVersionResponse {
  /** The recipe */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { format: 1, origin: 'https://shop.example' } })
  recipe: Record<string, unknown>;
}
