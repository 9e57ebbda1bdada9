import { Injectable } from '@nestjs/common';
import { Database, NOT_FLUSHED, statement, type Tx } from '../platform/database';
import { LEASE_SECONDS } from '../platform/jobs';
import { traceparent } from '../platform/tracing';
import type { CheckoutTier } from '../stores';
import { NOTIFY, RING } from './checkout.hints';
import type { SnapshotLine, StoreCheckout } from './session';

/** So many are claimed at once, at most. */
export const CLAIMED_AT_ONCE = 16;

const UNDECIDED = `status IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < clock_timestamp())`;
const LEASED = `status = 'running', lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds', attempts = attempts + 1,
            started_at = coalesce(started_at, now())`;
const GIVEN =
  'p.id, p.session_id, p.store_checkout_id, p.store_id, p.tier, p.attempts, p.evidence, p.waits_for, p.traceparent';
/** All that placing needs, of a placement `p` that is claimed. */
const CLAIMED = `p.id, p.session_id AS "sessionId", p.store_id AS "storeId", st.name AS "storeName", p.tier, p.attempts, p.evidence, p.waits_for AS "waitsFor",
          p.traceparent, cs.cart_items AS lines, sc.currency, coalesce(sc.pay_now->>'reason' = 'conversation_only', false) AS "contactOnly",
          sc.total_cents AS "totalCents", sc.share_at_store AS "sharesAtStore", sc.store_discount_codes AS "discountCodes"`;
const WITH_ITS_STORE = `p JOIN checkout_sessions cs ON cs.id = p.session_id JOIN store_checkouts sc ON sc.id = p.store_checkout_id
     JOIN stores st ON st.id = p.store_id`;
/** $1: tiers that ask nobody outside and may be asked twice. Nobody sees these under way, nor one that waits for its shopper. */
const REPEATABLE = 'tier = ANY ($1)';
/** $2: the lease. No row: somebody else has it, or it is decided. A claim of such tiers alone is not flushed: they may be placed again. */
const claims = (which: string) => `WITH due AS (
     SELECT id, ${REPEATABLE} AS repeatable, NOT ${REPEATABLE} AND waits_for IS NULL AS seen FROM placements WHERE ${which}
   ), p AS (
     UPDATE placements p SET lease_token = $2, ${LEASED} FROM due WHERE p.id = due.id RETURNING ${GIVEN}, due.seen
   )
   SELECT ${CLAIMED}, p.seen AS "isSeen", CASE WHEN NOT EXISTS (SELECT FROM due WHERE NOT repeatable) THEN ${NOT_FLUSHED} END AS commit
     FROM ${WITH_ITS_STORE}`;
const CLAIM = statement('checkout.claim_placement', claims(`id = $3 AND ${UNDECIDED} FOR UPDATE SKIP LOCKED`));
const CLAIM_DUE = statement(
  'checkout.claim_due_placements',
  claims(
    `finished_at IS NULL AND next_attempt_at <= now() AND ${UNDECIDED} ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED`,
  ),
);
/**
 * The session's row is locked first, as everywhere, then the placement's, which is looked at as it is after that wait: no row,
 * and nothing written, where the lease was lost meanwhile.
 */
const SHOW = statement(
  'checkout.show_placement',
  `WITH s AS (
     SELECT id FROM checkout_sessions WHERE id = $3 FOR NO KEY UPDATE
   ), p AS (
     SELECT p.session_id, p.store_checkout_id FROM s JOIN placements p ON p.session_id = s.id
      WHERE p.id = $1 AND p.lease_token = $2 FOR NO KEY UPDATE OF p
   ), sc AS (
     UPDATE store_checkouts sc SET status = 'processing', message = 'Placing the order', updated_at = now() FROM p
      WHERE sc.id = p.store_checkout_id
   ), shown AS (
     UPDATE checkout_sessions cs SET version = version + 1, updated_at = now() FROM p WHERE cs.id = p.session_id
     RETURNING cs.id, cs.watched_until
   )
   SELECT ${NOTIFY('shown')} FROM shown`,
);
const RENEW = statement(
  'checkout.renew_lease',
  `UPDATE placements SET lease_until = greatest(lease_until, clock_timestamp() + interval '${LEASE_SECONDS} seconds') WHERE id = $1 AND lease_token = $2 RETURNING 1 AS alive`,
);
/** For longer than a sign of life is good for: what is under way must not be taken over. */
const HOLD = statement(
  'checkout.hold_lease',
  `UPDATE placements SET lease_until = clock_timestamp() + make_interval(secs => $3)
    WHERE id = $1 AND lease_token = $2 AND lease_until > clock_timestamp() RETURNING 1 AS held`,
);
const HOLDS_LEASE = statement(
  'checkout.holds_lease',
  `SELECT 1 AS mine FROM placements WHERE id = $1 AND lease_token = $2`,
);
/** Marks a placement decided, if the lease still stands or a person decides one that needs it. */
const FINISH = statement(
  'checkout.finish_placement',
  `WITH p AS (
     UPDATE placements SET status = 'done', outcome = $3, lease_token = NULL, lease_until = NULL, finished_at = now()
      WHERE id = $1 AND (lease_token = $2 OR ($2::uuid IS NULL AND status = 'needs_attention'))
     RETURNING attempts, extract(epoch FROM now() - started_at) * 1000 AS ms
   )
   SELECT p.attempts, round(p.ms)::float8 AS ms FROM p`,
);
const REQUEUE = statement(
  'checkout.requeue_placement',
  `WITH p AS (
     UPDATE placements
        SET status = 'queued', tier = $3, lease_token = NULL, lease_until = NULL, next_attempt_at = now() + make_interval(secs => $4),
            evidence = evidence || $5::jsonb, traceparent = $6, waits_for = $7, attempts = attempts - CASE WHEN $8 THEN 0 ELSE 1 END
      WHERE id = $1 AND lease_token = $2 RETURNING id
   )
   SELECT CASE WHEN $4 = 0 THEN ${RING} END AS rung FROM p`,
);
/** What waits until an account at the store is linked again may go on. */
const WAKE = statement(
  'checkout.wake_placements',
  `WITH p AS (
     UPDATE placements p SET next_attempt_at = now(), traceparent = $3
       FROM checkout_sessions cs
      WHERE cs.id = p.session_id AND cs.shopper_id = $1 AND p.store_id = $2 AND p.waits_for = 'relink' AND p.finished_at IS NULL RETURNING p.id
   )
   SELECT ${RING} AS rung FROM p`,
);
const NEEDS_ATTENTION = statement(
  'checkout.needs_attention',
  `UPDATE placements SET status = 'needs_attention', lease_token = NULL, lease_until = NULL, next_attempt_at = 'infinity', evidence = evidence || $3::jsonb
    WHERE id = $1 AND lease_token = $2 RETURNING attempts`,
);

/** What a worker needs to place it. */
export interface ClaimedPlacement {
  id: string;
  sessionId: string;
  storeId: string;
  storeName: string;
  tier: StoreCheckout['tier'];
  attempts: number;
  evidence: { attempt?: number; tier?: string; throttled?: true }[];
  waitsFor: 'shopper' | 'relink' | null;
  /** Whoever looks at the session sees it processing: see `show`. */
  isSeen: boolean;
  /** Of what has it placed, while traces are made. */
  traceparent: string | null;
  lines: SnapshotLine[];
  currency: string;
  contactOnly: boolean;
  totalCents: number;
  /** Whether a link may tell the store what the shopper agreed to, and the codes of its own that they gave. */
  sharesAtStore: boolean;
  discountCodes: string[];
}

/** Statements on placements: whose they are, and what becomes of them. */
@Injectable()
export class PlacementsRepository {
  constructor(private readonly database: Database) {}

  /** Claims one, due or not. Undefined: somebody else has it, or it is decided. */
  claim(placementId: string, lease: string, repeatable: CheckoutTier[]): Promise<ClaimedPlacement | undefined> {
    return this.database.maybeOne<ClaimedPlacement>(CLAIM, [repeatable, lease, placementId]);
  }

  /** Claims what is due and nobody holds. */
  claimDue(lease: string, repeatable: CheckoutTier[], atMost: number): Promise<ClaimedPlacement[]> {
    return this.database.rows<ClaimedPlacement>(CLAIM_DUE, [repeatable, lease, atMost]);
  }

  /** Whoever looks at the session sees that it is being placed. False: it is no longer this worker's, and nothing was written. */
  async show({ id, sessionId }: ClaimedPlacement, lease: string): Promise<boolean> {
    return (await this.database.maybeOne(SHOW, [id, lease, sessionId])) !== undefined;
  }

  async renewLease(placementId: string, lease: string): Promise<boolean> {
    return (await this.database.maybeOne(RENEW, [placementId, lease])) !== undefined;
  }

  /** Nobody takes it over for so long, whether this worker lives or not. False where somebody has, or may. */
  async holdLease(placementId: string, lease: string, seconds: number): Promise<boolean> {
    return (await this.database.maybeOne(HOLD, [placementId, lease, seconds])) !== undefined;
  }

  /** Whether it is still this worker's. */
  async holdsLease(reader: Pick<Database, 'maybeOne'>, placementId: string, lease: string): Promise<boolean> {
    return (await reader.maybeOne(HOLDS_LEASE, [placementId, lease])) !== undefined;
  }

  /** Undefined where the lease is lost (or, with no lease, the placement needs nobody's attention): then nothing is written. */
  finish(tx: Tx, placementId: string, lease: string | null, outcome: object) {
    return tx.maybeOne<{ attempts: number; ms: number }>(FINISH, [placementId, lease, JSON.stringify(outcome)]);
  }

  /**
   * Back into the queue, at the same or another tier; changes nothing where the lease is lost. `waitsFor`: what has to happen
   * first; it and whatever else was no try at the store (`counts` false) are no attempts.
   */
  async requeue(
    tx: Tx,
    placementId: string,
    lease: string,
    next: { tier: string; afterMs: number; evidence?: object; waitsFor?: 'shopper' | 'relink'; counts?: boolean },
  ): Promise<boolean> {
    const { tier, afterMs, evidence, waitsFor, counts = true } = next;
    const told = JSON.stringify(evidence ? [evidence] : []);
    const values = [placementId, lease, tier, afterMs / 1000, told, traceparent(), waitsFor ?? null, counts];
    return (await tx.rows(REQUEUE, values)).length > 0;
  }

  /** The shopper has linked the store again: what waited for that is tried now. */
  wake(tx: Tx, shopperId: string, storeId: string): void {
    tx.write(WAKE, [shopperId, storeId, traceparent()]);
  }

  markNeedsAttention(tx: Tx, placementId: string, lease: string, evidence: object) {
    return tx.maybeOne<{ attempts: number }>(NEEDS_ATTENTION, [placementId, lease, JSON.stringify([evidence])]);
  }
}
