import { Injectable } from '@nestjs/common';
import { Database, statement, type Reader, type Tx } from '../platform/database';
import { STREAM_CHANNEL } from '../platform/events';
import type { ConversationRow, MessageRow, Side } from './conversation-row';

const ORDERS_SHOWN = 20;
/** Unread conversations are counted up to here. */
const MOST_COUNTED = 1_000;

const NOTIFY = (row: string) =>
  `CASE WHEN ${row}.watched_until > now() THEN pg_notify('${STREAM_CHANNEL}', 'conversation:' || ${row}.id) END AS notified`;

const MESSAGE = `m.id, m.seq, m.side, m.kind, m.order_id AS "orderId", m.key_subject_id AS "keySubjectId", mk.wrapped, mk.master_key_id AS "masterKeyId",
  m.body, m.jwe, m.summary, m.event, m.created_at AS "createdAt"`;
/** The names are those of ConversationRow, besides the latest message, whose columns stand beside it. */
const CONVERSATION = `SELECT c.id, c.store_id AS "storeId", s.name AS "storeName", s.status = 'active' AS "storeOpen", s.owner_user_id AS "ownerUserId",
    (s.contact_email IS NOT NULL OR s.contact_key) AS unclaimed, c.shopper_id AS "shopperId", c.buyer_ref AS "buyerRef",
    CASE WHEN c.sealed THEN 'sealed' WHEN u.id IS NULL THEN 'guest' ELSE 'user' END AS "buyerKind", u.display_name AS "buyerName", c.sealed,
    c.last_seq AS "lastSeq", c.for_buyer AS "forBuyer", c.for_merchant AS "forMerchant", c.buyer_read AS "buyerRead", c.merchant_read AS "merchantRead",
    c.buyer_read_seq AS "buyerReadSeq", c.merchant_read_seq AS "merchantReadSeq", c.buyer_blocked_at IS NOT NULL AS "buyerBlocked",
    c.merchant_blocked_at IS NOT NULL AS "merchantBlocked", c.closed_at IS NOT NULL AS closed, c.version, c.last_message_id AS "lastMessageId",
    c.last_message_at AS "lastMessageAt", c.created_at AS "createdAt",
    coalesce((SELECT json_agg(json_build_object('id', o.id, 'number', o.number, 'status', o.status))
       FROM (SELECT b.id, b.muse_order_id AS number, b.order_status AS status FROM messages w JOIN orders b ON b.id = w.order_id WHERE w.conversation_id = c.id AND w.kind = 'order' ORDER BY w.order_id DESC LIMIT ${ORDERS_SHOWN}) o), '[]') AS orders,
    m.id AS "messageId", m.seq, m.side, m.kind, m.order_id AS "orderId", m.key_subject_id AS "keySubjectId", mk.wrapped, mk.master_key_id AS "masterKeyId",
    m.body, m.jwe, m.summary, m.event, m.created_at AS "messageCreatedAt"
  FROM conversations c JOIN stores s ON s.id = c.store_id LEFT JOIN users u ON u.id = c.shopper_id
  LEFT JOIN messages m ON m.conversation_id = c.id AND m.seq = c.last_seq LEFT JOIN data_keys mk ON mk.subject_id = m.key_subject_id`;
// The id of one that was joined into another leads there.
const BY_ID = statement(
  'messaging.by_id',
  `${CONVERSATION} WHERE c.id = coalesce((SELECT joined_into FROM conversations WHERE id = $1), $1)`,
);
const OF_LINK = statement(
  'messaging.of_link',
  `${CONVERSATION} WHERE (s.contact_email IS NOT NULL OR s.contact_key) AND c.id = (SELECT coalesce(x.joined_into, x.id) FROM conversation_access_tokens t JOIN conversations x ON x.id = t.conversation_id
     WHERE t.id = $1 AND t.revoked_at IS NULL AND t.expires_at > now())`,
);
const OPENS = statement(
  'messaging.order_token_opens',
  `SELECT 1 AS opens FROM order_access_tokens t JOIN orders o ON o.id = t.order_id
    WHERE t.id = $1 AND t.acts AND t.revoked_at IS NULL AND t.expires_at > now() AND o.conversation_id = $2`,
);
const BEFORE = `c.last_message_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)`;
const OF_PAIR = statement(
  'messaging.of_buyer_and_store',
  `${CONVERSATION} WHERE c.shopper_id = $1 AND c.store_id = $2 AND c.closed_at IS NULL`,
);
const OF_REFERENCE = statement('messaging.of_reference', `${CONVERSATION} WHERE c.buyer_ref = $1`);
const LIST_OF_BUYER = statement(
  'messaging.list_of_buyer',
  `${CONVERSATION} WHERE c.shopper_id = $1 AND c.closed_at IS NULL AND ${BEFORE} ORDER BY c.last_message_id DESC LIMIT $3`,
);
const LIST_OF_STORE = statement(
  'messaging.list_of_store',
  `${CONVERSATION} WHERE c.store_id = $1 AND c.joined_into IS NULL AND ${BEFORE} ORDER BY c.last_message_id DESC LIMIT $3`,
);
// By the index of what is unread, and no further than anybody counts.
const UNREAD = (side: Side, of: string) =>
  statement(
    `messaging.unread_of_${side}`,
    `SELECT coalesce(sum(unread), 0)::int AS messages, count(*)::int AS conversations
       FROM (SELECT for_${side} - ${side}_read AS unread FROM conversations WHERE ${of} AND for_${side} > ${side}_read LIMIT ${MOST_COUNTED}) AS c`,
  );
const UNREAD_OF_BUYER = UNREAD('buyer', 'shopper_id = $1 AND closed_at IS NULL');
const UNREAD_OF_STORE = UNREAD('merchant', 'store_id = $1 AND joined_into IS NULL');
// Whoever comes at once waits here for the other; what both get is the same row, locked.
const OPEN = statement(
  'messaging.open',
  `INSERT INTO conversations AS c (store_id, shopper_id, id) VALUES ($1, $2, coalesce($3, uuidv7()))
   ON CONFLICT (shopper_id, store_id) WHERE shopper_id IS NOT NULL DO UPDATE SET version = c.version
   RETURNING id, (c.xmax = 0) AS opened`,
);
const OPEN_SEALED = statement(
  'messaging.open_sealed',
  `INSERT INTO conversations AS c (store_id, buyer_ref, sealed, id) VALUES ($1, $2, true, coalesce($3, uuidv7()))
   ON CONFLICT (buyer_ref) WHERE buyer_ref IS NOT NULL DO UPDATE SET version = c.version
   RETURNING id, (c.xmax = 0) AS opened`,
);
// Orders and what happens to them are told even to who has blocked the other side; words are not.
const APPEND = statement(
  'messaging.append',
  `WITH c AS (
     UPDATE conversations c
        SET last_seq = last_seq + 1, for_buyer = for_buyer + $5::int, for_merchant = for_merchant + $6::int, version = version + 1,
            last_message_id = greatest(last_message_id, $2::uuid), last_message_at = clock_timestamp()
      WHERE id = $1 AND (NOT $7::boolean OR (buyer_blocked_at IS NULL AND merchant_blocked_at IS NULL AND closed_at IS NULL))
     RETURNING id, sealed, last_seq, for_buyer, for_merchant, last_message_at, watched_until
   ), m AS (
     INSERT INTO messages (id, conversation_id, sealed, seq, side, kind, for_buyer, for_merchant, created_at, order_id, key_subject_id, body, jwe, summary, event)
     SELECT $2, id, sealed, last_seq, $3, $4, for_buyer, for_merchant, last_message_at, $8, $9, $10, $11, $12, $13 FROM c
     RETURNING seq, created_at
   )
   SELECT m.seq, m.created_at AS "createdAt", ${NOTIFY('c')} FROM c, m`,
);
const MESSAGES = statement(
  'messaging.messages',
  `SELECT ${MESSAGE} FROM messages m LEFT JOIN data_keys mk ON mk.subject_id = m.key_subject_id
    WHERE m.conversation_id = $1 AND m.seq < coalesce($2, 2147483647) ORDER BY m.seq DESC LIMIT $3`,
);
// What the message counts up to is written in it: reading and writing at once need not wait for each other to be right.
const READ = (side: Side) =>
  statement(
    `messaging.read_as_${side}`,
    `WITH m AS (SELECT seq, for_${side} FROM messages WHERE id = $2 AND conversation_id = $1), c AS (
       UPDATE conversations c SET ${side}_read_seq = m.seq, ${side}_read = m.for_${side}, version = version + 1 FROM m
        WHERE c.id = $1 AND c.${side}_read_seq < m.seq RETURNING c.id, c.watched_until
     )
     SELECT (SELECT ${NOTIFY('c')} FROM c) FROM m`,
  );
const READ_AS: Record<Side, ReturnType<typeof READ>> = { buyer: READ('buyer'), merchant: READ('merchant') };
const BLOCK = (side: Side) =>
  statement(
    `messaging.block_as_${side}`,
    `UPDATE conversations c SET ${side}_blocked_at = CASE WHEN $2 THEN now() END, version = version + 1
      WHERE id = $1 AND (${side}_blocked_at IS NULL) = $2 RETURNING ${NOTIFY('c')}`,
  );
const BLOCK_AS: Record<Side, ReturnType<typeof BLOCK>> = { buyer: BLOCK('buyer'), merchant: BLOCK('merchant') };
const WATCH = statement(
  'messaging.watch',
  `UPDATE conversations SET watched_until = now() + interval '11 minutes' WHERE id = $1`,
);
const CLOSE_OF = statement(
  'messaging.close_of',
  `WITH staff AS (UPDATE message_reports SET closed_by = NULL WHERE closed_by = $1)
   UPDATE conversations c SET closed_at = now(), version = version + 1 WHERE shopper_id = $1 AND closed_at IS NULL RETURNING ${NOTIFY('c')}`,
);
// By id, so that two who sign in as one wait for each other in one order.
const LOCK_OF = statement(
  'messaging.lock_of',
  `SELECT id, store_id AS "storeId", shopper_id AS "shopperId" FROM conversations WHERE shopper_id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
);
// Each order tells of itself once, in the conversation that it names (orders.conversation_id, which no index leads from).
const ORDERS_OF = statement(
  'messaging.orders_of',
  `SELECT order_id AS id FROM messages WHERE conversation_id = $1 AND kind = 'order'`,
);
const MOVE = statement(
  'messaging.move',
  `UPDATE conversations SET shopper_id = $2, version = version + 1 WHERE id = $1`,
);
/**
 * The messages of $1 among those of $2, by time and numbered anew; both are locked. What was unread stays unread: each side's
 * mark goes to before the first message that it had not read.
 */
const JOIN_MESSAGES = statement(
  'messaging.join_messages',
  `WITH said AS (
     SELECT m.id, row_number() OVER (ORDER BY m.created_at, m.id)::int AS seq, m.created_at,
            m.for_buyer - lag(m.for_buyer, 1, 0) OVER own AS for_buyer, m.for_merchant - lag(m.for_merchant, 1, 0) OVER own AS for_merchant,
            m.seq > c.buyer_read_seq AS new_to_buyer, m.seq > c.merchant_read_seq AS new_to_merchant
       FROM messages m JOIN conversations c ON c.id = m.conversation_id
      WHERE m.conversation_id IN ($1, $2) WINDOW own AS (PARTITION BY m.conversation_id ORDER BY m.seq)
   ), counted AS (
     SELECT id, seq, new_to_buyer AND for_buyer > 0 AS news_for_buyer, new_to_merchant AND for_merchant > 0 AS news_for_merchant, sum(for_buyer) OVER so_far AS for_buyer, sum(for_merchant) OVER so_far AS for_merchant
       FROM said WINDOW so_far AS (ORDER BY seq)
   ), marks AS (
     SELECT coalesce(min(seq) FILTER (WHERE news_for_buyer) - 1, max(seq)) AS buyer, coalesce(min(seq) FILTER (WHERE news_for_merchant) - 1, max(seq)) AS merchant,
            max(seq) AS last, max(for_buyer) AS for_buyer, max(for_merchant) AS for_merchant FROM counted
   ), numbered AS (
     UPDATE messages m SET conversation_id = $2, seq = n.seq, for_buyer = n.for_buyer, for_merchant = n.for_merchant FROM counted n WHERE m.id = n.id
   ), gone AS (
     UPDATE conversations SET joined_into = $2, shopper_id = NULL, version = version + 1 WHERE id = $1
     RETURNING last_message_id, last_message_at, buyer_blocked_at, merchant_blocked_at
   ), tokens AS (
     UPDATE conversation_access_tokens SET conversation_id = $2 WHERE conversation_id = $1
   )
   UPDATE conversations c
      SET last_seq = marks.last, for_buyer = marks.for_buyer, for_merchant = marks.for_merchant, version = c.version + 1,
          buyer_read_seq = marks.buyer, buyer_read = coalesce((SELECT for_buyer FROM counted WHERE seq = marks.buyer), 0),
          merchant_read_seq = marks.merchant, merchant_read = coalesce((SELECT for_merchant FROM counted WHERE seq = marks.merchant), 0),
          last_message_id = greatest(c.last_message_id, gone.last_message_id), last_message_at = greatest(c.last_message_at, gone.last_message_at),
          buyer_blocked_at = coalesce(c.buyer_blocked_at, gone.buyer_blocked_at), merchant_blocked_at = coalesce(c.merchant_blocked_at, gone.merchant_blocked_at),
          told_seq = 0, told_at = NULL
     FROM marks, gone WHERE c.id = $2`,
);

/** A message to write: of `body`, `jwe`, `summary` and `event` what its kind asks for. */
export interface NewMessage {
  id: string;
  side: MessageRow['side'];
  kind: MessageRow['kind'];
  countsForBuyer: boolean;
  countsForMerchant: boolean;
  /** Whether it is refused where one side has blocked the other, or the buyer is gone. */
  refusable: boolean;
  orderId?: string;
  keySubjectId?: string;
  body?: unknown;
  jwe?: unknown;
  summary?: unknown;
  event?: unknown;
}

/** What a list is of, and after which conversation it goes on. */
export interface PageOf {
  of: 'buyer' | 'store';
  id: string;
  before?: string;
  limit: number;
}

/** Every statement on conversations and their messages. A conversation's row is locked before anything of it changes, after all else. */
@Injectable()
export class ConversationsRepository {
  constructor(private readonly database: Database) {}

  async byId(id: string, reader: Reader = this.database): Promise<ConversationRow | undefined> {
    return rowOf(await reader.maybeOne<StoredRow>(BY_ID, [id]));
  }

  /** The one that a link opens, while its store is unclaimed. */
  async ofLink(tokenId: string, reader: Reader = this.database): Promise<ConversationRow | undefined> {
    return rowOf(await reader.maybeOne<StoredRow>(OF_LINK, [tokenId]));
  }

  /** Whether a token stands for the buyer of an order of this conversation. */
  async isOpenTo(tokenId: string, conversationId: string, reader: Reader): Promise<boolean> {
    return (await reader.maybeOne(OPENS, [tokenId, conversationId])) !== undefined;
  }

  /** The open one and the sealed one of a buyer and a store, as far as there are any. */
  async ofPair(shopperId: string, storeId: string, buyerRef: Buffer): Promise<ConversationRow[]> {
    const found = await Promise.all([
      this.database.rows<StoredRow>(OF_PAIR, [shopperId, storeId]),
      this.database.rows<StoredRow>(OF_REFERENCE, [buyerRef]),
    ]);
    return found.flat().map((row) => rowOf(row));
  }

  async list({ of, id, before, limit }: PageOf): Promise<ConversationRow[]> {
    const list = of === 'buyer' ? LIST_OF_BUYER : LIST_OF_STORE;
    const rows = await this.database.rows<StoredRow>(list, [id, before ?? null, limit]);
    return rows.map((row) => rowOf(row));
  }

  async unread(of: 'buyer' | 'store', id: string): Promise<{ messages: number; conversations: number }> {
    return (await this.database.maybeOne(of === 'buyer' ? UNREAD_OF_BUYER : UNREAD_OF_STORE, [id]))!;
  }

  /**
   * The conversation of this buyer and store, locked; `opened`: there was none. `id`: of a new one, where it has
   * been chosen. Throws InvalidField (422) where that is another's.
   */
  async open(tx: Tx, storeId: string, buyer: string | Buffer, id?: string): Promise<{ id: string; opened: boolean }> {
    return (await tx.maybeOne(typeof buyer === 'string' ? OPEN : OPEN_SEALED, [storeId, buyer, id ?? null]))!;
  }

  /** Undefined where it is refused. */
  async append(
    tx: Tx,
    conversationId: string,
    message: NewMessage,
  ): Promise<{ seq: number; createdAt: Date } | undefined> {
    return tx.maybeOne(APPEND, toAppend(conversationId, message));
  }

  /** Appends what is told whatever the two sides think of each other: nobody has to wait for it. */
  tell(tx: Tx, conversationId: string, message: NewMessage): void {
    tx.write(APPEND, toAppend(conversationId, message));
  }

  /** The latest first, before `before`. */
  messages(
    conversationId: string,
    before: number | undefined,
    limit: number,
    reader: Reader = this.database,
  ): Promise<MessageRow[]> {
    return reader.rows<MessageRow>(MESSAGES, [conversationId, before ?? null, limit]);
  }

  /** Moves a side's mark up to this message; false where it is none of this conversation. */
  async markRead(tx: Tx, conversationId: string, side: Side, messageId: string): Promise<boolean> {
    return (await tx.maybeOne(READ_AS[side], [conversationId, messageId])) !== undefined;
  }

  /** False where it was so already. */
  async setBlocked(tx: Tx, conversationId: string, side: Side, blocked: boolean): Promise<boolean> {
    return (await tx.maybeOne(BLOCK_AS[side], [conversationId, blocked])) !== undefined;
  }

  async watch(conversationId: string): Promise<void> {
    await this.database.rows(WATCH, [conversationId]);
  }

  /** Of somebody who closes the account; what they decided of reports names them no more. */
  async closeOf(tx: Tx, shopperId: string): Promise<void> {
    await tx.rows(CLOSE_OF, [shopperId]);
  }

  lockOf(tx: Tx, shopperIds: string[]) {
    return tx.rows<{ id: string; storeId: string; shopperId: string }>(LOCK_OF, [shopperIds]);
  }

  /** Ids of the orders of one that lockOf() has locked. */
  async ordersOf(tx: Tx, conversationId: string): Promise<string[]> {
    return (await tx.rows<{ id: string }>(ORDERS_OF, [conversationId])).map(({ id }) => id);
  }

  async move(tx: Tx, conversationId: string, shopperId: string): Promise<void> {
    await tx.run(MOVE, [conversationId, shopperId]);
  }

  /** One conversation goes into another of the same store; both are locked. */
  async join(tx: Tx, fromId: string, intoId: string): Promise<void> {
    await tx.run(JOIN_MESSAGES, [fromId, intoId]);
  }
}

type StoredRow = Omit<ConversationRow, 'latest'> &
  Omit<MessageRow, 'id' | 'createdAt'> & { messageId: string | null; messageCreatedAt: Date };

function rowOf(row: StoredRow): ConversationRow;
function rowOf(row: StoredRow | undefined): ConversationRow | undefined;
function rowOf(row: StoredRow | undefined): ConversationRow | undefined {
  if (!row) return undefined;
  const { messageId, messageCreatedAt, seq, side, kind, orderId, keySubjectId, wrapped, masterKeyId, ...more } = row;
  const { body, jwe, summary, event, ...conversation } = more;
  const said = { seq, side, kind, orderId, keySubjectId, wrapped, masterKeyId, body, jwe, summary, event };
  return {
    ...conversation,
    latest: messageId === null ? null : { id: messageId, createdAt: messageCreatedAt, ...said },
  };
}

function toAppend(conversationId: string, message: NewMessage): unknown[] {
  return [
    ...[conversationId, message.id, message.side, message.kind],
    ...[message.countsForBuyer ? 1 : 0, message.countsForMerchant ? 1 : 0, message.refusable],
    ...[message.orderId ?? null, message.keySubjectId ?? null],
    ...[json(message.body), json(message.jwe), json(message.summary), json(message.event)],
  ];
}

function json(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
