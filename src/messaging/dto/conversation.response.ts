import { ApiProperty } from '@nestjs/swagger';
import { JweResponse } from '../../orders';
import { MoneyResponse, money } from '../../platform/money';
import {
  MESSAGE_KINDS,
  SIDES,
  type ConversationRow,
  type Jwe,
  type MessageKind,
  type MessageRow,
  type Side,
  type ThreadEvent,
} from '../conversation-row';

export class ConversationStoreResponse {
  /** The store's id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * The store's name
   * @example "Casa Lola"
   */
  name: string;
}

export class ConversationBuyerResponse {
  /** A guest has no account, and a sealed one no name that Muse knows */
  @ApiProperty({ enum: ['user', 'guest', 'sealed'] })
  kind: 'user' | 'guest' | 'sealed';
  /** As the buyer wants to be called */
  @ApiProperty({ type: String, nullable: true, example: 'Ana' })
  name: string | null;
}

export class ConversationOrderResponse {
  /** The order's id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * Its number
   * @example "M-7K3QF-92XTB"
   */
  number: string;
  /**
   * Where it stands
   * @example "pending"
   */
  status: string;
}

export class MessageItemResponse {
  /**
   * As it is called
   * @example "Linen shirt"
   */
  productName: string;
  /** The store's SKU */
  @ApiProperty({ type: String, nullable: true, example: 'SHIRT-M' })
  productSku: string | null;
  /** Size */
  @ApiProperty({ type: String, nullable: true, example: 'M' })
  size: string | null;
  /** Colour */
  @ApiProperty({ type: String, nullable: true, example: 'red' })
  color: string | null;
  /** How many */
  @ApiProperty({ type: 'integer', example: 2 })
  quantity: number;
  /** Of one */
  unitPrice: MoneyResponse;
  /** Of all */
  lineTotal: MoneyResponse;
}

/** What was ordered, or asked about, as it was then. */
export class MessageSummaryResponse {
  /** The order; null where the store was only asked */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  orderId: string | null;
  /** Its number */
  @ApiProperty({ type: String, nullable: true, example: 'M-7K3QF-92XTB' })
  number: string | null;
  /** What */
  items: MessageItemResponse[];
  /** Everything, delivery too */
  total: MoneyResponse;
}

export class MessageResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Its place in the conversation, from 1; joined conversations are numbered anew */
  @ApiProperty({ type: 'integer', example: 4 })
  seq: number;
  /** Who said it */
  @ApiProperty({ enum: [...SIDES, 'system'] })
  side: Side | 'system';
  /** text; order: what was ordered, with the buyer's note; inquiry: goods that the store is asked about; system: what happened to an order, or to a key */
  @ApiProperty({ enum: MESSAGE_KINDS })
  kind: MessageKind;
  /** Plain text */
  @ApiProperty({ type: String, nullable: true, example: 'Do you have it in red?' })
  body: string | null;
  /** Sealed by its sender, for those with the key */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  jwe: Jwe | null;
  /** Whether there was a text, which went with its buyer's account */
  erased: boolean;
  /** Of an order or inquiry */
  @ApiProperty({ type: MessageSummaryResponse, nullable: true })
  summary: MessageSummaryResponse | null;
  /** Of kind system: the type of the event, such as order.shipped, when it occurred, its order, and codes, ids and amounts. conversation.key_changed: `side` has another key (`code`: replaced) or none (retired); read its keys again before you seal, and have it confirmed */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    example: { type: 'order.shipped', occurredAt: '2026-11-22T10:15:30.000Z', carrier: 'UPS' },
  })
  event: ThreadEvent | null;
  /** When it was said */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  /** `words`: as MessageWriter.open gives them. */
  static of(row: MessageRow, words: string | null | undefined): MessageResponse {
    const { id, seq, side, kind, jwe, orderId, event, createdAt } = row;
    return {
      ...{ id, seq, side, kind, body: words ?? null, jwe, erased: words === undefined },
      summary: summaryOf(row),
      event: event && { ...event, ...(orderId !== null && { orderId }) },
      createdAt: createdAt.toISOString(),
    };
  }
}

function summaryOf({ orderId, summary }: MessageRow): MessageSummaryResponse | null {
  if (!summary) return null;
  const { number, currency, totalCents, items } = summary;
  return {
    ...{ orderId, number, total: money(totalCents, currency) },
    items: items.map(({ unitPriceCents, totalPriceCents, ...item }) => ({
      ...item,
      unitPrice: money(unitPriceCents, currency),
      lineTotal: money(totalPriceCents, currency),
    })),
  };
}

export class ReadMarksResponse {
  /** The place of the last message that the buyer has read; 0: none */
  @ApiProperty({ type: 'integer', example: 4 })
  buyer: number;
  /** The same of the merchant */
  @ApiProperty({ type: 'integer', example: 3 })
  merchant: number;
}

const STATUSES = ['open', 'blocked', 'closed'] as const;

/** What one buyer and one merchant store say to each other. */
export class ConversationResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The store */
  store: ConversationStoreResponse;
  /** Who asks and buys */
  buyer: ConversationBuyerResponse;
  /** Whether all words in it are sealed by their senders */
  sealed: boolean;
  /** blocked: one side has had enough; closed: one side is no longer there. Then nobody can write in it */
  @ApiProperty({ enum: STATUSES })
  status: (typeof STATUSES)[number];
  /** Who has blocked the other */
  @ApiProperty({ enum: SIDES, isArray: true })
  blockedBy: Side[];
  /** The orders that it is about, the latest 20, newest first */
  orders: ConversationOrderResponse[];
  /** How many messages the reader has not read */
  @ApiProperty({ type: 'integer', example: 1 })
  unread: number;
  /** Up to where each side has read */
  readUpTo: ReadMarksResponse;
  /** The latest message */
  @ApiProperty({ type: MessageResponse, nullable: true })
  lastMessage: MessageResponse | null;
  /** When that was */
  @ApiProperty({ format: 'date-time' })
  lastMessageAt: string;
  /** When it was opened */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** Counts its changes */
  @ApiProperty({ type: 'integer', example: 5 })
  version: number;

  /** As one side sees it; `words`: those of the latest message. */
  static of(row: ConversationRow, reader: Side, words: string | null | undefined): ConversationResponse {
    const { id, storeId, storeName, buyerKind, buyerName, sealed, orders, latest, version } = row;
    return {
      ...{ id, store: { id: storeId, name: storeName }, buyer: { kind: buyerKind, name: buyerName }, sealed },
      ...{ status: statusOf(row), blockedBy: blockedBy(row), orders },
      unread: reader === 'buyer' ? row.forBuyer - row.buyerRead : row.forMerchant - row.merchantRead,
      readUpTo: { buyer: row.buyerReadSeq, merchant: row.merchantReadSeq },
      lastMessage: latest && MessageResponse.of(latest, words),
      lastMessageAt: row.lastMessageAt.toISOString(),
      createdAt: row.createdAt.toISOString(),
      version,
    };
  }
}

function statusOf({ closed, storeOpen, buyerBlocked, merchantBlocked }: ConversationRow): (typeof STATUSES)[number] {
  if (closed || !storeOpen) return 'closed';
  return buyerBlocked || merchantBlocked ? 'blocked' : 'open';
}

export function blockedBy({ buyerBlocked, merchantBlocked }: ConversationRow): Side[] {
  return [...(buyerBlocked ? (['buyer'] as const) : []), ...(merchantBlocked ? (['merchant'] as const) : [])];
}

export class ConversationListResponse {
  /** The one with the latest message first */
  data: ConversationResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class MessageListResponse {
  /** The latest first */
  data: MessageResponse[];
  /** Where the next page begins, with what was said before; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

/** A conversation and what was said last in it. */
export class ConversationNowResponse extends ConversationResponse {
  /** Its latest 20 messages, the latest first */
  messages: MessageResponse[];
}

export class UnreadResponse {
  /** How many messages, in at most 1,000 conversations */
  @ApiProperty({ type: 'integer', example: 3 })
  messages: number;
  /** In how many conversations; 1,000: so many or more */
  @ApiProperty({ type: 'integer', example: 2 })
  conversations: number;
}

/** Links to conversations, for the holder of the store's key. */
export class SealedLinksResponse {
  /**
   * Sealed for the active key of the store, which is named by kid, and bound to ["muse", store, store, "storeLinks"]: `links`, the
   * newest 20 conversations of the store, each with `conversationId` and a `token` that is used as the one of a mailed link;
   * and a `padding` that hides how many there are
   */
  sealed: JweResponse;
}

export class MessageReportResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The message */
  @ApiProperty({ format: 'uuid' })
  messageId: string;
  /**
   * What is wrong with it
   * @example "abuse"
   */
  reason: string;
  /** When it was reported */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  static of(row: { id: string; messageId: string; reason: string; createdAt: Date }): MessageReportResponse {
    return { ...row, createdAt: row.createdAt.toISOString() };
  }
}
