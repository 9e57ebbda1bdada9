import type { OrderSide } from '../../orders';

/** What a side may report the other for. */
export const REPORT_REASONS = {
  buyer: ['not_received', 'not_as_described', 'counterfeit', 'refund_refused', 'abusive', 'fraud', 'other'],
  merchant: ['payment_missing', 'false_claim', 'abusive', 'fraud', 'other'],
} as const satisfies Record<OrderSide, readonly string[]>;

export type ReportReason = (typeof REPORT_REASONS)[OrderSide][number];
export const ALL_REPORT_REASONS = [...new Set(Object.values(REPORT_REASONS).flat())] as ReportReason[];
