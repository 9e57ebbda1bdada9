import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a store asks of a shopper in the middle of a run, and what they answer. */
export class MakeCheckoutChallenges1700000000530 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE checkout_challenges (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        user_id uuid NOT NULL,
        store_id uuid NOT NULL CONSTRAINT checkout_challenges_store REFERENCES stores (id),
        about text NOT NULL CONSTRAINT checkout_challenges_about CHECK (about IN ('quote', 'place', 'track', 'cancel', 'credentials')),
        subject_id uuid NOT NULL,
        session_id uuid,
        kind text NOT NULL CONSTRAINT checkout_challenges_kind CHECK (kind IN ('captcha', 'one_time_code', 'security_question', 'terms_changed', 'approval')),
        round int NOT NULL CONSTRAINT checkout_challenges_round CHECK (round > 0),
        fields jsonb NOT NULL CONSTRAINT checkout_challenges_fields CHECK (jsonb_typeof(fields) = 'array'),
        shown jsonb,
        answer jsonb,
        status text NOT NULL DEFAULT 'waiting' CONSTRAINT checkout_challenges_status CHECK (status IN ('waiting', 'answered', 'used', 'expired')),
        alive_until timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        answered_at timestamptz,
        ended_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT checkout_challenges_sealed_answer CHECK (answer IS NULL OR status = 'answered'),
        CONSTRAINT checkout_challenges_destroyed CHECK (status IN ('waiting', 'answered') OR shown IS NULL),
        CONSTRAINT checkout_challenges_ended CHECK ((status IN ('used', 'expired')) = (ended_at IS NOT NULL))
      );
      COMMENT ON TABLE checkout_challenges IS 'What only the shopper can answer (a one-time code, a CAPTCHA): a run waits with the page open in the process that holds it, and the answer comes by this row';
      COMMENT ON COLUMN checkout_challenges.subject_id IS 'What the run is for: a store checkout, an order at a store, a linked account; opaque here';
      COMMENT ON COLUMN checkout_challenges.session_id IS 'The checkout session that shows it; null: none does';
      COMMENT ON COLUMN checkout_challenges.shown IS 'Prompt and picture of the page, sealed under the shopper''s key; destroyed when it has ended';
      COMMENT ON COLUMN checkout_challenges.answer IS 'Sealed under the shopper''s key; destroyed as it is used';
      COMMENT ON COLUMN checkout_challenges.alive_until IS 'So long the run is known to wait: whoever holds it says so again and again';
      CREATE INDEX checkout_challenges_open ON checkout_challenges (alive_until) WHERE ended_at IS NULL;
      COMMENT ON INDEX checkout_challenges_open IS 'Those whose run waits no more';
      CREATE INDEX checkout_challenges_of_subject ON checkout_challenges (subject_id);
      COMMENT ON INDEX checkout_challenges_of_subject IS 'Whether an earlier try was left unanswered';
      CREATE INDEX checkout_challenges_of_user ON checkout_challenges (user_id);
      COMMENT ON INDEX checkout_challenges_of_user IS 'What goes with an account';
      CREATE INDEX checkout_challenges_old ON checkout_challenges (ended_at) WHERE ended_at IS NOT NULL;
      COMMENT ON INDEX checkout_challenges_old IS 'Which may be forgotten';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE checkout_challenges`);
  }
}
