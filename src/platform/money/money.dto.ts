import { ApiProperty } from '@nestjs/swagger';
import { IsISO4217CurrencyCode, IsInt, Matches, Max, Min } from 'class-validator';
import { MAX_PRICE_MINOR, type Money } from './money';

/** An amount of money as requests give it. */
export class MoneyDto implements Money {
  /**
   * Whole minor units (cents) of the currency
   * @example 8900
   */
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(0)
  @Max(MAX_PRICE_MINOR)
  amount: number;

  /**
   * ISO 4217 code in capitals
   * @example "USD"
   */
  @IsISO4217CurrencyCode()
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be three capitals' })
  currency: string;
}
