import { OrdersRepository } from '../../../src/orders/orders.repository';
import { startApp, type RunningApp } from '../../support/app';
import { openShop, type Shop } from '../../support/market';
import {
  addVariant,
  checkoutToPlaced,
  customer,
  guest,
  orderOf,
  sql,
  type Body,
  type Shopper,
} from '../../support/shopper';

describe('An order that is read again', () => {
  let muse: RunningApp;
  let shop: Shop;
  let shopper: Shopper;
  let order: Body;
  let wholeReads: jest.SpyInstance;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse, { onHand: 1_000 });
  });
  beforeEach(async () => {
    shopper = await customer(muse);
    await addVariant(shopper, shop.variantIds[0], 2);
    order = await orderOf(shopper, await checkoutToPlaced(shopper));
    wholeReads = jest.spyOn(muse.app.get(OrdersRepository, { strict: false }), 'ofBuyer');
  });
  afterEach(() => wholeReads.mockRestore());

  const read = async (): Promise<Body> => (await shopper.get(`/orders/${order.id}`).expect(200)).body;
  /** As it is read where nothing was kept: a change that changes nothing makes what was kept old. */
  const readAnew = async (): Promise<Body> => {
    await sql(muse, 'UPDATE orders SET version = version WHERE id = $1', [order.id]);
    return read();
  };
  /** One whole read, and whatever comes after it is kept. */
  const readTwice = async (): Promise<Body> => {
    const [first, second] = [await readAnew(), await read()];
    expect(second).toEqual(first);
    return second;
  };

  it('is read whole once, and asked after from then on', async () => {
    await readAnew();
    wholeReads.mockClear();
    const answers = [await read(), await read(), await read()];
    expect(wholeReads).not.toHaveBeenCalled();
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('is nobody else’s, also while it is kept', async () => {
    await readTwice();
    for (const other of [await guest(muse), await customer(muse)]) await other.get(`/orders/${order.id}`).expect(404);
  });

  it('is read whole again after any change of its rows, its items, its store or its key, whoever makes it', async () => {
    for (const change of [
      'UPDATE orders SET id = id WHERE id = $1',
      'UPDATE order_items SET id = id WHERE order_id = $1',
      'UPDATE stores SET id = id WHERE id = (SELECT store_id FROM orders WHERE id = $1)',
      'UPDATE data_keys SET subject_id = subject_id WHERE subject_id = (SELECT key_subject_id FROM orders WHERE id = $1)',
    ]) {
      await readTwice();
      wholeReads.mockClear();
      await sql(muse, change, [order.id]);
      await read();
      expect([change, wholeReads.mock.calls.length]).toEqual([change, 1]);
    }
  });

  it('shows at once what its store is called, and that the store can be paid', async () => {
    const before = await readTwice();
    await sql(muse, `UPDATE stores SET name = 'Renamed', support_phone = '+1 212 555 0199' WHERE id = $1`, [
      shop.storeId,
    ]);
    expect((await read()).store).toMatchObject({ name: 'Renamed', support: { phone: '+1 212 555 0199' } });
    wholeReads.mockClear();
    await sql(muse, `INSERT INTO payment_accounts (store_id, provider, fee_ppm) VALUES ($1, 'stripe', 1)`, [
      shop.storeId,
    ]);
    await read();
    expect(wholeReads).toHaveBeenCalledTimes(1);
    expect(before.store.name).not.toBe('Renamed');
  });

  it('shows no address any more once its buyer’s key is destroyed', async () => {
    expect((await readTwice()).shippingAddress).toMatchObject({ city: expect.any(String) });
    await sql(muse, 'DELETE FROM data_keys WHERE subject_id = (SELECT key_subject_id FROM orders WHERE id = $1)', [
      order.id,
    ]);
    expect((await read()).shippingAddress).toBeNull();
  });

  it('that waits for its store shows nothing of parcels: what is not asked after cannot be missed', async () => {
    const before = await readTwice();
    await sql(
      muse,
      `WITH parcel AS (INSERT INTO parcels (order_id, carrier, tracking_number, status) VALUES ($1, 'UPS', '1Z', 'in_transit') RETURNING id)
       INSERT INTO parcel_items (parcel_id, order_item_id, quantity) SELECT parcel.id, i.id, 1 FROM parcel, order_items i WHERE i.order_id = $1`,
      [order.id],
    );
    expect(await read()).toEqual(before);
    expect(await readAnew()).toEqual(before);
  });

  it('is not kept any more from its confirmation on', async () => {
    await readTwice();
    await shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${order.id}/confirm`).expect(200);
    wholeReads.mockClear();
    expect((await read()).status).toBe('confirmed');
    expect((await read()).status).toBe('confirmed');
    expect(wholeReads).toHaveBeenCalledTimes(2);
  });
});
