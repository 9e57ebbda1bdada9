import { escapeLiteral } from 'pg';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Database, statement, type Tx } from '../../platform/database';
import { Jobs, LEASE_SECONDS, holdingLease, reasonOf } from '../../platform/jobs';
import { Metrics } from '../../platform/metrics';
import { StoreFault } from '../protocols/store-fault';
import { TRACKED_DAYS, UNKNOWN_DAYS, afterCarrierFault, nextCarrierPoll } from './carrier-poll-times';
import type { CarrierCode } from './carriers';
import type { CarrierAnswer } from './clients/carrier-client';
import { CarrierClients } from './clients/carrier-clients';
import { TrackedParcels, type TrackedAnswer } from './tracked-parcels';

const TASK = 'poll_carrier';
/** Of one carrier in one sweep: their APIs allow some calls a second. */
const OF_ONE_CARRIER = 10;
const MOST_EVENTS = 200;
const HOUR = 3_600;

// Carrier by carrier: one that is asked as often as it allows keeps nobody from asking another.
const DUE = (carriers: string[]): string =>
  `SELECT p.id FROM unnest(${escapeLiteral(`{${carriers.join(',')}}`)}::text[]) AS c (carrier) CROSS JOIN LATERAL (
       SELECT id, next_poll_at FROM tracked_parcels
        WHERE carrier = c.carrier AND next_poll_at <= now() AND (lease_until IS NULL OR lease_until < now())
        ORDER BY next_poll_at LIMIT ${OF_ONE_CARRIER}) AS p
    ORDER BY p.next_poll_at`;
const CLAIM = statement(
  'tracked_parcels.claim',
  `UPDATE tracked_parcels SET lease_token = $2, lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds'
    WHERE id = $1 AND next_poll_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
   RETURNING id, carrier, tracking_number AS "trackingNumber", answer, poll_seconds AS "pollSeconds", failures,
          followed_at < now() - CASE WHEN answer IS NULL THEN interval '${UNKNOWN_DAYS} days' ELSE interval '${TRACKED_DAYS} days' END AS "isOver"`,
);
const RENEW = statement(
  'tracked_parcels.renew',
  `UPDATE tracked_parcels SET lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds' WHERE id = $1 AND lease_token = $2 RETURNING 1 AS alive`,
);
const HEARD = statement(
  'tracked_parcels.heard',
  `UPDATE tracked_parcels SET answer = $3::jsonb, version = version + $4::int, told_at = CASE WHEN $4 > 0 THEN now() ELSE told_at END,
          poll_seconds = coalesce($5::int, 0), next_poll_at = now() + make_interval(secs => $5), failures = 0, last_error = NULL,
          lease_token = NULL, lease_until = NULL WHERE id = $1 AND lease_token = $2`,
);
const LATER = statement(
  'tracked_parcels.later',
  `UPDATE tracked_parcels SET next_poll_at = now() + make_interval(secs => $3), last_error = $4, failures = failures + $5::int,
          poll_seconds = coalesce($6::int, poll_seconds), lease_token = NULL, lease_until = NULL WHERE id = $1 AND lease_token = $2`,
);
/** A carrier that asks to come back later is asked for nothing before. */
const PUT_OFF = statement(
  'tracked_parcels.put_off',
  `UPDATE tracked_parcels SET next_poll_at = now() + make_interval(secs => $2)
    WHERE carrier = $1 AND next_poll_at < now() + make_interval(secs => $2) AND (lease_until IS NULL OR lease_until < now())`,
);
const OVERDUE = statement(
  'tracked_parcels.overdue',
  `SELECT count(*)::int AS polls, coalesce(extract(epoch FROM now() - min(next_poll_at)), 0)::float8 AS oldest
     FROM tracked_parcels WHERE carrier = ANY ($1) AND next_poll_at < now() - interval '1 minute'`,
);

interface Claimed {
  id: string;
  carrier: CarrierCode;
  trackingNumber: string;
  answer: TrackedAnswer | null;
  pollSeconds: number;
  failures: number;
  isOver: boolean;
}

/**
 * Asks carriers where parcels are. Guarantees: a parcel is asked for by one worker at a time; ever less often while nothing
 * changes, and not at all once it has arrived or is back; as late as the carrier says where it is asked too much; and what it
 * tells is told on in the transaction in which it is kept.
 */
@Injectable()
export class CarrierPolls implements OnModuleInit {
  private readonly logger = new Logger('Carriers');

  constructor(
    private readonly clients: CarrierClients,
    private readonly parcels: TrackedParcels,
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(TASK, ({ id }) => this.runOnce(id), DUE(this.clients.carriers));
    if (!this.parcels.isOn) return;
    const gauges = {
      muse_carrier_polls_overdue: {
        help: 'Parcels that a carrier should have been asked for a minute ago, and was not',
      },
      muse_carrier_polls_oldest_seconds: { help: 'How long the first of them has been waiting' },
    };
    this.metrics.atScrape('carriers', gauges, async () => {
      const row = await this.database.maybeOne<{ polls: number; oldest: number }>(OVERDUE, [this.clients.carriers]);
      return {
        muse_carrier_polls_overdue: [{ value: row!.polls }],
        muse_carrier_polls_oldest_seconds: [{ value: row!.oldest }],
      };
    });
  }

  /** Asks for one that is due, if nobody else does. */
  async runOnce(id: string): Promise<void> {
    const lease = randomUUID();
    const claimed = await this.database.maybeOne<Claimed>(CLAIM, [id, lease]);
    if (!claimed) return;
    if (claimed.isOver) return this.later(claimed, lease, null, 'over', 0);
    await holdingLease(
      async () => (await this.database.maybeOne(RENEW, [id, lease])) !== undefined,
      () => this.ask(claimed, lease),
    );
  }

  private async ask(row: Claimed, lease: string): Promise<void> {
    try {
      const client = this.clients.of(row.carrier);
      // Its keys are gone: whoever has some takes it up.
      if (!client) return await this.later(row, lease, HOUR, 'no_keys', 0);
      const answer = await client.track(row.trackingNumber);
      if (answer) await this.database.transaction((tx) => this.heard(tx, row, lease, answer));
      else await this.notKnown(row, lease);
    } catch (error) {
      const fault = error instanceof StoreFault ? error : new StoreFault('unknown', reasonOf(error), '');
      if (fault !== error) this.logger.error({ message: 'carrier not asked', id: row.id, reason: reasonOf(error) });
      const seconds = afterCarrierFault(fault, row.failures);
      const isThrottled = fault.kind === 'throttled';
      await this.later(row, lease, seconds, fault.message, isThrottled ? 0 : 1);
      if (isThrottled) await this.database.rows(PUT_OFF, [row.carrier, seconds]);
    }
  }

  private async heard(tx: Tx, row: Claimed, lease: string, told: CarrierAnswer): Promise<void> {
    const answer = answerOf(told);
    const isNews = !isDeepStrictEqual(answer, row.answer);
    const seconds = nextCarrierPoll(answer.status, isNews, row.pollSeconds);
    // First the lease, then the effect: a late worker changes nothing.
    const kept = await tx.run(HEARD, [row.id, lease, JSON.stringify(answer), isNews ? 1 : 0, seconds]);
    if (kept > 0 && isNews) await this.parcels.tell(tx, row.id);
  }

  /** A label is printed before the carrier has heard of it. What it knew once stands. */
  private notKnown(row: Claimed, lease: string): Promise<void> {
    const seconds = nextCarrierPoll(row.answer?.status ?? 'unknown', false, row.pollSeconds) ?? HOUR;
    return this.later(row, lease, seconds, 'number_not_known', 0, seconds);
  }

  /** `seconds` null: never again. */
  private async later(
    { id }: Claimed,
    lease: string,
    seconds: number | null,
    error: string,
    failed: number,
    wait: number | null = null,
  ): Promise<void> {
    await this.database.rows(LATER, [id, lease, seconds, error.slice(0, 200), failed, wait]);
  }
}

/** As it is kept: bounded, along the time, each event once. */
function answerOf({ status, events, estimatedDelivery }: CarrierAnswer): TrackedAnswer {
  const kept = new Map(
    events.map(({ at, detail, location, ...event }) => {
      const one = {
        ...event,
        at: at.toISOString(),
        detail: detail.slice(0, 500),
        location: location && location.slice(0, 200),
      };
      return [JSON.stringify([one.at, one.status, one.detail, one.location]), one];
    }),
  );
  const along = [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  return { status, events: along.slice(-MOST_EVENTS), estimatedDelivery };
}
