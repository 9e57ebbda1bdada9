import { Injectable } from '@nestjs/common';
import type { OrderSide } from '../../orders';
import { Database, statement, type Reader, type Tx } from '../../platform/database';
import { KEY_OF_WORDS, type SealedWords, type StoredWords } from '../words';

export interface RatingRow extends StoredWords {
  side: OrderSide;
  stars: number;
  shownAt: Date | null;
  updatedAt: Date;
}

const OF_ORDER = statement(
  'trust.ratings_of_order',
  `SELECT r.side, r.stars, r.shown_at AS "shownAt", r.updated_at AS "updatedAt", r.content, r.key_subject_id AS "keySubjectId", ${KEY_OF_WORDS}
     FROM ratings r LEFT JOIN data_keys k ON k.subject_id = r.key_subject_id WHERE r.order_id = $1`,
);
// A rating that was shown stays as it was seen, whoever writes when.
const GIVE = statement(
  'trust.rate',
  `INSERT INTO ratings (order_id, store_id, side, stars, content, key_subject_id, show_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
   ON CONFLICT ON CONSTRAINT ratings_one_per_side DO UPDATE
      SET stars = excluded.stars, content = excluded.content, key_subject_id = excluded.key_subject_id, updated_at = now()
    WHERE ratings.shown_at IS NULL
   RETURNING id, xmax = 0 AS "isNew"`,
);
const SHOW_BOTH = statement(
  'trust.show_both_ratings',
  `UPDATE ratings SET shown_at = now()
    WHERE order_id = $1 AND shown_at IS NULL AND (SELECT count(*) FROM ratings WHERE order_id = $1) = 2`,
);
const SHOW_DUE = statement(
  'trust.show_due_ratings',
  `WITH due AS (SELECT id FROM ratings WHERE shown_at IS NULL AND show_at <= now() ORDER BY show_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED),
   shown AS (UPDATE ratings r SET shown_at = now() FROM due WHERE r.id = due.id RETURNING r.order_id, r.store_id)
   SELECT DISTINCT order_id AS "orderId", store_id AS "storeId" FROM shown`,
);
const FORGET = statement(
  'trust.forget_words_of_ratings',
  `UPDATE ratings SET content = NULL
    WHERE content IS NOT NULL AND key_subject_id IN (SELECT $1::uuid UNION ALL SELECT id FROM guests WHERE claimed_by = $1)`,
);

/** Every statement on ratings. The order's row is locked before one is given. */
@Injectable()
export class RatingsRepository {
  constructor(private readonly database: Database) {}

  ofOrder(orderId: string, reader: Reader = this.database): Promise<RatingRow[]> {
    return reader.rows(OF_ORDER, [orderId]);
  }

  /** Its id, and whether there was none before; undefined where one has been shown. */
  async give(
    tx: Tx,
    rating: { orderId: string; storeId: string; side: OrderSide; stars: number; showAt: Date },
    { content, keySubjectId }: { content: string | null; keySubjectId: string } | SealedWords,
  ): Promise<{ id: string; isNew: boolean } | undefined> {
    const { orderId, storeId, side, stars, showAt } = rating;
    return tx.maybeOne(GIVE, [orderId, storeId, side, stars, content, keySubjectId, showAt]);
  }

  /** Shows both, if both are in; whether it did. */
  async showBoth(tx: Tx, orderId: string): Promise<boolean> {
    return (await tx.run(SHOW_BOTH, [orderId])) > 0;
  }

  /** Shows those whose time is over; gives their orders. */
  showDue(tx: Tx, limit: number): Promise<{ orderId: string; storeId: string }[]> {
    return tx.rows(SHOW_DUE, [limit]);
  }

  /** Forgets what a user wrote; the stars stay. */
  async forgetWords(tx: Tx, userId: string): Promise<void> {
    await tx.run(FORGET, [userId]);
  }
}
