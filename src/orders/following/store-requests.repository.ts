import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import { JOB_OF, LEASE_SECONDS } from '../../platform/jobs';
import { traceparent } from '../../platform/tracing';
import { NAME_AT_STORE, type StoreAbility } from '../../store-integrations';
import type { JoinedKey } from '../life/order-words';
import { NOTIFY } from '../orders.repository';

export const REQUEST_TASK = 'store_request';

const OFFERED = statement(
  'orders.offered_by_store',
  `SELECT o.store_order_id AS "storeOrderId", o.store_offers AS offers, s.name AS "storeName"
     FROM orders o JOIN stores s ON s.id = o.store_id WHERE o.id = $1`,
);
/** With a job for each request that is new. */
const ASKED = `SELECT graphile_worker.add_job('${REQUEST_TASK}', ${JOB_OF('$5')}, job_key := id::text, max_attempts := 3, job_key_mode := 'unsafe_dedupe') FROM request`;
// One that is under way, or that the store has taken, is the same wish: nothing is written.
const ASK_CANCEL = statement(
  'orders.ask_store_to_cancel',
  `WITH request AS (
     INSERT INTO store_requests (order_id, kind, sealed_reason) VALUES ($1, 'cancel', $2::jsonb)
     ON CONFLICT (order_id) WHERE kind = 'cancel' AND status IN ('pending', 'done') DO NOTHING RETURNING id, order_id
   ), history AS (
     INSERT INTO order_events (order_id, type, actor, actor_id, sealed_reason) SELECT order_id, 'cancel_asked', $3, $4, $2::jsonb FROM request
   ), touched AS (
     UPDATE orders SET version = version + 1, updated_at = now() FROM request WHERE orders.id = request.order_id RETURNING orders.id, watched_until
   ), told AS (SELECT ${NOTIFY} FROM touched)
   ${ASKED}, told`,
);
const ASK_RETURN = statement(
  'orders.ask_store_to_take_back',
  `WITH request AS (
     INSERT INTO store_requests (order_id, kind, return_id) VALUES ($1, 'return', $2) RETURNING id
   )
   ${ASKED.replace('$5', '$3')}`,
);
const CLAIM = statement(
  'store_requests.claim',
  `UPDATE store_requests SET lease_token = $2, lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds', attempts = attempts + 1
    WHERE id = $1 AND status = 'pending' AND next_attempt_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
   RETURNING id, order_id AS "orderId", kind, return_id AS "returnId", sealed_reason AS "sealedReason", attempts`,
);
// In whose name, about what: read beside the claim.
const ABOUT = statement(
  'store_requests.about',
  `SELECT o.store_id AS "storeId", o.store_order_id AS "remoteId", o.buyer_user_id AS "userId", w.checkout_id AS "checkoutId", w.asked_by AS "askedBy",
          r.id AS "returnId", r.words, coalesce(r.key_subject_id, o.key_subject_id) AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId",
          (SELECT json_agg(json_build_object('itemId', i.id, 'externalId', ${NAME_AT_STORE('i')}, 'quantity', x.quantity) ORDER BY i.position)
             FROM return_items x JOIN order_items i ON i.id = x.order_item_id WHERE x.return_id = r.id) AS lines
     FROM store_requests q JOIN orders o ON o.id = q.order_id LEFT JOIN returns r ON r.id = q.return_id
     LEFT JOIN store_orders w ON w.store_id = o.store_id AND w.remote_id = o.store_order_id
     LEFT JOIN data_keys k ON k.subject_id = coalesce(r.key_subject_id, o.key_subject_id)
    WHERE q.id = $1`,
);
const RENEW = statement(
  'store_requests.renew',
  `UPDATE store_requests SET lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds' WHERE id = $1 AND lease_token = $2 RETURNING 1 AS alive`,
);
const FINISH = statement(
  'store_requests.finish',
  `UPDATE store_requests SET status = $3, code = $4, finished_at = now(), sealed_reason = NULL, lease_token = NULL, lease_until = NULL
    WHERE id = $1 AND lease_token = $2 AND status = 'pending'`,
);
const LATER = statement(
  'store_requests.later',
  `UPDATE store_requests SET next_attempt_at = now() + make_interval(secs => $3), code = $4, lease_token = NULL, lease_until = NULL
    WHERE id = $1 AND lease_token = $2`,
);
export const REQUESTS_DUE = `SELECT id FROM store_requests
    WHERE status = 'pending' AND greatest(next_attempt_at, coalesce(lease_until, '-infinity')) < now() ORDER BY next_attempt_at LIMIT 200`;
const NOTE_REFUSED = statement(
  'orders.note_cancel_refused',
  `WITH touched AS (
     UPDATE orders SET version = version + 1, updated_at = now() WHERE id = $1 RETURNING id, watched_until
   ), history AS (
     INSERT INTO order_events (order_id, type, actor, reason) SELECT id, 'cancel_refused', 'system', $2 FROM touched
   )
   SELECT ${NOTIFY} FROM touched`,
);

/** What the store can do about an order; `offers` null until it was asked. */
export interface Offered {
  storeOrderId: string | null;
  offers: StoreAbility[] | null;
  storeName: string;
}

export interface ClaimedRequest {
  id: string;
  orderId: string;
  kind: 'cancel' | 'return';
  returnId: string | null;
  sealedReason: SealedJson | null;
  attempts: number;
}

/** What a store is asked about, and the words of a return. */
export interface RequestAbout extends JoinedKey {
  storeId: string;
  remoteId: string;
  userId: string | null;
  checkoutId: string | null;
  askedBy: 'api' | 'browser' | null;
  returnId: string | null;
  words: SealedJson | null;
  lines: { itemId: string; externalId: string | null; quantity: number }[] | null;
}

/** Every statement on what buyers ask of stores. The order's row is locked before a request is written or finished. */
@Injectable()
export class StoreRequestsRepository {
  constructor(private readonly database: Database) {}

  async offered(tx: Tx, orderId: string): Promise<Offered> {
    return (await tx.maybeOne<Offered>(OFFERED, [orderId]))!;
  }

  /** Again while one is under way, or once the store has taken it: the same. */
  askCancel(tx: Tx, orderId: string, sealedReason: SealedJson | null, by: { kind: string; id: string | null }): void {
    const reason = sealedReason && JSON.stringify(sealedReason);
    tx.write(ASK_CANCEL, [orderId, reason, by.kind, by.id, traceparent()]);
  }

  askReturn(tx: Tx, orderId: string, returnId: string): void {
    tx.write(ASK_RETURN, [orderId, returnId, traceparent()]);
  }

  claim(id: string, lease: string): Promise<ClaimedRequest | undefined> {
    return this.database.maybeOne<ClaimedRequest>(CLAIM, [id, lease]);
  }

  async about(id: string): Promise<RequestAbout> {
    return (await this.database.maybeOne<RequestAbout>(ABOUT, [id]))!;
  }

  async renew(id: string, lease: string): Promise<boolean> {
    return (await this.database.maybeOne(RENEW, [id, lease])) !== undefined;
  }

  /** False where another worker has it by now. */
  async finish(
    tx: Tx,
    id: string,
    lease: string,
    status: 'done' | 'refused' | 'failed',
    code: string | null,
  ): Promise<boolean> {
    return (await tx.run(FINISH, [id, lease, status, code && code.slice(0, 100)])) > 0;
  }

  async later(id: string, lease: string, waitMs: number, code: string): Promise<void> {
    await this.database.rows(LATER, [id, lease, waitMs / 1000, code.slice(0, 100)]);
  }

  noteRefused(tx: Tx, orderId: string, code: string): void {
    tx.write(NOTE_REFUSED, [orderId, code.slice(0, 100)]);
  }
}
