import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse } from '../../../platform/money';
import { MAIL_KINDS, type MailEvidence, type MailKind } from '../../../store-integrations';
import { FOUND_STATUSES, type FoundRow, type FoundStatus } from '../found-orders.repository';
import type { Match, MatchReason } from '../matching';
import type { MailedOrder } from '../order-picture';

const REASONS: MatchReason[] = [
  ...(['click_id', 'store', 'store_name', 'another_store_name', 'soon_after', 'in_time'] as const),
  ...(['total', 'total_close', 'total_differs', 'items', 'some_items', 'other_items'] as const),
];

export class FoundStoreResponse {
  /** What the mail calls it */
  @ApiProperty({ type: String, nullable: true, example: 'Old Navy' })
  name: string | null;
  /**
   * Whose mail it is
   * @example "oldnavy.example"
   */
  domain: string;
}

export class FoundItemResponse {
  /**
   * As the mail names it
   * @example "Linen shirt"
   */
  name: string;
  /** How many */
  @ApiProperty({ type: 'integer', example: 1 })
  quantity: number;
  /** The price of one, where the mail says it */
  @ApiProperty({ type: MoneyResponse, nullable: true })
  unitPrice: MoneyResponse | null;
}

export class FoundEvidenceResponse {
  /**
   * What was learned
   * @example "orderNumber"
   */
  of: string;
  /** How: from data made for machines, from what is known of the sender, or from the text */
  @ApiProperty({ enum: ['json_ld', 'microdata', 'rule', 'text', 'sender'], example: 'text' })
  by: MailEvidence['by'];
  /**
   * The words themselves
   * @example "Your order #1ABC234 is confirmed"
   */
  excerpt: string;
}

export class FoundCandidateResponse {
  /** The hand-off */
  @ApiProperty({ format: 'uuid' })
  handoffId: string;
  /** How well it fits, of 100 */
  @ApiProperty({ type: 'integer', example: 60 })
  score: number;
  /** Why it fits, and why not */
  @ApiProperty({ enum: REASONS, isArray: true, example: ['store', 'soon_after', 'total_close'] })
  reasons: MatchReason[];
}

/** An order at a store, as the caller’s mails tell of it. */
export class FoundOrderResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** `open`: does the caller want to follow it? `followed`: it is the order `orderId` */
  @ApiProperty({ enum: FOUND_STATUSES, example: 'open' })
  status: FoundStatus;
  /** Where it was bought */
  store: FoundStoreResponse;
  /** The store’s number */
  @ApiProperty({ type: String, nullable: true, example: '1ABC234' })
  storeOrderNumber: string | null;
  /** What it came to */
  @ApiProperty({ type: MoneyResponse, nullable: true })
  total: MoneyResponse | null;
  /** What was bought, as far as the mails say */
  items: FoundItemResponse[];
  /** What the latest mail says has happened */
  @ApiProperty({ enum: MAIL_KINDS, example: 'ordered' })
  latest: MailKind;
  /** When that was */
  @ApiProperty({ format: 'date-time' })
  latestAt: string;
  /** How sure it is that the mails say so, of 100 */
  @ApiProperty({ type: 'integer', example: 92 })
  confidence: number;
  /** Whether every one of the mails is proved to be of the store or its carrier */
  @ApiProperty({ example: true })
  isProved: boolean;
  /** What that was learned from */
  evidence: FoundEvidenceResponse[];
  /** Hand-offs that it may have been ordered from, the likeliest first */
  candidates: FoundCandidateResponse[];
  /** The order, once it is followed */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  orderId: string | null;
  /** When it was found */
  @ApiProperty({ format: 'date-time' })
  foundAt: string;

  static of(row: FoundRow, mailed: MailedOrder, candidates: Match[]): FoundOrderResponse {
    const currency = mailed.total?.currency;
    return {
      ...{ id: row.id, status: row.status, store: { name: mailed.storeName, domain: row.storeDomain } },
      storeOrderNumber: mailed.storeOrderNumber,
      total: mailed.total && { amount: mailed.total.cents, currency: mailed.total.currency },
      items: mailed.items.map(({ name, quantity, unitPriceCents }) => {
        const isPriced = unitPriceCents !== null && currency !== undefined;
        return { name, quantity, unitPrice: isPriced ? { amount: unitPriceCents, currency } : null };
      }),
      ...{ latest: mailed.latest, latestAt: mailed.latestAt.toISOString() },
      ...{ confidence: mailed.confidence, isProved: mailed.isProved },
      evidence: mailed.evidence.map(({ of, by, excerpt }) => ({ of, by, excerpt })),
      candidates,
      ...{ orderId: row.orderId, foundAt: row.foundAt.toISOString() },
    };
  }
}

export class FoundOrderListResponse {
  /** Newest first */
  data: FoundOrderResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
