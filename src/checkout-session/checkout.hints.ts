import { STREAM_CHANNEL } from '../platform/events';

/** Wakes the streams of a session's row, while somebody watches it. */
export const NOTIFY = (row: string) =>
  `CASE WHEN ${row}.watched_until > now() THEN pg_notify('${STREAM_CHANNEL}', 'session:' || ${row}.id) END AS notified`;

export const PLACEMENTS_TOPIC = 'placements';
/** Wakes the workers, in the transaction that has a placement for them; a sweep finds it without. */
export const RING = `pg_notify('${STREAM_CHANNEL}', '${PLACEMENTS_TOPIC}')`;
