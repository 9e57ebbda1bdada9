import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a merchant writes down about an order for nobody else. */
export class MakeOrderNotes1700000000303 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE order_notes (
        id uuid CONSTRAINT order_notes_pkey PRIMARY KEY DEFAULT uuidv7(),
        order_id uuid NOT NULL CONSTRAINT order_notes_order REFERENCES orders (id) ON DELETE CASCADE,
        author_user_id uuid NOT NULL CONSTRAINT order_notes_author REFERENCES users (id),
        key_subject_id uuid NOT NULL,
        body jsonb NOT NULL CONSTRAINT order_notes_body_is_sealed CHECK (jsonb_typeof(body) = 'object' AND body ?& ARRAY['iv', 'ct', 'tag']),
        created_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE order_notes IS 'Private notes of a merchant on an order: the buyer never sees them';
      COMMENT ON COLUMN order_notes.key_subject_id IS 'Whose data key encrypts it: that of the order, so that it goes with the buyer; where that has none, the author''s';
      CREATE INDEX order_notes_by_order ON order_notes (order_id, id);
      COMMENT ON INDEX order_notes_by_order IS 'The notes of an order, in order';
      CREATE INDEX order_notes_by_author ON order_notes (author_user_id);
      COMMENT ON INDEX order_notes_by_author IS 'What goes with its author';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE order_notes`);
  }
}
