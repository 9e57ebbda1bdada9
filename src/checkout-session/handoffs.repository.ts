import { Injectable } from '@nestjs/common';
import { Database, statement, type Tx } from '../platform/database';
import type { SnapshotLine } from './session';

export type HandoffStatus = 'waiting' | 'ordered' | 'abandoned' | 'expired';

export interface HandoffRow {
  id: string;
  sessionId: string;
  shopperId: string;
  storeId: string;
  storeName: string;
  currency: string;
  items: SnapshotLine[];
  continueUrl: string;
  status: HandoffStatus;
  orderId: string | null;
  expiresAt: Date;
  live: boolean;
}

const HANDOFF = `h.id, h.session_id AS "sessionId", h.shopper_id AS "shopperId", h.store_id AS "storeId", s.name AS "storeName", s.currency,
  h.items, h.continue_url AS "continueUrl", h.status, h.order_id AS "orderId", h.expires_at AS "expiresAt",
  h.expires_at > clock_timestamp() AS live`;
const FROM = `FROM handoffs h JOIN stores s ON s.id = h.store_id`;

const OF_SHOPPER = statement('handoffs.of_shopper', `SELECT ${HANDOFF} ${FROM} WHERE h.id = $1 AND h.shopper_id = $2`);
const LOCK = statement('handoffs.lock', `SELECT ${HANDOFF} ${FROM} WHERE h.id = $1 FOR NO KEY UPDATE OF h`);
const END = statement(
  'handoffs.end',
  `UPDATE handoffs SET status = $2, order_id = $3, updated_at = now() WHERE id = $1`,
);
const SESSION_OF = statement('handoffs.session_of', `SELECT session_id AS "sessionId" FROM handoffs WHERE id = $1`);
const EXPIRED = statement(
  'handoffs.expired',
  `SELECT id FROM handoffs WHERE status = 'waiting' AND expires_at < clock_timestamp() ORDER BY expires_at LIMIT $1`,
);

/** Every statement on hand-offs. Their session's row is locked before theirs. */
@Injectable()
export class HandoffsRepository {
  constructor(private readonly database: Database) {}

  ofShopper(
    handoffId: string,
    shopperId: string,
    reader: Pick<Database, 'maybeOne'> = this.database,
  ): Promise<HandoffRow | undefined> {
    return reader.maybeOne<HandoffRow>(OF_SHOPPER, [handoffId, shopperId]);
  }

  lock(tx: Tx, handoffId: string): Promise<HandoffRow | undefined> {
    return tx.maybeOne<HandoffRow>(LOCK, [handoffId]);
  }

  async end(
    tx: Tx,
    handoffId: string,
    status: Exclude<HandoffStatus, 'waiting'>,
    orderId: string | null,
  ): Promise<void> {
    await tx.run(END, [handoffId, status, orderId]);
  }

  /** Those that have run out, the longest ago first. */
  async over(limit: number): Promise<string[]> {
    return (await this.database.rows<{ id: string }>(EXPIRED, [limit])).map((row) => row.id);
  }

  /** Which session it is of. */
  async sessionOf(tx: Tx, handoffId: string): Promise<string | undefined> {
    return (await tx.maybeOne<{ sessionId: string }>(SESSION_OF, [handoffId]))?.sessionId;
  }
}
