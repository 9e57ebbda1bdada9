import { ApiProperty } from '@nestjs/swagger';
import { percentOf } from '../../percent';
import type { StoredTaxRate } from '../tax-rates';

export class TaxRateResponse {
  /** Its id, which checkouts and orders keep */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * Where it holds
   * @example "US"
   */
  country: string;
  /** A subdivision; null: the whole country */
  @ApiProperty({ type: String, nullable: true, example: 'NY' })
  region: string | null;
  /** Of products; null: all goods */
  @ApiProperty({ type: String, nullable: true, example: null })
  category: string | null;
  /**
   * What it is called
   * @example "Sales tax"
   */
  name: string;
  /**
   * Per cent
   * @example "8.875"
   */
  percent: string;
  /** Whether prices contain it already */
  inclusive: boolean;
  /** Whether delivery is taxed too */
  onDelivery: boolean;
  /** From when on */
  effectiveAt: Date;
  /** When it was posted */
  createdAt: Date;

  static of({ ratePpm, ...rate }: StoredTaxRate): TaxRateResponse {
    return Object.assign(new TaxRateResponse(), { ...rate, percent: percentOf(ratePpm) });
  }
}

export class TaxRateListResponse {
  /** Newest first, those that no longer hold too */
  data: TaxRateResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
