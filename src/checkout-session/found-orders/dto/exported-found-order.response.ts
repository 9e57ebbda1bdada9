import { ApiProperty } from '@nestjs/swagger';
import { FOUND_STATUSES, type FoundRow, type FoundStatus } from '../found-orders.repository';

/** An order that mails told of; what they said is among the mail findings. */
export class ExportedFoundOrderResponse {
  /**
   * Where it was bought
   * @example "oldnavy.example"
   */
  storeDomain: string;
  /** What became of it */
  @ApiProperty({ enum: FOUND_STATUSES, example: 'followed' })
  status: FoundStatus;
  /** The order that it is */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  orderId: string | null;
  /** When it was found */
  @ApiProperty({ format: 'date-time' })
  foundAt: string;

  static of({ storeDomain, status, orderId, foundAt }: FoundRow): ExportedFoundOrderResponse {
    return { storeDomain, status, orderId, foundAt: foundAt.toISOString() };
  }
}
