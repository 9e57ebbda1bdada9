import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsDefined, IsIn, IsInt, IsObject, IsOptional, Matches, Max, Min, ValidateNested } from 'class-validator';
import { NullIsAbsent } from '../../../platform/http';
import { MoneyDto } from '../../../platform/money';
import { IsMoment } from '../../moment.decorator';
import { PERCENT } from '../../percent';
import { COUPON_KINDS, type CouponKind } from '../coupon-rules';

/** What a code may look like, once it is in capitals. */
export const COUPON_CODE = /^[A-Z0-9_-]{3,40}$/;

/**
 * Codes are the same in capitals and in small letters, and with blanks around them. Only letters that a code may have
 * become capitals: `ß` would become `SS`, and another code.
 */
export const couponCode = (value: unknown): unknown =>
  typeof value === 'string' ? value.trim().replace(/[a-z]/g, (letter) => letter.toUpperCase()) : value;

export class MakeCouponRequest {
  /**
   * What shoppers type: letters, digits, - and _; stored in capitals. A store has a code once, for good
   * @example "LOLA10"
   */
  @Transform(({ value }: { value: unknown }) => couponCode(value))
  @Matches(COUPON_CODE, { message: 'code must be 3 to 40 letters, digits, - or _' })
  code: string;

  /**
   * An amount off, a percentage off, or the cheapest delivery free
   * @example "percent"
   */
  @ApiProperty({ enum: COUPON_KINDS })
  @IsIn(COUPON_KINDS)
  kind: CouponKind;

  /** For `amount`: what it takes off, once. A platform coupon is for the stores that sell in this currency */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  amount?: MoneyDto;

  /** For `percent`: what it takes off goods, as text */
  @ApiProperty({ pattern: PERCENT.source, required: false, example: '10' })
  @NullIsAbsent()
  @IsOptional()
  @Matches(PERCENT, { message: 'percent must be up to 100 as text, with up to four decimals, such as "12.5"' })
  percent?: string;

  /** From which value of goods on, before discounts, it can be used */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  minimum?: MoneyDto;

  /** From when on; now where absent */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-11-27T00:00:00Z' })
  @NullIsAbsent()
  @IsOptional()
  @IsMoment('startsAt')
  startsAt?: Date;

  /** Until when; without an end where absent */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-12-01T00:00:00Z' })
  @NullIsAbsent()
  @IsOptional()
  @IsMoment('endsAt')
  endsAt?: Date;

  /**
   * How often it can be used in all
   * @example 100
   */
  @NullIsAbsent()
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  maxRedemptions?: number;

  /**
   * How often by one shopper; a guest is a shopper of their own until they sign in
   * @example 1
   */
  @NullIsAbsent()
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000)
  maxPerShopper?: number;
}

/** A coupon's terms stay; only its end may move. */
export class EndCouponRequest {
  /** Until when it can be used; a moment that has passed ends it now */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-12-01T00:00:00Z' })
  @IsDefined()
  @IsMoment('endsAt')
  endsAt: Date;
}
