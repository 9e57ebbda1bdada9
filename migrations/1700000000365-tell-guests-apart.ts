import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A sealed order's buyer may be a guest, who can be anybody, any number of times. */
export class TellGuestsApart1700000000365 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders ADD buyer_is_guest boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN orders.buyer_is_guest IS 'Of a sealed order: no account stands behind its buyer, who counts as a guest in trust. Says nothing of who it is';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE orders DROP buyer_is_guest`);
  }
}
