import { Injectable } from '@nestjs/common';
import { Database, statement, sweeping, type Tx } from '../../platform/database';

/** What a store may take, as its row has it, with the method's id at the provider. */
export interface DelegationRow {
  id: string;
  provider: string;
  providerMethodId: string;
  providerKey: string;
  storeId: string;
  seller: string;
  maxCents: number;
  currency: string;
  status: 'asked' | 'granted' | 'refused' | 'ending' | 'ended';
  refusalCode: string | null;
  expiresAt: Date;
  isOver: boolean;
}

export interface DelegationTerms {
  id: string;
  userId: string;
  /** Null: the user's default. */
  paymentMethodId: string | null;
  provider: string;
  storeId: string;
  seller: string;
  maxCents: number;
  currency: string;
}

const COLUMNS = `d.id, d.provider, d.provider_key AS "providerKey", d.store_id AS "storeId", d.seller,
  d.max_cents::float8 AS "maxCents", d.currency, d.status, d.refusal_code AS "refusalCode", d.expires_at AS "expiresAt",
  d.expires_at <= now() AS "isOver", m.provider_method_id AS "providerMethodId"`;

// Not for an account that is closed, or being closed: the erasure holds the user's row. The method stands in no second row.
const INTEND = statement(
  'delegations.intend',
  `WITH own AS (
     SELECT m.id AS method_id, u.id AS user_id
       FROM users u JOIN payment_methods m ON m.shopper_id = u.id AND m.removed_at IS NULL AND NOT m.single_use AND m.provider = $4
      WHERE u.id = $2 AND u.disabled_at IS NULL AND u.erased_at IS NULL AND CASE WHEN $3::uuid IS NULL THEN m.is_default ELSE m.id = $3 END
        FOR SHARE OF u
   ), made AS (
     INSERT INTO payment_delegations AS d (id, user_id, payment_method_id, provider, store_id, seller, max_cents, currency, expires_at)
     SELECT $1, user_id, method_id, $4, $5, $6, $7, $8, now() + interval '1 hour' FROM own
     ON CONFLICT (id) DO UPDATE SET seller = d.seller WHERE d.user_id = $2
     RETURNING *
   )
   SELECT ${COLUMNS} FROM made d JOIN payment_methods m ON m.id = d.payment_method_id AND m.removed_at IS NULL`,
);
const RENEW = statement(
  'delegations.renew_key',
  `UPDATE payment_delegations SET provider_key = uuidv7() WHERE id = $1 AND provider_key = $2 AND status = 'asked'`,
);
// What was ended meanwhile stays ended: the token that comes too late is nobody's.
const GRANTED = statement(
  'delegations.granted',
  `UPDATE payment_delegations SET status = 'granted' WHERE id = $1 AND status IN ('asked', 'granted') RETURNING id`,
);
const REFUSED = statement(
  'delegations.refused',
  `UPDATE payment_delegations SET status = 'refused', refusal_code = $2 WHERE id = $1 AND status = 'asked'`,
);
const END = statement(
  'delegations.end',
  `UPDATE payment_delegations SET status = 'ending', next_attempt_at = now() WHERE id = $1 AND status IN ('asked', 'granted')`,
);
const ENDING = statement(
  'delegations.ending',
  `WITH due AS (
     SELECT id FROM payment_delegations WHERE status = 'ending' AND next_attempt_at <= now()
      ORDER BY next_attempt_at LIMIT 20 FOR UPDATE SKIP LOCKED
   ), taken AS (
     UPDATE payment_delegations d SET next_attempt_at = now() + interval '1 minute' FROM due WHERE d.id = due.id RETURNING d.*
   )
   SELECT ${COLUMNS} FROM taken d JOIN payment_methods m ON m.id = d.payment_method_id`,
);
const ENDED = statement(
  'delegations.ended',
  `UPDATE payment_delegations SET status = 'ended', ended_at = now(), next_attempt_at = NULL WHERE id = $1 AND status = 'ending'`,
);
const FORGET = statement('delegations.forget', `DELETE FROM payment_delegations WHERE user_id = $1`);
const OLD = sweeping('delegations.old', 'payment_delegations', `expires_at < now() - interval '1 day'`);

/** Named questions about what stores may take. */
@Injectable()
export class DelegationsRepository {
  constructor(private readonly database: Database) {}

  /** The intent, or the one that stands under this id; undefined where the user has no such method, or the id is another's. */
  intend(terms: DelegationTerms): Promise<DelegationRow | undefined> {
    const { id, userId, paymentMethodId, provider, storeId, seller, maxCents, currency } = terms;
    const values = [id, userId, paymentMethodId, provider, storeId, seller, maxCents, currency];
    return this.database.maybeOne<DelegationRow>(INTEND, values);
  }

  async renewKey(id: string, key: string): Promise<void> {
    await this.database.rows(RENEW, [id, key]);
  }

  /** False where it was ended meanwhile. */
  async granted(id: string): Promise<boolean> {
    return (await this.database.maybeOne(GRANTED, [id])) !== undefined;
  }

  async refused(id: string, code: string): Promise<void> {
    await this.database.rows(REFUSED, [id, code]);
  }

  async end(tx: Tx, id: string): Promise<void> {
    tx.write(END, [id]);
  }

  /** Some that are to be ended, for a minute nobody else's. */
  ending(): Promise<DelegationRow[]> {
    return this.database.rows<DelegationRow>(ENDING);
  }

  async ended(id: string): Promise<void> {
    await this.database.rows(ENDED, [id]);
  }

  async forget(tx: Tx, userId: string): Promise<void> {
    await tx.run(FORGET, [userId]);
  }

  forgetOld(): Promise<void> {
    return this.database.sweep(OLD);
  }
}
