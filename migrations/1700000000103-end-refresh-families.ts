import type { MigrationInterface, QueryRunner } from 'typeorm';

/** However often it is refreshed, a sign-in ends 90 days after it began (RFC 9700 asks for an end). */
export class EndRefreshFamilies1700000000103 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // The default serves the rows there are, and a version before this one that runs on beside it.
    await runner.query(`
      ALTER TABLE refresh_tokens ADD COLUMN family_expires_at timestamptz NOT NULL DEFAULT now() + interval '90 days',
        ADD CONSTRAINT refresh_tokens_end_with_their_family CHECK (expires_at <= family_expires_at)`);
    await runner.query(`COMMENT ON COLUMN refresh_tokens.family_expires_at IS
      'When the sign-in ends that the token belongs to: handed on from each token to the next'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE refresh_tokens DROP COLUMN family_expires_at`);
  }
}
