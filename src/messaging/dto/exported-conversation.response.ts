import { ApiProperty } from '@nestjs/swagger';
import { ConversationResponse, MessageResponse } from './conversation.response';

export class ExportedReportResponse {
  /** The message */
  @ApiProperty({ format: 'uuid' })
  messageId: string;
  /**
   * What was wrong with it
   * @example "abuse"
   */
  reason: string;
  /** In one’s own words */
  @ApiProperty({ type: String, nullable: true, example: 'Asks me to pay outside of Muse' })
  detail: string | null;
  /** When it was reported */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

/** A conversation with everything that was said in it. */
export class ExportedConversationResponse extends ConversationResponse {
  /** The latest first */
  messages: MessageResponse[];
  /** What one reported of it */
  reports: ExportedReportResponse[];
}
