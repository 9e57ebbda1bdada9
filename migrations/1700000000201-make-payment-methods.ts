import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What shoppers pay with, as far as we may know it: tokens of the provider, brand and last four digits. */
export class MakePaymentMethods1700000000201 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payment_customers (
        user_id uuid NOT NULL,
        provider text NOT NULL,
        provider_key uuid NOT NULL DEFAULT uuidv7(),
        asked_at timestamptz NOT NULL DEFAULT now(),
        provider_customer_id text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT payment_customers_pkey PRIMARY KEY (user_id),
        CONSTRAINT payment_customers_are_users FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT payment_customers_belong_to_one_user UNIQUE (provider_customer_id)
      );
      COMMENT ON TABLE payment_customers IS 'Under whom the provider keeps a user''s saved methods; the row goes with the person';
      COMMENT ON COLUMN payment_customers.provider_key IS
        'Idempotency key under which the customer is made; a new one only once the provider has forgotten it and no customer is found';
      COMMENT ON COLUMN payment_customers.asked_at IS 'When the provider was first asked under provider_key';
    `);
    await runner.query(`
      CREATE TABLE payment_setups (
        id uuid NOT NULL DEFAULT uuidv7(),
        user_id uuid NOT NULL,
        provider text NOT NULL,
        provider_setup_id text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT payment_setups_pkey PRIMARY KEY (id),
        CONSTRAINT payment_setups_of_a_user FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT payment_setups_are_one_of_a_kind UNIQUE (provider_setup_id)
      );
      COMMENT ON TABLE payment_setups IS
        'An intent to save a method: the id is the idempotency key of the provider''s own setup, whose secret the client is given and nobody keeps';
      CREATE INDEX payment_setups_by_user ON payment_setups (user_id);
      COMMENT ON INDEX payment_setups_by_user IS 'What goes when a person is forgotten';
      CREATE INDEX payment_setups_by_age ON payment_setups (created_at);
      COMMENT ON INDEX payment_setups_by_age IS 'The sweep asks for old ones';
    `);
    await runner.query(`
      CREATE TABLE payment_methods (
        id uuid NOT NULL DEFAULT uuidv7(),
        shopper_id uuid NOT NULL,
        provider text NOT NULL,
        provider_method_id text NOT NULL,
        kind text NOT NULL,
        brand text,
        last4 text,
        exp_month smallint,
        exp_year smallint,
        single_use boolean NOT NULL,
        is_default boolean NOT NULL DEFAULT false,
        intent_id uuid,
        removed_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT payment_methods_pkey PRIMARY KEY (id),
        CONSTRAINT payment_methods_of_a_shopper FOREIGN KEY (shopper_id) REFERENCES shoppers (id),
        CONSTRAINT payment_methods_one_per_intent UNIQUE (intent_id),
        CONSTRAINT payment_methods_show_four_digits CHECK (last4 ~ '^[0-9A-Za-z]{2,4}$'),
        CONSTRAINT payment_methods_default_is_saved CHECK (NOT is_default OR (removed_at IS NULL AND NOT single_use))
      );
      COMMENT ON TABLE payment_methods IS
        'Tokens of the provider that a shopper pays with: saved ones, attached to the user''s customer, and such as are good for one payment';
      COMMENT ON COLUMN payment_methods.intent_id IS
        'What the caller''s Idempotency-Key stood for when the method was saved: with the same key it is saved once, whatever the token names by then';
      CREATE UNIQUE INDEX payment_methods_one_shopper ON payment_methods (provider, provider_method_id) WHERE removed_at IS NULL;
      COMMENT ON INDEX payment_methods_one_shopper IS 'A token is one shopper''s, and stands in one row';
      CREATE UNIQUE INDEX payment_methods_one_default ON payment_methods (shopper_id) WHERE is_default;
      COMMENT ON INDEX payment_methods_one_default IS 'One default a shopper';
      CREATE INDEX payment_methods_by_shopper ON payment_methods (shopper_id, id) WHERE removed_at IS NULL;
      COMMENT ON INDEX payment_methods_by_shopper IS 'A shopper''s list; what a claim takes over and an erasure forgets';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE payment_methods; DROP TABLE payment_setups; DROP TABLE payment_customers`);
  }
}
