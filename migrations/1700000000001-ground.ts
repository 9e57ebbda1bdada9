import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What every later table stands on: time-ordered ids. Postgres 18 has uuidv7() itself; older ones get the same here. */
export class Ground1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $do$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_proc p WHERE p.proname = 'uuidv7' AND p.pronargs = 0) THEN
          CREATE FUNCTION public.uuidv7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $fn$
            SELECT encode(
              set_bit(set_bit(
                overlay(uuid_send(gen_random_uuid())
                  PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
                52, 1), 53, 1), 'hex')::uuid
          $fn$;
          COMMENT ON FUNCTION public.uuidv7() IS 'RFC 9562 UUID v7, for Postgres before 18';
        END IF;
      END $do$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION IF EXISTS public.uuidv7()`);
  }
}
