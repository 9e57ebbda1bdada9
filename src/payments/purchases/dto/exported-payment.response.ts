import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse } from '../../../platform/money';

/** A payment: what was to be taken, and what became of it. */
export class ExportedPaymentResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * Who moved the money; manual: the store received it by itself
   * @example "stripe"
   */
  provider: string;
  /** The checkout or the order that it was for */
  @ApiProperty({ format: 'uuid' })
  purchaseId: string;
  /** The orders that it paid */
  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    example: ['019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f'],
  })
  orderIds: string[];
  /** Where it stands */
  @ApiProperty({ type: String, example: 'captured' })
  status: string;
  /** What was to be taken */
  amount: MoneyResponse;
  /** What was taken */
  captured: MoneyResponse;
  /** What went back of it */
  refunded: MoneyResponse;
  /**
   * What it was paid with
   * @example "card"
   */
  methodKind: string;
  /** Of a card: the scheme */
  @ApiProperty({ type: String, nullable: true, example: 'visa' })
  methodBrand: string | null;
  /** Of a card: its last four digits */
  @ApiProperty({ type: String, nullable: true, example: '4242' })
  methodLast4: string | null;
  /** Of one that the store received by itself: by what it finds it in its books */
  @ApiProperty({ type: String, nullable: true, example: null })
  reference: string | null;
  /** When it was begun */
  createdAt: Date;
}
