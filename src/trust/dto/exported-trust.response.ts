import { ApiProperty } from '@nestjs/swagger';

/** A rating, report, answer or appeal that the user gave. */
export class ExportedTrustResponse {
  /** What it is */
  @ApiProperty({ enum: ['answer', 'appeal', 'rating', 'report'] })
  kind: 'answer' | 'appeal' | 'rating' | 'report';
  /** Its id; of an answer and an appeal the report's */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The order that it is about */
  @ApiProperty({ format: 'uuid' })
  orderId: string;
  /** On which side of the order the user stood */
  @ApiProperty({ enum: ['buyer', 'merchant'] })
  side: 'buyer' | 'merchant';
  /** Of a rating: 1 to 5 */
  @ApiProperty({ type: 'integer', nullable: true, example: 5 })
  stars: number | null;
  /** Of a report: what for */
  @ApiProperty({ type: String, nullable: true, example: 'not_received' })
  reason: string | null;
  /** Of a report: how it stands */
  @ApiProperty({ type: String, nullable: true, example: 'decided' })
  status: string | null;
  /** What was written */
  @ApiProperty({ type: String, nullable: true, example: 'The parcel was empty' })
  words: string | null;
  /** What was given to show it */
  @ApiProperty({ type: [String], example: ['https://pictures.example/parcel.jpg'] })
  evidenceUrls: string[];
  /** When */
  @ApiProperty({ format: 'date-time' })
  at: Date;
}
