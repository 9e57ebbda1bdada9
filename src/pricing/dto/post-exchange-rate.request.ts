import { ApiProperty } from '@nestjs/swagger';
import { IsISO4217CurrencyCode, IsOptional, IsString, Length, Matches } from 'class-validator';
import { NullIsAbsent } from '../../platform/http';
import { IsMoment } from '../moment.decorator';

export class PostExchangeRateRequest {
  /**
   * One whole unit of this currency, ISO 4217 …
   * @example "USD"
   */
  @IsISO4217CurrencyCode()
  @Matches(/^[A-Z]{3}$/, { message: 'base must be three capitals' })
  base: string;

  /**
   * … costs `rate` whole units of this one
   * @example "VES"
   */
  @IsISO4217CurrencyCode()
  @Matches(/^[A-Z]{3}$/, { message: 'quote must be three capitals' })
  quote: string;

  /** A positive decimal as text, up to 12 digits before and after the point */
  @ApiProperty({ pattern: '^(?=.*[1-9])\\d{1,12}(\\.\\d{1,12})?$', example: '36.5' })
  @Matches(/^(?=.*[1-9])\d{1,12}(\.\d{1,12})?$/, { message: 'rate must be a positive decimal such as "36.5"' })
  rate: string;

  /** From when on; now where absent. A moment to come is a rate to come */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-11-22T12:00:00Z' })
  @IsOptional()
  @IsMoment('effectiveAt')
  effectiveAt?: Date;

  /**
   * Who says so
   * @example "Banco Central de Venezuela"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Length(1, 100)
  source?: string;
}
