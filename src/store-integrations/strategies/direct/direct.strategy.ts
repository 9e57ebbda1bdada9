import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../platform/database';
import { contactOnly as isContactOnly } from '../../../stores';
import type { CheckoutStrategy, Placement, PlacementOutcome, StoreGroup, StoreQuote } from '../../checkout-strategy';
import { quoteFromTables } from '../../quote-from-tables';

const STANDS = statement(
  'direct.still_stands',
  `SELECT s.status = 'active' AS "storeOpen", ${isContactOnly('s')} AS "contactOnly",
          (SELECT count(*)::int FROM variants v JOIN products p ON p.id = v.product_id
            WHERE v.id = ANY ($3::uuid[]) AND v.status = 'active' AND p.status = 'active') AS "sellable",
          (SELECT count(*)::int FROM unnest($3::uuid[], $4::int[]) AS wanted (variant_id, quantity)
             JOIN holds h ON h.session_id = $2 AND h.variant_id = wanted.variant_id AND h.status = 'committed' AND h.quantity = wanted.quantity) AS "held"
     FROM stores s WHERE s.id = $1`,
);

/** A merchant store, on Muse: placing means that store, variants and hold still stand; the runner then sells the stock. */
@Injectable()
export class DirectStrategy implements CheckoutStrategy {
  readonly tier = 'direct';
  readonly checkout = 'in_muse';
  readonly repeatable = true;
  readonly quotesAtOnce = true;

  constructor(private readonly database: Database) {}

  quote(group: StoreGroup): Promise<StoreQuote> {
    return Promise.resolve(quoteFromTables(group));
  }

  async place({ sessionId, store, lines, contactOnly }: Placement): Promise<PlacementOutcome> {
    const demand = new Map<string, number>();
    for (const line of lines) demand.set(line.variantId!, (demand.get(line.variantId!) ?? 0) + line.quantity);
    const variantIds = [...demand.keys()];
    type Row = { storeOpen: boolean; contactOnly: boolean; sellable: number; held: number };
    const row = await this.database.maybeOne<Row>(STANDS, [store.id, sessionId, variantIds, [...demand.values()]]);
    if (!row?.storeOpen)
      return { type: 'rejected', code: 'store_closed', detail: `${store.name} no longer takes orders.` };
    // Agreed so, or since: a store that takes no orders any more is asked all the same.
    if (contactOnly || row.contactOnly) return { type: 'contacted' };
    if (row.sellable < variantIds.length) {
      return { type: 'rejected', code: 'unavailable', detail: `${store.name} no longer sells one of the items.` };
    }
    if (row.held < variantIds.length) {
      return { type: 'rejected', code: 'stock_short', detail: `${store.name} no longer has one of the items.` };
    }
    return { type: 'placed', storeOrderNumber: null, placedAtStore: false };
  }
}
