import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Room for coupons and tax in carts, checkouts and orders. Tax that prices contain already stands in a column of its own:
 * tax_cents stays what is added, so the sums that are held by constraints stay what they were, for older versions too.
 */
export class PriceWithTaxAndCoupons1700000000122 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE carts ADD coupon_codes text[] NOT NULL DEFAULT '{}';
      COMMENT ON COLUMN carts.coupon_codes IS 'Codes that the shopper gave, in their order; each counts once it can be used';

      ALTER TABLE checkout_sessions ADD coupons jsonb NOT NULL DEFAULT '[]', ADD ships_to_region text;
      COMMENT ON COLUMN checkout_sessions.coupons IS 'The terms of the cart''s coupons as they were quoted';
      COMMENT ON COLUMN checkout_sessions.ships_to_region IS 'In the clear, so that tax can be quoted without the key';

      ALTER TABLE store_checkouts ADD discounts jsonb NOT NULL DEFAULT '[]', ADD tax_lines jsonb NOT NULL DEFAULT '[]',
        ADD tax_included_cents bigint NOT NULL DEFAULT 0, ADD ships_to_region text,
        ADD CONSTRAINT store_checkouts_tax_included CHECK (tax_included_cents >= 0);
      COMMENT ON COLUMN store_checkouts.discounts IS 'What each coupon takes off, at whose cost, by line; discount_cents is their sum';
      COMMENT ON COLUMN store_checkouts.tax_lines IS 'The taxes and the rates they were worked out by';
      COMMENT ON COLUMN store_checkouts.tax_included_cents IS 'Tax that the prices contain; tax_cents comes on top of them';
      COMMENT ON COLUMN store_checkouts.ships_to_region IS 'In the clear, so that tax can be quoted without the key';

      ALTER TABLE orders ADD discounts jsonb NOT NULL DEFAULT '[]', ADD tax_lines jsonb NOT NULL DEFAULT '[]',
        ADD tax_included_cents bigint NOT NULL DEFAULT 0,
        ADD CONSTRAINT orders_tax_included CHECK (tax_included_cents >= 0);
      COMMENT ON COLUMN orders.discounts IS 'What each coupon took off, at whose cost; discount_cents is their sum';
      COMMENT ON COLUMN orders.tax_lines IS 'The taxes and the rates they were worked out by';
      COMMENT ON COLUMN orders.tax_included_cents IS 'Tax that the prices contain; tax_cents came on top of them';

      ALTER TABLE order_items ADD discount_cents bigint NOT NULL DEFAULT 0, ADD tax_cents bigint NOT NULL DEFAULT 0,
        ADD CONSTRAINT order_items_discount CHECK (discount_cents BETWEEN 0 AND total_price_cents),
        ADD CONSTRAINT order_items_tax CHECK (tax_cents >= 0);
      COMMENT ON COLUMN order_items.discount_cents IS 'This item''s share of the order''s discounts on goods';
      COMMENT ON COLUMN order_items.tax_cents IS 'This item''s share of the order''s tax, added and included';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE order_items DROP discount_cents, DROP tax_cents;
      ALTER TABLE orders DROP discounts, DROP tax_lines, DROP tax_included_cents;
      ALTER TABLE store_checkouts DROP discounts, DROP tax_lines, DROP tax_included_cents, DROP ships_to_region;
      ALTER TABLE checkout_sessions DROP coupons, DROP ships_to_region;
      ALTER TABLE carts DROP coupon_codes;
    `);
  }
}
