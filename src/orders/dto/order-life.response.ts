import { ApiProperty } from '@nestjs/swagger';
import { ORDER_STATUSES, PAYMENT_STATUSES, type OrderStatus, type PaymentStatus } from '../order-states';
import type { OrderResponse } from './order.response';

/** A private note of the merchant. */
export class OrderNoteResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * What it says
   * @example "Picks it up on Friday"
   */
  body: string;
  /** When it was written */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  static of({ id, createdAt }: { id: string; createdAt: Date }, body: string): OrderNoteResponse {
    return { id, body, createdAt: createdAt.toISOString() };
  }
}

export class OrderNoteListResponse {
  /** Oldest first */
  data: OrderNoteResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

/** How many orders of a store stand where. */
export class OrderCountsResponse {
  /** All of them */
  @ApiProperty({ type: 'integer', example: 12 })
  total: number;
  /** By state; every state is there */
  @ApiProperty({
    type: 'object',
    properties: Object.fromEntries(ORDER_STATUSES.map((status) => [status, { type: 'integer' }])),
    required: [...ORDER_STATUSES],
    additionalProperties: false,
    example: Object.fromEntries(ORDER_STATUSES.map((status) => [status, status === 'pending' ? 3 : 0])),
  })
  byStatus: Record<OrderStatus, number>;

  static of(rows: { status: OrderStatus; count: number }[]): OrderCountsResponse {
    const byStatus = Object.fromEntries(ORDER_STATUSES.map((status) => [status, 0])) as Record<OrderStatus, number>;
    for (const { status, count } of rows) byStatus[status] = count;
    return { total: rows.reduce((sum, { count }) => sum + count, 0), byStatus };
  }
}

/** Where an order stands that was put there by hand; nothing of its buyer. */
export class OverriddenOrderResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * For people; Muse's own
   * @example "M-7K3QF-92XTB"
   */
  number: string;
  /** The store that it is of */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /** Where it stands */
  @ApiProperty({ enum: ORDER_STATUSES })
  status: OrderStatus;
  /** Where its money stands */
  @ApiProperty({ enum: PAYMENT_STATUSES })
  paymentStatus: PaymentStatus;
  /** Counts the changes */
  @ApiProperty({ type: 'integer', example: 3 })
  version: number;

  static of({ id, number, store, status, paymentStatus, version }: OrderResponse): OverriddenOrderResponse {
    return { id, number, storeId: store.id, status, paymentStatus, version };
  }
}
