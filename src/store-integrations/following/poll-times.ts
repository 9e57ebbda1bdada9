import type { RemoteOrderStatus } from '../protocols/store-api';
import type { StoreFault } from '../protocols/store-fault';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** After news, where no webhook tells of them. */
const AFTER_NEWS = 15 * MINUTE;
/** The longest wait while an order is on its way; where webhooks come, whoever waits so long has missed one. */
export const LONGEST = 6 * HOUR;
/** Once it has arrived: only what goes back is still to be told. */
const AFTER_ARRIVAL = DAY;
/** Who has waited so long after the arrival waits for nothing more. */
const LONGEST_AFTER_ARRIVAL = 8 * DAY;
/** An order that does not end by itself is not asked for any longer. */
export const FOLLOWED_DAYS = 90;

/** When an order is asked for next: so many seconds from now; null: never again. */
export function nextPoll(heard: {
  by: 'poll' | 'webhook';
  status: RemoteOrderStatus;
  /** Whether that was news. */
  isNews: boolean;
  /** Whether a webhook of this order has ever come. */
  hasWebhooks: boolean;
  /** The wait before. */
  seconds: number;
}): number | null {
  const { by, status, isNews, hasWebhooks, seconds } = heard;
  if (status === 'cancelled' || status === 'returned') return null;
  const arrived = status === 'delivered';
  const shortest = arrived ? AFTER_ARRIVAL : hasWebhooks ? LONGEST : AFTER_NEWS;
  if (isNews || by === 'webhook') return shortest;
  const next = Math.max(shortest, seconds * 2);
  if (arrived) return next > LONGEST_AFTER_ARRIVAL ? null : next;
  return Math.min(next, LONGEST);
}

/** How long to wait after a fault: what the store asks for, or ever longer. */
export function afterFault({ kind, retryAfterMs }: StoreFault, failures: number): number {
  if (kind === 'throttled') return Math.min(Math.max((retryAfterMs ?? 0) / 1000, 30), LONGEST);
  // Nothing comes of asking before the shopper has linked again; then it is asked at once.
  if (kind === 'relink') return LONGEST;
  return Math.min(MINUTE * 2 ** Math.min(failures, 20), LONGEST);
}
