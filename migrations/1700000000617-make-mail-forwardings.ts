import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Addresses at Muse to which shoppers forward mail, and what their mail provider has posted. */
export class MakeMailForwardings1700000000617 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mail_forwardings (
        id uuid NOT NULL DEFAULT uuidv7(),
        user_id uuid NOT NULL,
        name text NOT NULL,
        made_at timestamptz NOT NULL DEFAULT now(),
        used_at timestamptz,
        CONSTRAINT mail_forwardings_pkey PRIMARY KEY (id),
        CONSTRAINT mail_forwardings_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT mail_forwardings_one_each UNIQUE (user_id),
        CONSTRAINT mail_forwardings_named_once UNIQUE (name),
        CONSTRAINT mail_forwardings_name CHECK (name ~ '^u-[0-9a-z]{20}$')
      )`);
    await runner.query(`COMMENT ON TABLE mail_forwardings IS
      'Where shoppers forward mail to: name@MAIL_IN_DOMAIN, one each, which nobody can guess. Of what comes nothing is believed for the address alone'`);

    await runner.query(`
      CREATE TABLE mail_deliveries (
        id text NOT NULL,
        taken_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT mail_deliveries_pkey PRIMARY KEY (id),
        CONSTRAINT mail_deliveries_id_is_short CHECK (length(id) <= 255)
      )`);
    await runner.query(`COMMENT ON TABLE mail_deliveries IS
      'Ids of what the mail provider has posted, so that each is worked once; forgotten after a week. Nothing of the mails'`);
    await runner.query(`CREATE INDEX mail_deliveries_by_age ON mail_deliveries (taken_at)`);
    await runner.query(`COMMENT ON INDEX mail_deliveries_by_age IS 'The sweeper forgets what is old'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE mail_deliveries`);
    await runner.query(`DROP TABLE mail_forwardings`);
  }
}
