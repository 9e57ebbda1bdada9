import { ApiProperty } from '@nestjs/swagger';
import type { OrderSide } from '../../orders';
import { NO_ARBITRATION } from '../disclaimer';
import { ALL_REPORT_REASONS, type ReportReason } from '../reports/report-reasons';
import {
  REPORT_ACTIONS,
  REPORT_OUTCOMES,
  REPORT_STATUSES,
  type ReportAction,
  type ReportOutcome,
  type ReportStatus,
} from '../reports/report-states';

const SIDES = ['buyer', 'merchant'] as const;

/** What somebody wrote. */
export class ReportTextResponse {
  /** Null: forgotten, with whoever wrote it */
  @ApiProperty({ type: String, nullable: true, example: 'The parcel was empty, and nobody answers.' })
  words: string | null;

  /** What shows it; empty where nothing was given, or it is forgotten */
  @ApiProperty({ type: [String], example: ['https://pictures.example/parcel.jpg'] })
  evidenceUrls: string[];

  /** When */
  @ApiProperty({ format: 'date-time' })
  at: string;
}

/** What support decided. */
export class ReportDecisionResponse {
  /** Whether the report holds */
  @ApiProperty({ enum: REPORT_OUTCOMES })
  outcome: ReportOutcome;

  /**
   * Why
   * @example "The carrier says that it was delivered to another address."
   */
  words: string;

  /** When */
  @ApiProperty({ format: 'date-time' })
  at: string;
}

/** An appeal against the first decision. */
export class ReportAppealResponse {
  /** Whose */
  @ApiProperty({ enum: SIDES })
  side: OrderSide;

  /** Null: forgotten, with whoever wrote it */
  @ApiProperty({ type: String, nullable: true, example: 'The signature is not mine.' })
  words: string | null;

  /** When */
  @ApiProperty({ format: 'date-time' })
  at: string;

  /** What came of it; null: not decided yet */
  @ApiProperty({ type: ReportDecisionResponse, nullable: true })
  decision: ReportDecisionResponse | null;
}

/** What one side of an order reports about the other, and what became of it. */
export class ReportResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;

  /** The order that both share */
  @ApiProperty({ format: 'uuid' })
  orderId: string;

  /** The order's store */
  @ApiProperty({ format: 'uuid' })
  storeId: string;

  /** Who reports; the other side is reported */
  @ApiProperty({ enum: SIDES })
  side: OrderSide;

  /** What for */
  @ApiProperty({ enum: ALL_REPORT_REASONS })
  reason: ReportReason;

  /** open: the other side may answer; decided: may be appealed; final: after an appeal */
  @ApiProperty({ enum: REPORT_STATUSES })
  status: ReportStatus;

  /** As things stand; null: not decided */
  @ApiProperty({ enum: REPORT_OUTCOMES, type: String, nullable: true })
  outcome: ReportOutcome | null;

  /** What the reporter says */
  report: ReportTextResponse;

  /** What the other side says to it */
  @ApiProperty({ type: ReportTextResponse, nullable: true })
  answer: ReportTextResponse | null;

  /** Until then nothing is upheld that is not answered */
  @ApiProperty({ format: 'date-time' })
  answerUntil: string;

  /** The first decision */
  @ApiProperty({ type: ReportDecisionResponse, nullable: true })
  decision: ReportDecisionResponse | null;

  /** Until then the side that lost may appeal; null: not decided */
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  appealUntil: string | null;

  /** The appeal against it */
  @ApiProperty({ type: ReportAppealResponse, nullable: true })
  appeal: ReportAppealResponse | null;

  /** What the caller may do about it now */
  @ApiProperty({ enum: REPORT_ACTIONS, isArray: true, example: ['withdraw'] })
  allowedActions: ReportAction[];

  /** When it was filed */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  /** That Muse does not arbitrate */
  @ApiProperty({ example: NO_ARBITRATION })
  disclaimer: string;
}

export class ReportListResponse {
  /** Newest first */
  data: ReportResponse[];

  /** Where the next page begins; null: this is the last */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class OrderReportsResponse {
  /** Newest first */
  data: ReportResponse[];
}
