import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse } from '../../platform/money';
import type { PriceChange } from '../entities/price-change.entity';

/** A price that a variant had from a moment on. */
export class PriceChangeResponse {
  /** Its id */
  id: string;

  /** What one cost from then on */
  price: MoneyResponse;

  /** What was shown struck through */
  @ApiProperty({ nullable: true, type: MoneyResponse })
  originalPrice: MoneyResponse | null;

  /** Since when */
  changedAt: Date;

  static of(row: PriceChange): PriceChangeResponse {
    const { id, priceCents, originalPriceCents, currency, changedAt } = row;
    return {
      id,
      price: { amount: priceCents, currency },
      originalPrice: originalPriceCents === null ? null : { amount: originalPriceCents, currency },
      changedAt,
    };
  }
}

/** A page of a variant's prices. */
export class PriceHistoryResponse {
  /** Its prices, newest first; the last one is the price it began with */
  @ApiProperty({ type: [PriceChangeResponse] })
  data: PriceChangeResponse[];

  /** Where the next page begins; null on the last one */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}
