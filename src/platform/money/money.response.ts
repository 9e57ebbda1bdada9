import { ApiProperty } from '@nestjs/swagger';
import type { Money } from './money';

/** An amount of money as answers give it: totals and amounts in a second currency may pass what a request may name. */
export class MoneyResponse implements Money {
  /**
   * Whole minor units (cents) of the currency
   * @example 8900
   */
  @ApiProperty({ type: 'integer', format: 'int64' })
  amount: number;

  /**
   * ISO 4217 code
   * @example "USD"
   */
  currency: string;
}
