import { ApiProperty } from '@nestjs/swagger';

/** A mail that was sent, or was to be: of its words nothing is kept once it is. */
export class ExportedMailResponse {
  /**
   * What it told of
   * @example "order_placed"
   */
  kind: string;
  /** What became of it */
  @ApiProperty({ enum: ['queued', 'sent', 'refused', 'given_up', 'withdrawn'] })
  status: string;
  /** When it was written */
  createdAt: Date;
  /** When it was taken by the mail server */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  sentAt: Date | null;
}
