import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys that users and stores publish, so that others can seal things for them. */
export class MakePublicKeys1700000000330 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE public_keys (
        id uuid NOT NULL DEFAULT uuidv7(),
        subject_kind text NOT NULL,
        subject_id uuid NOT NULL,
        kid text NOT NULL,
        jwk jsonb NOT NULL,
        alg text NOT NULL DEFAULT 'ECDH-ES+A256KW',
        use text NOT NULL DEFAULT 'enc',
        created_at timestamptz NOT NULL DEFAULT now(),
        retired_at timestamptz,
        CONSTRAINT public_keys_pkey PRIMARY KEY (id),
        CONSTRAINT public_keys_one_per_kid UNIQUE (subject_kind, subject_id, kid),
        CONSTRAINT public_keys_subject_is_known CHECK (subject_kind IN ('user', 'store')),
        CONSTRAINT public_keys_kid_is_short CHECK (kid ~ '^[A-Za-z0-9._-]{1,100}$'),
        CONSTRAINT public_keys_curve_is_known CHECK (coalesce(jwk ->> 'crv', '') IN ('P-256', 'X25519')),
        CONSTRAINT public_keys_are_public CHECK (jwk - '{kty,crv,x,y}'::text[] = '{}'::jsonb),
        CONSTRAINT public_keys_alg_is_known CHECK (alg = 'ECDH-ES+A256KW' AND use = 'enc')
      );
      COMMENT ON TABLE public_keys IS 'JWKs of users and stores, the public part only. Retired ones stay: what was sealed for them can still be opened by whoever kept the private part';
      COMMENT ON COLUMN public_keys.jwk IS 'kty, crv, x and y; kid, alg and use stand beside it';
      CREATE UNIQUE INDEX public_keys_one_active ON public_keys (subject_kind, subject_id) WHERE retired_at IS NULL;
      COMMENT ON INDEX public_keys_one_active IS 'Things are sealed for one key of a subject';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE public_keys`);
  }
}
