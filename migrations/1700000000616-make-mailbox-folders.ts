import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far each folder was read, and which mails were met in it. */
export class MakeMailboxFolders1700000000616 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mailbox_folders (
        id uuid NOT NULL DEFAULT uuidv7(),
        mailbox_id uuid NOT NULL,
        position smallint NOT NULL,
        sealed jsonb NOT NULL,
        uid_validity bigint,
        last_uid bigint NOT NULL DEFAULT 0,
        failed_uid bigint,
        failures integer NOT NULL DEFAULT 0,
        read_at timestamptz,
        CONSTRAINT mailbox_folders_pkey PRIMARY KEY (id),
        CONSTRAINT mailbox_folders_of_a_mailbox FOREIGN KEY (mailbox_id) REFERENCES mailboxes (id) ON DELETE CASCADE,
        CONSTRAINT mailbox_folders_in_order UNIQUE (mailbox_id, position),
        CONSTRAINT mailbox_folders_are_sealed CHECK (sealed ?& ARRAY['v', 'k', 'iv', 'ct', 'tag']),
        CONSTRAINT mailbox_folders_uids CHECK (last_uid BETWEEN 0 AND 4294967295 AND uid_validity BETWEEN 0 AND 4294967295)
      ) WITH (fillfactor = 70)`);
    await runner.query(`COMMENT ON TABLE mailbox_folders IS
      'Folders of a mailbox that are read (names sealed), the first by IDLE. last_uid holds for uid_validity alone (RFC 3501, 2.3.1.1); a mail at which reading failed is tried again, and passed over in the end (failed_uid)'`);

    await runner.query(`
      CREATE TABLE mailbox_mails (
        mailbox_id uuid NOT NULL,
        hash bytea NOT NULL,
        met_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT mailbox_mails_pkey PRIMARY KEY (mailbox_id, hash),
        CONSTRAINT mailbox_mails_of_a_mailbox FOREIGN KEY (mailbox_id) REFERENCES mailboxes (id) ON DELETE CASCADE,
        CONSTRAINT mailbox_mails_hash_is_sha256 CHECK (length(hash) = 32)
      )`);
    await runner.query(`COMMENT ON TABLE mailbox_mails IS
      'Mails that were met (HMAC of their Message-ID): after a change of UIDVALIDITY they have other numbers, and are not read again. Forgotten after 120 days, longer than any backlog'`);
    await runner.query(`CREATE INDEX mailbox_mails_by_age ON mailbox_mails (met_at)`);
    await runner.query(`COMMENT ON INDEX mailbox_mails_by_age IS 'The sweeper forgets what is old'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE mailbox_mails`);
    await runner.query(`DROP TABLE mailbox_folders`);
  }
}
