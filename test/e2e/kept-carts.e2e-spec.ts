import { Database } from '../../src/platform/database';
import { startApp, type RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import { addVariant, cartOf, guest, readySession, sql, type Body, type Shopper } from '../support/shopper';

describe('A cart that is looked at again', () => {
  let muse: RunningApp;
  let shop: Shop;
  let shopper: Shopper;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse, { onHand: 1_000 });
  });
  beforeEach(async () => {
    shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0], 2);
    expect(await cartOf(shopper)).toEqual(await cartOf(shopper));
  });

  const line = async (): Promise<Body> => (await cartOf(shopper)).stores[0].items[0];
  const variant = () => shop.variantIds[0];

  it('shows each change of goods, stock and store at once, whoever made it', async () => {
    const before = await line();
    await sql(muse, 'UPDATE variants SET price_cents = price_cents + 1 WHERE id = $1', [variant()]);
    expect((await line()).unitPrice.amount).toBe(before.unitPrice.amount + 1);
    await sql(muse, 'UPDATE inventory SET on_hand = reserved + buffer + 1 WHERE variant_id = $1', [variant()]);
    expect((await line()).maxQuantity).toBe(1);
    await sql(muse, 'UPDATE inventory SET on_hand = 1000 WHERE variant_id = $1', [variant()]);
    expect((await line()).maxQuantity).toBe(before.maxQuantity);
    await sql(
      muse,
      `UPDATE products SET status = 'archived' WHERE id = (SELECT product_id FROM variants WHERE id = $1)`,
      [variant()],
    );
    expect((await cartOf(shopper)).problems.map((problem: Body) => problem.code)).toContain('unavailable');
    await sql(
      muse,
      `UPDATE products SET status = 'active' WHERE id = (SELECT product_id FROM variants WHERE id = $1)`,
      [variant()],
    );
    await sql(muse, `UPDATE stores SET name = 'Renamed' WHERE id = $1`, [shop.storeId]);
    expect((await cartOf(shopper)).stores[0].name).toBe('Renamed');
    await sql(muse, 'UPDATE delivery_options SET price_cents = price_cents + 7 WHERE store_id = $1', [shop.storeId]);
    const { shipping } = (await cartOf(shopper)).stores[0];
    await sql(muse, 'UPDATE delivery_options SET price_cents = price_cents - 7 WHERE store_id = $1', [shop.storeId]);
    expect((await cartOf(shopper)).stores[0].shipping.amount).toBe(shipping.amount - 7);
  });

  it('shows its own changes at once: quantity, another line, none', async () => {
    const { id } = await line();
    await shopper.put(`/cart/items/${id}`, { quantity: 5 }).expect(200);
    expect((await line()).quantity).toBe(5);
    await sql(muse, 'UPDATE cart_items SET quantity = 6 WHERE id = $1', [id]);
    expect((await line()).quantity).toBe(6);
    await addVariant(shopper, shop.variantIds[1], 1);
    expect((await cartOf(shopper)).itemCount).toBe(2);
    await shopper.delete(`/cart/items/${id}`).expect(200);
    expect((await cartOf(shopper)).itemCount).toBe(1);
    await shopper.delete('/cart').expect(200);
    expect((await cartOf(shopper)).itemCount).toBe(0);
  });

  it('counts what a session holds as available from when it holds it', async () => {
    await sql(muse, 'UPDATE inventory SET on_hand = reserved + buffer + 2 WHERE variant_id = $1', [variant()]);
    expect((await line()).maxQuantity).toBe(2);
    await readySession(shopper);
    expect(await line()).toMatchObject({ quantity: 2, maxQuantity: 2, inStock: true });
  });

  it('is another’s for nobody else', async () => {
    const other = await guest(muse);
    expect((await cartOf(other)).itemCount).toBe(0);
    await addVariant(other, shop.variantIds[1], 1);
    expect((await cartOf(other)).stores[0].items[0].variantId).toBe(shop.variantIds[1]);
    expect((await line()).variantId).toBe(variant());
  });

  it('is read whole again after any change of a row of it, and only then', async () => {
    const statements = jest.spyOn(muse.app.get(Database, { strict: false }), 'rows');
    const whole = async (): Promise<number> => {
      statements.mockClear();
      await cartOf(shopper);
      return statements.mock.calls.filter(([{ name }]) => name === 'cart.read_to_keep').length;
    };
    await cartOf(shopper);
    expect(await whole()).toBe(0);
    for (const change of [
      'UPDATE carts SET id = id WHERE shopper_id = $2',
      'UPDATE cart_items SET id = id WHERE variant_id = $1',
      'UPDATE variants SET id = id WHERE id = $1',
      'UPDATE products SET id = id WHERE id = (SELECT product_id FROM variants WHERE id = $1)',
      'UPDATE inventory SET variant_id = variant_id WHERE variant_id = $1',
      'UPDATE stores SET id = id WHERE id = (SELECT store_id FROM variants WHERE id = $1)',
    ]) {
      const values = change.includes('$2') ? [shopper.id] : [variant()];
      await sql(muse, change.replace('$2', '$1'), values);
      expect([change, await whole(), await whole()]).toEqual([change, 1, 0]);
    }
    statements.mockRestore();
  });
});
