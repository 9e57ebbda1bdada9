import { IsISO8601, IsOptional, Matches } from 'class-validator';

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Which days a statement is of. */
export class StatementRequest {
  /**
   * The first day (UTC); unless given, the first of the month of `to`
   * @example "2026-11-01"
   */
  @IsOptional()
  @Matches(DAY, { message: 'from must be a day such as 2026-11-01' })
  @IsISO8601({ strict: true }, { message: 'from must be a day of the calendar' })
  from?: string;

  /**
   * The last day (UTC), included; 366 days at most. Unless given, today
   * @example "2026-11-30"
   */
  @IsOptional()
  @Matches(DAY, { message: 'to must be a day such as 2026-11-30' })
  @IsISO8601({ strict: true }, { message: 'to must be a day of the calendar' })
  to?: string;
}
