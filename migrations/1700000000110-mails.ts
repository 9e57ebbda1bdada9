import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mails to send: an intent in the transaction of its cause, sent by a worker outside any. */
export class Mails1700000000110 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mails (
        id uuid NOT NULL DEFAULT uuidv7(),
        cause_id uuid NOT NULL,
        kind text NOT NULL,
        subject_id uuid NOT NULL,
        status text NOT NULL DEFAULT 'queued',
        content jsonb,
        attempts int NOT NULL DEFAULT 0,
        lease_token uuid,
        lease_until timestamptz,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        give_up_at timestamptz NOT NULL,
        last_error text,
        sent_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT mails_pkey PRIMARY KEY (id),
        CONSTRAINT mails_once UNIQUE (cause_id, kind, subject_id),
        CONSTRAINT mails_status CHECK (status IN ('queued', 'sent', 'refused', 'given_up', 'withdrawn')),
        CONSTRAINT mails_keep_nothing_once_decided CHECK ((status = 'queued') = (content IS NOT NULL)),
        CONSTRAINT mails_sent_have_a_time CHECK ((status = 'sent') = (sent_at IS NOT NULL))
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE mails IS 'One mail per cause, kind and person; a row with a lease, so that a worker that dies is replaced';
      COMMENT ON COLUMN mails.cause_id IS 'The event that it tells of';
      COMMENT ON COLUMN mails.subject_id IS 'Whose data key seals the content: once that is destroyed, nothing is sent';
      COMMENT ON COLUMN mails.content IS 'Recipient, subject and bodies, sealed; null once the mail is sent or will not be';
      COMMENT ON COLUMN mails.last_error IS 'A code (421, ETIMEDOUT): what a server says in words may name the recipient';
      CREATE INDEX mails_due ON mails (next_attempt_at) WHERE status = 'queued';
      COMMENT ON INDEX mails_due IS 'A worker asks for what is due';
      CREATE INDEX mails_to_withdraw ON mails (subject_id) WHERE status = 'queued';
      COMMENT ON INDEX mails_to_withdraw IS 'What still waits for a person who is being forgotten';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE mails`);
  }
}
