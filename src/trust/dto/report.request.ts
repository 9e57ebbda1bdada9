import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  IsUUID,
  IsUrl,
  MaxLength,
  MinLength,
} from 'class-validator';
import { NullIsAbsent, PageRequest, Trimmed } from '../../platform/http';
import { IsPublicUrl } from '../../platform/http-client';
import { REPORT_REASONS, type ReportReason } from '../reports/report-reasons';
import { REPORT_OUTCOMES, REPORT_STATUSES, type ReportOutcome, type ReportStatus } from '../reports/report-states';

const HTTPS = { protocols: ['https'], require_protocol: true };

class TextRequest {
  /**
   * In words; the other side and Muse's support read them
   * @example "The parcel was empty, and nobody answers."
   */
  @Trimmed()
  @IsString()
  @MinLength(1)
  @MaxLength(2000)
  words: string;
}

class EvidenceRequest extends TextRequest {
  /**
   * Pictures and pages that show it: https, five at most
   * @example ["https://pictures.example/parcel.jpg"]
   */
  @NullIsAbsent()
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(5)
  @ArrayUnique()
  @IsUrl(HTTPS, { each: true })
  @IsPublicUrl({ each: true })
  @MaxLength(2000, { each: true })
  evidenceUrls?: string[];
}

/** A report of a buyer about the store. */
export class ReportStoreRequest extends EvidenceRequest {
  /**
   * What for
   * @example "not_received"
   */
  @IsIn(REPORT_REASONS.buyer)
  reason: (typeof REPORT_REASONS.buyer)[number];
}

/** A report of a merchant about the buyer. */
export class ReportBuyerRequest extends EvidenceRequest {
  /**
   * What for
   * @example "payment_missing"
   */
  @IsIn(REPORT_REASONS.merchant)
  reason: (typeof REPORT_REASONS.merchant)[number];
}

export type FiledReport = EvidenceRequest & { reason: ReportReason };

/** What the side that was reported says to it. */
export class AnswerReportRequest extends EvidenceRequest {}

/** Why the decision is wrong. */
export class AppealReportRequest extends TextRequest {}

/** What support decides, and why; both sides read it. */
export class DecideReportRequest extends TextRequest {
  /**
   * Whether the report holds: upheld or dismissed
   * @example "upheld"
   */
  @IsIn(REPORT_OUTCOMES)
  outcome: ReportOutcome;
}

class ListRequest extends PageRequest {
  /**
   * Only those in this state
   * @example "open"
   */
  @IsOptional()
  @IsIn(REPORT_STATUSES)
  status?: ReportStatus;
}

/** Which of one's own reports to list. */
export class ListReportsRequest extends ListRequest {
  /** Only those of this order */
  @IsOptional()
  @IsUUID()
  orderId?: string;
}

/** Which reports support lists. */
export class ListAllReportsRequest extends ListRequest {
  /** Only those of this store's orders */
  @IsOptional()
  @IsUUID()
  storeId?: string;
}
