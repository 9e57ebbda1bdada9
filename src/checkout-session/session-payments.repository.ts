import { Injectable } from '@nestjs/common';
import { Database, statement, type Tx } from '../platform/database';
import { traceparent } from '../platform/tracing';
import type { CheckoutTier } from '../stores';
import { NOTIFY, RING } from './checkout.hints';
import { ACTION_MINUTES } from './checkout.repository';
import type { MethodShown } from './session';

/** How long after the authorisation placements may take: then what is not decided is cancelled, for the money waits. */
const DECIDED_WITHIN_MINUTES = 10;

/** What makes an event of a payment one that this session waits for: another payment, or a later state, is left alone. */
const WAITS_FOR_IT = `id = $1 AND payment_id = $2 AND authorized_at IS NULL AND completed_at IS NULL`;

const CHOOSE = statement(
  'checkout.choose_method',
  `UPDATE checkout_sessions cs SET payment_method_id = $2, payment_method = $3 WHERE id = $1`,
);
/** After a refusal: the payment that came to nothing is let go, so that `place` begins another. */
const CHOOSE_ANOTHER = statement(
  'checkout.choose_another_method',
  `UPDATE checkout_sessions cs
      SET payment_method_id = $2, payment_method = $3, payment_id = NULL, version = version + 1, updated_at = now()
    WHERE id = $1 RETURNING ${NOTIFY('cs')}`,
);
const BEGIN_AGAIN = statement(
  'checkout.begin_payment_again',
  `UPDATE checkout_sessions cs
      SET status = 'processing', action = NULL, payment_id = $2, give_up_at = now() + interval '${ACTION_MINUTES} minutes',
          version = version + 1, updated_at = now()
    WHERE id = $1 RETURNING ${NOTIFY('cs')}`,
);
/** The gate opens: every gated placement is queued, whatever its settlement. */
const OPEN_GATE = statement(
  'checkout.open_gate',
  `WITH s AS (
     UPDATE checkout_sessions
        SET status = 'processing', action = NULL, authorized_at = now(), version = version + 1, updated_at = now(),
            give_up_at = now() + interval '${DECIDED_WITHIN_MINUTES} minutes'
      WHERE ${WAITS_FOR_IT} RETURNING id, watched_until
   ), placement AS (
     UPDATE placements p SET status = 'queued', next_attempt_at = now(), traceparent = $3
       FROM s JOIN store_checkouts sc ON sc.session_id = s.id
      WHERE p.store_checkout_id = sc.id AND p.status = 'gated'
   )
   SELECT ${NOTIFY('s')}, ${RING} AS rung FROM s`,
);
/** In no promised order: what the shopper has to do does not come back once the payment was refused. */
const ASK = statement(
  'checkout.ask_for_action',
  `UPDATE checkout_sessions cs
      SET status = 'action_required', action = $3, give_up_at = now() + interval '${ACTION_MINUTES} minutes',
          version = version + 1, updated_at = now()
    WHERE ${WAITS_FOR_IT} AND ($3::jsonb->>'type' = 'choose_payment' OR action IS NULL OR action->>'type' <> 'choose_payment')
   RETURNING ${NOTIFY('cs')}`,
);
export const SESSIONS_TO_GIVE_UP = `SELECT id FROM checkout_sessions WHERE give_up_at < now() AND completed_at IS NULL`;
const TO_GIVE_UP = statement(
  'checkout.to_give_up',
  `${SESSIONS_TO_GIVE_UP} AND id <> ALL ($2::uuid[]) ORDER BY give_up_at LIMIT $1`,
);
/** Nothing of it was ordered, and nothing will be. */
const END = statement(
  'checkout.end_gated',
  `WITH s AS (
     UPDATE checkout_sessions
        SET status = $2, action = NULL, give_up_at = NULL, version = version + 1, completed_at = now(), updated_at = now()
      WHERE id = $1 RETURNING id, watched_until
   ), sc AS (
     UPDATE store_checkouts sc SET status = 'cancelled', message = $3, updated_at = now() FROM s
      WHERE sc.session_id = s.id AND sc.included RETURNING sc.id
   ), p AS (
     UPDATE placements p SET status = 'done', outcome = '{"type":"cancelled"}', lease_token = NULL, lease_until = NULL, finished_at = now()
       FROM sc WHERE p.store_checkout_id = sc.id AND p.status <> 'done'
   )
   SELECT ${NOTIFY('s')} FROM s`,
);
/** A placement that is not decided yet is taken from whoever works on it. */
const TAKE_UNDECIDED = statement(
  'checkout.take_undecided',
  `UPDATE placements SET status = 'done', outcome = $2, lease_token = NULL, lease_until = NULL, finished_at = now()
    WHERE store_checkout_id = $1 AND status <> 'done'
   RETURNING id, tier, attempts, coalesce(round(extract(epoch FROM now() - started_at) * 1000), 0)::float8 AS ms`,
);
const NOTHING_TO_GIVE_UP = statement(
  'checkout.nothing_to_give_up',
  `UPDATE checkout_sessions SET give_up_at = NULL WHERE id = $1`,
);

const FORGET = statement(
  'checkout.forget_methods',
  `UPDATE checkout_sessions SET payment_method = NULL WHERE shopper_id = $1 AND payment_method IS NOT NULL`,
);

/** Statements on sessions whose stores are paid now. The session's row is locked before each. */
@Injectable()
export class SessionPaymentsRepository {
  constructor(private readonly database: Database) {}

  /** Of a pending session, which is saved in the same transaction. */
  async choose(tx: Tx, sessionId: string, methodId: string, shown: MethodShown): Promise<void> {
    tx.write(CHOOSE, [sessionId, methodId, JSON.stringify(shown)]);
  }

  async chooseAnother(tx: Tx, sessionId: string, methodId: string, shown: MethodShown): Promise<void> {
    tx.write(CHOOSE_ANOTHER, [sessionId, methodId, JSON.stringify(shown)]);
  }

  async beginAgain(tx: Tx, sessionId: string, paymentId: string): Promise<void> {
    tx.write(BEGIN_AGAIN, [sessionId, paymentId]);
  }

  /** Changes nothing where the session does not wait for this payment. */
  openGate(tx: Tx, sessionId: string, paymentId: string): void {
    tx.write(OPEN_GATE, [sessionId, paymentId, traceparent()]);
  }

  ask(tx: Tx, sessionId: string, paymentId: string, action: { type: string; reason?: string }): void {
    tx.write(ASK, [sessionId, paymentId, JSON.stringify(action)]);
  }

  toGiveUp(limit: number, but: string[]): Promise<{ id: string }[]> {
    return this.database.rows(TO_GIVE_UP, [limit, but]);
  }

  async end(tx: Tx, sessionId: string, status: 'cancelled' | 'expired', message: string): Promise<void> {
    await tx.rows(END, [sessionId, status, message]);
  }

  takeUndecided(tx: Tx, storeCheckoutId: string, outcome: object) {
    return tx.maybeOne<{ id: string; tier: CheckoutTier; attempts: number; ms: number }>(TAKE_UNDECIDED, [
      storeCheckoutId,
      JSON.stringify(outcome),
    ]);
  }

  async nothingToGiveUp(tx: Tx, sessionId: string): Promise<void> {
    tx.write(NOTHING_TO_GIVE_UP, [sessionId]);
  }

  /** By which card somebody paid who closes the account; their sessions are locked. */
  async forgetMethods(tx: Tx, shopperId: string): Promise<void> {
    await tx.run(FORGET, [shopperId]);
  }
}
