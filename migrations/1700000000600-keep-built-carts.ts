import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Hand-offs keep how the store opens for their shopper: what was built, and what it cannot do. */
export class KeepBuiltCarts1700000000600 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE handoffs ADD COLUMN kind text, ADD COLUMN warnings jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN product_links jsonb NOT NULL DEFAULT '[]', ADD COLUMN carries text[] NOT NULL DEFAULT '{}', ADD COLUMN sealed_url jsonb;
      ALTER TABLE handoffs ADD CONSTRAINT handoffs_kind CHECK (kind IN ('cart', 'product_links', 'product_page')) NOT VALID;
      COMMENT ON COLUMN handoffs.continue_url IS 'What was built for it; nothing of the shopper''s own stands in it';
      COMMENT ON COLUMN handoffs.kind IS 'How far the link fills the cart at the store; null of those that were made before it was kept';
      COMMENT ON COLUMN handoffs.warnings IS 'What the link cannot do, or does besides: codes and sentences';
      COMMENT ON COLUMN handoffs.product_links IS 'Where each line is bought by itself, in the order of the lines';
      COMMENT ON COLUMN handoffs.carries IS 'What of the shopper''s own sealed_url tells the store';
      COMMENT ON COLUMN handoffs.sealed_url IS 'The link with what the shopper agreed to tell the store, under the data key of its session''s key_subject_id; null: nothing';
      ALTER TABLE store_checkouts ADD COLUMN handoff jsonb, ADD COLUMN share_at_store boolean NOT NULL DEFAULT false;
      ALTER TABLE store_checkouts ADD CONSTRAINT store_checkouts_sealed_share_nothing CHECK (sealed_parts IS NULL OR NOT share_at_store) NOT VALID;
      COMMENT ON COLUMN store_checkouts.handoff IS 'Where the shopper finishes on the store''s own site: how it will open, as of the last quote';
      COMMENT ON COLUMN store_checkouts.share_at_store IS 'Whether the shopper agreed that the link tells the store what it can: e-mail, postcode, discount codes, note';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE store_checkouts DROP CONSTRAINT store_checkouts_sealed_share_nothing, DROP COLUMN share_at_store, DROP COLUMN handoff;
      COMMENT ON COLUMN handoffs.continue_url IS NULL;
      ALTER TABLE handoffs DROP CONSTRAINT handoffs_kind, DROP COLUMN sealed_url, DROP COLUMN carries, DROP COLUMN product_links,
        DROP COLUMN warnings, DROP COLUMN kind`);
  }
}
