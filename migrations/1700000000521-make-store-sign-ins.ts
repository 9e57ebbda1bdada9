import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How the sign-ins stand by which Muse is let into shoppers' accounts at stores that have no interface. */
export class MakeStoreSignIns1700000000521 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_sign_ins (
        account_id uuid CONSTRAINT store_sign_ins_pkey PRIMARY KEY
          CONSTRAINT store_sign_ins_of_an_account REFERENCES store_accounts (id) ON DELETE CASCADE,
        version integer NOT NULL DEFAULT 1,
        state text NOT NULL DEFAULT 'proving' CONSTRAINT store_sign_ins_state CHECK (state IN ('proving', 'proved', 'unproved', 'refused')),
        reason text CONSTRAINT store_sign_ins_reason CHECK (reason ~ '^[a-z_]{1,60}$'),
        given_at timestamptz NOT NULL DEFAULT now(),
        proved_at timestamptz,
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        lease_token uuid,
        lease_until timestamptz,
        CONSTRAINT store_sign_ins_lease CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
        CONSTRAINT store_sign_ins_proved CHECK (state <> 'proved' OR proved_at IS NOT NULL),
        CONSTRAINT store_sign_ins_tell_why CHECK ((state IN ('unproved', 'refused')) = (reason IS NOT NULL))
      ) WITH (fillfactor = 60);
      COMMENT ON TABLE store_sign_ins IS 'Whether the username and password of an account of the kind credentials were seen to open it; they themselves lie in store_secrets. One run at a time goes by an account: it holds the lease';
      COMMENT ON COLUMN store_sign_ins.version IS 'Counts what was given: what a run found out of an earlier one is not written';
      COMMENT ON COLUMN store_sign_ins.state IS 'unproved: kept and used, but nobody has seen it open the account yet';
      CREATE INDEX store_sign_ins_to_prove ON store_sign_ins (next_attempt_at) WHERE state = 'proving';
      COMMENT ON INDEX store_sign_ins_to_prove IS 'What is still to be tried'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_sign_ins`);
  }
}
