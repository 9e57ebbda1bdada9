import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse } from '../../platform/money';
import { CHECKOUT_TIERS, type CheckoutTier } from '../../stores';
import { PLACEMENT_STATUSES } from './placement.request';

export interface PlacementRow {
  id: string;
  sessionId: string;
  sessionName: string;
  storeId: string;
  storeName: string;
  tier: CheckoutTier;
  status: (typeof PLACEMENT_STATUSES)[number];
  attempts: number;
  evidence: Record<string, unknown>[];
  outcome: Record<string, unknown> | null;
  storeStatus: string;
  totalCents: number;
  currency: string;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** One store's placement, for support: no shopper, no address. */
export class PlacementResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The checkout session */
  @ApiProperty({ format: 'uuid' })
  sessionId: string;
  /**
   * The session's name that stores and shoppers may quote
   * @example "cs_7k3qf92xtb0aw4mz"
   */
  sessionName: string;
  /** The store */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /**
   * The store's name
   * @example "Casa Luna"
   */
  storeName: string;
  /** How it was tried last */
  @ApiProperty({ enum: CHECKOUT_TIERS })
  tier: CheckoutTier;
  /** Where it stands */
  @ApiProperty({ enum: PLACEMENT_STATUSES })
  status: (typeof PLACEMENT_STATUSES)[number];
  /**
   * Where the store's part of the checkout stands
   * @example "needs_attention"
   */
  storeStatus: string;
  /** How often it was tried */
  @ApiProperty({ type: 'integer', example: 1 })
  attempts: number;
  /** What is known of each try, and of who resolved it */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  evidence: Record<string, unknown>[];
  /** What became of it */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  outcome: Record<string, unknown> | null;
  /** What the shopper agreed to at most */
  total: MoneyResponse;
  /** When it was queued */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When it was first tried */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startedAt: string | null;
  /** When it was decided */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt: string | null;

  static of({ totalCents, currency, createdAt, startedAt, finishedAt, ...row }: PlacementRow): PlacementResponse {
    return {
      ...row,
      total: { amount: totalCents, currency },
      createdAt: createdAt.toISOString(),
      startedAt: startedAt && startedAt.toISOString(),
      finishedAt: finishedAt && finishedAt.toISOString(),
    };
  }
}

export class PlacementListResponse {
  /** Newest first */
  data: PlacementResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
