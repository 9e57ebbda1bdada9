import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MakeVariants1700000000033 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE variants (
        id uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        product_id uuid NOT NULL,
        sku text NOT NULL,
        size text,
        color text,
        price_cents bigint NOT NULL,
        original_price_cents bigint,
        currency text NOT NULL,
        position integer NOT NULL,
        external_id text,
        status text NOT NULL DEFAULT 'active',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT variants_pkey PRIMARY KEY (id),
        CONSTRAINT variants_of_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT variants_of_a_product FOREIGN KEY (product_id) REFERENCES products (id),
        CONSTRAINT variants_one_per_store_and_sku UNIQUE (store_id, sku),
        CONSTRAINT variants_price_is_not_negative CHECK (price_cents >= 0),
        CONSTRAINT variants_original_price_is_not_lower CHECK (original_price_cents >= price_cents),
        CONSTRAINT variants_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT variants_status_is_known CHECK (status IN ('active', 'archived'))
      )`);
    await runner.query(
      `COMMENT ON TABLE variants IS 'A size and colour of a product at one store, with its SKU and price'`,
    );
    await runner.query(
      `COMMENT ON COLUMN variants.external_id IS 'The partner platform''s own variant id, for cart links'`,
    );
    await runner.query(`CREATE INDEX variants_by_product ON variants (product_id, position, id)`);
    await runner.query(`COMMENT ON INDEX variants_by_product IS 'A product''s variants in the order they were given'`);

    await runner.query(`
      CREATE TABLE price_changes (
        id uuid NOT NULL DEFAULT uuidv7(),
        variant_id uuid NOT NULL,
        price_cents bigint NOT NULL,
        original_price_cents bigint,
        currency text NOT NULL,
        changed_by uuid,
        changed_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT price_changes_pkey PRIMARY KEY (id),
        CONSTRAINT price_changes_of_a_variant FOREIGN KEY (variant_id) REFERENCES variants (id),
        CONSTRAINT price_changes_price_is_not_negative CHECK (price_cents >= 0),
        CONSTRAINT price_changes_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$')
      )`);
    await runner.query(`COMMENT ON TABLE price_changes IS
      'Every price a variant ever had, its first one included; append-only. changed_by is a user''s id without a key: the fact outlives the account'`);
    await runner.query(`CREATE INDEX price_changes_by_variant ON price_changes (variant_id, id)`);
    await runner.query(
      `COMMENT ON INDEX price_changes_by_variant IS 'A variant''s price history, newest first, by keyset'`,
    );
    await runner.query(`
      CREATE FUNCTION refuse_price_history_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'price_changes is append-only';
      END $$`);
    await runner.query(`COMMENT ON FUNCTION refuse_price_history_rewrite() IS 'History is added to, never rewritten'`);
    await runner.query(`CREATE TRIGGER price_changes_are_append_only BEFORE UPDATE OR DELETE ON price_changes
      FOR EACH ROW EXECUTE FUNCTION refuse_price_history_rewrite()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE price_changes`);
    await runner.query(`DROP FUNCTION refuse_price_history_rewrite()`);
    await runner.query(`DROP TABLE variants`);
  }
}
