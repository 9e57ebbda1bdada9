import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsISO31661Alpha2, IsOptional, IsString, Length, Matches } from 'class-validator';
import { NullIsAbsent, PageRequest, Trimmed } from '../../../platform/http';
import { IsMoment } from '../../moment.decorator';
import { PERCENT } from '../../percent';

export class PostTaxRateRequest {
  /**
   * Where it holds, ISO 3166-1 alpha-2
   * @example "US"
   */
  @IsISO31661Alpha2()
  @Matches(/^[A-Z]{2}$/, { message: 'country must be two capitals' })
  country: string;

  /**
   * A subdivision as addresses have it; left out or null: the whole country
   * @example "NY"
   */
  @NullIsAbsent()
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 100)
  region?: string | null;

  /**
   * Of products; left out or null: all goods
   * @example "Shoes"
   */
  @NullIsAbsent()
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 100)
  category?: string | null;

  /**
   * What it is called. Taxes of different names in one place add up; of one name the most special rate holds
   * @example "Sales tax"
   */
  @Trimmed()
  @IsString()
  @Length(1, 100)
  name: string;

  /** Per cent, as text, with up to four decimals; 0 is an exemption */
  @ApiProperty({ pattern: PERCENT.source, example: '8.875' })
  @Matches(PERCENT, { message: 'percent must be 0 to 100 as text, with up to four decimals, such as "8.875"' })
  percent: string;

  /**
   * Whether prices contain it already
   * @example false
   */
  @IsBoolean()
  inclusive: boolean;

  /**
   * Whether delivery is taxed at this rate too; not for a rate of one category
   * @example true
   */
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  onDelivery?: boolean = false;

  /** From when on; now where absent */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-11-22T12:00:00Z' })
  @IsOptional()
  @IsMoment('effectiveAt')
  effectiveAt?: Date | null;
}

export class ListTaxRatesRequest extends PageRequest {
  /**
   * Of one country
   * @example "US"
   */
  @IsOptional()
  @IsISO31661Alpha2()
  country?: string;
}
