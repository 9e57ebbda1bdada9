import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By which agreement with a store a browser may order there. */
export class AllowAutomation1700000000520 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE stores ADD COLUMN automation_agreement text, ADD COLUMN automation_policy_version integer NOT NULL DEFAULT 0;
      COMMENT ON COLUMN stores.automation_agreement IS 'Where the agreement is found by which automation_policy is allowed; without it nothing is automated, whatever the policy says';
      COMMENT ON COLUMN stores.automation_policy_version IS 'Counts what was decided: runs name the one that they were made under'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE stores DROP COLUMN automation_policy_version, DROP COLUMN automation_agreement`);
  }
}
