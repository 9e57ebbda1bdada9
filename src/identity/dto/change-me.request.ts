import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsISO4217CurrencyCode, IsOptional, IsString, Length, Matches } from 'class-validator';
import type { Privacy } from '../caller';
import { LANGUAGES, NullIsAbsent, type Language } from '../../platform/http';

export class ChangeMeRequest {
  /** What to be called */
  @ApiProperty({ type: 'string', nullable: true, required: false, minLength: 1, maxLength: 100, example: 'Ana' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  displayName?: string | null;

  /** Currency to show cart totals in when stores' currencies differ, ISO 4217 */
  @ApiProperty({ type: 'string', nullable: true, required: false, example: 'USD' })
  @IsOptional()
  @IsISO4217CurrencyCode()
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be three capitals' })
  currency?: string | null;

  /** Language to be written to in */
  @ApiProperty({ enum: LANGUAGES, required: false, example: 'es' })
  @NullIsAbsent()
  @IsOptional()
  @IsIn(LANGUAGES)
  locale?: Language;

  /** Whether links to stores may be affiliate links, by which Muse earns; links that wait already obey too */
  @ApiProperty({ required: false, example: false })
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  affiliateLinks?: boolean;

  /**
   * `paranoid`: from the next checkout on, who buys is sealed to the stores' keys; Muse keeps no address book (it is
   * emptied), no saved payment of yours is used, and your orders are reached by their tokens alone
   */
  @ApiProperty({ enum: ['standard', 'paranoid'], required: false, example: 'paranoid' })
  @NullIsAbsent()
  @IsOptional()
  @IsIn(['standard', 'paranoid'])
  privacy?: Privacy;
}
