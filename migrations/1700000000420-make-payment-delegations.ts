import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What shoppers let stores take by a token of the payment provider: the terms and what came of asking, never the token. */
export class MakePaymentDelegations1700000000420 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment_delegations (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        payment_method_id uuid NOT NULL,
        provider text NOT NULL,
        provider_key uuid NOT NULL DEFAULT uuidv7(),
        store_id uuid NOT NULL,
        seller text NOT NULL,
        max_cents bigint NOT NULL,
        currency text NOT NULL,
        status text NOT NULL DEFAULT 'asked',
        refusal_code text,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        next_attempt_at timestamptz,
        ended_at timestamptz,
        CONSTRAINT payment_delegations_pkey PRIMARY KEY (id),
        CONSTRAINT payment_delegations_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT payment_delegations_of_a_method FOREIGN KEY (payment_method_id) REFERENCES payment_methods (id),
        CONSTRAINT payment_delegations_for_a_store FOREIGN KEY (store_id) REFERENCES stores (id),
        CONSTRAINT payment_delegations_have_a_cap CHECK (max_cents > 0),
        CONSTRAINT payment_delegations_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT payment_delegations_last_an_hour CHECK (expires_at <= created_at + interval '1 hour'),
        CONSTRAINT payment_delegations_status_is_known CHECK (status IN ('asked', 'granted', 'refused', 'ending', 'ended')),
        CONSTRAINT payment_delegations_refusal_has_a_reason CHECK ((status = 'refused') = (refusal_code IS NOT NULL)),
        CONSTRAINT payment_delegations_end_has_a_time CHECK ((status = 'ended') = (ended_at IS NOT NULL)),
        CONSTRAINT payment_delegations_ending_is_tried CHECK ((status = 'ending') = (next_attempt_at IS NOT NULL))
      );
      COMMENT ON TABLE payment_delegations IS
        'What a store may take from a shopper''s card by a token of the payment provider: an intent, its terms and its outcome. The token is nowhere: under provider_key the provider gives the same one again';
      COMMENT ON COLUMN payment_delegations.id IS 'The purchase, as whoever asked names it: for one purchase one token';
      COMMENT ON COLUMN payment_delegations.provider_key IS
        'Idempotency key under which the provider is asked; a new one only where no token was ever had under it';
      COMMENT ON COLUMN payment_delegations.seller IS 'The store, as the provider knows it';
      COMMENT ON COLUMN payment_delegations.next_attempt_at IS 'Of what is being ended: when the provider is asked again';
      CREATE INDEX payment_delegations_by_user ON payment_delegations (user_id);
      COMMENT ON INDEX payment_delegations_by_user IS 'What goes when a person is forgotten';
      CREATE INDEX payment_delegations_by_expiry ON payment_delegations (expires_at);
      COMMENT ON INDEX payment_delegations_by_expiry IS 'The sweep asks for those over for a day';
      CREATE INDEX payment_delegations_ending ON payment_delegations (next_attempt_at) WHERE status = 'ending';
      COMMENT ON INDEX payment_delegations_ending IS 'A worker asks for those that the provider has still to end';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE payment_delegations`);
  }
}
