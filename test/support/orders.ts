import { randomUUID } from 'node:crypto';
import { OrderTracking } from '../../src/orders';
import { OrderTimers } from '../../src/orders/life/order-timers';
import type { Actor, OrderStatus } from '../../src/orders/order-states';
import { OrdersRepository } from '../../src/orders/orders.repository';
import { Database, type Tx } from '../../src/platform/database';
import type { RunningApp } from './app';
import { openPartner, openShop, type Shop } from './market';
import { makeUser, signIn } from './sellers';
import {
  addDescribed,
  addVariant,
  checkoutToPlaced,
  eventually,
  guest,
  orderOf,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from './shopper';

/** A parcel that no other is mistaken for. */
export const parcel = (items?: object[]) => ({
  ...{ carrier: 'UPS', trackingNumber: `1Z${randomUUID().slice(0, 8)}` },
  ...(items && { items }),
});

/** The order's time is over, and the clock moves it: in another sweep where somebody has its row that moment. */
export async function clockMoves(muse: RunningApp, orderId: string): Promise<void> {
  await sql(muse, `UPDATE orders SET timer_at = now() - interval '1 second' WHERE id = $1`, [orderId]);
  await eventually(async () => {
    await muse.app.get(OrderTimers, { strict: false }).runOnce();
    return (await sql(muse, 'SELECT 1 FROM orders WHERE id = $1 AND timer_at <= now()', [orderId])).length === 0;
  });
}

/** The order, whose history has to lead from nothing to where it is, an entry for each of its versions. */
export async function withWholeHistory(who: Shopper, { id }: Body): Promise<Body> {
  const { body: found } = await who.get(`/orders/${id}`).expect(200);
  const entries = (await who.get(`/orders/${id}/history`).expect(200)).body.data as Body[];
  let status: string | undefined;
  for (const { before, after } of entries) {
    if (before?.status !== undefined && before.status !== status)
      throw new Error(`A gap in its history: from ${before.status}, but it was ${status}`);
    status = after?.status ?? status;
  }
  if (status !== found.status) throw new Error(`Its history ends at ${status}, but it is ${found.status}`);
  if (entries.length !== found.version) throw new Error(`${entries.length} entries for ${found.version} versions`);
  return found;
}

/** A buyer, a shop, a partner store and those who look after it all; orders are brought into a state on the ways that people take. */
export class OrdersWorld {
  private constructor(
    readonly muse: RunningApp,
    readonly shop: Shop,
    readonly partner: { id: string; hosts: string[] },
    readonly buyer: Shopper,
    readonly support: Shopper,
    readonly admin: Shopper,
  ) {}

  static async make(muse: RunningApp): Promise<OrdersWorld> {
    const member = async (role: 'admin' | 'support') => {
      const account = await makeUser(muse, role);
      return shopperOf(muse, account.id, await signIn(muse, account));
    };
    const [shop, partner] = [await openShop(muse, { onHand: 10_000 }), await openPartner(muse)];
    return new OrdersWorld(muse, shop, partner, await guest(muse), await member('support'), await member('admin'));
  }

  /** The address of an order, or of something of it, for whoever runs its store. */
  at(order: Body, rest = ''): string {
    return `/merchant/stores/${order.store.id}/orders/${order.id}${rest}`;
  }

  /** Its merchant; a partner store is run by admins. */
  merchantOf(order: Body): Shopper {
    return order.store.id === this.shop.storeId ? this.shop.merchant : this.admin;
  }

  async buy(quantity = 2, who = this.buyer): Promise<Body> {
    await addVariant(who, this.shop.variantIds[0], quantity);
    return orderOf(who, await checkoutToPlaced(who));
  }

  /** At the partner store; without a number the shopper has only said so. */
  async buyAtPartner(storeOrderNumber?: string): Promise<Body> {
    await addDescribed(this.buyer, this.partner);
    const { stores } = await checkoutToPlaced(this.buyer);
    const { body } = await this.buyer
      .post(`/handoffs/${stores[0].handoffId}/ordered`, { storeOrderNumber })
      .expect(201);
    return body;
  }

  async read(order: Body): Promise<Body> {
    return (await this.buyer.get(`/orders/${order.id}`).expect(200)).body;
  }

  async history(order: Body): Promise<Body[]> {
    return (await this.buyer.get(`/orders/${order.id}/history`).expect(200)).body.data;
  }

  /** What a carrier tells of the whole, of no parcel that is known. */
  hear(order: Body, status: 'shipped' | 'delivered' | 'cancelled'): Promise<boolean> {
    const tracking = this.muse.app.get(OrderTracking, { strict: false });
    return this.transaction((tx) => tracking.hear(tx, order.id, { source: 'carrier', status, parcels: [] }));
  }

  /** Writes a move as a module of orders would. */
  async move(order: Body, to: OrderStatus, actor: Actor = 'system'): Promise<void> {
    const repository = this.muse.app.get(OrdersRepository, { strict: false });
    await this.transaction(async (tx) => {
      const locked = (await repository.lockOfStore(tx, order.store.id, order.id))!;
      await repository.changeStatus(tx, locked, to, { actor, actorId: null });
    });
  }

  /** An order of two units in this state. */
  async bring(status: OrderStatus): Promise<Body> {
    const order = status === 'awaiting_store' ? await this.buyAtPartner() : await this.buy();
    const merchant = async (rest: string, body: object = {}) => {
      await this.shop.merchant.post(this.at(order, rest), body).expect(200);
    };
    const ways: Partial<Record<OrderStatus, () => Promise<void>>> = {
      confirmed: () => merchant('/confirm'),
      processing: () => merchant('/ship', parcel([{ itemId: order.items[0].id, quantity: 1 }])),
      shipped: () => merchant('/ship', parcel()),
      delivered: async () => {
        await ways.shipped!();
        await this.buyer.put(`/orders/${order.id}/received`).expect(200);
      },
      completed: async () => {
        await ways.delivered!();
        await this.buyer.post(`/orders/${order.id}/complete`).expect(200);
        await merchant('/complete');
      },
      cancelled: () => merchant('/cancel', { reason: 'Out of stock' }),
      returned: async () => {
        await ways.delivered!();
        await this.move(order, 'returned');
      },
    };
    await ways[status]?.();
    const found = await this.read(order);
    if (found.status !== status) throw new Error(`It is ${found.status}, not ${status}`);
    return found;
  }

  /**
   * What must be so of every order: its history is one chain from state to state that ends where it stands, with an entry for
   * each version; and it is a verified sale once, if it is one.
   */
  async check(order: Body): Promise<Body> {
    const found = await withWholeHistory(this.buyer, order);
    const sales = await sql(this.muse, 'SELECT silent_side FROM verified_sales WHERE order_id = $1', [order.id]);
    if (sales.length !== (found.verifiedSale ? 1 : 0)) throw new Error(`${sales.length} verified sales`);
    return found;
  }

  /** The payloads of its events of one type. */
  async told(order: Body, type: string): Promise<Body[]> {
    const rows = await sql(this.muse, 'SELECT payload FROM events WHERE aggregate_id = $1 AND type = $2 ORDER BY id', [
      order.id,
      type,
    ]);
    return rows.map(({ payload }) => payload);
  }

  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.muse.app.get(Database, { strict: false }).transaction(work);
  }
}
