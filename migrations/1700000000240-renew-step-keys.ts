import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A step's key can be renewed: a provider keeps what it has answered under a key, a refusal or a 500 too, and would give the
 * same again for a day. Beside running traffic: nothing is rewritten, and rows of versions before this one get a key of
 * their own.
 */
export class RenewStepKeys1700000000240 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payment_steps
        ALTER COLUMN provider_key DROP EXPRESSION,
        ALTER COLUMN provider_key SET DEFAULT uuidv7()::text,
        ADD COLUMN is_last boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN payment_steps.provider_key IS 'The provider''s idempotency key; a new one once it is known that nothing came of what was sent under the one before';
      COMMENT ON COLUMN payment_steps.is_last IS 'A person has it looked at once more: what is not known then is asked of a person again';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payment_steps DROP COLUMN is_last, DROP COLUMN provider_key;
      ALTER TABLE payment_steps ADD COLUMN provider_key text GENERATED ALWAYS AS (id::text) STORED;
      COMMENT ON COLUMN payment_steps.provider_key IS 'The provider''s idempotency key';
    `);
  }
}
