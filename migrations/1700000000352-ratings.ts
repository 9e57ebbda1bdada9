import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One rating an order and side, which nobody sees before both are in or their time is over. */
export class Ratings1700000000352 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ratings (
        id uuid NOT NULL DEFAULT uuidv7(),
        order_id uuid NOT NULL,
        store_id uuid NOT NULL,
        side text NOT NULL,
        stars smallint NOT NULL,
        content jsonb,
        key_subject_id uuid NOT NULL,
        show_at timestamptz NOT NULL,
        shown_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ratings_pkey PRIMARY KEY (id),
        CONSTRAINT ratings_order FOREIGN KEY (order_id) REFERENCES orders (id),
        CONSTRAINT ratings_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT ratings_one_per_side UNIQUE (order_id, side),
        CONSTRAINT ratings_side_is_known CHECK (side IN ('buyer', 'merchant')),
        CONSTRAINT ratings_are_one_to_five CHECK (stars BETWEEN 1 AND 5),
        CONSTRAINT ratings_content_is_sealed CHECK (content IS NULL OR content ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      );
      COMMENT ON TABLE ratings IS 'What one side of a completed order (side) thinks of the other';
      COMMENT ON COLUMN ratings.content IS 'The words, encrypted; null where there are none, or none any more';
      COMMENT ON COLUMN ratings.show_at IS 'When the time for ratings is over, as it was told when this one was given';
      COMMENT ON COLUMN ratings.shown_at IS 'Since then everybody concerned may see it, and it counts; null: nobody but its writer';
      CREATE INDEX ratings_to_show ON ratings (show_at) WHERE shown_at IS NULL;
      COMMENT ON INDEX ratings_to_show IS 'The sweeper asks which are to be shown though the other side was silent';
      CREATE INDEX ratings_by_writer ON ratings (key_subject_id);
      COMMENT ON INDEX ratings_by_writer IS 'What somebody wrote, to forget it';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ratings`);
  }
}
