import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsOptional, IsString, IsUUID, Matches, MaxLength, MinLength } from 'class-validator';
import { PageRequest } from '../../../../platform/http';
import { NETWORK_IDS, type NetworkId } from '../../../../store-integrations';

const DAY = /^\d{4}-\d\d-\d\d$/;

export class ImportConversionsRequest {
  /** Whose report it is */
  @ApiProperty({ enum: NETWORK_IDS, example: 'awin' })
  @IsIn(NETWORK_IDS)
  network: NetworkId;

  /**
   * The report: names of columns first, 5,000 lines at most. `transactionId`, `occurredAt`, `commission` and `currency` are needed, `clickId`,
   * `status` (pending, approved, reversed), `sale` and `reverses` (the transaction that a reversal of its own takes back) taken; the
   * network's own name for the click id, and common names of the others, are understood. Amounts are decimal numbers
   * @example "transactionId,clickId,occurredAt,status,commission,sale,currency\nT-1,k3v9x0d2m7q1w5e8r4t6y2u0i9p1,2026-11-20,approved,12.34,205.60,USD\n"
   */
  @IsString()
  @MinLength(1)
  @MaxLength(900_000)
  csv: string;
}

export class ConversionsRequest extends PageRequest {
  /** Only of this network */
  @ApiProperty({ enum: NETWORK_IDS, required: false, example: 'awin' })
  @IsOptional()
  @IsIn(NETWORK_IDS)
  network?: NetworkId;

  /** Only of this store */
  @ApiProperty({ format: 'uuid', required: false })
  @IsOptional()
  @IsUUID()
  storeId?: string;

  /** Only of this order */
  @ApiProperty({ format: 'uuid', required: false })
  @IsOptional()
  @IsUUID()
  orderId?: string;
}

export class CommissionReportRequest {
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
