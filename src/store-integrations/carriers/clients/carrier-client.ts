import type { RemoteParcelStatus } from '../../protocols/store-api';
import type { CarrierCode } from '../carriers';

/** What a carrier saw of a parcel. Nothing of who sent it, who got it or who signed for it is read. */
export interface CarrierEvent {
  at: Date;
  status: RemoteParcelStatus;
  /** In the carrier's words. */
  detail: string;
  /** A town and what it lies in; never a street. */
  location: string | null;
}

/** A parcel as its carrier sees it, in the one shape of all of them. */
export interface CarrierAnswer {
  status: RemoteParcelStatus;
  /** All that it tells, in no promised order. */
  events: CarrierEvent[];
  /** On which days it should arrive, YYYY-MM-DD. */
  estimatedDelivery: { from: string; to: string } | null;
}

/**
 * Asks one carrier where parcels are: the seam of tracking. One is there for each carrier whose keys are configured; a new
 * carrier is a class and a line in carrier-clients.ts.
 */
export interface CarrierClient {
  readonly carrier: CarrierCode;
  /** Null: the carrier does not know it (yet). Throws StoreFault alone: `throttled` where it asks to come back later. */
  track(trackingNumber: string): Promise<CarrierAnswer | null>;
}
