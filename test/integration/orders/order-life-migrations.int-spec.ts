import type { QueryRunner } from 'typeorm';
import { MakeParcelItems1700000000301 } from '../../../migrations/1700000000301-make-parcel-items';
import { BeginTimers1700000000304 } from '../../../migrations/1700000000304-begin-timers';
import { FillParcels1700000000306 } from '../../../migrations/1700000000306-fill-parcels';
import { startApp, type RunningApp } from '../../support/app';
import { OrdersWorld } from '../../support/orders';
import { sql, type Body } from '../../support/shopper';

/** Orders that stood before orders had parcels with items, and timers. */
describe('Orders of before', () => {
  let muse: RunningApp;
  let world: OrdersWorld;

  beforeAll(async () => {
    muse = await startApp();
    world = await OrdersWorld.make(muse);
  });

  const runner = { query: (text: string) => sql(muse, text) } as unknown as QueryRunner;

  it('have left in the one parcel that they had, whole', async () => {
    const [shipped, pending] = [await world.bring('shipped'), await world.bring('pending')];
    const migration = new MakeParcelItems1700000000301();
    await migration.down(runner);
    await migration.up(runner);
    await new FillParcels1700000000306().up(runner);
    expect(await world.read(shipped)).toEqual(shipped);
    expect(shipped.parcels).toMatchObject([{ items: [{ itemId: shipped.items[0].id, quantity: 2 }] }]);
    expect(await world.read(pending)).toEqual(pending);
  });

  it('begin to wait for whoever has to say something, from now on', async () => {
    const states = ['pending', 'confirmed', 'shipped', 'delivered', 'completed'] as const;
    const orders: Body[] = [];
    for (const state of states) orders.push(await world.bring(state));
    const partner = await world.buyAtPartner('ON-1');
    await world.hear(partner, 'shipped');
    const migration = new BeginTimers1700000000304();
    await migration.down(runner);
    const timers = () =>
      Promise.all(
        [...orders, partner].map(async ({ id }) => {
          const [row] = await sql(
            muse,
            `SELECT timer_kind AS kind, round(extract(epoch FROM timer_at - now()) / 3600)::int AS hours FROM orders WHERE id = $1`,
            [id],
          );
          return [row.kind, row.hours];
        }),
      );
    expect(await timers()).toEqual(Array.from({ length: 6 }, () => [null, null]));
    await migration.up(runner);
    expect(await timers()).toEqual([
      ...[
        ['confirm', 72],
        [null, null],
        ['deliver', 504],
      ],
      ...[
        ['complete', 336],
        [null, null],
        [null, null],
      ],
    ]);
  });
});
