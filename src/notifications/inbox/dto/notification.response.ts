import { ApiProperty } from '@nestjs/swagger';
import type { Language } from '../../../platform/http';
import { MoneyResponse } from '../../../platform/money';
import type { NotificationRow } from '../inbox.repository';
import { TARGETS, type Target } from '../news';
import { KINDS, worded } from '../words';

export class NotificationTargetResponse {
  /** What it leads to */
  @ApiProperty({ enum: TARGETS, example: 'order' })
  kind: Target;
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The store, where the caller is told as its merchant: look below /merchant/stores/{storeId} */
  @ApiProperty({ format: 'uuid', required: false })
  storeId?: string;
  /** The order that a return, change or report is about */
  @ApiProperty({ format: 'uuid', required: false })
  orderId?: string;
}

export class NotificationParamsResponse {
  /**
   * The number of the order
   * @example "M-7K3QF-92XTB"
   */
  orderNumber?: string;
  /** How much it is about: what was paid, what comes back, what it costs now */
  amount?: MoneyResponse;
  /** What it was before */
  was?: MoneyResponse;
  /** How many are left to sell */
  @ApiProperty({ type: 'integer', required: false, example: 3 })
  available?: number;
  /** At how many the store is told */
  @ApiProperty({ type: 'integer', required: false, example: 5 })
  threshold?: number;
  /**
   * State before
   * @example "pending"
   */
  from?: string;
  /**
   * State after
   * @example "confirmed"
   */
  to?: string;
  /**
   * Why, as a code
   * @example "card_declined"
   */
  code?: string;
}

export class NotificationResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Counts up by one for each caller; the id of the event in the stream */
  @ApiProperty({ type: 'integer', format: 'int64', example: 42 })
  sequence: number;
  /**
   * What happened; new kinds may come, so show title and body of those that you do not know
   * @example "order_shipped"
   */
  @ApiProperty({ description: `What happened: ${KINDS.join(', ')}. New kinds may come: show title and body of any` })
  kind: string;
  /**
   * What happened, in words
   * @example "Order M-7K3QF-92XTB is on its way"
   */
  title: string;
  /**
   * A little more; may be empty
   * @example "Casa Lola has sent a parcel to you."
   */
  body: string;
  /** Where it leads */
  target: NotificationTargetResponse;
  /** What the words are made of, for clients that have their own */
  params: NotificationParamsResponse;
  /** When the caller read it; null while unread */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readAt: string | null;
  /** When it was told */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  static of(row: NotificationRow, language: Language): NotificationResponse {
    const { id, sequence, kind, params, readAt, createdAt } = row;
    const side = row.asMerchant ? 'merchant' : 'buyer';
    const goods = goodsOf(row);
    return {
      ...{ id, sequence, kind },
      ...worded(language, kind, { ...params, side, store: row.storeName ?? 'Muse', goods }),
      target: targetOf(row),
      params,
      readAt: readAt && readAt.toISOString(),
      createdAt: createdAt.toISOString(),
    };
  }
}

function targetOf({ targetKind, targetId, asMerchant, storeId, orderId }: NotificationRow): NotificationTargetResponse {
  return {
    ...{ kind: targetKind, id: targetId },
    ...(asMerchant && storeId !== null && { storeId }),
    ...(targetKind !== 'order' && orderId !== null && { orderId }),
  };
}

function goodsOf({ product, size, color }: NotificationRow): string {
  const kind = [size, color].filter(Boolean).join(', ');
  return product === null ? '' : kind ? `${product} (${kind})` : product;
}

export class NotificationListResponse {
  /** Newest first */
  data: NotificationResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class UnreadNotificationsResponse {
  /** How many the caller has not read; of more than 500 the oldest are dropped */
  @ApiProperty({ type: 'integer', example: 3 })
  unread: number;
}

export class ReadNotificationsResponse extends UnreadNotificationsResponse {
  /** How many were marked read by this */
  @ApiProperty({ type: 'integer', example: 7 })
  marked: number;
}
