import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import type { Caller } from '../identity';
import { Database, statement, type Tx } from '../platform/database';
import { Events } from '../platform/events';
import { InvalidField, NotFound, decodeIdCursor, encodeCursor, page } from '../platform/http';
import { StoreDirectory } from '../stores';
import { MAX_ON_HAND, type SetStockRequest } from './dto/set-stock.request';
import { StockResponse, type StockListResponse } from './dto/stock.response';
import { Inventory } from './entities/inventory.entity';
import { StockLimitReached, StockReserved } from './inventory.errors';
import { stockEvents } from './stock-events';

/** The stock that a new variant begins with. */
export interface OpeningStock {
  variantId: string;
  onHand: number;
  buffer: number;
  alertThreshold: number | null;
}

const OPEN = statement(
  'inventory.open',
  `INSERT INTO inventory (store_id, variant_id, on_hand, buffer, alert_threshold)
   SELECT $1, d.* FROM unnest($2::uuid[], $3::int[], $4::int[], $5::int[]) AS d (variant_id, on_hand, buffer, alert_threshold)`,
);

/**
 * What merchants do to their stock.
 * Errors: NotFound for another's store or variant; InvalidField for a count and a correction at once; StockReserved and
 * StockLimitReached for a number that cannot be.
 */
@Injectable()
export class Stock {
  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly stores: StoreDirectory,
  ) {}

  /** Every variant has exactly one stock row, made in the transaction that makes the variant. */
  async open(tx: Tx, storeId: string, lines: readonly OpeningStock[]): Promise<void> {
    await tx.run(OPEN, [
      storeId,
      lines.map((line) => line.variantId),
      lines.map((line) => line.onHand),
      lines.map((line) => line.buffer),
      lines.map((line) => line.alertThreshold),
    ]);
  }

  async set(caller: Caller, storeId: string, variantId: string, body: SetStockRequest): Promise<StockResponse> {
    if (body.onHand !== undefined && body.adjust !== undefined) {
      throw new InvalidField('/adjust', 'give either onHand or adjust');
    }
    return this.database.transaction(async (tx) => {
      await this.stores.ownedStore(tx, caller, storeId);
      const repository = tx.repository(Inventory);
      const row = await repository.findOne({ where: { variantId, storeId }, lock: { mode: 'for_no_key_update' } });
      if (!row) throw new NotFound('variant');
      const before = row.onHand - row.reserved - row.buffer;
      row.onHand = body.onHand ?? row.onHand + (body.adjust ?? 0);
      if (body.buffer !== undefined) row.buffer = body.buffer;
      if (body.alertThreshold !== undefined) row.alertThreshold = body.alertThreshold;
      if (row.onHand < row.reserved) throw new StockReserved({ onHand: row.onHand, reserved: row.reserved });
      if (row.onHand > MAX_ON_HAND) throw new StockLimitReached(MAX_ON_HAND);
      row.updatedAt = new Date();
      await repository.save(row);
      const after = row.onHand - row.reserved - row.buffer;
      await this.events.publish(tx, ...stockEvents({ ...row, before, after }));
      return StockResponse.of(row);
    });
  }

  /** The stock of a store, newest variants first. */
  async list(caller: Caller, storeId: string, query: { limit: number; cursor?: string }): Promise<StockListResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    const after = decodeIdCursor(query.cursor);
    const found = await this.database.repository(Inventory).find({
      where: { storeId, ...(after && { variantId: LessThan(after) }) },
      order: { variantId: 'DESC' },
      take: query.limit + 1,
    });
    const { rows, nextCursor } = page(found, query.limit, (row) => encodeCursor(row.variantId));
    return { data: rows.map((row) => StockResponse.of(row)), nextCursor };
  }
}
