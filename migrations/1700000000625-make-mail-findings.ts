import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was found in shoppers' mails. The mails themselves are kept nowhere. */
export class MakeMailFindings1700000000625 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mail_messages (
        id uuid CONSTRAINT mail_messages_pkey PRIMARY KEY DEFAULT uuidv7(),
        user_id uuid NOT NULL CONSTRAINT mail_messages_of_a_user REFERENCES users (id),
        hash bytea NOT NULL CONSTRAINT mail_messages_hash CHECK (octet_length(hash) = 32),
        via text NOT NULL CONSTRAINT mail_messages_via CHECK (via IN ('imap', 'forwarding')),
        authenticated text NOT NULL CONSTRAINT mail_messages_authenticated CHECK (authenticated IN ('pass', 'unknown')),
        taken_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE mail_messages IS 'Which mails of a shopper were read, so that each is read once, whatever way it comes: no word of them';
      COMMENT ON COLUMN mail_messages.hash IS 'HMAC of sender''s domain and Message-ID under a key of the server';
      COMMENT ON COLUMN mail_messages.authenticated IS 'Whether its sender was proved; one that was not is read again when it comes proved';
      CREATE UNIQUE INDEX mail_messages_once ON mail_messages (user_id, hash);
      COMMENT ON INDEX mail_messages_once IS 'A mail counts once';
      CREATE INDEX mail_messages_old ON mail_messages (taken_at);
      COMMENT ON INDEX mail_messages_old IS 'Which may be forgotten';

      CREATE TABLE mail_findings (
        id uuid CONSTRAINT mail_findings_pkey PRIMARY KEY DEFAULT uuidv7(),
        user_id uuid NOT NULL CONSTRAINT mail_findings_of_a_user REFERENCES users (id),
        message_id uuid NOT NULL CONSTRAINT mail_findings_of_a_message REFERENCES mail_messages (id) ON DELETE CASCADE,
        ordinal integer NOT NULL,
        kind text NOT NULL CONSTRAINT mail_findings_kind CHECK (kind IN ('ordered', 'shipped', 'out_for_delivery', 'delivered', 'exception',
          'delayed', 'cancelled', 'refunded', 'returned')),
        store_domain text,
        proved boolean NOT NULL,
        confidence integer NOT NULL CONSTRAINT mail_findings_confidence CHECK (confidence BETWEEN 0 AND 100),
        occurred_at timestamptz NOT NULL,
        status text NOT NULL DEFAULT 'new' CONSTRAINT mail_findings_status CHECK (status IN ('new', 'offered', 'used', 'ignored')),
        subject_id uuid,
        sealed jsonb NOT NULL,
        found_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT mail_findings_are_sealed CHECK (sealed ?& ARRAY['v', 'k', 'iv', 'ct', 'tag']),
        CONSTRAINT mail_findings_led_somewhere CHECK (subject_id IS NOT NULL OR status IN ('new', 'ignored'))
      );
      COMMENT ON TABLE mail_findings IS 'What mails tell of orders: number, goods, amounts and evidence sealed under the shopper''s key';
      COMMENT ON COLUMN mail_findings.store_domain IS 'Registrable domain of who sold; null where only a carrier is named';
      COMMENT ON COLUMN mail_findings.proved IS 'The mail was written by the store or the carrier that it speaks for, as its authenticated sender shows';
      COMMENT ON COLUMN mail_findings.confidence IS 'In hundredths';
      COMMENT ON COLUMN mail_findings.status IS 'new: waits for what it belongs to; offered: the shopper is asked; used: it has told an order something; ignored: it must not';
      COMMENT ON COLUMN mail_findings.subject_id IS 'The found order that it belongs to, opaque here';
      CREATE UNIQUE INDEX mail_findings_once ON mail_findings (message_id, ordinal);
      COMMENT ON INDEX mail_findings_once IS 'What a mail tells counts once';
      CREATE INDEX mail_findings_waiting ON mail_findings (user_id, occurred_at) WHERE status = 'new';
      COMMENT ON INDEX mail_findings_waiting IS 'What waits for an order';
      CREATE INDEX mail_findings_by_user ON mail_findings (user_id, id);
      COMMENT ON INDEX mail_findings_by_user IS 'For export and erasure';
      CREATE INDEX mail_findings_by_subject ON mail_findings (subject_id) WHERE subject_id IS NOT NULL;
      COMMENT ON INDEX mail_findings_by_subject IS 'What a found order rests on';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE mail_findings; DROP TABLE mail_messages`);
  }
}
