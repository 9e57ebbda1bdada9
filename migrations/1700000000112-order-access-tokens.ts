import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Links that open one order to look at, for whoever holds them. */
export class OrderAccessTokens1700000000112 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE order_access_tokens (
        id uuid NOT NULL DEFAULT uuidv7(),
        order_id uuid NOT NULL,
        token_hash bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT order_access_tokens_pkey PRIMARY KEY (id),
        CONSTRAINT order_access_tokens_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
        CONSTRAINT order_access_tokens_are_one_of_a_kind UNIQUE (token_hash),
        CONSTRAINT order_access_tokens_hash_is_sha256 CHECK (length(token_hash) = 32)
      );
      COMMENT ON TABLE order_access_tokens IS 'SHA-256 of the tokens in mailed links: each opens one order, to look at, for 180 days or until it is revoked';
      CREATE INDEX order_access_tokens_by_order ON order_access_tokens (order_id, id);
      COMMENT ON INDEX order_access_tokens_by_order IS 'The links of an order, for its buyer to see and revoke';
      CREATE INDEX order_access_tokens_by_age ON order_access_tokens (expires_at);
      COMMENT ON INDEX order_access_tokens_by_age IS 'The sweeper deletes what has run out';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE order_access_tokens`);
  }
}
