import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tax rates: a history that is only ever added to, since checkouts and orders name the rates that they were taxed by. */
export class MakeTaxRates1700000000120 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE tax_rates (
        id uuid NOT NULL DEFAULT uuidv7(),
        country text NOT NULL,
        region text,
        category text,
        name text NOT NULL,
        rate_ppm integer NOT NULL,
        inclusive boolean NOT NULL,
        on_delivery boolean NOT NULL,
        effective_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now(),
        created_by uuid,
        CONSTRAINT tax_rates_pkey PRIMARY KEY (id),
        CONSTRAINT tax_rates_country_is_iso CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT tax_rates_are_percentages CHECK (rate_ppm BETWEEN 0 AND 1000000),
        CONSTRAINT tax_rates_delivery_has_no_category CHECK (category IS NULL OR NOT on_delivery),
        CONSTRAINT tax_rates_created_by_a_user FOREIGN KEY (created_by) REFERENCES users (id)
      )`);
    await runner.query(`COMMENT ON TABLE tax_rates IS
      'Append-only: tax "name" in a country is rate_ppm parts per million from effective_at on; the newest effective one of each country, region, category and name holds. 0 is an exemption'`);
    await runner.query(
      `COMMENT ON COLUMN tax_rates.region IS 'A subdivision as addresses have it; null: the whole country'`,
    );
    await runner.query(`COMMENT ON COLUMN tax_rates.category IS 'Of products; null: all goods'`);
    await runner.query(
      `COMMENT ON COLUMN tax_rates.inclusive IS 'Prices contain it already; otherwise it comes on top of them'`,
    );
    await runner.query(`COMMENT ON COLUMN tax_rates.on_delivery IS 'Whether delivery is taxed at this rate too'`);
    await runner.query(`
      CREATE INDEX tax_rates_newest ON tax_rates
        (country, coalesce(upper(region), ''), coalesce(lower(category), ''), lower(name), effective_at DESC, id DESC)`);
    await runner.query(`COMMENT ON INDEX tax_rates_newest IS 'The present rate of each tax, place and category'`);
    await runner.query(`
      CREATE TRIGGER tax_rates_are_append_only BEFORE UPDATE OR DELETE ON tax_rates
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE tax_rates`);
  }
}
