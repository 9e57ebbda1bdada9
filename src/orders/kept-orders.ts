import { Injectable } from '@nestjs/common';
import { Kept } from '../platform/database';
import type { OrderRow } from './order-row';
import { OrdersRepository } from './orders.repository';

const KEPT_ORDERS = 500;

/**
 * Orders as the database has them, for whoever looks again within moments, as one does who waits for the store to confirm
 * (docs/adr/0075). What is private in them stays sealed.
 * Guarantee: never older than the database, and never another's: each time one small statement asks as whom, and which
 * versions of its rows there are now. Rows are shared: nobody may change them.
 */
@Injectable()
export class KeptOrders {
  private readonly kept = new Kept<OrderRow>(KEPT_ORDERS);

  constructor(private readonly orders: OrdersRepository) {}

  /** The buyer's order, with one statement; two where it has changed since it was kept. */
  async ofBuyer(buyerId: string, orderId: string): Promise<OrderRow | undefined> {
    const known = this.kept.get(orderId);
    if (known && (await this.orders.seenByBuyer(buyerId, orderId)) === known.seen) return known.value;
    const row = await this.orders.ofBuyer(buyerId, orderId);
    if (row && standsByItself(row)) this.kept.keep(orderId, row.seen, row);
    return row;
  }
}

/**
 * Whether it is made of the rows alone whose versions `seen` names, and not of parcels, a payment, or what a store was
 * asked: so it is until the store confirms it, unless it is paid in Muse or was placed by a store's own interface.
 */
function standsByItself(row: OrderRow): boolean {
  return row.checkoutMethod === 'direct' && row.status === 'pending' && row.paymentId === null;
}
