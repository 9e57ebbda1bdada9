import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse } from '../../../platform/money';
import {
  CONDITIONS,
  RETURN_KINDS,
  RETURN_STATUSES,
  RETURN_TRANSITIONS,
  returnActions,
  type Condition,
  type ReturnAction,
  type ReturnKind,
  type ReturnStatus,
} from '../return-states';
import type { ShownReturn } from '../returns.repository';

const ACTIONS = Object.keys(RETURN_TRANSITIONS) as ReturnAction[];

/** What a buyer said of each item. */
export type SaidOfItems = Record<string, { reason: string; photoUrls: string[] }>;

export class ReturnItemResponse {
  /** The order's item */
  @ApiProperty({ format: 'uuid' })
  itemId: string;
  /** How many units */
  @ApiProperty({ type: 'integer', example: 1 })
  quantity: number;
  /**
   * Why; empty once the buyer is forgotten
   * @example "Too small"
   */
  reason: string;
  /**
   * Photos
   * @example ["https://photos.example/1.jpg"]
   */
  photoUrls: string[];
  /** How many came */
  @ApiProperty({ type: 'integer', example: 1 })
  quantityReceived: number;
  /** How many of them are in stock again */
  @ApiProperty({ type: 'integer', example: 1 })
  quantityRestocked: number;
  /** In which condition they came */
  @ApiProperty({ enum: CONDITIONS, nullable: true })
  condition: Condition | null;
}

export class ExchangeItemResponse {
  /** The variant */
  @ApiProperty({ format: 'uuid' })
  variantId: string;
  /**
   * What it is called
   * @example "Leather Boots"
   */
  productName: string;
  /** Its size */
  @ApiProperty({ type: String, nullable: true, example: '9' })
  size: string | null;
  /** Its colour */
  @ApiProperty({ type: String, nullable: true, example: 'brown' })
  color: string | null;
  /** How many */
  @ApiProperty({ type: 'integer', example: 1 })
  quantity: number;
  /** The price of one, as it was when the exchange was asked for */
  unitPrice: MoneyResponse;
}

export class ReturnParcelResponse {
  /**
   * Who carries it
   * @example "UPS"
   */
  carrier: string;
  /**
   * The carrier's number
   * @example "1Z999AA10123456784"
   */
  trackingNumber: string;
  /** Where it can be followed */
  @ApiProperty({ type: String, nullable: true, example: 'https://www.ups.com/track?tracknum=1Z999AA10123456784' })
  trackingUrl: string | null;
}

/** Items that a buyer sends back, or would like to. */
export class ReturnResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The order it is of */
  @ApiProperty({ format: 'uuid' })
  orderId: string;
  /** For money, or for other goods */
  @ApiProperty({ enum: RETURN_KINDS })
  kind: ReturnKind;
  /** Where it stands. Once received: refunded when its money is back, exchanged, or closed where there is nothing to give back; at a partner store the store says on */
  @ApiProperty({ enum: RETURN_STATUSES })
  status: ReturnStatus;
  /** What goes back */
  items: ReturnItemResponse[];
  /** Of an exchange: what for */
  exchangeFor: ExchangeItemResponse[];
  /** The order by which it was replaced */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  exchangeOrderId: string | null;
  /** What the merchant said: where to, or why not */
  @ApiProperty({ type: String, nullable: true, example: 'Please send it to the address on the invoice' })
  answer: string | null;
  /** How the buyer sent it */
  @ApiProperty({ type: ReturnParcelResponse, nullable: true })
  parcel: ReturnParcelResponse | null;
  /** What goes back for it in money; it is there once the status is refunded */
  refund: MoneyResponse;
  /** What the reader may do with it now */
  @ApiProperty({ enum: ACTIONS, isArray: true })
  allowedActions: ReturnAction[];
  /** When it was asked for */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When the merchant approved or refused it */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  decidedAt: string | null;
  /** When the goods came */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  receivedAt: string | null;
  /** When it was over */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endedAt: string | null;
  /** Counts the steps; also the ETag */
  @ApiProperty({ type: 'integer', example: 1 })
  version: number;

  static of(
    row: ShownReturn,
    opened: { words: SaidOfItems | null; answer: string | null; parcel: ReturnParcelResponse | null },
    reader: 'buyer' | 'merchant' | 'link',
  ): ReturnResponse {
    const { currency } = row;
    return {
      ...{ id: row.id, orderId: row.orderId, kind: row.kind, status: row.status },
      items: row.items.map((item) => ({
        itemId: item.itemId,
        quantity: item.quantity,
        reason: opened.words?.[item.itemId]?.reason ?? item.reason,
        photoUrls: opened.words?.[item.itemId]?.photoUrls ?? [],
        quantityReceived: item.quantityReceived,
        quantityRestocked: item.quantityRestocked,
        condition: item.condition,
      })),
      exchangeFor: (row.exchangeFor ?? []).map(({ variantId, productName, size, color, quantity, unitPriceCents }) => ({
        ...{ variantId, productName, size, color, quantity },
        unitPrice: { amount: unitPriceCents, currency },
      })),
      exchangeOrderId: row.exchangeOrderId,
      answer: opened.answer,
      parcel: opened.parcel,
      refund: { amount: row.refundCents, currency },
      allowedActions: actionsOf(row, reader),
      createdAt: row.createdAt.toISOString(),
      decidedAt: row.decidedAt && row.decidedAt.toISOString(),
      receivedAt: row.receivedAt && row.receivedAt.toISOString(),
      endedAt: row.endedAt && row.endedAt.toISOString(),
      version: row.version,
    };
  }
}

export class ReturnListResponse {
  /** In order: of an order oldest first, of a store newest first */
  data: ReturnResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

function actionsOf({ status, isAtStore }: ShownReturn, reader: 'buyer' | 'merchant' | 'link'): ReturnAction[] {
  // A link is to look at.
  if (reader === 'link') return [];
  // What a store was asked to take back, it is not asked to forget.
  return returnActions(reader, status).filter((action) => !isAtStore || action === 'send');
}
