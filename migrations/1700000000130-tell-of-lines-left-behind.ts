import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a sign-in could not put into the user's cart is told there, not dropped without a word. */
export class TellOfLinesLeftBehind1700000000130 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE carts ADD left_behind jsonb;
      COMMENT ON COLUMN carts.left_behind IS 'lines and units of a guest''s cart that found no room here at the sign-in; null once the shopper has written since';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE carts DROP left_behind`);
  }
}
