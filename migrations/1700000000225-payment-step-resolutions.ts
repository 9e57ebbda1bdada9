import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people found out about steps whose outcome nobody could know. */
export class PaymentStepResolutions1700000000225 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment_step_resolutions (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        step_id uuid NOT NULL CONSTRAINT payment_step_resolutions_step REFERENCES payment_steps (id),
        outcome text NOT NULL CONSTRAINT payment_step_resolutions_outcome CHECK (outcome IN ('look_again', 'not_done', 'done')),
        provider_ref text,
        reason text NOT NULL,
        error_code text,
        by_kind text NOT NULL CONSTRAINT payment_step_resolutions_by CHECK (by_kind IN ('support', 'admin')),
        by_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE payment_step_resolutions IS 'Who decided what became of a step that needed attention, and how they know; only ever added to';
      COMMENT ON COLUMN payment_step_resolutions.error_code IS 'Why the step needed attention then';
      CREATE INDEX payment_step_resolutions_by_step ON payment_step_resolutions (step_id);
      COMMENT ON INDEX payment_step_resolutions_by_step IS 'The console of support';
      CREATE INDEX payments_by_purchase ON payments (purchase_id);
      COMMENT ON INDEX payments_by_purchase IS 'Every payment of a purchase, those that came to nothing too: the console of support';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX payments_by_purchase; DROP TABLE payment_step_resolutions`);
  }
}
