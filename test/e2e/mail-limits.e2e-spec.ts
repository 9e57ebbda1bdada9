import { randomUUID } from 'node:crypto';
import { ORDER_DELIVERED } from '../../src/orders';
import { Database } from '../../src/platform/database';
import { Events } from '../../src/platform/events';
import { startApp, type RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import {
  ADDRESS,
  addVariant,
  begin,
  customer,
  eventually,
  guest,
  orderOf,
  place,
  settled,
  sql,
} from '../support/shopper';
import type { Body, Shopper } from '../support/shopper';

describe('Mails about orders to one address', () => {
  let muse: RunningApp;
  let shop: Shop;
  beforeAll(async () => {
    muse = await startApp({ RATE_LIMIT_FACTOR: '1' });
    shop = await openShop(muse);
  });

  const buy = async (shopper: Shopper, email: string): Promise<Body> => {
    await addVariant(shopper, shop.variantIds[0]);
    const { id } = await begin(shopper);
    const { body } = await shopper
      .put(`/checkout/sessions/${id}/shipping`, { address: ADDRESS, contact: { email } })
      .expect(200);
    await place(shopper, body).expect(202);
    return orderOf(shopper, await settled(shopper, id));
  };
  /** Tells the buyer so often, all at once, and waits until everything is heard. */
  const tell = async (order: Body, times: number) => {
    const publish = () =>
      muse.app
        .get(Database, { strict: false })
        .transaction((tx) =>
          muse.app.get(Events, { strict: false }).publish(tx, { type: ORDER_DELIVERED, aggregateId: order.id }),
        );
    await Promise.all(Array.from({ length: times }, publish));
    const open = `SELECT count(*)::int AS n FROM event_deliveries WHERE status <> 'done'`;
    await eventually(async () => (await sql(muse, open))[0].n === 0);
  };
  const told = async (order: Body): Promise<number> => {
    const mails = `SELECT count(*)::int AS n FROM mails m JOIN events e ON e.id = m.cause_id WHERE e.aggregate_id = $1 AND m.kind LIKE 'order%'`;
    return (await sql(muse, mails, [order.id]))[0].n as number;
  };

  it('are at most 20 an hour where nobody has proved it, whoever buys and in whatever letters', async () => {
    const email = `victim-${randomUUID().slice(0, 8)}@example.com`;
    const first = await buy(await guest(muse), email);
    await tell(first, 12);
    const second = await buy(await customer(muse), email.toUpperCase());
    await tell(second, 15);
    expect((await told(first)) + (await told(second))).toBe(20);
    const keys = await sql(muse, `SELECT key FROM rate_counters WHERE key LIKE 'order-mails %'`);
    expect(keys).toHaveLength(1);
    expect(JSON.stringify(keys).toLowerCase()).not.toContain('victim');
  }, 60_000);

  it('are not counted where it is the proved address of the account that buys', async () => {
    const ana = await customer(muse);
    const order = await buy(ana, ana.email);
    await tell(order, 25);
    expect(await told(order)).toBe(26);
  }, 60_000);
});
