import { startApp, type RunningApp } from '../../support/app';
import { openShop, type Shop } from '../../support/market';
import { addVariant, checkoutToPlaced, guest, orderOf, sql, type Body } from '../../support/shopper';

describe('Rules of orders that the database keeps', () => {
  let muse: RunningApp;
  let shop: Shop;
  let order: Body;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0], 2);
    order = await orderOf(shopper, await checkoutToPlaced(shopper));
  });

  const broken = async (text: string, values: unknown[] = [order.id]): Promise<string> => {
    const error = await sql(muse, text, values).then(
      () => ({ constraint: 'none' }),
      (thrown: { constraint: string }) => thrown,
    );
    return error.constraint;
  };
  const columns = async (table: string, without: string[]): Promise<string> => {
    const rows = await sql(muse, 'SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1', [
      table,
    ]);
    return rows
      .map((row) => row.name)
      .filter((name) => !without.includes(name))
      .join(', ');
  };

  it('there is one order per store and session', async () => {
    const same = await columns('orders', ['id', 'muse_order_id']);
    expect(
      await broken(`INSERT INTO orders (muse_order_id, ${same}) SELECT 'M-OTHER', ${same} FROM orders WHERE id = $1`),
    ).toBe('orders_one_per_store_and_session');
  });

  it('its total is the sum of its parts', async () => {
    for (const change of [
      'total_cents = total_cents + 1',
      'shipping_cents = shipping_cents - 1',
      'discount_cents = 1',
      'tax_cents = 1',
      'fees_cents = 1',
    ])
      expect([change, await broken(`UPDATE orders SET ${change} WHERE id = $1`)]).toEqual([change, 'orders_add_up']);
    expect(await broken('UPDATE order_items SET quantity = quantity + 1 WHERE order_id = $1')).toBe(
      'order_items_total',
    );
  });

  it('no more is shipped than ordered, sent back than shipped, or returned than sent back', async () => {
    for (const change of [
      'quantity_shipped = 3',
      'quantity_shipped = 1, quantity_in_return = 2',
      'quantity_shipped = 2, quantity_in_return = 1, quantity_returned = 2',
      'quantity_shipped = -1',
    ])
      expect([change, await broken(`UPDATE order_items SET ${change} WHERE order_id = $1`)]).toEqual([
        change,
        'order_items_no_more_than_shipped',
      ]);
  });

  it('it has one buyer, and a state that is one', async () => {
    const [{ buyer_guest_id: buyer }] = await sql(muse, 'SELECT buyer_guest_id FROM orders WHERE id = $1', [order.id]);
    expect(buyer).not.toBeNull();
    expect(await broken(`UPDATE orders SET order_status = 'sold' WHERE id = $1`)).toBe('orders_status');
    expect(await broken(`UPDATE orders SET order_status = 'awaiting_store' WHERE id = $1`)).toBe(
      'orders_awaiting_store',
    );
  });

  it('its number cannot be worked out from another’s', async () => {
    const numbers: string[] = [];
    for (let n = 0; n < 10; n++) {
      const shopper = await guest(muse);
      await addVariant(shopper, shop.variantIds[0]);
      numbers.push((await orderOf(shopper, await checkoutToPlaced(shopper))).number);
    }
    expect(new Set(numbers).size).toBe(10);
    for (const place of [2, 3, 4, 5, 6, 8, 9, 10, 11, 12])
      expect(new Set(numbers.map((number) => number[place])).size).toBeGreaterThan(1);
  });

  it('what happens to it is told by codes and amounts alone', async () => {
    const rows = await sql(
      muse,
      `SELECT type, payload FROM events WHERE type LIKE 'order.%' OR type LIKE 'checkout.%' OR type LIKE 'cart.%'`,
    );
    expect(rows.length).toBeGreaterThan(20);
    for (const { payload } of rows)
      for (const value of Object.values(payload as object))
        expect([String(value), /[@ ]/.test(String(value))]).toEqual([String(value), false]);
  });
});
