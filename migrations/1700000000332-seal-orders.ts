import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders that name nobody: who bought is told to the store alone. */
export class SealOrders1700000000332 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders ADD sealed boolean NOT NULL DEFAULT false, ADD sealed_parts jsonb, ADD buyer_ref bytea;
      COMMENT ON COLUMN orders.sealed IS 'It names no buyer; whoever holds its token that acts is the buyer';
      COMMENT ON COLUMN orders.sealed_parts IS 'By field, each a JWE for the key of the store and the buyer''s own, if there is one';
      COMMENT ON COLUMN orders.buyer_ref IS 'HMAC of buyer and store under a key of the server: the same buyer counts once at a store, and a dump of the database does not say who';
      ALTER TABLE orders ALTER key_subject_id DROP NOT NULL;
      ALTER TABLE orders ADD CONSTRAINT orders_sealed_name_nobody CHECK (NOT sealed OR (buyer_user_id IS NULL AND buyer_guest_id IS NULL
        AND key_subject_id IS NULL AND shipping_address IS NULL AND billing_address IS NULL AND contact IS NULL AND instructions IS NULL
        AND locale IS NULL AND discounts = '[]' AND sealed_parts IS NOT NULL AND buyer_ref IS NOT NULL AND length(buyer_ref) = 32)) NOT VALID;
      COMMENT ON CONSTRAINT orders_sealed_name_nobody ON orders IS 'A buyer who asked for privacy cannot be stored in the clear. Coupons count per shopper, so a sealed order has none';
      ALTER TABLE orders ADD CONSTRAINT orders_open_have_a_key CHECK (sealed OR (key_subject_id IS NOT NULL AND sealed_parts IS NULL AND buyer_ref IS NULL)) NOT VALID;
      COMMENT ON CONSTRAINT orders_open_have_a_key ON orders IS 'What is private in an order that is not sealed lies under its buyer''s key';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    // Orders that name nobody have no key to fall back to: a random one, under which nothing lies.
    await runner.query(`
      ALTER TABLE orders DROP CONSTRAINT orders_sealed_name_nobody, DROP CONSTRAINT orders_open_have_a_key;
      UPDATE orders SET key_subject_id = uuidv7() WHERE key_subject_id IS NULL;
      ALTER TABLE orders ALTER key_subject_id SET NOT NULL;
      ALTER TABLE orders DROP sealed, DROP sealed_parts, DROP buyer_ref`);
  }
}
