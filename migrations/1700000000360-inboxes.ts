import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people are told in the app, numbered for each of them. */
export class Inboxes1700000000360 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inboxes (
        recipient_id uuid NOT NULL,
        last_sequence bigint NOT NULL DEFAULT 0,
        watched_until timestamptz,
        CONSTRAINT inboxes_pkey PRIMARY KEY (recipient_id),
        CONSTRAINT inboxes_are_a_shoppers FOREIGN KEY (recipient_id) REFERENCES shoppers (id) ON DELETE CASCADE,
        CONSTRAINT inboxes_count_up CHECK (last_sequence >= 0)
      ) WITH (fillfactor = 70);
      COMMENT ON TABLE inboxes IS 'Who is told anything in the app; its row is locked while a notification is added, so that numbers come in the order of commits and without gaps';
      COMMENT ON COLUMN inboxes.last_sequence IS 'Number of the newest notification';
      COMMENT ON COLUMN inboxes.watched_until IS 'A stream may be open until then: who adds a notification wakes it';

      CREATE TABLE notifications (
        id uuid NOT NULL DEFAULT uuidv7(),
        recipient_id uuid NOT NULL,
        sequence bigint NOT NULL,
        event_id uuid NOT NULL,
        kind text NOT NULL,
        as_merchant boolean NOT NULL,
        target_kind text NOT NULL,
        target_id uuid NOT NULL,
        order_id uuid,
        store_id uuid,
        topic_id uuid,
        params jsonb NOT NULL,
        read_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT notifications_pkey PRIMARY KEY (id),
        CONSTRAINT notifications_in_an_inbox FOREIGN KEY (recipient_id) REFERENCES inboxes (recipient_id) ON DELETE CASCADE,
        CONSTRAINT notifications_once UNIQUE (event_id, recipient_id),
        CONSTRAINT notifications_numbered UNIQUE (recipient_id, sequence),
        CONSTRAINT notifications_lead_somewhere CHECK (target_kind IN ('order', 'conversation', 'report', 'return', 'change', 'store')),
        CONSTRAINT notifications_to_merchants_name_the_store CHECK (NOT as_merchant OR store_id IS NOT NULL),
        CONSTRAINT notifications_hold_no_prose CHECK (length(params::text) <= 500)
      );
      COMMENT ON TABLE notifications IS 'One per event and person; its words are made when it is read, in the language of who reads';
      COMMENT ON COLUMN notifications.sequence IS 'Counts up for each recipient; the id of the event in their stream';
      COMMENT ON COLUMN notifications.event_id IS 'The event that it tells of';
      COMMENT ON COLUMN notifications.as_merchant IS 'Told to the owner of the store, not to a buyer';
      COMMENT ON COLUMN notifications.order_id IS 'The order that a return, a change or a report is about';
      COMMENT ON COLUMN notifications.store_id IS 'The store that it is about';
      COMMENT ON COLUMN notifications.topic_id IS 'A newer one of the same kind about the same (a variant, a conversation) takes the place of the unread one';
      COMMENT ON COLUMN notifications.params IS 'Order number, codes, counts and amounts: no name, no address, no words';
      CREATE INDEX notifications_unread ON notifications (recipient_id, sequence) WHERE read_at IS NULL;
      COMMENT ON INDEX notifications_unread IS 'How many somebody has not read, and which';
      CREATE INDEX notifications_read_when ON notifications (read_at) WHERE read_at IS NOT NULL;
      COMMENT ON INDEX notifications_read_when IS 'The sweeper forgets what was read long ago';
      CREATE INDEX notifications_by_age ON notifications (created_at);
      COMMENT ON INDEX notifications_by_age IS 'The sweeper forgets what nobody has read for a year';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE notifications; DROP TABLE inboxes`);
  }
}
