import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mailboxes that shoppers let Muse read for orders, what opens them, and what was agreed to for that. */
export class MakeMailboxes1700000000615 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mailboxes (
        id uuid NOT NULL DEFAULT uuidv7(),
        user_id uuid NOT NULL,
        kind text NOT NULL,
        provider text,
        host text NOT NULL,
        port integer NOT NULL,
        address_hash bytea NOT NULL,
        sealed jsonb NOT NULL,
        backlog_days integer NOT NULL,
        status text NOT NULL DEFAULT 'proving',
        reason text,
        version integer NOT NULL DEFAULT 1,
        linked_at timestamptz NOT NULL DEFAULT now(),
        proved_at timestamptz,
        read_at timestamptz,
        token_expires_at timestamptz,
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        lease_token uuid,
        lease_until timestamptz,
        CONSTRAINT mailboxes_pkey PRIMARY KEY (id),
        CONSTRAINT mailboxes_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT mailboxes_once UNIQUE (user_id, address_hash),
        CONSTRAINT mailboxes_kind CHECK (kind IN ('password', 'oauth') AND (kind = 'oauth') = (provider IS NOT NULL)),
        CONSTRAINT mailboxes_status CHECK (status IN ('proving', 'active', 'paused', 'needs_relink')),
        CONSTRAINT mailboxes_port CHECK (port BETWEEN 1 AND 65535),
        CONSTRAINT mailboxes_backlog CHECK (backlog_days BETWEEN 0 AND 90),
        CONSTRAINT mailboxes_are_sealed CHECK (sealed ?& ARRAY['v', 'k', 'iv', 'ct', 'tag']),
        CONSTRAINT mailboxes_hash_is_sha256 CHECK (length(address_hash) = 32),
        CONSTRAINT mailboxes_leased CHECK ((lease_token IS NULL) = (lease_until IS NULL))
      ) WITH (fillfactor = 70)`);
    await runner.query(`COMMENT ON TABLE mailboxes IS
      'Mailboxes that shoppers let Muse read for orders. Address, username and whose mails are read are sealed under the owner''s key; the lease names the worker process that is connected'`);
    // What is renewed every few seconds stands in no index, so that a renewal touches the row alone.
    await runner.query(
      `CREATE INDEX mailboxes_due ON mailboxes (next_attempt_at) WHERE status IN ('proving', 'active')`,
    );
    await runner.query(`COMMENT ON INDEX mailboxes_due IS 'Workers ask for those that nobody watches'`);

    await runner.query(`
      CREATE TABLE mailbox_secrets (
        mailbox_id uuid NOT NULL,
        name text NOT NULL,
        sealed jsonb NOT NULL,
        made_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT mailbox_secrets_pkey PRIMARY KEY (mailbox_id, name),
        CONSTRAINT mailbox_secrets_of_a_mailbox FOREIGN KEY (mailbox_id) REFERENCES mailboxes (id) ON DELETE CASCADE,
        CONSTRAINT mailbox_secrets_name CHECK (name IN ('password', 'access_token', 'refresh_token')),
        CONSTRAINT mailbox_secrets_are_sealed CHECK (sealed ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      )`);
    await runner.query(`COMMENT ON TABLE mailbox_secrets IS
      'What opens a mailbox, sealed under the owner''s data key: destroyed with the mailbox, and when its provider refuses it'`);

    await runner.query(`
      CREATE TABLE mailbox_consents (
        id uuid NOT NULL DEFAULT uuidv7(),
        user_id uuid NOT NULL,
        purpose text NOT NULL,
        subject_id uuid NOT NULL,
        text_version text NOT NULL,
        given_at timestamptz NOT NULL DEFAULT now(),
        withdrawn_at timestamptz,
        CONSTRAINT mailbox_consents_pkey PRIMARY KEY (id),
        CONSTRAINT mailbox_consents_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT mailbox_consents_purpose CHECK (purpose IN ('mailbox', 'mail_forwarding')),
        CONSTRAINT mailbox_consents_in_time CHECK (withdrawn_at >= given_at)
      )`);
    await runner.query(`COMMENT ON TABLE mailbox_consents IS
      'Who agreed that mail is read, when, and when it was taken back: proof of both after the mailbox or forwarding address (subject_id) is gone, until the account is closed'`);
    await runner.query(
      `CREATE UNIQUE INDEX mailbox_consents_one_in_force ON mailbox_consents (subject_id) WHERE withdrawn_at IS NULL`,
    );
    await runner.query(`COMMENT ON INDEX mailbox_consents_one_in_force IS 'What holds for a mailbox now'`);
    await runner.query(`CREATE INDEX mailbox_consents_by_user ON mailbox_consents (user_id, id)`);
    await runner.query(`COMMENT ON INDEX mailbox_consents_by_user IS 'For export and erasure'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE mailbox_consents`);
    await runner.query(`DROP TABLE mailbox_secrets`);
    await runner.query(`DROP TABLE mailboxes`);
  }
}
