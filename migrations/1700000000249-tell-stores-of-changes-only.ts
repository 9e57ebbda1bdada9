import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A trigger of columns fires wherever a statement names them, and a look at the provider names all: a store's row had a new
 * version each time, and every process forgot what it kept of the store. Now only where something is other than before.
 */
export class TellStoresOfChangesOnly1700000000249 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION tell_store_of_payment_account() RETURNS trigger LANGUAGE plpgsql AS $fn$
      BEGIN
        IF TG_OP = 'UPDATE' AND (NEW.provider_account_id, NEW.payable, NEW.currency, NEW.fee_ppm)
             IS NOT DISTINCT FROM (OLD.provider_account_id, OLD.payable, OLD.currency, OLD.fee_ppm) THEN
          RETURN NULL;
        END IF;
        UPDATE stores SET payable = NEW.payable AND NEW.currency IS NOT DISTINCT FROM currency, updated_at = now() WHERE id = NEW.store_id;
        RETURN NULL;
      END $fn$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION tell_store_of_payment_account() RETURNS trigger LANGUAGE plpgsql AS $fn$
      BEGIN
        UPDATE stores SET payable = NEW.payable AND NEW.currency IS NOT DISTINCT FROM currency, updated_at = now() WHERE id = NEW.store_id;
        RETURN NULL;
      END $fn$`);
  }
}
