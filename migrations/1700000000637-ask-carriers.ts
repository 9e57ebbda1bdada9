import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Parcels for which carriers are asked: where they are by the carrier's word, and when it is asked again. */
export class AskCarriers1700000000637 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE tracked_parcels (
        id uuid CONSTRAINT tracked_parcels_pkey PRIMARY KEY DEFAULT uuidv7(),
        carrier text NOT NULL CONSTRAINT tracked_parcels_carrier CHECK (carrier ~ '^[a-z_]{2,40}$'),
        tracking_number text NOT NULL CONSTRAINT tracked_parcels_number CHECK (tracking_number ~ '^[0-9A-Z]{5,60}$'),
        answer jsonb,
        version int NOT NULL DEFAULT 0,
        told_at timestamptz,
        next_poll_at timestamptz DEFAULT now(),
        poll_seconds int NOT NULL DEFAULT 0,
        failures int NOT NULL DEFAULT 0,
        last_error text,
        lease_token uuid,
        lease_until timestamptz,
        followed_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT tracked_parcels_once UNIQUE (carrier, tracking_number),
        CONSTRAINT tracked_parcels_told CHECK ((answer IS NULL) = (version = 0))
      ) WITH (fillfactor = 80);
      COMMENT ON TABLE tracked_parcels IS 'Parcels for which their carriers are asked; nothing of a person, nor of an order';
      COMMENT ON COLUMN tracked_parcels.tracking_number IS 'In its normal form: one parcel is asked for once, for however many orders it carries';
      COMMENT ON COLUMN tracked_parcels.answer IS 'What the carrier said last: status, events, days; null until it knew the number';
      COMMENT ON COLUMN tracked_parcels.version IS 'Counts what was news';
      COMMENT ON COLUMN tracked_parcels.told_at IS 'When the carrier said it';
      COMMENT ON COLUMN tracked_parcels.next_poll_at IS 'Null: it is not asked any more';
      COMMENT ON COLUMN tracked_parcels.poll_seconds IS 'The wait before the present poll: it doubles while there is no news';
      CREATE INDEX tracked_parcels_due ON tracked_parcels (carrier, next_poll_at) WHERE next_poll_at IS NOT NULL;
      COMMENT ON INDEX tracked_parcels_due IS 'For which a carrier is to be asked next, carrier by carrier';
      CREATE INDEX tracked_parcels_over ON tracked_parcels (followed_at) WHERE next_poll_at IS NULL;
      COMMENT ON INDEX tracked_parcels_over IS 'What may be forgotten';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE tracked_parcels`);
  }
}
