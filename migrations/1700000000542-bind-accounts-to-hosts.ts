import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A token that was given for a store's interface is shown to no other host. */
export class BindAccountsToHosts1700000000542 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE store_accounts ADD COLUMN api_origin text;
      COMMENT ON COLUMN store_accounts.api_origin IS 'The origin of the interface that it was linked for; null: the one that its store has had since before this was kept';
      ALTER TABLE store_connections ADD COLUMN moved_at timestamptz;
      COMMENT ON COLUMN store_connections.moved_at IS 'Since when its interface is at another origin, until the tokens of before are destroyed';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE store_connections DROP COLUMN moved_at;
      ALTER TABLE store_accounts DROP COLUMN api_origin;
    `);
  }
}
