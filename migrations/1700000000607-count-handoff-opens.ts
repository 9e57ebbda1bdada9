import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The links of hand-offs lead through Muse, only to what Muse built, and count who follows them. */
export class CountHandoffOpens1700000000607 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE handoffs
        ADD COLUMN targets text[],
        ADD COLUMN affiliate_targets text[],
        ADD COLUMN link_seal bytea,
        ADD COLUMN opens int NOT NULL DEFAULT 0,
        ADD COLUMN first_opened_at timestamptz,
        ADD COLUMN last_opened_at timestamptz;
      COMMENT ON COLUMN handoffs.targets IS 'Where its links lead: the first /r/{clickId}, the others /r/{clickId}/1 and on; null: made before there were such links';
      COMMENT ON COLUMN handoffs.affiliate_targets IS 'The same, each wrapped in the affiliate link of the store; null where none is used';
      COMMENT ON COLUMN handoffs.link_seal IS 'HMAC of click id and targets under a key of the server: nobody is sent where Muse did not mean to';
      COMMENT ON COLUMN handoffs.opens IS 'How often its links were followed, without those who only looked where they lead';
      ALTER TABLE handoffs
        ADD CONSTRAINT handoffs_targets CHECK (
          (targets IS NULL) = (link_seal IS NULL)
          AND (affiliate_targets IS NULL OR coalesce(cardinality(affiliate_targets) = cardinality(targets), false))) NOT VALID,
        ADD CONSTRAINT handoffs_opened CHECK (
          opens >= 0 AND (opens > 0) = (first_opened_at IS NOT NULL) AND (opens > 0) = (last_opened_at IS NOT NULL)) NOT VALID;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE handoffs DROP CONSTRAINT handoffs_opened, DROP CONSTRAINT handoffs_targets;
      ALTER TABLE handoffs DROP COLUMN last_opened_at, DROP COLUMN first_opened_at, DROP COLUMN opens, DROP COLUMN link_seal,
        DROP COLUMN affiliate_targets, DROP COLUMN targets`);
  }
}
