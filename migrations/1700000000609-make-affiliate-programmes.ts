import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which affiliate programme the links to a store go through, and who wants none of that. */
export class MakeAffiliateProgrammes1700000000609 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE affiliate_programmes (
        id uuid CONSTRAINT affiliate_programmes_pkey PRIMARY KEY DEFAULT uuidv7(),
        store_id uuid NOT NULL CONSTRAINT affiliate_programmes_of_a_store REFERENCES stores (id),
        network text NOT NULL,
        parameters jsonb NOT NULL,
        made_by uuid CONSTRAINT affiliate_programmes_made_by_a_user REFERENCES users (id),
        made_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        CONSTRAINT affiliate_programmes_network CHECK (network ~ '^[a-z]{2,20}$'),
        CONSTRAINT affiliate_programmes_parameters CHECK (jsonb_typeof(parameters) = 'object'),
        CONSTRAINT affiliate_programmes_ended CHECK (ended_at IS NULL OR ended_at >= made_at)
      );
      COMMENT ON TABLE affiliate_programmes IS 'How Muse earns by links to a partner store; one is never changed, only ended and followed by another. made_by is the admin';
      COMMENT ON COLUMN affiliate_programmes.parameters IS 'What the network asks of a link: public ids, no secrets';
      CREATE UNIQUE INDEX affiliate_programmes_one_active ON affiliate_programmes (store_id) WHERE ended_at IS NULL;
      COMMENT ON INDEX affiliate_programmes_one_active IS 'One programme a store at a time';
      CREATE INDEX affiliate_programmes_by_store ON affiliate_programmes (store_id, id);
      COMMENT ON INDEX affiliate_programmes_by_store IS 'Those of a store, the ended ones too';

      ALTER TABLE stores ADD COLUMN affiliated boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN stores.affiliated IS 'Whether a programme of it is active; kept by its trigger, so that reading a checkout need not look';
      CREATE FUNCTION tell_store_of_affiliate_programme() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE stores s SET affiliated = NOT s.affiliated
         WHERE s.id IN (NEW.store_id, OLD.store_id)
           AND s.affiliated <> EXISTS (SELECT FROM affiliate_programmes p WHERE p.store_id = s.id AND p.ended_at IS NULL);
        RETURN NULL;
      END $$;
      CREATE TRIGGER affiliate_programmes_tell_their_store AFTER INSERT OR UPDATE OR DELETE ON affiliate_programmes
        FOR EACH ROW EXECUTE FUNCTION tell_store_of_affiliate_programme();

      ALTER TABLE users ADD COLUMN affiliate_links boolean NOT NULL DEFAULT true;
      COMMENT ON COLUMN users.affiliate_links IS 'Whether links to stores may be affiliate links; PATCH /me turns them off';

      ALTER TABLE handoffs ADD COLUMN affiliate_programme_id uuid, ADD COLUMN affiliate_declined boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN handoffs.affiliate_programme_id IS 'Whose links affiliate_targets are';
      COMMENT ON COLUMN handoffs.affiliate_declined IS 'Its shopper wants no affiliate link here: it leads straight to the store';
      ALTER TABLE handoffs
        ADD CONSTRAINT handoffs_affiliate_programme FOREIGN KEY (affiliate_programme_id) REFERENCES affiliate_programmes (id) NOT VALID,
        ADD CONSTRAINT handoffs_affiliate CHECK ((affiliate_targets IS NULL) = (affiliate_programme_id IS NULL)) NOT VALID;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE handoffs DROP CONSTRAINT handoffs_affiliate, DROP CONSTRAINT handoffs_affiliate_programme;
      ALTER TABLE handoffs DROP COLUMN affiliate_declined, DROP COLUMN affiliate_programme_id;
      ALTER TABLE users DROP COLUMN affiliate_links;
      DROP TABLE affiliate_programmes;
      DROP FUNCTION tell_store_of_affiliate_programme();
      ALTER TABLE stores DROP COLUMN affiliated`);
  }
}
