import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mailboxes that are being linked by OAuth. */
export class MakeMailboxLinks1700000000618 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mailbox_links (
        id uuid NOT NULL,
        state_hash bytea NOT NULL,
        user_id uuid NOT NULL,
        provider text NOT NULL,
        sealed jsonb NOT NULL,
        return_to text,
        consent_version text NOT NULL,
        status text NOT NULL DEFAULT 'begun',
        begun_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        lease_token uuid,
        lease_until timestamptz,
        CONSTRAINT mailbox_links_pkey PRIMARY KEY (id),
        CONSTRAINT mailbox_links_state UNIQUE (state_hash),
        CONSTRAINT mailbox_links_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT mailbox_links_status CHECK (status IN ('begun', 'exchanging', 'linked', 'failed')),
        CONSTRAINT mailbox_links_are_sealed CHECK (sealed ?& ARRAY['v', 'k', 'iv', 'ct', 'tag']),
        CONSTRAINT mailbox_links_leased CHECK ((status = 'exchanging') = (lease_token IS NOT NULL) AND (lease_token IS NULL) = (lease_until IS NULL))
      )`);
    await runner.query(`COMMENT ON TABLE mailbox_links IS
      'Links of mailboxes that were begun at a provider: the hash of the state that its browser brings back; sealed under the shopper''s key the verifier of PKCE and which mailbox it is to be. Each is finished once, within ten minutes'`);
    await runner.query(`CREATE INDEX mailbox_links_by_user ON mailbox_links (user_id, id)`);
    await runner.query(`COMMENT ON INDEX mailbox_links_by_user IS 'Only so many of one shopper are kept'`);
    await runner.query(`CREATE INDEX mailbox_links_by_age ON mailbox_links (expires_at)`);
    await runner.query(`COMMENT ON INDEX mailbox_links_by_age IS 'The sweeper forgets what is a day old'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE mailbox_links`);
  }
}
