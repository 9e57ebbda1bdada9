import { ApiProperty } from '@nestjs/swagger';
import type { RefundRow } from '../../payments';
import { MoneyResponse } from '../../platform/money';

const STATUSES = ['pending', 'succeeded', 'failed'] as const;

export class RefundItemResponse {
  /** The order's item */
  @ApiProperty({ format: 'uuid' })
  itemId: string;
  /**
   * How many units
   * @example 1
   */
  quantity: number;
}

/** Money of an order that goes back to its buyer. */
export class RefundResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The order it is of */
  @ApiProperty({ format: 'uuid' })
  orderId: string;
  /** How much */
  amount: MoneyResponse;
  /**
   * Why: what was said, or a code: return_received, order_cancelled, order_changed; by_merchant, by_support, by_admin where what they said is no longer kept
   * @example "Arrived broken"
   */
  reason: string;
  /** For which units, where it was asked for so; empty for an amount */
  items: RefundItemResponse[];
  /** Who asked for it */
  @ApiProperty({ enum: ['buyer', 'merchant', 'system', 'support', 'admin'] })
  by: string;
  /** Whether the payment provider has done it */
  @ApiProperty({ enum: STATUSES })
  status: (typeof STATUSES)[number];
  /** When it was asked for */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  /** `said`: the words of whoever asked, as far as they are kept. */
  static of(row: RefundRow, currency: string, said?: string | null): RefundResponse {
    return {
      id: row.id,
      orderId: row.orderId,
      amount: { amount: row.amountCents, currency },
      reason: said ?? row.reason,
      items: row.items as RefundItemResponse[],
      by: row.byKind,
      status: row.status,
      createdAt: row.createdAt.toISOString(),
    };
  }
}

export class RefundListResponse {
  /** Oldest first */
  data: RefundResponse[];
}
