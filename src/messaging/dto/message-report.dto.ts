import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { PageRequest } from '../../platform/http';
import { SIDES, type MessageRow, type Side } from '../conversation-row';
import type { ReportRow } from '../message-reports';
import { MessageResponse } from './conversation.response';

const REPORT_OUTCOMES = ['upheld', 'dismissed'] as const;

export class ListReportsRequest extends PageRequest {
  /**
   * Those that nobody has looked at, or the others
   * @example "open"
   */
  @IsOptional()
  @IsIn(['open', 'closed'])
  status?: 'open' | 'closed';
}

export class CloseReportRequest {
  /**
   * Whether the message was wrong
   * @example "upheld"
   */
  @IsIn(REPORT_OUTCOMES)
  outcome: (typeof REPORT_OUTCOMES)[number];
}

/** A reported message, for support. */
export class ReportedMessageResponse {
  /** The report's id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Which side reported it */
  @ApiProperty({ enum: SIDES })
  reportedBy: Side;
  /**
   * What is wrong with it
   * @example "abuse"
   */
  reason: string;
  /** In the reporter's words */
  @ApiProperty({ type: String, nullable: true, example: 'Asks me to pay outside of Muse' })
  detail: string | null;
  /** The conversation that it stands in */
  @ApiProperty({ format: 'uuid' })
  conversationId: string;
  /** Whose conversation that is */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /** The message */
  message: MessageResponse;
  /** When it was reported */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When support closed it */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  closedAt: string | null;
  /** What support found */
  @ApiProperty({ enum: [...REPORT_OUTCOMES, null], type: String, nullable: true })
  outcome: (typeof REPORT_OUTCOMES)[number] | null;

  /** `words`: as MessageWriter.open gives them. */
  static of(
    row: ReportRow,
    detail: string | null,
    message: MessageRow,
    words: string | null | undefined,
  ): ReportedMessageResponse {
    const { id, reportedBy, reason, conversationId, storeId, reportedAt, closedAt, outcome } = row;
    return {
      ...{ id, reportedBy, reason, detail, conversationId, storeId, message: MessageResponse.of(message, words) },
      ...{ createdAt: reportedAt.toISOString(), closedAt: closedAt && closedAt.toISOString(), outcome },
    };
  }
}

export class ReportedMessageListResponse {
  /** The oldest first */
  data: ReportedMessageResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
