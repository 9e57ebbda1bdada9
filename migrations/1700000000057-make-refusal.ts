import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A statement's way to refuse by itself: then it may travel with those before it and with COMMIT, which is not reached. */
export class MakeRefusal1700000000057 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE FUNCTION refuse(rule text, state text DEFAULT 'check_violation') RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
      BEGIN
        RAISE EXCEPTION 'refused by %', rule USING ERRCODE = state, CONSTRAINT = rule;
      END $$`);
    await runner.query(
      `COMMENT ON FUNCTION refuse IS 'Fails the statement that reaches it, as the constraint of this name would; state serialization_failure begins the transaction again'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION refuse');
  }
}
