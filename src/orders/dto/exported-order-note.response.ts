import { ApiProperty } from '@nestjs/swagger';

/** What a merchant noted about an order. */
export class ExportedOrderNoteResponse {
  /** The order that it is about */
  @ApiProperty({ format: 'uuid' })
  orderId: string;
  /**
   * What it says; null where its key went with the buyer
   * @example "Picks it up on Friday"
   */
  @ApiProperty({ type: String, nullable: true })
  body: string | null;
  /** When it was written */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}
