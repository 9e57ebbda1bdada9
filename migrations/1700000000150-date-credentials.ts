import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When an account's credentials last changed: access tokens from before are refused wherever the user's row is read. */
export class DateCredentials1700000000150 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users ADD COLUMN credentials_at timestamptz`);
    await runner.query(`COMMENT ON COLUMN users.credentials_at IS
      'When a reset, a change of the password or signing out everywhere last ended all sign-ins; null: never'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users DROP COLUMN credentials_at`);
  }
}
