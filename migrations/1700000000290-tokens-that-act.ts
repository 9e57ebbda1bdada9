import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Some links stand for the buyer, not only for somebody who may look. */
export class TokensThatAct1700000000290 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE order_access_tokens ADD COLUMN acts boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN order_access_tokens.acts IS 'Whoever holds it is the buyer of this order: of one that names nobody else';`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE order_access_tokens DROP COLUMN acts`);
  }
}
