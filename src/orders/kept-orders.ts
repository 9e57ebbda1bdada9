import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { OrderRow } from './order-row';
import { OrdersRepository, type SeenOrder } from './orders.repository';

const KEPT_MS = 30_000;
const KEPT_ORDERS = 500;

/**
 * Orders as the database has them, kept for whoever looks again within 30 s, as one does who waits for the store to confirm
 * (docs/adr/0071). What is private in them stays sealed.
 * Guarantee: never older than the database, and never another's: each time one small statement asks as whom, and which
 * versions of its rows there are now. Rows are shared: nobody may change them.
 */
@Injectable()
export class KeptOrders implements OnModuleDestroy {
  // Insertion order is the order in which they run out.
  private readonly kept = new Map<string, { row: SeenOrder; until: number }>();
  private readonly sweeping = setInterval(() => this.sweep(), KEPT_MS).unref();

  constructor(private readonly orders: OrdersRepository) {}

  onModuleDestroy(): void {
    clearInterval(this.sweeping);
  }

  /** The buyer's order, with one statement; two where it has changed since it was kept. */
  async ofBuyer(buyerId: string, orderId: string): Promise<OrderRow | undefined> {
    const known = this.kept.get(orderId);
    if (known && known.until > performance.now()) {
      if ((await this.orders.seenByBuyer(buyerId, orderId)) === known.row.seen) return known.row;
    }
    const row = await this.orders.ofBuyer(buyerId, orderId);
    this.kept.delete(orderId);
    if (row && standsByItself(row)) this.keep(row);
    return row;
  }

  private keep(row: SeenOrder): void {
    this.kept.set(row.id, { row, until: performance.now() + KEPT_MS });
    if (this.kept.size > KEPT_ORDERS) this.kept.delete(this.kept.keys().next().value!);
  }

  private sweep(): void {
    const now = performance.now();
    for (const [id, { until }] of this.kept) {
      if (until > now) return;
      this.kept.delete(id);
    }
  }
}

/**
 * Whether it is made of the rows alone whose versions `seen` names, and not of parcels, a payment, or what a store was
 * asked: so it is until the store confirms it, unless it is paid in Muse or was placed by a store's own interface.
 */
function standsByItself(row: OrderRow): boolean {
  return row.checkoutMethod === 'direct' && row.status === 'pending' && row.paymentId === null;
}
