import { ApiProperty } from '@nestjs/swagger';
import type { ExchangeRate } from '../exchange-rates';

export class ExchangeRateResponse {
  /**
   * Its id, which orders keep
   * @example "019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f"
   */
  @ApiProperty({ format: 'uuid' })
  id: string;

  /**
   * One whole unit of this currency …
   * @example "USD"
   */
  base: string;

  /**
   * … costs `rate` whole units of this one
   * @example "VES"
   */
  quote: string;

  /**
   * A positive decimal
   * @example "36.5"
   */
  rate: string;

  /**
   * Who says so
   * @example "Banco Central de Venezuela"
   */
  source: string;

  /** From when on */
  effectiveAt: Date;

  /** When Muse heard of it */
  createdAt: Date;

  static of({ id, base, quote, rate, source, effectiveAt, createdAt }: ExchangeRate): ExchangeRateResponse {
    return Object.assign(new ExchangeRateResponse(), { id, base, quote, rate, source, effectiveAt, createdAt });
  }
}

export class ExchangeRateListResponse {
  /** The newest effective rate of each pair */
  data: ExchangeRateResponse[];

  /** Always null: the list is whole */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  nextCursor: string | null;
}
