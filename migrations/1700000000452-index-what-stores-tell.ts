import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Built beside running traffic, so outside a transaction. */
export class IndexWhatStoresTell1700000000452 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE orders VALIDATE CONSTRAINT orders_store_refunded`);
    for (const { name, kind, on, says } of INDEXES) {
      // A build that was broken off leaves an index that is not valid: it is made anew.
      await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
      await runner.query(`CREATE ${kind} CONCURRENTLY ${name} ON ${on}`);
      await runner.query(`COMMENT ON INDEX ${name} IS '${says}'`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of INDEXES) await runner.query(`DROP INDEX IF EXISTS ${name}`);
  }
}

const INDEXES = [
  {
    name: 'parcels_one_a_store_key',
    kind: 'UNIQUE INDEX',
    on: 'parcels (order_id, store_key) WHERE store_key IS NOT NULL',
    says: 'What a store calls a parcel is one',
  },
  {
    name: 'parcel_events_one_a_store_key',
    kind: 'UNIQUE INDEX',
    on: 'parcel_events (parcel_id, store_key) WHERE store_key IS NOT NULL',
    says: 'What a store tells of a parcel stands there once',
  },
  {
    name: 'store_api_checkouts_by_order',
    kind: 'INDEX',
    on: 'store_api_checkouts (store_id, remote_order_id) WHERE remote_order_id IS NOT NULL',
    says: 'The checkout that an order at a store was made from',
  },
];
