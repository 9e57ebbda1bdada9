import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The keys that Muse signs its requests to UCP stores by. */
export class MakeUcpSigningKeys1700000000410 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ucp_signing_keys (
        kid text NOT NULL,
        jwk jsonb NOT NULL,
        sealed jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        signs_from timestamptz NOT NULL,
        CONSTRAINT ucp_signing_keys_pkey PRIMARY KEY (kid),
        CONSTRAINT ucp_signing_keys_are_public CHECK (jwk - '{kty,crv,x,y}'::text[] = '{}'::jsonb)
      );
      COMMENT ON TABLE ucp_signing_keys IS 'Keys of this platform: the newest whose time has come signs, each is published until a week after its successor began to';
      COMMENT ON COLUMN ucp_signing_keys.kid IS 'RFC 7638 thumbprint of the key';
      COMMENT ON COLUMN ucp_signing_keys.sealed IS 'The private part, under a data key of the platform''s own';
      COMMENT ON COLUMN ucp_signing_keys.signs_from IS 'A day after it was made, unless it is the first: until then the profiles that stores keep do not name it';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ucp_signing_keys`);
  }
}
