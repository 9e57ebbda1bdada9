import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Checkouts whose private parts are kept only sealed to the stores' keys. */
export class SealCheckouts1700000000331 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE checkout_sessions ADD sealed boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN checkout_sessions.sealed IS 'Who buys is told to the stores alone: the session is deleted when it is finished, and its orders name nobody';
      ALTER TABLE checkout_sessions ADD CONSTRAINT checkout_sessions_sealed_keeps_nothing CHECK (NOT sealed OR (key_subject_id = id
        AND billing_address IS NULL AND contact IS NULL AND locale IS NULL)) NOT VALID;
      COMMENT ON CONSTRAINT checkout_sessions_sealed_keeps_nothing ON checkout_sessions IS 'An address stands in a sealed session only for a store that Muse types it at, under a key of the session, which is destroyed with it';
      ALTER TABLE store_checkouts ADD sealed_parts jsonb, ADD sealed_order_id uuid, ADD order_token_hash bytea;
      COMMENT ON COLUMN store_checkouts.sealed_parts IS 'By field, each a JWE for the key of the store and the buyer''s own, if there is one';
      COMMENT ON COLUMN store_checkouts.sealed_order_id IS 'The id that its order will have, and that its buyer was told when placing';
      COMMENT ON COLUMN store_checkouts.order_token_hash IS 'SHA-256 of the token that stands for the buyer of that order; the token was handed out when placing';
      ALTER TABLE store_checkouts ADD CONSTRAINT store_checkouts_sealed_say_nothing
        CHECK (sealed_parts IS NULL OR (shipping_address IS NULL AND instructions IS NULL)) NOT VALID;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE store_checkouts DROP CONSTRAINT store_checkouts_sealed_say_nothing, DROP sealed_parts, DROP sealed_order_id, DROP order_token_hash;
      ALTER TABLE checkout_sessions DROP CONSTRAINT checkout_sessions_sealed_keeps_nothing, DROP sealed`);
  }
}
