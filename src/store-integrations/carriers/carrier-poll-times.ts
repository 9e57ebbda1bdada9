import type { RemoteParcelStatus } from '../protocols/store-api';
import type { StoreFault } from '../protocols/store-fault';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A parcel that never ends is not asked for any longer. */
export const TRACKED_DAYS = 60;
/** Nor is a number that the carrier does not know after so long: it was a mistake, or somebody else's. */
export const UNKNOWN_DAYS = 14;

/** The shortest wait after news, and the longest while there are none. */
const WAITS: Record<RemoteParcelStatus, [shortest: number, longest: number]> = {
  unknown: [2 * HOUR, 12 * HOUR],
  pre_transit: [2 * HOUR, 12 * HOUR],
  in_transit: [HOUR, 6 * HOUR],
  // By its end the day is over, and whoever waits at the door wants to know.
  out_for_delivery: [15 * MINUTE, HOUR],
  exception: [HOUR, 6 * HOUR],
  delivered: [0, 0],
  returned: [0, 0],
};

/** When a carrier is asked for a parcel again: so many seconds from now; null: never, it has arrived or is back. */
export function nextCarrierPoll(status: RemoteParcelStatus, isNews: boolean, secondsBefore: number): number | null {
  if (status === 'delivered' || status === 'returned') return null;
  const [shortest, longest] = WAITS[status];
  return isNews ? shortest : Math.min(Math.max(shortest, secondsBefore * 2), longest);
}

/** How long to wait after a fault: what the carrier asks for, or ever longer. */
export function afterCarrierFault(
  { kind, retryAfterMs }: Pick<StoreFault, 'kind' | 'retryAfterMs'>,
  failures: number,
): number {
  if (kind === 'throttled') return Math.min(Math.max((retryAfterMs ?? 0) / 1_000, 30), HOUR);
  return Math.min(MINUTE * 2 ** Math.min(failures, 20), 6 * HOUR);
}
