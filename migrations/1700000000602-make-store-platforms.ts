import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was seen of the software that partner stores run, and of the permalink that they offer. */
export class MakeStorePlatforms1700000000602 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE store_platforms (
        store_id uuid CONSTRAINT store_platforms_pkey PRIMARY KEY CONSTRAINT store_platforms_store REFERENCES stores (id) ON DELETE CASCADE,
        page_url text,
        platform text,
        evidence text[] NOT NULL DEFAULT '{}',
        permalink text CONSTRAINT store_platforms_permalink CHECK (permalink ~ '^https?://[^/?#]+(/[^?#]*[^/?#])?$'),
        fault text,
        failures int NOT NULL DEFAULT 0,
        looked_at timestamptz,
        next_look_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE store_platforms IS 'What was last seen of the software that a partner store runs: it does not decide, an admin may have said otherwise (stores.platform)';
      COMMENT ON COLUMN store_platforms.page_url IS 'The page that is looked at; null: the store''s own address';
      COMMENT ON COLUMN store_platforms.platform IS 'What it was seen to be; null: not known';
      COMMENT ON COLUMN store_platforms.evidence IS 'By which signs: names of ours, nothing of the page';
      COMMENT ON COLUMN store_platforms.permalink IS 'Where its UCP profile says that permalinks begin';
      COMMENT ON COLUMN store_platforms.fault IS 'Why the last look came to nothing';
      COMMENT ON COLUMN store_platforms.next_look_at IS 'When it is looked at again; whoever looks has put it off first';
      CREATE INDEX store_platforms_due ON store_platforms (next_look_at);
      COMMENT ON INDEX store_platforms_due IS 'Which stores are to be looked at';
      CREATE TRIGGER store_platforms_touch_their_store AFTER UPDATE OF permalink ON store_platforms
        FOR EACH ROW WHEN (OLD.permalink IS DISTINCT FROM NEW.permalink) EXECUTE FUNCTION touch_store_of_row();
      COMMENT ON TRIGGER store_platforms_touch_their_store ON store_platforms IS 'Where a store''s permalinks begin is kept by processes with what else they know of it';
      INSERT INTO store_platforms (store_id) SELECT id FROM stores WHERE kind = 'partner' AND platform IS NULL AND status = 'active';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE store_platforms`);
  }
}
