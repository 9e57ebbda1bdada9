import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What buyers and merchants say to each other: one conversation per buyer and merchant store. */
export class MakeConversations1700000000320 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE conversations (
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        shopper_id uuid,
        buyer_ref bytea,
        sealed boolean NOT NULL DEFAULT false,
        joined_into uuid,
        last_seq int NOT NULL DEFAULT 0,
        for_buyer int NOT NULL DEFAULT 0,
        for_merchant int NOT NULL DEFAULT 0,
        buyer_read_seq int NOT NULL DEFAULT 0,
        buyer_read int NOT NULL DEFAULT 0,
        merchant_read_seq int NOT NULL DEFAULT 0,
        merchant_read int NOT NULL DEFAULT 0,
        buyer_blocked_at timestamptz,
        merchant_blocked_at timestamptz,
        closed_at timestamptz,
        told_seq int NOT NULL DEFAULT 0,
        told_at timestamptz,
        version int NOT NULL DEFAULT 1,
        watched_until timestamptz,
        last_message_id uuid NOT NULL DEFAULT uuidv7(),
        last_message_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT conversations_pkey PRIMARY KEY (id),
        CONSTRAINT conversations_sealed_or_not UNIQUE (id, sealed),
        CONSTRAINT conversations_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT conversations_shopper FOREIGN KEY (shopper_id) REFERENCES shoppers (id),
        CONSTRAINT conversations_joined FOREIGN KEY (joined_into) REFERENCES conversations (id),
        CONSTRAINT conversations_sealed_name_nobody CHECK (NOT sealed OR (shopper_id IS NULL AND joined_into IS NULL)),
        CONSTRAINT conversations_open_ones_have_a_buyer CHECK (sealed OR (buyer_ref IS NULL AND (shopper_id IS NULL) = (joined_into IS NOT NULL))),
        CONSTRAINT conversations_ref_is_sha256 CHECK (length(buyer_ref) = 32),
        CONSTRAINT conversations_read_what_was_said CHECK (buyer_read BETWEEN 0 AND for_buyer AND merchant_read BETWEEN 0 AND for_merchant
          AND buyer_read_seq BETWEEN 0 AND last_seq AND merchant_read_seq BETWEEN 0 AND last_seq)
      );
      COMMENT ON TABLE conversations IS 'Between one buyer and one merchant store; the orders that belong to it name it (orders.conversation_id)';
      COMMENT ON COLUMN conversations.shopper_id IS 'The buyer, in the clear; null where it is sealed, or joined into another';
      COMMENT ON COLUMN conversations.buyer_ref IS 'Of a sealed one: keyed hash of buyer and store, so that the buyer finds it and a dump does not';
      COMMENT ON COLUMN conversations.joined_into IS 'The conversation that took this one over when its guest signed in; the old id leads there';
      COMMENT ON COLUMN conversations.last_seq IS 'Numbers the messages without gaps, under the lock of this row';
      COMMENT ON COLUMN conversations.for_buyer IS 'How many messages count for the buyer; less buyer_read: unread. The same for the merchant';
      COMMENT ON COLUMN conversations.buyer_read_seq IS 'Up to which message the buyer has read; buyer_read is the count of those that count for the buyer up to there';
      COMMENT ON COLUMN conversations.closed_at IS 'When the buyer closed the account: it can be read, while the key stands, and not written in';
      COMMENT ON COLUMN conversations.told_seq IS 'The last message that the contact of an unclaimed store was written to about';
      COMMENT ON COLUMN conversations.watched_until IS 'Until when somebody streams it: only then is a change worth a NOTIFY';
      CREATE UNIQUE INDEX conversations_one_per_buyer_and_store ON conversations (shopper_id, store_id) WHERE shopper_id IS NOT NULL;
      COMMENT ON INDEX conversations_one_per_buyer_and_store IS 'One conversation per buyer and store, whoever opens it';
      CREATE UNIQUE INDEX conversations_one_per_reference ON conversations (buyer_ref) WHERE buyer_ref IS NOT NULL;
      COMMENT ON INDEX conversations_one_per_reference IS 'The same of sealed ones: the reference holds the store';
      CREATE INDEX conversations_of_buyer ON conversations (shopper_id, last_message_id DESC) WHERE shopper_id IS NOT NULL;
      COMMENT ON INDEX conversations_of_buyer IS 'A buyer''s conversations, the latest message first';
      CREATE INDEX conversations_of_store ON conversations (store_id, last_message_id DESC) WHERE joined_into IS NULL;
      COMMENT ON INDEX conversations_of_store IS 'A store''s conversations, the latest message first';

      CREATE TABLE messages (
        id uuid NOT NULL,
        conversation_id uuid NOT NULL,
        sealed boolean NOT NULL,
        seq int NOT NULL,
        side text NOT NULL,
        kind text NOT NULL,
        order_id uuid,
        key_subject_id uuid,
        body jsonb,
        jwe jsonb,
        summary jsonb,
        event jsonb,
        for_buyer int NOT NULL,
        for_merchant int NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT messages_pkey PRIMARY KEY (id),
        CONSTRAINT messages_in_order UNIQUE (conversation_id, seq) DEFERRABLE,
        CONSTRAINT messages_conversation FOREIGN KEY (conversation_id, sealed) REFERENCES conversations (id, sealed),
        CONSTRAINT messages_order FOREIGN KEY (order_id) REFERENCES orders (id),
        CONSTRAINT messages_side_is_known CHECK (side IN ('buyer', 'merchant', 'system')),
        CONSTRAINT messages_kind_is_known CHECK (kind IN ('text', 'order', 'inquiry', 'system')),
        CONSTRAINT messages_sealed_are_not_plain CHECK (NOT sealed OR (body IS NULL AND key_subject_id IS NULL)),
        CONSTRAINT messages_body_has_its_key CHECK ((body IS NULL) = (key_subject_id IS NULL)),
        CONSTRAINT messages_body_is_sealed CHECK (body ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'] AND body - ARRAY['v', 'k', 'iv', 'ct', 'tag'] = '{}'),
        CONSTRAINT messages_jwe_is_general CHECK (jwe ?& ARRAY['recipients', 'iv', 'ciphertext', 'tag']),
        CONSTRAINT messages_say_one_thing CHECK (CASE kind
          WHEN 'text' THEN side <> 'system' AND num_nonnulls(body, jwe) = 1 AND num_nonnulls(summary, event) = 0
          WHEN 'system' THEN side = 'system' AND num_nonnulls(body, jwe, summary) = 0 AND event IS NOT NULL AND order_id IS NOT NULL
          ELSE side = 'buyer' AND num_nonnulls(body, jwe) <= 1 AND summary IS NOT NULL AND event IS NULL AND (order_id IS NOT NULL) = (kind = 'order') END)
      );
      COMMENT ON TABLE messages IS 'Said by one side, or by the system about an order';
      COMMENT ON COLUMN messages.seq IS 'Counts the messages of a conversation from 1';
      COMMENT ON COLUMN messages.kind IS 'text; order: what was ordered, and the note; inquiry: the same of goods that a store was asked about without an order; system: what happened to an order';
      COMMENT ON COLUMN messages.key_subject_id IS 'Whose data key seals the body: the buyer at the time';
      COMMENT ON COLUMN messages.body IS 'Words, encrypted at rest';
      COMMENT ON COLUMN messages.jwe IS 'Words that the sender sealed to the other side: Muse cannot read them';
      COMMENT ON COLUMN messages.summary IS 'Items and amounts of an order or inquiry';
      COMMENT ON COLUMN messages.event IS 'Codes, ids and amounts of what happened';
      COMMENT ON COLUMN messages.for_buyer IS 'Of the messages up to this one, how many count for the buyer: what a read mark here has read';

      CREATE TABLE message_reports (
        id uuid NOT NULL DEFAULT uuidv7(),
        message_id uuid NOT NULL,
        side text NOT NULL,
        reason text NOT NULL,
        key_subject_id uuid,
        detail jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        closed_at timestamptz,
        closed_by uuid,
        outcome text,
        CONSTRAINT message_reports_pkey PRIMARY KEY (id),
        CONSTRAINT message_reports_one_a_side UNIQUE (message_id, side),
        CONSTRAINT message_reports_message FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE,
        CONSTRAINT message_reports_side_is_known CHECK (side IN ('buyer', 'merchant')),
        CONSTRAINT message_reports_reason_is_known CHECK (reason IN ('spam', 'abuse', 'fraud', 'other')),
        CONSTRAINT message_reports_detail_has_its_key CHECK ((detail IS NULL) = (key_subject_id IS NULL)),
        CONSTRAINT message_reports_closed_with_outcome CHECK ((closed_at IS NULL) = (outcome IS NULL) AND outcome IN ('upheld', 'dismissed'))
      );
      COMMENT ON TABLE message_reports IS 'A message that the other side found wrong, for support to look at';
      COMMENT ON COLUMN message_reports.detail IS 'The reporter''s words, encrypted under the buyer''s data key';
      COMMENT ON COLUMN message_reports.closed_by IS 'Of support, while the account stands';
      CREATE INDEX message_reports_open ON message_reports (id) WHERE closed_at IS NULL;
      COMMENT ON INDEX message_reports_open IS 'What support has not looked at, the oldest first';

      CREATE TABLE conversation_access_tokens (
        id uuid NOT NULL DEFAULT uuidv7(),
        conversation_id uuid NOT NULL,
        token_hash bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT conversation_access_tokens_pkey PRIMARY KEY (id),
        CONSTRAINT conversation_access_tokens_conversation FOREIGN KEY (conversation_id) REFERENCES conversations (id),
        CONSTRAINT conversation_access_tokens_are_one_of_a_kind UNIQUE (token_hash),
        CONSTRAINT conversation_access_tokens_hash_is_sha256 CHECK (length(token_hash) = 32)
      );
      COMMENT ON TABLE conversation_access_tokens IS 'SHA-256 of the tokens that were mailed to contacts of unclaimed stores: each opens one conversation, on the store''s side, and claims the store';
      CREATE INDEX conversation_access_tokens_by_conversation ON conversation_access_tokens (conversation_id);
      COMMENT ON INDEX conversation_access_tokens_by_conversation IS 'Those that end when a store is claimed, or its contact changes';
      CREATE INDEX conversation_access_tokens_by_age ON conversation_access_tokens (expires_at);
      COMMENT ON INDEX conversation_access_tokens_by_age IS 'The sweeper deletes what has run out';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE conversation_access_tokens;
      DROP TABLE message_reports;
      DROP TABLE messages;
      DROP TABLE conversations;
    `);
  }
}
