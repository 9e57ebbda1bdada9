import { Injectable } from '@nestjs/common';
import { Database, statement, sweeping, type Reader, type Tx } from '../../platform/database';
import { STREAM_CHANNEL } from '../../platform/events';
import type { Params, Target } from './news';

/** Of so many that somebody has not read, the newest are kept. */
export const MOST_UNREAD = 500;
/** How often it is looked whether there are more: with each so manieth notification. Until then there may be as many more. */
const LOOKED_AT_EACH = 20;
/** What a stream sends at once. */
const BATCH = 100;

/** One notification to add. */
export interface NewNotification {
  recipientId: string;
  kind: string;
  asMerchant: boolean;
  targetKind: Target;
  targetId: string;
  orderId: string | null;
  storeId: string | null;
  topicId: string | null;
  params: Params;
}

/** A number given in somebody's inbox. */
interface Numbered {
  recipientId: string;
  sequence: number;
  /** False: they had been told of the event before. */
  added: boolean;
}

export interface NotificationRow {
  id: string;
  sequence: number;
  kind: string;
  asMerchant: boolean;
  targetKind: Target;
  targetId: string;
  orderId: string | null;
  storeId: string | null;
  storeName: string | null;
  product: string | null;
  size: string | null;
  color: string | null;
  params: Params;
  readAt: Date | null;
  createdAt: Date;
}

export const topicOf = (recipientId: string): string => `inbox:${recipientId}`;

const TOLD = `CASE WHEN i.watched_until > now() THEN pg_notify('${STREAM_CHANNEL}', 'inbox:' || i.recipient_id) END AS notified`;

const OPEN = statement(
  'notifications.open_inboxes',
  `INSERT INTO inboxes (recipient_id) SELECT id FROM unnest($1::uuid[]) AS id ORDER BY id ON CONFLICT DO NOTHING`,
);
const LOCK = statement(
  'notifications.lock_inboxes',
  `SELECT recipient_id FROM inboxes WHERE recipient_id = ANY ($1::uuid[]) ORDER BY recipient_id FOR NO KEY UPDATE`,
);
// The number is that of the locked row, whatever this statement saw before it waited. Gives whose inboxes there were.
const NUMBERED = `told AS (
     SELECT * FROM jsonb_to_recordset($2::jsonb) AS t ("recipientId" uuid, kind text, "asMerchant" boolean, "targetKind" text, "targetId" uuid,
       "orderId" uuid, "storeId" uuid, "topicId" uuid, params jsonb)
   ), i AS (
     UPDATE inboxes SET last_sequence = last_sequence + 1 FROM told WHERE recipient_id = told."recipientId"
     RETURNING recipient_id, last_sequence, watched_until
   ), added AS (
     INSERT INTO notifications (recipient_id, sequence, event_id, kind, as_merchant, target_kind, target_id, order_id, store_id, topic_id, params)
     SELECT i.recipient_id, i.last_sequence, $1, t.kind, t."asMerchant", t."targetKind", t."targetId", t."orderId", t."storeId", t."topicId", t.params
       FROM told t JOIN i ON i.recipient_id = t."recipientId"
     ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
     RETURNING recipient_id, kind, topic_id
   )`;
const SAY_NUMBERED = `SELECT i.recipient_id AS "recipientId", i.last_sequence AS sequence, a.recipient_id IS NOT NULL AS added, ${TOLD}
  FROM i LEFT JOIN added a ON a.recipient_id = i.recipient_id`;
const ADD = statement('notifications.add', `WITH ${NUMBERED} ${SAY_NUMBERED}`);
// Behind the locks, in a statement of its own, so that it knows every notification there is.
const ADD_IN_PLACE = statement(
  'notifications.add_in_place_of_others',
  `WITH ${NUMBERED}, replaced AS (
     DELETE FROM notifications n USING added a
      WHERE a.topic_id IS NOT NULL AND n.recipient_id = a.recipient_id AND n.read_at IS NULL AND n.kind = a.kind AND n.topic_id = a.topic_id
   )
   ${SAY_NUMBERED}`,
);
// The row is locked: nobody has seen the number. One that another event of this transaction has gone beyond stays unused.
const GIVE_BACK = statement(
  'notifications.give_number_back',
  `UPDATE inboxes i SET last_sequence = i.last_sequence - 1 FROM unnest($1::uuid[], $2::bigint[]) AS given (id, sequence)
    WHERE i.recipient_id = given.id AND i.last_sequence = given.sequence`,
);
// Looked for once for each person, and not once for each row, whatever the planner believes of their number.
const KEEP_NEWEST_UNREAD = statement(
  'notifications.keep_newest_unread',
  `WITH over AS MATERIALIZED (
     SELECT id, (SELECT sequence FROM notifications WHERE recipient_id = r.id AND read_at IS NULL
                  ORDER BY sequence DESC OFFSET ${MOST_UNREAD} LIMIT 1) AS sequence
       FROM unnest($1::uuid[]) AS r (id)
   )
   DELETE FROM notifications n USING over WHERE n.recipient_id = over.id AND n.read_at IS NULL AND n.sequence <= over.sequence`,
);

const SHOWN = `n.id, n.sequence, n.kind, n.as_merchant AS "asMerchant", n.target_kind AS "targetKind", n.target_id AS "targetId", n.order_id AS "orderId",
  n.store_id AS "storeId", s.name AS "storeName", p.title AS product, v.size, v.color, n.params, n.read_at AS "readAt", n.created_at AS "createdAt"`;
const NAMED = `LEFT JOIN stores s ON s.id = n.store_id LEFT JOIN variants v ON v.id = n.topic_id LEFT JOIN products p ON p.id = v.product_id`;
const PAGE = (name: string, more: string) =>
  statement(
    name,
    `SELECT ${SHOWN} FROM notifications n ${NAMED}
      WHERE n.recipient_id = $1 AND n.sequence < coalesce($2, 9007199254740991) ${more} ORDER BY n.sequence DESC LIMIT $3`,
  );
const ALL = PAGE('notifications.all', '');
const UNREAD = PAGE('notifications.unread', 'AND n.read_at IS NULL');
const BY_ID = statement(
  'notifications.by_id',
  `SELECT ${SHOWN} FROM notifications n ${NAMED} WHERE n.recipient_id = $1 AND n.id = $2`,
);
const SINCE = statement(
  'notifications.since',
  `SELECT n.* FROM inboxes i LEFT JOIN LATERAL (
     SELECT ${SHOWN} FROM notifications n ${NAMED} WHERE n.recipient_id = i.recipient_id AND n.sequence > $2 ORDER BY n.sequence LIMIT ${BATCH}) AS n ON true
    WHERE i.recipient_id = $1`,
);
const COUNT_UNREAD = statement(
  'notifications.count_unread',
  `SELECT count(*)::int AS count FROM notifications WHERE recipient_id = $1 AND read_at IS NULL`,
);
const READ_ONE = statement(
  'notifications.read_one',
  `UPDATE notifications SET read_at = now() WHERE recipient_id = $1 AND id = $2 AND read_at IS NULL`,
);
const READ_ALL = statement(
  'notifications.read_all',
  `UPDATE notifications SET read_at = now() WHERE recipient_id = $1 AND read_at IS NULL AND sequence <= coalesce($2, 9007199254740991)`,
);
const WATCH = statement(
  'notifications.watch',
  `INSERT INTO inboxes AS i (recipient_id, watched_until) SELECT $1, now() + interval '11 minutes'
    WHERE EXISTS (SELECT FROM users WHERE id = $1 AND disabled_at IS NULL) OR EXISTS (SELECT FROM guests WHERE id = $1 AND claimed_at IS NULL)
   ON CONFLICT (recipient_id) DO UPDATE SET watched_until = excluded.watched_until RETURNING i.last_sequence AS "lastSequence"`,
);

// What the guest was told comes behind what the user was told, in its own order; of an event of which both were told the
// user's stays.
const MOVE = statement(
  'notifications.move',
  `WITH moved AS (
     UPDATE notifications n SET recipient_id = $2, sequence = i.last_sequence + g.place
       FROM inboxes i, (
         SELECT id, row_number() OVER (ORDER BY sequence) AS place FROM notifications t
          WHERE recipient_id = $1 AND NOT EXISTS (SELECT FROM notifications u WHERE u.recipient_id = $2 AND u.event_id = t.event_id)) AS g
      WHERE n.id = g.id AND i.recipient_id = $2 RETURNING n.sequence
   )
   UPDATE inboxes i SET last_sequence = greatest(i.last_sequence, (SELECT max(sequence) FROM moved)) WHERE i.recipient_id = $2 RETURNING ${TOLD}`,
);
// Whoever still looks on finds the inbox gone, and the stream ends.
const CLOSE = statement(
  'notifications.close_inboxes',
  `DELETE FROM inboxes i WHERE recipient_id = ANY ($1::uuid[]) RETURNING ${TOLD}`,
);

const FORGET_READ = sweeping(
  'notifications.forget_read',
  'notifications',
  `read_at IS NOT NULL AND read_at < now() - interval '90 days'`,
);
const FORGET_OLD = sweeping('notifications.forget_old', 'notifications', `created_at < now() - interval '365 days'`);

/** Every statement on inboxes. An inbox is locked before anything is added to it. */
@Injectable()
export class InboxRepository {
  constructor(private readonly database: Database) {}

  /** Adds to each inbox what it does not have of the event; numbers go up by one, in the order of commits. */
  async add(tx: Tx, eventId: string, notifications: NewNotification[]): Promise<void> {
    if (notifications.length === 0) return;
    const ids = notifications.map(({ recipientId }) => recipientId);
    const values = [eventId, JSON.stringify(notifications)];
    // One inbox alone needs no order of locks.
    if (ids.length === 1 && notifications[0]!.topicId === null) {
      const added = await tx.rows<Numbered>(ADD, values);
      if (added.length > 0) return this.finish(tx, added);
    }
    tx.write(OPEN, [ids]);
    tx.write(LOCK, [ids]);
    this.finish(tx, await tx.rows<Numbered>(ADD_IN_PLACE, values));
  }

  private finish(tx: Tx, numbered: Numbered[]): void {
    const idsOf = (some: Numbered[]) => [some.map(({ recipientId }) => recipientId)];
    const toldBefore = numbered.filter(({ added }) => !added);
    if (toldBefore.length > 0) tx.write(GIVE_BACK, [...idsOf(toldBefore), toldBefore.map(({ sequence }) => sequence)]);
    const looked = numbered.filter(({ sequence }) => sequence % LOOKED_AT_EACH === 0);
    if (looked.length > 0) tx.write(KEEP_NEWEST_UNREAD, idsOf(looked));
  }

  /** Newest first, from below a number. */
  async page(recipientId: string, unread: boolean, below: number | null, limit: number): Promise<NotificationRow[]> {
    return this.database.rows(unread ? UNREAD : ALL, [recipientId, below, limit]);
  }

  async find(reader: Reader, recipientId: string, id: string): Promise<NotificationRow | undefined> {
    return reader.maybeOne(BY_ID, [recipientId, id]);
  }

  /** The next ones behind a number, in order; undefined where the inbox is gone with its shopper. */
  async since(recipientId: string, sequence: number): Promise<NotificationRow[] | undefined> {
    const rows = await this.database.rows<NotificationRow | { id: null }>(SINCE, [recipientId, sequence]);
    return rows.length === 0 ? undefined : rows.filter((row): row is NotificationRow => row.id !== null);
  }

  async countUnread(reader: Reader, recipientId: string): Promise<number> {
    return (await reader.maybeOne<{ count: number }>(COUNT_UNREAD, [recipientId]))!.count;
  }

  async markRead(tx: Tx, recipientId: string, id: string): Promise<void> {
    await tx.run(READ_ONE, [recipientId, id]);
  }

  /** All up to a number, or all there are; gives how many were unread. */
  async markAllRead(tx: Tx, recipientId: string, upTo: number | null): Promise<number> {
    return tx.run(READ_ALL, [recipientId, upTo]);
  }

  /** Somebody looks on for ten minutes; gives the number of the newest, and undefined where the shopper is gone. */
  async watch(recipientId: string): Promise<number | undefined> {
    return (await this.database.maybeOne<{ lastSequence: number }>(WATCH, [recipientId]))?.lastSequence;
  }

  /** Makes what one was told another's. */
  async move(tx: Tx, fromId: string, toId: string): Promise<void> {
    tx.write(OPEN, [[toId]]);
    tx.write(LOCK, [[fromId, toId]]);
    tx.write(MOVE, [fromId, toId]);
    tx.write(KEEP_NEWEST_UNREAD, [[toId]]);
    tx.write(CLOSE, [[fromId]]);
  }

  async close(tx: Tx, recipientIds: string[]): Promise<void> {
    await tx.run(CLOSE, [recipientIds]);
  }

  /** Deletes what was read 90 days ago, and what nobody has read for a year. */
  async forgetOld(): Promise<void> {
    await this.database.sweep(FORGET_READ);
    await this.database.sweep(FORGET_OLD);
  }
}
