import { randomUUID } from 'node:crypto';
import { OrderChanges } from '../../src/orders/changes/order-changes.service';
import { OrderTimers } from '../../src/orders/life/order-timers';
import { hashToken } from '../../src/platform/crypto';
import type { RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import {
  intentIs,
  intentsOf,
  key,
  onboard,
  openPayableShop,
  paymentIs,
  placeByCard,
  startWithWebhooks,
  statusIs,
} from '../support/payments';
import { withWholeHistory } from '../support/orders';
import { makeUser, signIn, usd } from '../support/sellers';
import {
  ADDRESS,
  addVariant,
  begin,
  checkoutToPlaced,
  customer,
  eventually,
  giveAddress,
  guest,
  orderOf,
  place,
  settled,
  shopperOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';
import type { StripeDouble } from '../support/stripe-double';
import { orderToken } from '../support/world';

const VISA = { providerToken: 'pm_card_visa' };
const DECLINED = { providerToken: 'pm_card_chargeDeclined' };
const THREE_D_SECURE = { providerToken: 'pm_card_authenticationRequired' };
const REASON = 'The large one is sold out';

describe('A change of an order', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let shop: Shop & { accountId: string };
  let buyer: Shopper;

  beforeAll(async () => {
    ({ muse, stripe } = await startWithWebhooks());
  });
  beforeEach(async () => {
    shop = await openPayableShop(muse, stripe);
    buyer = await guest(muse);
  });
  afterEach(async () => {
    await stripe.faults.clear();
    await stripe.events.rules();
  });

  const at = (order: Body, rest = '', of: Shop = shop) =>
    `/merchant/stores/${of.storeId}/orders/${order.id}/changes${rest}`;
  const propose = (order: Body, body: object, of: Shop = shop) =>
    of.merchant.post(at(order, '', of), { reason: REASON, ...body });
  const proposed = async (order: Body, body: object): Promise<Body> => (await propose(order, body).expect(201)).body;
  const answer = (order: Body, change: Body, how: 'accept' | 'refuse', by: Shopper = buyer) =>
    by.post(`/orders/${order.id}/changes/${change.id}/${how}`, how === 'refuse' ? { reason: 'Rather not' } : undefined);
  const withdraw = (order: Body, change: Body) => shop.merchant.post(at(order, `/${change.id}/withdraw`));
  const pay = (order: Body, change: Body, body: object = VISA, by: Shopper = buyer) =>
    by.post(`/orders/${order.id}/changes/${change.id}/pay`, body, key());
  const tokenOf = async (order: Body, acts: boolean): Promise<Shopper> => {
    const bearer = await orderToken(muse, order.id);
    await sql(muse, 'UPDATE order_access_tokens SET acts = $2 WHERE token_hash = $1', [hashToken(bearer), acts]);
    return shopperOf(muse, '', { authorization: `Bearer ${bearer}` });
  };
  const read = async (order: Body): Promise<Body> => (await buyer.get(`/orders/${order.id}`).expect(200)).body;
  const changes = async (order: Body): Promise<Body[]> =>
    (await buyer.get(`/orders/${order.id}/changes`).expect(200)).body.data;
  const changeIs = (order: Body, change: Body, status: string): Promise<Body> =>
    eventually(async () => (await changes(order)).find((one) => one.id === change.id && one.status === status), 20_000);
  const stock = async () => [await shop.stockOf(shop.variantIds[0]), await shop.stockOf(shop.variantIds[1])];
  const told = async (order: Body): Promise<string[]> =>
    (
      await sql(muse, `SELECT type FROM events WHERE aggregate_id = $1 AND type LIKE 'order.change%' ORDER BY id`, [
        order.id,
      ])
    ).map(({ type }) => type);
  const taken = async (order: Body): Promise<number> =>
    (
      await sql(
        muse,
        `SELECT coalesce(sum(captured_cents - refunded_cents), 0)::bigint AS cents FROM payment_shares
          WHERE order_id = $1 OR order_id IN (SELECT id FROM order_changes WHERE order_id = $1)`,
        [order.id],
      )
    )[0].cents;

  /** Two units of 10.00 with delivery (5.00), to be paid later. */
  const unpaid = async (): Promise<Body> => {
    const plain = await openShop(muse);
    shop = { ...plain, accountId: '' };
    await addVariant(buyer, shop.variantIds[0], 2);
    return orderOf(buyer, await checkoutToPlaced(buyer));
  };
  /** The same, paid by card. */
  const paid = async (): Promise<Body> => {
    await addVariant(buyer, shop.variantIds[0], 2);
    const session = await placeByCard(buyer);
    const { stores } = await statusIs(buyer, session.id, 'completed');
    return paymentIs(buyer, stores[0].order.id, 'paid');
  };

  it('shows the buyer what would be different, changes nothing before, and everything at once when it is accepted', async () => {
    const order = await unpaid();
    const [{ id: itemId }] = order.items;
    const before = await stock();
    const change = await proposed(order, {
      items: [{ itemId, quantity: 1, unitPrice: usd(900) }],
      added: [{ variantId: shop.variantIds[1], quantity: 3 }],
      delivery: { price: usd(700), from: '2027-01-04', to: '2027-01-06' },
    });
    expect(change).toMatchObject({
      ...{ orderId: order.id, status: 'proposed', reason: REASON, answer: null, allowedActions: ['withdraw'] },
      ...{
        difference: usd(5100),
        before: { total: usd(2500) },
        after: { subtotal: usd(6900), shipping: usd(700), total: usd(7600) },
      },
      lines: [
        {
          itemId,
          becomes: 'changed',
          before: { quantity: 2, unitPrice: usd(1000) },
          after: { quantity: 1, unitPrice: usd(900) },
        },
        {
          itemId: null,
          variantId: shop.variantIds[1],
          becomes: 'added',
          before: null,
          after: { quantity: 3, lineTotal: usd(6000) },
        },
      ],
    });
    expect(await changes(order)).toMatchObject([
      { id: change.id, reason: REASON, allowedActions: ['accept', 'refuse'] },
    ]);
    const open = await read(order);
    expect(open).toMatchObject({ total: usd(2500), openChangeId: change.id });
    expect(await stock()).toEqual(before);

    const { body: applied } = await answer(order, change, 'accept').expect(200);
    expect(applied).toMatchObject({
      status: 'applied',
      allowedActions: [],
      expiresAt: null,
      endedAt: expect.any(String),
    });
    expect(await read(order)).toMatchObject({
      ...{ subtotal: usd(6900), shipping: usd(700), total: usd(7600), openChangeId: null },
      ...{ status: 'pending', paymentStatus: 'unpaid', estimatedDelivery: { from: '2027-01-04', to: '2027-01-06' } },
      items: [
        { id: itemId, quantity: 1, unitPrice: usd(900) },
        { productSku: 'SHIRT-L', quantity: 3, unitPrice: usd(2000) },
      ],
    });
    expect(await stock()).toEqual([
      [before[0]![0] + 1, 0],
      [before[1]![0] - 3, 0],
    ]);
    const { body: history } = await buyer.get(`/orders/${order.id}/history`).expect(200);
    expect(history.data.slice(1)).toMatchObject([
      { type: 'change_proposed', actor: 'merchant', after: { changeId: change.id } },
      { type: 'change_applied', actor: 'buyer', before: { totalCents: 2500 }, after: { totalCents: 7600 } },
    ]);
    expect(await told(order)).toEqual(['order.change_proposed', 'order.change_accepted', 'order.change_applied']);
    // It held with its acceptance: its merchant is told once.
    const kinds = await eventually(async () => {
      const { body: news } = await shop.merchant.get('/notifications?limit=100').expect(200);
      const pending = await sql(muse, `SELECT FROM event_deliveries WHERE delivered_at IS NULL`);
      const own = news.data.filter(({ target }: Body) => target.id === change.id).map(({ kind }: Body) => kind);
      return pending.length === 0 && own;
    });
    expect(kinds).toEqual(['change_accepted']);
    const [row] = await sql(muse, `SELECT order_changes::text AS row FROM order_changes WHERE id = $1`, [change.id]);
    expect(row.row).not.toContain(REASON);
  });

  it('makes an order cost what the same goods would have cost at checkout, tax and discount included', async () => {
    const account = await makeUser(muse, 'admin');
    const admin = shopperOf(muse, account.id, await signIn(muse, account));
    const sales = {
      country: 'US',
      region: 'CA',
      name: 'Sales tax',
      percent: '8.875',
      inclusive: false,
      onDelivery: true,
    };
    await admin.post('/admin/tax-rates', sales).expect(201);
    const plain = await openShop(muse);
    shop = { ...plain, accountId: '' };
    const coupon = { code: 'TENTH', kind: 'percent', percent: '10' };
    await shop.merchant.post(`/merchant/stores/${shop.storeId}/coupons`, coupon).expect(201);
    const buy = async (units: [number, number]): Promise<Body> => {
      for (const [index, quantity] of units.entries())
        if (quantity > 0) await addVariant(buyer, shop.variantIds[index]!, quantity);
      await buyer.put('/cart/coupons', { codes: ['TENTH'] }).expect(200);
      const session = await giveAddress(buyer, (await begin(buyer)).id, {
        ...ADDRESS,
        region: 'CA',
        city: 'Los Angeles',
        postalCode: '90012',
      });
      await place(buyer, session).expect(202);
      return orderOf(buyer, await settled(buyer, session.id));
    };
    const amountsOf = ({ subtotal, discount, shipping, tax, taxLines, total, items }: Body) => ({
      ...{ subtotal, discount, shipping, tax, taxLines, total },
      items: items.map((item: Body) => [item.quantity, item.discount.amount, item.tax.amount]),
    });
    const order = await buy([7, 3]);
    const [small, large] = order.items.map(({ id }: Body) => id);
    const change = await proposed(order, {
      items: [
        { itemId: small, quantity: 3 },
        { itemId: large, quantity: 1 },
      ],
    });
    await answer(order, change, 'accept').expect(200);
    const wanted = await buy([3, 1]);
    expect(wanted).toMatchObject({ discount: usd(500), tax: usd(444), total: usd(5444) });
    expect(amountsOf(await read(order))).toEqual(amountsOf(wanted));
    // Grown, the discount stays what it was; tax follows the prices.
    const grown = await proposed(await read(order), { items: [{ itemId: small, quantity: 30 }] });
    expect(grown.after).toMatchObject({
      subtotal: usd(32_000),
      discount: usd(500),
      tax: usd(2840),
      total: usd(34_840),
    });
  });

  it('is refused by the buyer or withdrawn by the merchant, and then another may be proposed', async () => {
    const order = await unpaid();
    const first = await proposed(order, { delivery: { price: usd(400) } });
    expect((await propose(order, { delivery: { price: usd(300) } }).expect(409)).body.code).toBe('change_open');
    expect((await answer(order, first, 'refuse').expect(200)).body).toMatchObject({
      status: 'refused',
      answer: 'Rather not',
    });
    const second = await proposed(order, { delivery: { price: usd(300) } });
    expect((await withdraw(order, second).expect(200)).body.status).toBe('withdrawn');
    for (const change of [first, second]) {
      for (const how of ['accept', 'refuse'] as const)
        expect((await answer(order, change, how).expect(409)).body.code).toBe('change_state');
      expect((await withdraw(order, change).expect(409)).body.code).toBe('change_state');
      expect((await pay(order, change).expect(409)).body.code).toBe('change_state');
    }
    expect(await read(order)).toMatchObject({ total: usd(2500), openChangeId: null });
    expect((await shop.merchant.get(at(order)).expect(200)).body.data).toMatchObject([
      { status: 'withdrawn' },
      { status: 'refused' },
    ]);
  });

  it('keeps the order from being shipped while it is open, and ends with an order that is cancelled', async () => {
    const order = await unpaid();
    await proposed(order, { delivery: { price: usd(400) } });
    const ship = () =>
      shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${order.id}/ship`, {
        carrier: 'UPS',
        trackingNumber: '12345678',
      });
    expect((await ship().expect(409)).body).toMatchObject({
      code: 'order_state',
      detail: expect.stringContaining('change'),
    });
    await buyer.put(`/orders/${order.id}/cancel`, {}).expect(200);
    expect(await changes(order)).toMatchObject([{ status: 'expired' }]);
    expect((await propose(order, { delivery: { price: usd(300) } }).expect(409)).body.code).toBe('order_state');
  });

  it('that lowers what was paid gives the difference back, and the stock', async () => {
    const order = await paid();
    const [[onHand]] = (await stock()) as [[number, number], unknown];
    const change = await proposed(order, { items: [{ itemId: order.items[0].id, quantity: 1 }] });
    expect((await answer(order, change, 'accept').expect(200)).body.status).toBe('applied');
    const refunded = await paymentIs(buyer, order.id, 'partially_refunded');
    expect(refunded).toMatchObject({ total: usd(1500), paid: usd(2500), refunded: usd(1000) });
    expect((await stock())[0]).toEqual([onHand + 1, 0]);
    expect(await taken(order)).toBe(1500);
    // What is left of it goes back with the order, to the cent.
    await buyer.put(`/orders/${order.id}/cancel`, {}).expect(200);
    expect(await paymentIs(buyer, order.id, 'refunded')).toMatchObject({ refunded: usd(2500) });
    expect(await taken(order)).toBe(0);
    expect((await stock())[0]).toEqual([onHand + 2, 0]);
  });

  it('that raises what was paid waits for the difference, its goods set aside, and applies once that is there', async () => {
    const order = await paid();
    const before = await stock();
    const change = await proposed(order, { added: [{ variantId: shop.variantIds[1], quantity: 2 }] });
    const { body: waiting } = await answer(order, change, 'accept').expect(200);
    expect(waiting).toMatchObject({
      status: 'awaiting_payment',
      difference: usd(4000),
      allowedActions: ['refuse', 'pay'],
    });
    expect(await read(order)).toMatchObject({ total: usd(2500), openChangeId: change.id });
    expect((await stock())[1]).toEqual([before[1]![0], 2]);

    await pay(order, change, DECLINED).expect(202);
    await eventually(async () => (await changes(order))[0]!.allowedActions.includes('pay'));
    expect((await pay(order, change).expect(202)).body.status).toBe('awaiting_payment');
    await changeIs(order, change, 'applied');
    expect(await read(order)).toMatchObject({
      ...{ total: usd(6500), paid: usd(6500), paymentStatus: 'paid', openChangeId: null, refunded: usd(0) },
    });
    expect((await stock())[1]).toEqual([before[1]![0] - 2, 0]);
    expect((await intentsOf(muse, stripe, change.id)).map((intent) => intent.amount_received)).toEqual([0, 4000]);
    expect(await taken(order)).toBe(6500);
    expect((await pay(order, change).expect(409)).body.code).toBe('change_state');

    // Money of both payments goes back, to the cent: by the merchant's refund, and the rest with the order.
    const { body: refund } = await shop.merchant
      .post(`/merchant/stores/${shop.storeId}/orders/${order.id}/refunds`, { amount: usd(5000), reason: 'Late' }, key())
      .expect(201);
    expect(refund).toMatchObject({ orderId: order.id, amount: usd(5000) });
    await eventually(async () => (await read(order)).refunded.amount === 5000);
    expect((await buyer.get(`/orders/${order.id}/refunds`).expect(200)).body.data).toMatchObject([
      { orderId: order.id },
      { orderId: order.id },
    ]);
    await shop.merchant
      .post(`/merchant/stores/${shop.storeId}/orders/${order.id}/refunds`, { amount: usd(1501), reason: 'Late' }, key())
      .expect(422);
    await buyer.put(`/orders/${order.id}/cancel`, {}).expect(200);
    expect(await paymentIs(buyer, order.id, 'refunded')).toMatchObject({ refunded: usd(6500) });
    expect(await taken(order)).toBe(0);
    expect(await stock()).toEqual([
      [before[0]![0] + 2, 0],
      [before[1]![0], 0],
    ]);
  });

  it('waits for its buyer to authenticate', async () => {
    const order = await paid();
    const change = await proposed(order, { delivery: { price: usd(900) } });
    await answer(order, change, 'accept').expect(200);
    await pay(order, change, THREE_D_SECURE).expect(202);
    const waiting = await eventually(async () => (await changes(order)).find((one) => one.action));
    expect(waiting.action).toMatchObject({ type: 'authenticate', clientSecret: expect.stringMatching(/_secret_/) });
    expect((await shop.merchant.get(at(order)).expect(200)).body.data[0].action).toBeNull();
    expect((await pay(order, change).expect(409)).body.code).toBe('payment_under_way');
    const [intent] = await intentsOf(muse, stripe, change.id);
    await stripe.authenticate(intent!.id, 'success');
    await buyer.post(`/orders/${order.id}/changes/${change.id}/pay/resume`).expect(200);
    await changeIs(order, change, 'applied');
    expect(await read(order)).toMatchObject({ total: usd(2900), paid: usd(2900) });
  });

  it('ends when nobody answers or pays in time, and what was set aside is free again', async () => {
    const service = muse.app.get(OrderChanges, { strict: false });
    const order = await paid();
    const before = await stock();
    const late = (change: Body) =>
      sql(muse, `UPDATE order_changes SET expires_at = now() - interval '1 second' WHERE id = $1`, [change.id]);
    const silent = await proposed(order, { delivery: { price: usd(400) } });
    await late(silent);
    expect((await answer(order, silent, 'accept').expect(409)).body).toMatchObject({
      code: 'change_state',
      detail: 'Its time is over.',
    });
    expect(await service.expire()).toBe(1);

    const unpaidOne = await proposed(order, { added: [{ variantId: shop.variantIds[1], quantity: 2 }] });
    await answer(order, unpaidOne, 'accept').expect(200);
    await pay(order, unpaidOne, THREE_D_SECURE).expect(202);
    await eventually(async () => (await changes(order))[0]!.action);
    await late(unpaidOne);
    expect(await service.expire()).toBe(1);
    expect(await service.expire()).toBe(0);
    expect(await changes(order)).toMatchObject([{ status: 'expired' }, { status: 'expired' }]);
    expect(await stock()).toEqual(before);
    await intentIs(muse, stripe, unpaidOne.id, 'canceled');
    expect(await read(order)).toMatchObject({ total: usd(2500), paid: usd(2500), openChangeId: null });
    expect(await told(order)).toEqual([
      ...['order.change_proposed', 'order.change_expired'],
      ...['order.change_proposed', 'order.change_accepted', 'order.change_expired'],
    ]);
  });

  it('ends when support moves the order by hand, and what was set aside is free again', async () => {
    const order = await paid();
    const before = await stock();
    const change = await proposed(order, { added: [{ variantId: shop.variantIds[1], quantity: 2 }] });
    await answer(order, change, 'accept').expect(200);
    const admin = await makeUser(muse, 'admin');
    const staff = shopperOf(muse, admin.id, await signIn(muse, admin));
    const by = { status: 'shipped', reason: 'The carrier has it' };
    await staff.post(`/admin/orders/${order.id}/override`, by, key()).expect(200);
    expect(await changes(order)).toMatchObject([{ status: 'expired' }]);
    expect(await read(order)).toMatchObject({ status: 'shipped', total: usd(2500), openChangeId: null });
    expect(await stock()).toEqual(before);
    expect((await answer(order, change, 'accept')).status).toBe(409);
  });

  it('keeps the clock from cancelling its order while the difference is being taken, and no other order', async () => {
    const order = await unpaid();
    const change = await proposed(order, { delivery: { price: usd(700) } });
    await addVariant(buyer, shop.variantIds[0], 1);
    const other = await orderOf(buyer, await checkoutToPlaced(buyer));
    await sql(muse, 'UPDATE order_changes SET taken_at = now() WHERE id = $1', [change.id]);
    await sql(muse, `UPDATE orders SET timer_at = now() - interval '2 hours' WHERE id = $1`, [order.id]);
    await sql(muse, `UPDATE orders SET timer_at = now() - interval '1 hour' WHERE id = $1`, [other.id]);
    const timers = muse.app.get(OrderTimers, { strict: false });
    await timers.runOnce();
    expect(await read(order)).toMatchObject({ status: 'pending', openChangeId: change.id });
    expect(await read(other)).toMatchObject({ status: 'cancelled' });
    await sql(muse, 'UPDATE order_changes SET taken_at = NULL WHERE id = $1', [change.id]);
    // What could not be moved rests a moment before it is looked at again.
    await eventually(async () => {
      await timers.runOnce();
      return (await read(order)).status === 'cancelled';
    });
    expect(await read(order)).toMatchObject({ status: 'cancelled', openChangeId: null });
    expect(await changes(order)).toMatchObject([{ status: 'expired' }]);
  });

  it('adds nothing that the store does not have', async () => {
    const order = await unpaid();
    await shop.setStock(shop.variantIds[1], 2);
    const change = await proposed(order, { added: [{ variantId: shop.variantIds[1], quantity: 3 }] });
    const { body } = await answer(order, change, 'accept').expect(409);
    expect(body).toMatchObject({ code: 'goods_short', short: [{ variantId: shop.variantIds[1], available: 2 }] });
    expect(await read(order)).toMatchObject({ total: usd(2500), openChangeId: change.id });
    expect((await stock())[1]).toEqual([2, 0]);
  });

  it('of an order that was paid to the store itself leaves the refund to the store, and cannot raise it', async () => {
    const order = await unpaid();
    const stores = `/merchant/stores/${shop.storeId}/orders/${order.id}`;
    await shop.merchant.post(`${stores}/confirm`).expect(200);
    await shop.merchant.post(`${stores}/mark-paid`, { method: 'cash', reference: 'R-1' }, key()).expect(200);
    expect((await propose(order, { delivery: { price: usd(600) } }).expect(409)).body.code).toBe('order_state');
    const change = await proposed(order, { delivery: { price: usd(400) } });
    await answer(order, change, 'accept').expect(200);
    expect(await read(order)).toMatchObject({
      total: usd(2400),
      paid: usd(2500),
      refunded: usd(0),
      paymentStatus: 'paid',
    });
    const { body: history } = await buyer.get(`/orders/${order.id}/history`).expect(200);
    expect(history.data).toContainEqual(
      expect.objectContaining({ type: 'refund_owed_by_store', reason: 'order_changed', after: { amountCents: 100 } }),
    );
    // Cancelled after all, the store owes the rest, and not once more what it owes already.
    await buyer.put(`/orders/${order.id}/cancel`, {}).expect(200);
    const owed = await sql(
      muse,
      `SELECT sum((after->>'amountCents')::int)::int AS cents FROM order_events WHERE order_id = $1 AND type = 'refund_owed_by_store'`,
      [order.id],
    );
    expect(owed).toEqual([{ cents: 2500 }]);
  });

  it('that leaves nothing to pay offers no payment, and keeps nothing from being shipped', async () => {
    const order = await unpaid();
    const change = await proposed(order, {
      items: [{ itemId: order.items[0].id, unitPrice: usd(0) }],
      delivery: { price: usd(0) },
    });
    await answer(order, change, 'accept').expect(200);
    const stores = `/merchant/stores/${shop.storeId}/orders/${order.id}`;
    await shop.merchant.post(`${stores}/confirm`).expect(200);
    await onboard(muse, stripe, shop);
    expect(await read(order)).toMatchObject({ total: usd(0), allowedActions: ['cancel'] });
    await shop.merchant.post(`${stores}/ship`, { carrier: 'UPS', trackingNumber: '1Z999AA10123456784' }).expect(200);
  });

  it('takes no unit out that was refunded by itself', async () => {
    const order = await paid();
    const [{ id: itemId }] = order.items;
    await shop.merchant
      .post(
        `/merchant/stores/${shop.storeId}/orders/${order.id}/refunds`,
        { items: [{ itemId, quantity: 1 }], reason: 'Late' },
        key(),
      )
      .expect(201);
    await paymentIs(buyer, order.id, 'partially_refunded');
    const added = [{ variantId: shop.variantIds[1], quantity: 1 }];
    await propose(order, { items: [{ itemId, quantity: 0 }], added }).expect(422);
    const change = await proposed(order, { items: [{ itemId, quantity: 1 }] });
    await answer(order, change, 'accept').expect(200);
    await eventually(async () => (await read(order)).refunded.amount === 2000);
    expect(await taken(order)).toBe(500);
  });

  describe('when both sides act at once', () => {
    it('is either accepted or withdrawn', async () => {
      for (let round = 0; round < 4; round++) {
        const order = await unpaid();
        const before = await stock();
        const change = await proposed(order, { added: [{ variantId: shop.variantIds[1], quantity: 1 }] });
        const [accepted, withdrawn] = await Promise.all([answer(order, change, 'accept'), withdraw(order, change)]);
        expect(statusesOf([accepted, withdrawn])).toEqual([200, 409]);
        const won = accepted.status === 200;
        expect(await changes(order)).toMatchObject([{ status: won ? 'applied' : 'withdrawn' }]);
        expect(await withWholeHistory(buyer, order)).toMatchObject({ total: usd(won ? 4500 : 2500) });
        expect((await stock())[1]).toEqual([before[1]![0] - (won ? 1 : 0), 0]);
        expect(await told(order)).toHaveLength(won ? 3 : 2);
      }
    });

    it('is accepted once, and gives back once', async () => {
      const order = await paid();
      const [[onHand]] = (await stock()) as [[number, number], unknown];
      const change = await proposed(order, { items: [{ itemId: order.items[0].id, quantity: 1 }] });
      const answers = await Promise.all(Array.from({ length: 8 }, () => answer(order, change, 'accept')));
      expect(statusesOf(answers)).toEqual([200, ...Array(7).fill(409)]);
      await paymentIs(buyer, order.id, 'partially_refunded');
      expect(await taken(order)).toBe(1500);
      expect((await stock())[0]).toEqual([onHand + 1, 0]);
      expect((await buyer.get(`/orders/${order.id}/refunds`).expect(200)).body.data).toHaveLength(1);
    });

    it('is proposed once', async () => {
      const order = await unpaid();
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => propose(order, { delivery: { price: usd(400) } })),
      );
      expect(statusesOf(answers)).toEqual([201, ...Array(5).fill(409)]);
      expect(await changes(order)).toHaveLength(1);
    });

    it('is either proposed or too late: what is shipped was agreed', async () => {
      for (let round = 0; round < 4; round++) {
        const order = await unpaid();
        const shipment = { carrier: 'UPS', trackingNumber: '12345678' };
        const [change, shipped] = await Promise.all([
          propose(order, { delivery: { price: usd(400) } }),
          shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${order.id}/ship`, shipment),
        ]);
        expect([change.status === 201, shipped.status]).toEqual(change.status === 201 ? [true, 409] : [false, 200]);
        expect((await read(order)).openChangeId === null).toBe(shipped.status === 200);
      }
    });

    it('takes and gives goods crosswise without anybody waiting for ever', async () => {
      await unpaid();
      const crosswise = await Promise.all(
        Array.from({ length: 6 }, async (_, index) => {
          const one = await guest(muse);
          const [own, other] = index % 2 === 0 ? [0, 1] : [1, 0];
          await addVariant(one, shop.variantIds[own]!, 2);
          const order = await orderOf(one, await checkoutToPlaced(one));
          const items = [{ itemId: order.items[0].id, quantity: 1 }];
          const change = await proposed(order, { items, added: [{ variantId: shop.variantIds[other]!, quantity: 1 }] });
          return () => answer(order, change, 'accept', one);
        }),
      );
      const before = await stock();
      const answers = await Promise.all(crosswise.map((accept) => accept()));
      expect(statusesOf(answers)).toEqual(Array(6).fill(200));
      expect(await stock()).toEqual(before);
    });

    it('leaves no money behind when the order is cancelled while the difference is being paid', async () => {
      for (let round = 0; round < 3; round++) {
        const order = await paid();
        const before = await stock();
        const change = await proposed(order, { added: [{ variantId: shop.variantIds[1], quantity: 1 }] });
        await answer(order, change, 'accept').expect(200);
        await pay(order, change).expect(202);
        // While the difference is being taken the cancellation is refused: then it is asked for again.
        await eventually(async () => {
          const { status } = await buyer.put(`/orders/${order.id}/cancel`, {});
          expect([200, 409]).toContain(status);
          return status === 200;
        });
        await paymentIs(buyer, order.id, 'refunded');
        await eventually(async () => (await taken(order)) === 0);
        const units = (await changes(order))[0]!.status === 'applied' ? 'applied' : 'expired';
        expect(['applied', 'expired']).toContain(units);
        expect(await stock()).toEqual([
          [before[0]![0] + 2, 0],
          [before[1]![0], 0],
        ]);
      }
    });
  });

  it('is for the buyer and the store of the order alone', async () => {
    const order = await unpaid();
    const change = await proposed(order, { delivery: { price: usd(400) } });
    const other = await openShop(muse);
    const stranger = await customer(muse);
    const nobody = shopperOf(muse, '', {});
    const buyers = (of: string) => [
      `/orders/${order.id}/changes/${of}/accept`,
      `/orders/${order.id}/changes/${of}/refuse`,
    ];
    for (const path of buyers(change.id)) {
      await nobody.post(path, {}).expect(401);
      await stranger.post(path, {}).expect(404);
      await shop.merchant.post(path, {}).expect(404);
    }
    for (const path of buyers(randomUUID())) await buyer.post(path, {}).expect(404);
    await nobody.get(`/orders/${order.id}/changes`).expect(401);
    await stranger.get(`/orders/${order.id}/changes`).expect(404);
    await stranger.post(`/orders/${order.id}/changes/${change.id}/pay`, VISA, key()).expect(404);
    await stranger.post(`/orders/${order.id}/changes/${change.id}/pay/resume`).expect(404);
    const body = { delivery: { price: usd(300) }, reason: REASON };
    for (const path of [at(order), at(order, `/${change.id}/withdraw`)]) {
      await nobody.post(path, body).expect(401);
      await buyer.post(path, body).expect(403);
      await stranger.post(path, body).expect(404);
      await other.merchant.post(path, body).expect(404);
      await other.merchant.post(path.replace(shop.storeId, other.storeId), body).expect(404);
    }
    await other.merchant.get(at(order, '', other)).expect(404);
    await shop.merchant.post(at(order, `/${randomUUID()}/withdraw`)).expect(404);
    expect(await changes(order)).toMatchObject([{ status: 'proposed', version: 1 }]);
  });

  it.each<[number, object]>([
    [400, { reason: '' }],
    [400, { items: [] }],
    [400, { items: [{ itemId: 'x', quantity: 1 }] }],
    [400, { items: [{ itemId: randomUUID(), quantity: 1 }] }],
    [400, { added: [{ variantId: randomUUID(), quantity: 0 }] }],
    [422, { added: [{ variantId: randomUUID(), quantity: 1 }] }],
    [400, { delivery: { price: { amount: -1, currency: 'USD' } } }],
    [422, { delivery: { price: { amount: 1, currency: 'EUR' } } }],
    [400, { delivery: { from: '2027-13-01', to: '2027-13-02' } }],
    [422, { delivery: { from: '2027-01-02' } }],
    [422, { delivery: { from: '2027-01-02', to: '2027-01-01' } }],
    [422, {}],
    [422, { delivery: { price: usd(500) } }],
    [400, { total: usd(1) }],
  ])('is refused with %d for %j', async (status, body) => {
    const order = await unpaid();
    await propose(order, body).expect(status);
    expect(await changes(order)).toEqual([]);
  });

  it('is paid with a method of the buyer’s own, at a store that can be paid', async () => {
    const order = await paid();
    const change = await proposed(order, { delivery: { price: usd(600) } });
    await answer(order, change, 'accept').expect(200);
    const stranger = await customer(muse);
    const { body: theirs } = await stranger.post('/payment-methods', VISA).expect(201);
    await pay(order, change, { paymentMethodId: theirs.id }).expect(404);
    await pay(order, change, { paymentMethodId: randomUUID() }).expect(404);
    await pay(order, change, { ...VISA, returnUrl: 'https://elsewhere.example/' }).expect(422);
    await pay(order, change, {}).expect(400);
    await buyer.post(`/orders/${order.id}/changes/${change.id}/pay`, VISA).expect(400);
    expect(await changes(order)).toMatchObject([{ status: 'awaiting_payment', version: 2 }]);
    expect((await answer(order, change, 'refuse').expect(200)).body.status).toBe('refused');
    expect(await intentsOf(muse, stripe, change.id)).toEqual([]);
  });

  it('is accepted by whoever holds a token that stands for the buyer, and only looked at by a link', async () => {
    const order = await unpaid();
    const change = await proposed(order, { delivery: { price: usd(400) } });
    const [link, holder] = [await tokenOf(order, false), await tokenOf(order, true)];
    await answer(order, change, 'accept', link).expect(404);
    const { body: seen } = await link.get(`/orders/${order.id}/changes`).expect(200);
    expect(seen.data).toMatchObject([{ id: change.id, allowedActions: [] }]);
    // Whose order names nobody tells the store sealed: words are not kept in the clear.
    await answer(order, change, 'refuse', holder).expect(422);
    expect((await answer(order, change, 'accept', holder).expect(200)).body.status).toBe('applied');
    const [row] = await sql(
      muse,
      `SELECT actor, actor_id FROM order_events WHERE order_id = $1 AND type = 'change_applied'`,
      [order.id],
    );
    expect(row).toEqual({ actor: 'buyer', actor_id: null });
  });

  it('is paid, of an order that names nobody, by whoever holds a token that stands for the buyer, and leads to nobody', async () => {
    const order = await paid();
    await sql(muse, `UPDATE orders SET buyer_user_id = NULL, buyer_guest_id = NULL WHERE id = $1`, [order.id]);
    const [link, holder] = [await tokenOf(order, false), await tokenOf(order, true)];
    const change = await proposed(order, { delivery: { price: usd(900) } });
    const { body: accepted } = await answer(order, change, 'accept', holder).expect(200);
    expect(accepted).toMatchObject({ status: 'awaiting_payment', difference: usd(400) });
    const seenBy = async (who: Shopper): Promise<Body> =>
      (await who.get(`/orders/${order.id}/changes`).expect(200)).body.data[0];
    expect((await seenBy(holder)).allowedActions).toContain('pay');
    expect((await seenBy(link)).allowedActions).toEqual([]);
    await pay(order, change, VISA, link).expect(404);
    await pay(order, change, VISA, shopperOf(muse, '', {})).expect(401);
    await pay(order, change, VISA, holder).expect(202);
    await eventually(async () => (await seenBy(holder)).status === 'applied', 20_000);
    expect((await holder.get(`/orders/${order.id}`).expect(200)).body).toMatchObject({ total: usd(2900) });
    expect(await taken(order)).toBe(2900);
    const paying = `SELECT shopper_id FROM payments WHERE purchase_id = $1`;
    const [payment] = await sql(muse, paying, [change.id]);
    expect(await sql(muse, `SELECT 1 FROM shoppers WHERE id = $1`, [payment.shopper_id])).toEqual([]);
  });

  it('is proposed no more than twenty times an order, for the buyer is written to about each', async () => {
    const order = await unpaid();
    for (let cents = 1; cents <= 20; cents++)
      await withdraw(order, await proposed(order, { delivery: { price: usd(cents) } })).expect(200);
    expect((await propose(order, { delivery: { price: usd(21) } }).expect(409)).body.code).toBe('order_state');
    expect((await told(order)).filter((type) => type === 'order.change_proposed')).toHaveLength(20);
  });

  it('leaves at least one unit in the order, and takes goods of no other store', async () => {
    const order = await unpaid();
    const other = await openShop(muse);
    await propose(order, { items: [{ itemId: order.items[0].id, quantity: 0 }] }).expect(422);
    await propose(order, { added: [{ variantId: other.variantIds[0], quantity: 1 }] }).expect(422);
    const again = await proposed(order, {
      ...{
        items: [{ itemId: order.items[0].id, quantity: 0 }],
        added: [{ variantId: shop.variantIds[1], quantity: 1 }],
      },
    });
    await answer(order, again, 'accept').expect(200);
    expect((await read(order)).items).toMatchObject([{ productSku: 'SHIRT-L', quantity: 1 }]);
  });
});
