import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  IsDate,
  IsISO4217CurrencyCode,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxDate,
  MinDate,
} from 'class-validator';
import { NullIsAbsent } from '../../platform/http';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const EARLIEST = new Date('2000-01-01T00:00:00Z');
const LATEST = new Date('2100-01-01T00:00:00Z');

const toDate = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && RFC_3339.test(value) ? new Date(value) : value;

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
  @Transform(toDate)
  @IsDate({ message: 'effectiveAt must be an RFC 3339 time' })
  @MinDate(EARLIEST)
  @MaxDate(LATEST)
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
