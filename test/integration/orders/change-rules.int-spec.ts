import { startApp, type RunningApp } from '../../support/app';
import { openShop, type Shop } from '../../support/market';
import { usd } from '../../support/sellers';
import { addVariant, checkoutToPlaced, guest, orderOf, sql, type Body } from '../../support/shopper';

describe('Rules of changes and returns that the database keeps', () => {
  let muse: RunningApp;
  let shop: Shop;
  let order: Body;
  let changeId: string;
  let returnId: string;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
    const shopper = await guest(muse);
    await addVariant(shopper, shop.variantIds[0], 2);
    order = await orderOf(shopper, await checkoutToPlaced(shopper));
    const at = `/merchant/stores/${shop.storeId}/orders/${order.id}`;
    const change = { delivery: { price: usd(400) }, reason: 'r' };
    changeId = (await shop.merchant.post(`${at}/changes`, change).expect(201)).body.id;
    await addVariant(shopper, shop.variantIds[0], 2);
    const other = await orderOf(shopper, await checkoutToPlaced(shopper));
    const shipment = { carrier: 'UPS', trackingNumber: '12345678' };
    await shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${other.id}/ship`, shipment).expect(200);
    const body = { items: [{ itemId: other.items[0].id, quantity: 2, reason: 'r' }] };
    returnId = (await shopper.post(`/orders/${other.id}/return`, body, { 'idempotency-key': 'k' }).expect(201)).body.id;
  });

  const broken = async (text: string, values: unknown[]): Promise<string> => {
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

  it('there is one open change an order', async () => {
    const same = await columns('order_changes', ['id']);
    for (const status of ['proposed', 'awaiting_payment'])
      expect([
        status,
        await broken(
          `INSERT INTO order_changes (${same}) SELECT ${same
            .replace(/\bstatus\b/, '$2')
            .replace(/\btotal_after_cents\b/, 'total_before_cents + 1')} FROM order_changes WHERE id = $1`,
          [changeId, status],
        ),
      ]).toEqual([status, 'order_changes_one_open']);
  });

  it.each([
    ['paid_cents = 1', 'order_changes_paid_is_the_difference'],
    [`status = 'applied', ended_at = now(), paid_cents = 1`, 'order_changes_paid_is_the_difference'],
    [`status = 'awaiting_payment'`, 'order_changes_awaits_more'],
    [`status = 'applied'`, 'order_changes_ended'],
    ['ended_at = now()', 'order_changes_ended'],
    [`status = 'lost', ended_at = now()`, 'order_changes_status'],
    [`payment_action = 'shout'`, 'order_changes_payment_action'],
  ])('a change cannot be %s', async (change, rule) => {
    expect(await broken(`UPDATE order_changes SET ${change} WHERE id = $1`, [changeId])).toBe(rule);
  });

  it.each([
    [`status = 'lost'`, 'returns_status'],
    [`kind = 'exchange'`, 'returns_exchange_has_goods'],
    [`status = 'exchanged'`, 'returns_exchanged_has_order'],
    ['refund_cents = -1', 'returns_refund'],
  ])('a return cannot be %s', async (change, rule) => {
    expect(await broken(`UPDATE returns SET ${change} WHERE id = $1`, [returnId])).toBe(rule);
  });

  it.each([
    ['quantity_received = 3', 'return_items_received_within'],
    ['quantity_received = 1, quantity_restocked = 2', 'return_items_received_within'],
    [`condition = 'eaten'`, 'return_items_condition'],
  ])('of an item of a return cannot be %s', async (change, rule) => {
    expect(await broken(`UPDATE return_items SET ${change} WHERE return_id = $1`, [returnId])).toBe(rule);
  });

  it('what was taken is within what the order costs, and what changes have taken off it since', async () => {
    const take = (cents: number, lowered: number) =>
      broken('UPDATE orders SET captured_cents = total_cents + $2::int, lowered_cents = $3 WHERE id = $1', [
        ...[order.id, cents, lowered],
      ]);
    expect(await take(1, 0)).toBe('orders_captured_within_total');
    expect(await take(101, 100)).toBe('orders_captured_within_total');
    expect(await take(-100, -1)).toBe('orders_lowered');
    expect(await take(100, 100)).toBe('none');
  });
});
