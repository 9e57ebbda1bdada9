import { statement, type Database } from '../database';
import type { Metrics } from '../metrics';

/** Each part reads a partial index: what was sent, which is most, is not looked at. */
const WAITING = statement(
  'mail.waiting',
  `SELECT (SELECT count(*) FROM mails WHERE status = 'queued') AS queued,
          (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM mails WHERE status = 'queued') AS oldest,
          (SELECT count(*) FROM mails WHERE status = 'refused' AND decided_at > now() - interval '1 day') AS refused,
          (SELECT count(*) FROM mails WHERE status = 'given_up' AND decided_at > now() - interval '1 day') AS given_up`,
);

/** What waits for a mail server, and what did not arrive at one within the last 24 hours. */
export function showMails(metrics: Metrics, database: Database): void {
  const gauges = {
    muse_mails: {
      help: 'Mails that wait, and those refused or given up within 24 hours; every process says the same',
      labels: ['state'],
    },
    muse_mails_oldest_queued_seconds: { help: 'How long the oldest mail that is not sent has been waiting' },
  };
  metrics.atScrape('mails', gauges, async () => {
    const row = (await database.maybeOne<Record<'queued' | 'refused' | 'given_up' | 'oldest', number>>(WAITING))!;
    const states = ['queued', 'refused', 'given_up'] as const;
    return {
      muse_mails: states.map((state) => ({ labels: { state }, value: row[state] })),
      muse_mails_oldest_queued_seconds: [{ value: row.oldest }],
    };
  });
}
