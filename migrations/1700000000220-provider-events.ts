import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What payment providers tell, and the disputes and payouts that they tell of. */
export class ProviderEvents1700000000220 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE provider_events (
        id text PRIMARY KEY,
        provider text NOT NULL,
        type text NOT NULL,
        account text,
        object_kind text NOT NULL,
        object_id text,
        payload jsonb NOT NULL DEFAULT '{}',
        occurred_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        attempts int NOT NULL DEFAULT 0,
        lease_token uuid,
        lease_until timestamptz,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        outcome text CONSTRAINT provider_events_outcome CHECK (outcome IN ('done', 'ignored', 'unknown_account', 'given_up')),
        last_error text,
        CONSTRAINT provider_events_finished CHECK ((outcome IS NULL) = (finished_at IS NULL))
      ) WITH (fillfactor = 80);
      COMMENT ON TABLE provider_events IS 'Verified webhooks, each once, by the provider''s id; worked from here, in any order, any number of times';
      COMMENT ON COLUMN provider_events.payload IS 'Our labels and the payment''s id; the object itself is read from the provider when it is worked on';
      CREATE INDEX provider_events_open ON provider_events (next_attempt_at) WHERE finished_at IS NULL;
      COMMENT ON INDEX provider_events_open IS 'The sweeper asks for what is due';
      CREATE INDEX provider_events_finished_at ON provider_events (finished_at);
      COMMENT ON INDEX provider_events_finished_at IS 'What is old is deleted';

      CREATE TABLE disputes (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        provider_dispute_id text NOT NULL,
        payment_id uuid NOT NULL CONSTRAINT disputes_payment REFERENCES payments (id),
        store_id uuid NOT NULL,
        order_id uuid NOT NULL,
        amount_cents bigint NOT NULL CONSTRAINT disputes_amount CHECK (amount_cents >= 0),
        currency text NOT NULL,
        reason text NOT NULL,
        status text NOT NULL CONSTRAINT disputes_status CHECK (status IN ('open', 'won', 'lost')),
        opened_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        CONSTRAINT disputes_one_per_order UNIQUE (provider_dispute_id, store_id),
        CONSTRAINT disputes_ended CHECK ((status = 'open') = (ended_at IS NULL))
      );
      COMMENT ON TABLE disputes IS 'A shopper''s dispute of a payment, spread over its orders by largest remainder';
      CREATE INDEX disputes_by_payment ON disputes (payment_id);
      COMMENT ON INDEX disputes_by_payment IS 'What of a payment is disputed';
      CREATE INDEX disputes_by_store ON disputes (store_id);
      COMMENT ON INDEX disputes_by_store IS 'A store''s disputes';

      CREATE TABLE payouts (
        provider_payout_id text PRIMARY KEY,
        store_id uuid NOT NULL CONSTRAINT payouts_store REFERENCES stores (id),
        amount_cents bigint NOT NULL,
        currency text NOT NULL,
        status text NOT NULL CONSTRAINT payouts_status CHECK (status IN ('pending', 'paid', 'failed')),
        failure_code text,
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE payouts IS 'What providers paid out to stores'' banks, or failed to';
      CREATE INDEX payouts_by_store ON payouts (store_id);
      COMMENT ON INDEX payouts_by_store IS 'A store''s balance';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE payouts; DROP TABLE disputes; DROP TABLE provider_events`);
  }
}
