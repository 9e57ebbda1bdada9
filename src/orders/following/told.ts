import type { OrderSnapshot } from '../../store-integrations';
import type { ParcelRow } from '../order-row';

export type ParcelStatus = ParcelRow['status'];

/** Who tells of an order: its store (by interface, webhook or pages), a mail that its buyer got, the carrier. */
export type ToldBy = 'store' | 'mail' | 'carrier';

/** What somebody saw of a parcel. */
export interface ToldEvent {
  /** What its teller calls it; null: one with the same moment and words is it. */
  key?: string | null;
  /** RFC 3339 */
  at: string;
  status: ParcelStatus;
  detail: string;
  location?: string | null;
}

export interface ToldParcel {
  /** What the store calls it; nobody else has one. */
  key?: string | null;
  carrier: string | null;
  /** Null: of a mail that names none, it is about the order's only parcel; a store may tell it later. */
  trackingNumber: string | null;
  trackingUrl: string | null;
  status: ParcelStatus;
  events: ToldEvent[];
  lines?: { externalId: string; quantity: number }[];
}

/** On which days something should arrive, YYYY-MM-DD. */
export interface Days {
  from: string;
  to: string;
}

/** What somebody tells of an order. Every member is that telling's word, never "and nothing else". */
export interface Told {
  source: ToldBy;
  /**
   * When it was said, RFC 3339: a mail's date, when the carrier answered. Default: the latest of its events, else now. Of
   * two words of one teller the later counts, so a mail that is read late must say when it was written.
   */
  at?: string | null;
  /** Where the whole order stands. Of a part that leaves: `processing`. Left out: as its parcels say. */
  status?: OrderSnapshot['status'] | null;
  parcels: ToldParcel[];
  estimatedDelivery?: Days | null;
  /** All that was given back so far. */
  refundedCents?: number | null;
  /** The store will not send it. */
  cancelled?: boolean;
}
