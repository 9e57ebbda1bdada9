import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What one side of an order reports about the other, and all that becomes of it. */
export class Reports1700000000351 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE reports (
        id uuid NOT NULL DEFAULT uuidv7(),
        order_id uuid NOT NULL,
        store_id uuid NOT NULL,
        side text NOT NULL,
        reason text NOT NULL,
        content jsonb,
        key_subject_id uuid NOT NULL,
        status text NOT NULL DEFAULT 'open',
        outcome text,
        answer_until timestamptz NOT NULL,
        appeal_until timestamptz,
        decided_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT reports_pkey PRIMARY KEY (id),
        CONSTRAINT reports_order FOREIGN KEY (order_id) REFERENCES orders (id),
        CONSTRAINT reports_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT reports_side_is_known CHECK (side IN ('buyer', 'merchant')),
        CONSTRAINT reports_reason_is_known CHECK (reason IN ('not_received', 'not_as_described', 'counterfeit', 'refund_refused',
          'payment_missing', 'false_claim', 'abusive', 'fraud', 'other')),
        CONSTRAINT reports_status_is_known CHECK (status IN ('open', 'answered', 'withdrawn', 'decided', 'appealed', 'final')),
        CONSTRAINT reports_outcome_is_known CHECK (outcome IN ('upheld', 'dismissed')),
        CONSTRAINT reports_decided_have_an_outcome CHECK ((status IN ('decided', 'appealed', 'final')) = (outcome IS NOT NULL)
          AND (outcome IS NULL) = (decided_at IS NULL) AND (outcome IS NULL) = (appeal_until IS NULL)),
        CONSTRAINT reports_content_is_sealed CHECK (content IS NULL OR content ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      );
      COMMENT ON TABLE reports IS 'What one side of an order (side) reports about the other';
      COMMENT ON COLUMN reports.content IS 'Words and addresses of evidence, encrypted; null once they are forgotten';
      COMMENT ON COLUMN reports.key_subject_id IS 'Whose data key encrypts them: the writer''s; of an order that names no buyer, the order''s own';
      COMMENT ON COLUMN reports.answer_until IS 'Until then nobody is found against unheard';
      CREATE UNIQUE INDEX reports_one_open ON reports (order_id, side) WHERE status IN ('open', 'answered');
      COMMENT ON INDEX reports_one_open IS 'One report an order and side that nobody has decided yet';
      CREATE INDEX reports_by_order ON reports (order_id, id);
      COMMENT ON INDEX reports_by_order IS 'The reports of an order, for its buyer';
      CREATE INDEX reports_by_store ON reports (store_id, id DESC);
      COMMENT ON INDEX reports_by_store IS 'The reports of a store''s orders, for its merchant';
      CREATE INDEX reports_by_status ON reports (status, id DESC);
      COMMENT ON INDEX reports_by_status IS 'What support has to decide';
      CREATE INDEX reports_upheld ON reports (store_id, side, decided_at DESC) WHERE outcome = 'upheld';
      COMMENT ON INDEX reports_upheld IS 'Those that weigh in a store''s score, newest first';
      CREATE INDEX reports_by_writer ON reports (key_subject_id);
      COMMENT ON INDEX reports_by_writer IS 'What somebody wrote, to forget it';

      CREATE TABLE report_answers (
        report_id uuid NOT NULL,
        content jsonb,
        key_subject_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT report_answers_pkey PRIMARY KEY (report_id),
        CONSTRAINT report_answers_report FOREIGN KEY (report_id) REFERENCES reports (id),
        CONSTRAINT report_answers_content_is_sealed CHECK (content IS NULL OR content ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      );
      COMMENT ON TABLE report_answers IS 'What the side that was reported says to it: once';
      CREATE INDEX report_answers_by_writer ON report_answers (key_subject_id);
      COMMENT ON INDEX report_answers_by_writer IS 'What somebody wrote, to forget it';

      CREATE TABLE appeals (
        report_id uuid NOT NULL,
        side text NOT NULL,
        content jsonb,
        key_subject_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT appeals_pkey PRIMARY KEY (report_id),
        CONSTRAINT appeals_report FOREIGN KEY (report_id) REFERENCES reports (id),
        CONSTRAINT appeals_side_is_known CHECK (side IN ('buyer', 'merchant')),
        CONSTRAINT appeals_content_is_sealed CHECK (content IS NULL OR content ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      );
      COMMENT ON TABLE appeals IS 'Why a decision is wrong, by the side that it went against: once a report';
      CREATE INDEX appeals_by_writer ON appeals (key_subject_id);
      COMMENT ON INDEX appeals_by_writer IS 'What somebody wrote, to forget it';

      CREATE TABLE report_decisions (
        report_id uuid NOT NULL,
        instance text NOT NULL,
        outcome text NOT NULL,
        content jsonb NOT NULL,
        key_subject_id uuid NOT NULL,
        decided_by uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT report_decisions_pkey PRIMARY KEY (report_id, instance),
        CONSTRAINT report_decisions_report FOREIGN KEY (report_id) REFERENCES reports (id),
        CONSTRAINT report_decisions_by_a_user FOREIGN KEY (decided_by) REFERENCES users (id),
        CONSTRAINT report_decisions_instance_is_known CHECK (instance IN ('first', 'appeal')),
        CONSTRAINT report_decisions_outcome_is_known CHECK (outcome IN ('upheld', 'dismissed')),
        CONSTRAINT report_decisions_content_is_sealed CHECK (content ?& ARRAY['v', 'k', 'iv', 'ct', 'tag'])
      );
      COMMENT ON TABLE report_decisions IS 'What support decided and why: at first, and after an appeal. The words lie under a key of the order';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE report_decisions; DROP TABLE appeals; DROP TABLE report_answers; DROP TABLE reports`,
    );
  }
}
