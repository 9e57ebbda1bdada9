import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Exchange rates: a history that is only ever added to, since sessions and orders name the rate they were priced by. */
export class MakeExchangeRates1700000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE exchange_rates (
        id uuid NOT NULL DEFAULT uuidv7(),
        base text NOT NULL,
        quote text NOT NULL,
        rate numeric NOT NULL,
        source text NOT NULL,
        effective_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now(),
        created_by uuid,
        CONSTRAINT exchange_rates_pkey PRIMARY KEY (id),
        CONSTRAINT exchange_rates_base_is_iso CHECK (base ~ '^[A-Z]{3}$'),
        CONSTRAINT exchange_rates_quote_is_iso CHECK (quote ~ '^[A-Z]{3}$'),
        CONSTRAINT exchange_rates_are_between_two CHECK (base <> quote),
        CONSTRAINT exchange_rates_are_positive_decimals CHECK (rate > 0 AND rate < 1e12 AND scale(trim_scale(rate)) <= 12),
        CONSTRAINT exchange_rates_created_by_a_user FOREIGN KEY (created_by) REFERENCES users (id)
      )`);
    await runner.query(`COMMENT ON TABLE exchange_rates IS
      'Append-only: one whole unit of base costs rate of quote from effective_at on; the newest effective one holds'`);
    await runner.query(
      `CREATE INDEX exchange_rates_newest ON exchange_rates (base, quote, effective_at DESC, id DESC)`,
    );
    await runner.query(
      `COMMENT ON INDEX exchange_rates_newest IS 'The present rate of each pair, without reading its history'`,
    );

    await runner.query(`
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $fn$
      BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
      END $fn$`);
    await runner.query(
      `COMMENT ON FUNCTION refuse_change() IS 'For tables whose rows are facts: they are added, never changed'`,
    );
    await runner.query(`
      CREATE TRIGGER exchange_rates_are_append_only BEFORE UPDATE OR DELETE ON exchange_rates
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE exchange_rates`);
    await runner.query(`DROP FUNCTION refuse_change()`);
  }
}
