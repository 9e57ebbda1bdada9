import { randomUUID } from 'node:crypto';
import { ErasureRegistry } from '../../src/identity';
import { hashToken } from '../../src/platform/crypto';
import { Database } from '../../src/platform/database';
import type { RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import {
  intentsOf,
  key,
  openPayableShop,
  paymentIs,
  placeByCard,
  startWithWebhooks,
  statusIs,
} from '../support/payments';
import { withWholeHistory } from '../support/orders';
import { usd } from '../support/sellers';
import {
  ADDRESS,
  CONTACT,
  addVariant,
  checkoutToPlaced,
  customer,
  eventually,
  guest,
  orderOf,
  place,
  readySession,
  settled,
  shopperOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';
import type { StripeDouble } from '../support/stripe-double';
import { orderToken } from '../support/world';

const SHIPMENT = { carrier: 'UPS', trackingNumber: '1Z999AA10123456784' };
const REASON = 'The seam of the left sleeve is open';
const PHOTO = 'https://photos.example.com/seam.jpg';

describe('A return', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let shop: Shop & { accountId: string };
  let buyer: Shopper;

  beforeAll(async () => {
    ({ muse, stripe } = await startWithWebhooks());
  });
  beforeEach(async () => {
    shop = await openPayableShop(muse, stripe);
    buyer = await customer(muse);
  });
  afterEach(async () => {
    await stripe.faults.clear();
  });

  const at = (order: Body, rest = '', of: Shop = shop) => `/merchant/stores/${of.storeId}/orders/${order.id}${rest}`;
  const read = async (order: Body): Promise<Body> => (await buyer.get(`/orders/${order.id}`).expect(200)).body;
  const returnOf = async (order: Body, { id }: Body): Promise<Body> =>
    (await buyer.get(`/orders/${order.id}/returns/${id}`).expect(200)).body;
  const returnIs = (order: Body, row: Body, status: string): Promise<Body> =>
    eventually(async () => {
      const found = await returnOf(order, row);
      return found.status === status && found;
    }, 20_000);
  const ask = (order: Body, quantity: number, more: object = {}, item = 0) =>
    buyer.post(
      `/orders/${order.id}/return`,
      { items: [{ itemId: order.items[item].id, quantity, reason: REASON, photoUrls: [PHOTO] }], ...more },
      key(),
    );
  const asked = async (order: Body, quantity: number, more: object = {}): Promise<Body> =>
    (await ask(order, quantity, more).expect(201)).body;
  const by = (order: Body, row: Body, what: 'approve' | 'refuse' | 'receive', body: object = {}) =>
    shop.merchant.post(at(order, `/returns/${row.id}/${what}`), body);
  const approved = async (order: Body, quantity: number, more: object = {}): Promise<Body> => {
    const row = await asked(order, quantity, more);
    return (await by(order, row, 'approve').expect(200)).body;
  };
  const receive = (order: Body, row: Body, quantity: number, more: object = {}) =>
    by(order, row, 'receive', { items: [{ itemId: order.items[0].id, quantity, condition: 'as_new', ...more }] });
  const cancel = (order: Body, row: Body) => buyer.post(`/orders/${order.id}/returns/${row.id}/cancel`);
  const onHand = async (variant = 0) => shop.stockOf(shop.variantIds[variant]!);
  const taken = async (order: Body): Promise<number> =>
    (
      await sql(muse, `SELECT captured_cents - refunded_cents AS cents FROM payment_shares WHERE order_id = $1`, [
        order.id,
      ])
    )[0].cents;
  const unitsOf = async (order: Body) =>
    (
      await sql(
        muse,
        `SELECT quantity_shipped AS shipped, quantity_in_return AS "inReturn", quantity_returned AS returned, status FROM order_items
          WHERE order_id = $1 ORDER BY position`,
        [order.id],
      )
    )[0];
  const told = async (order: Body): Promise<string[]> =>
    (
      await sql(
        muse,
        `SELECT type FROM events WHERE aggregate_id = $1 AND (type LIKE 'order.return%' OR type LIKE 'order.exchange%') ORDER BY id`,
        [order.id],
      )
    ).map(({ type }) => type);
  const ship = (order: Body) => shop.merchant.post(at(order, '/ship'), SHIPMENT).expect(200);

  /** So many units of 10.00 with delivery (5.00), paid by card and shipped. */
  const shipped = async (quantity = 3, card?: string): Promise<Body> => {
    await addVariant(buyer, shop.variantIds[0], quantity);
    const session = await placeByCard(buyer, card);
    const { stores } = await statusIs(buyer, session.id, 'completed');
    const order = await paymentIs(buyer, stores[0].order.id, 'paid');
    await ship(order);
    return read(order);
  };

  it('is asked for, approved, sent and received; then its goods are in stock and its money is back', async () => {
    const order = await shipped();
    const [before] = await onHand();
    const row = await asked(order, 2);
    expect(row).toMatchObject({
      ...{ orderId: order.id, kind: 'return', status: 'requested', allowedActions: ['cancel'], refund: usd(0) },
      items: [{ itemId: order.items[0].id, quantity: 2, reason: REASON, photoUrls: [PHOTO], condition: null }],
    });
    const { body: waiting } = await shop.merchant
      .get(`/merchant/stores/${shop.storeId}/returns?status=requested`)
      .expect(200);
    expect(waiting.data).toMatchObject([
      { id: row.id, items: [{ reason: REASON }], allowedActions: ['approve', 'refuse'] },
    ]);
    expect((await receive(order, row, 2).expect(409)).body).toMatchObject({
      code: 'return_state',
      returnStatus: 'requested',
    });

    expect((await by(order, row, 'approve', { note: 'To our counter' }).expect(200)).body.status).toBe('approved');
    const { body: sent } = await buyer.post(`/orders/${order.id}/returns/${row.id}/sent`, SHIPMENT).expect(200);
    expect(sent).toMatchObject({
      ...{ status: 'in_transit', answer: 'To our counter', allowedActions: [] },
      parcel: { ...SHIPMENT, trackingUrl: expect.stringContaining('ups.com') },
    });
    expect((await cancel(order, row).expect(409)).body.code).toBe('return_state');

    const { body: received } = await receive(order, row, 2).expect(200);
    expect(received).toMatchObject({
      ...{ status: 'received', refund: usd(2000), receivedAt: expect.any(String) },
      items: [{ quantityReceived: 2, quantityRestocked: 2, condition: 'as_new' }],
    });
    await returnIs(order, row, 'refunded');
    expect(await onHand()).toEqual([before + 2, 0]);
    expect(await unitsOf(order)).toEqual({ shipped: 3, inReturn: 2, returned: 2, status: 'shipped' });
    expect(await read(order)).toMatchObject({
      status: 'shipped',
      paymentStatus: 'partially_refunded',
      refunded: usd(2000),
    });
    expect(await taken(order)).toBe(1500);
    expect(await told(order)).toEqual(['order.return_requested', 'order.return_approved', 'order.return_received']);
    const { body: history } = await buyer.get(`/orders/${order.id}/history`).expect(200);
    expect(history.data.map(({ type }: Body) => type).filter((type: string) => type.startsWith('return'))).toEqual([
      ...['return_requested', 'return_approved', 'return_sent', 'return_received', 'return_refunded'],
    ]);
  });

  it('makes the order returned with its last unit, and refunds each unit once whoever refunds it', async () => {
    const order = await shipped();
    const first = await approved(order, 2);
    await receive(order, first, 2).expect(200);
    await returnIs(order, first, 'refunded');
    // The merchant gives the last unit's money back before it is there.
    const refund = { items: [{ itemId: order.items[0].id, quantity: 1 }], reason: 'Keep it' };
    await shop.merchant.post(at(order, '/refunds'), refund, key()).expect(201);
    await shop.merchant.post(at(order, '/refunds'), refund, key()).expect(422);
    const last = await approved(order, 1);
    expect((await receive(order, last, 1, { condition: 'damaged' }).expect(200)).body).toMatchObject({
      ...{ status: 'closed', refund: usd(0), items: [{ quantityRestocked: 0, condition: 'damaged' }] },
    });
    expect(await read(order)).toMatchObject({
      status: 'returned',
      items: [{ status: 'returned' }],
      allowedActions: [],
    });
    await eventually(async () => (await taken(order)) === 500);
    expect(await unitsOf(order)).toEqual({ shipped: 3, inReturn: 3, returned: 3, status: 'returned' });
    await ask(order, 1).expect(409);
  });

  it('leaves what did not come with the buyer, to be sent back another time', async () => {
    const order = await shipped();
    const row = await approved(order, 3);
    await ask(order, 1).expect(422);
    expect((await receive(order, row, 1).expect(200)).body).toMatchObject({ refund: usd(1000) });
    expect(await unitsOf(order)).toEqual({ shipped: 3, inReturn: 1, returned: 1, status: 'shipped' });
    await asked(order, 2);
  });

  it('is refused with a reason, or cancelled by its buyer, and its units may be sent back another time', async () => {
    const order = await shipped();
    const first = await asked(order, 3);
    await by(order, first, 'refuse', {}).expect(400);
    expect((await by(order, first, 'refuse', { reason: 'It was worn' }).expect(200)).body.status).toBe('refused');
    expect(await returnOf(order, first)).toMatchObject({
      answer: 'It was worn',
      allowedActions: [],
      endedAt: expect.any(String),
    });
    const second = await approved(order, 3);
    expect((await cancel(order, second).expect(200)).body.status).toBe('cancelled');
    for (const row of [first, second]) {
      for (const what of ['approve', 'refuse'] as const)
        expect((await by(order, row, what, what === 'refuse' ? { reason: 'r' } : {}).expect(409)).body.code).toBe(
          'return_state',
        );
      expect((await receive(order, row, 1).expect(409)).body.code).toBe('return_state');
      expect((await cancel(order, row).expect(409)).body.code).toBe('return_state');
    }
    expect(await unitsOf(order)).toMatchObject({ inReturn: 0, returned: 0 });
    await asked(order, 3);
    expect(await told(order)).toEqual([
      ...['order.return_requested', 'order.return_refused', 'order.return_requested', 'order.return_approved'],
      ...['order.return_cancelled', 'order.return_requested'],
    ]);
  });

  it('can be asked for so many days after delivery, as the store says or else the platform', async () => {
    const order = await shipped();
    expect(order).toMatchObject({ returnUntil: null, allowedActions: ['receive', 'return'] });
    const delivered = (days: number) =>
      sql(
        muse,
        `UPDATE orders SET order_status = 'delivered', delivered_at = now() - make_interval(days => $2) WHERE id = $1`,
        [...[order.id, days]],
      );
    await delivered(29);
    expect(await read(order)).toMatchObject({
      returnUntil: expect.any(String),
      allowedActions: ['complete', 'return'],
    });
    await asked(order, 1);
    await delivered(30);
    expect((await read(order)).allowedActions).toEqual(['complete']);
    expect((await ask(order, 1).expect(409)).body.code).toBe('order_state');
    await sql(muse, `UPDATE stores SET policies = policies || '{"returnsDays":60}' WHERE id = $1`, [shop.storeId]);
    expect((await read(order)).allowedActions).toEqual(['complete', 'return']);
    await asked(order, 1);
    await delivered(60);
    await ask(order, 1).expect(409);
  });

  it('of an order that was paid to the store itself is the store’s to refund; of one not paid nothing is', async () => {
    const plain = await openShop(muse);
    shop = { ...plain, accountId: '' };
    const order = async (isPaid: boolean): Promise<Body> => {
      await addVariant(buyer, shop.variantIds[0], 2);
      const placed = await orderOf(buyer, await checkoutToPlaced(buyer));
      await shop.merchant.post(at(placed, '/confirm')).expect(200);
      if (isPaid)
        await shop.merchant.post(at(placed, '/mark-paid'), { method: 'cash', reference: 'R-1' }, key()).expect(200);
      await ship(placed);
      return read(placed);
    };
    const byHand = await order(true);
    const row = await approved(byHand, 1);
    expect((await receive(byHand, row, 1).expect(200)).body).toMatchObject({ status: 'received', refund: usd(1000) });
    const { body: history } = await buyer.get(`/orders/${byHand.id}/history`).expect(200);
    expect(history.data).toContainEqual(
      expect.objectContaining({
        type: 'refund_owed_by_store',
        reason: 'return_received',
        after: { amountCents: 1000, returnId: row.id },
      }),
    );
    const open = await order(false);
    const free = await approved(open, 2);
    const { body: closed } = await receive(open, free, 2).expect(200);
    expect(closed).toMatchObject({ status: 'closed', refund: usd(0), allowedActions: [], endedAt: expect.any(String) });
    await receive(open, free, 2).expect(409);
    expect(await read(open)).toMatchObject({ status: 'returned', paymentStatus: 'unpaid' });
  });

  it('is not received while its order is being paid, so that no money comes for goods that are back', async () => {
    await addVariant(buyer, shop.variantIds[0], 2);
    const { id } = await readySession(buyer);
    const store = `/checkout/sessions/${id}/stores/${shop.storeId}`;
    const { body: session } = await buyer.put(store, { settlement: 'pay_later' }).expect(200);
    await place(buyer, session).expect(202);
    const order = await orderOf(buyer, await settled(buyer, id));
    await shop.merchant.post(at(order, '/confirm')).expect(200);
    await buyer.post(`/orders/${order.id}/pay`, { providerToken: 'pm_card_authenticationRequired' }, key()).expect(202);
    await ship(order);
    const row = await approved(await read(order), 2);
    expect((await receive(order, row, 2).expect(409)).body).toMatchObject({
      ...{ code: 'return_state', returnStatus: 'approved', detail: expect.stringContaining('being paid') },
    });
    const intent = await eventually(async () => {
      const [found] = await intentsOf(muse, stripe, order.id);
      return found?.status === 'requires_action' && found;
    });
    await stripe.authenticate(intent.id, 'success');
    await paymentIs(buyer, order.id, 'paid');
    expect((await receive(order, row, 2).expect(200)).body).toMatchObject({ status: 'received', refund: usd(2000) });
    await returnIs(order, row, 'refunded');
  });

  it('keeps what its buyer wrote under the buyer’s key, and forgets it with the account', async () => {
    const order = await shipped();
    const row = await asked(order, 1);
    const dump = async () =>
      JSON.stringify([
        await sql(muse, `SELECT * FROM returns WHERE id = $1`, [row.id]),
        await sql(muse, `SELECT * FROM return_items WHERE return_id = $1`, [row.id]),
        await sql(muse, `SELECT * FROM order_events WHERE order_id = $1`, [order.id]),
        await sql(muse, `SELECT * FROM events WHERE aggregate_id = $1`, [order.id]),
      ]);
    for (const said of [REASON, PHOTO]) expect(await dump()).not.toContain(said);
    const erasures = muse.app.get(ErasureRegistry, { strict: false });
    await muse.app.get(Database, { strict: false }).transaction(async (tx) => void (await erasures.run(tx, buyer.id)));
    const { body } = await shop.merchant.get(at(order, '/returns')).expect(200);
    expect(body.data[0].items).toMatchObject([{ reason: '', photoUrls: [] }]);
  });

  describe('for other goods', () => {
    const exchange = (variant: 0 | 1, quantity = 1) => ({
      ...{ kind: 'exchange', exchangeFor: [{ variantId: shop.variantIds[variant], quantity }] },
    });

    it('is replaced by an order that what came back has paid', async () => {
      const order = await shipped(2);
      const row = await asked(order, 2, exchange(1));
      expect(row.exchangeFor).toMatchObject([{ variantId: shop.variantIds[1], quantity: 1, unitPrice: usd(2000) }]);
      const [[small], [large]] = [await onHand(0), await onHand(1)];
      await by(order, row, 'approve').expect(200);
      expect(await onHand(1)).toEqual([large, 1]);
      const { body: received } = await receive(order, row, 2).expect(200);
      expect(received).toMatchObject({ status: 'exchanged', refund: usd(0), exchangeOrderId: expect.any(String) });
      expect([await onHand(0), await onHand(1)]).toEqual([
        [small + 2, 0],
        [large - 1, 0],
      ]);
      const { body: instead } = await buyer.get(`/orders/${received.exchangeOrderId}`).expect(200);
      expect(instead).toMatchObject({
        ...{ status: 'confirmed', paymentStatus: 'paid', checkoutSessionId: null, payment: { method: 'exchange' } },
        ...{
          total: usd(2000),
          paid: usd(2000),
          shippingAddress: ADDRESS,
          items: [{ productSku: 'SHIRT-L', quantity: 1 }],
        },
      });
      expect((await shop.merchant.get(at(instead)).expect(200)).body.contact).toMatchObject({ email: CONTACT.email });
      expect(await read(order)).toMatchObject({ status: 'returned', paymentStatus: 'paid', refunded: usd(0) });
      expect(await told(order)).toEqual([
        ...['order.return_requested', 'order.return_approved', 'order.return_received', 'order.returned'],
        'order.exchange_placed',
      ]);
      // The value has gone into the other order: nothing of these units can go back twice.
      const units = { items: [{ itemId: order.items[0].id, quantity: 1 }], reason: 'r' };
      await shop.merchant.post(at(order, '/refunds'), units, key()).expect(422);
      await shop.merchant.post(at(instead, '/refunds'), { amount: usd(2001), reason: 'r' }, key()).expect(422);
      expect(
        (await shop.merchant.post(at(instead, '/changes'), { delivery: { price: usd(1) }, reason: 'r' }).expect(409))
          .body.code,
      ).toBe('order_state');

      // And it can be sent back itself: its money lies with the first order.
      await ship(instead);
      const again = await read(instead);
      const second = (
        await buyer
          .post(
            `/orders/${again.id}/return`,
            { items: [{ itemId: again.items[0].id, quantity: 1, reason: REASON }] },
            key(),
          )
          .expect(201)
      ).body;
      await by(again, second, 'approve').expect(200);
      expect((await receive(again, second, 1).expect(200)).body.refund).toEqual(usd(2000));
      await returnIs(again, second, 'refunded');
      expect(await read(again)).toMatchObject({ status: 'returned', paymentStatus: 'refunded', refunded: usd(2000) });
      expect(await taken(order)).toBe(500);
    });

    it('gives the rest back where they are cheaper', async () => {
      const order = await shipped(3);
      const row = await approved(order, 3, exchange(1));
      const { body: received } = await receive(order, row, 3).expect(200);
      expect(received).toMatchObject({ status: 'exchanged', refund: usd(1000) });
      await eventually(async () => (await taken(order)) === 2500);
      const { body: instead } = await buyer.get(`/orders/${received.exchangeOrderId}`).expect(200);
      expect(instead.total).toEqual(usd(2000));
      // Cancelled, it gives back what it was paid with.
      await buyer.put(`/orders/${instead.id}/cancel`, {}).expect(200);
      await eventually(async () => (await taken(order)) === 500);
      expect(await read(instead)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
    });

    it('keeps its value out of the first order’s refunds, and its units are paid back once', async () => {
      const order = await shipped(3);
      const row = await approved(order, 2, exchange(0, 2));
      const { body: received } = await receive(order, row, 2).expect(200);
      const refund = (of: Body, body: object) =>
        shop.merchant.post(at(of, '/refunds'), { reason: 'r', ...body }, key());
      const { body: tooLarge } = await refund(order, { amount: usd(1501) }).expect(422);
      expect(tooLarge).toMatchObject({ code: 'refund_too_large', left: usd(1500) });
      await refund(order, { amount: usd(1500) }).expect(201);
      await refund(order, { amount: usd(1) }).expect(422);

      const { body: instead } = await buyer.get(`/orders/${received.exchangeOrderId}`).expect(200);
      await ship(instead);
      const units = { items: [{ itemId: instead.items[0].id, quantity: 1 }] };
      await refund(instead, units).expect(201);
      await refund(instead, { items: [{ ...units.items[0], quantity: 2 }] }).expect(422);
      const items = [{ itemId: instead.items[0].id, quantity: 2, reason: REASON }];
      const { body: second } = await buyer.post(`/orders/${instead.id}/return`, { items }, key()).expect(201);
      await by(instead, second, 'approve').expect(200);
      const came = { items: [{ itemId: instead.items[0].id, quantity: 2, condition: 'as_new' }] };
      expect((await by(instead, second, 'receive', came).expect(200)).body.refund).toEqual(usd(1000));
      await eventually(async () => (await taken(order)) === 0);
    });

    it('is refunded in both orders’ books, and in neither where the bank gives the money back to us', async () => {
      const order = await shipped(2, 'pm_card_refundFail');
      const row = await approved(order, 2, exchange(1));
      const { body: received } = await receive(order, row, 2).expect(200);
      const { body: instead } = await buyer.get(`/orders/${received.exchangeOrderId}`).expect(200);
      const body = { amount: usd(700), reason: 'Scratched' };
      await shop.merchant.post(at(instead, '/refunds'), body, key()).expect(201);
      const failed = async (one: Body): Promise<boolean> => {
        const { body: history } = await buyer.get(`/orders/${one.id}/history`).expect(200);
        return history.data.some(({ type }: Body) => type === 'refund_failed');
      };
      await eventually(async () => (await failed(order)) && (await failed(instead)), 20_000);
      for (const one of [order, instead])
        expect(await read(one)).toMatchObject({ paymentStatus: 'paid', refunded: usd(0) });
      // And so it may be asked for again: all of it.
      await shop.merchant.post(at(instead, '/refunds'), { amount: usd(2000), reason: 'r' }, key()).expect(201);
    });

    it('is told to its buyer in one mail, and to its merchant in one', async () => {
      const order = await shipped(2);
      const row = await approved(order, 2, exchange(1));
      const { body: received } = await receive(order, row, 2).expect(200);
      const kinds = await eventually(async () => {
        const open = await sql(muse, `SELECT FROM event_deliveries WHERE delivered_at IS NULL`);
        const found = await sql(
          muse,
          `SELECT m.kind FROM mails m JOIN events e ON e.id = m.cause_id
            WHERE e.aggregate_id = $2 OR (e.aggregate_id = $1 AND e.type IN ('order.return_received', 'order.exchange_placed')) ORDER BY m.kind`,
          [order.id, received.exchangeOrderId],
        );
        return open.length === 0 && found.map(({ kind }) => kind);
      });
      expect(kinds).toEqual(['merchant_order', 'order_exchange_placed']);
    });

    it('is disputed with the order that was paid: nothing of it goes back beside that', async () => {
      const order = await shipped(2);
      const row = await approved(order, 2, exchange(1));
      const { body: received } = await receive(order, row, 2).expect(200);
      const { body: instead } = await buyer.get(`/orders/${received.exchangeOrderId}`).expect(200);
      const [session] = await sql(muse, 'SELECT checkout_session_id AS id FROM orders WHERE id = $1', [order.id]);
      const [intent] = await intentsOf(muse, stripe, session.id);
      const dispute = await stripe.dispute(intent!.latest_charge as string);
      await paymentIs(buyer, order.id, 'disputed');
      expect((await read(instead)).paymentStatus).toBe('disputed');
      await shop.merchant.post(at(instead, '/refunds'), { amount: usd(100), reason: 'r' }, key()).expect(409);
      await buyer.put(`/orders/${instead.id}/cancel`, {}).expect(200);
      expect(await taken(order)).toBe(2500);
      // Won, what was held back goes to who cancelled.
      await stripe.closeDispute(dispute.id, 'won');
      await eventually(async () => (await taken(order)) === 500);
    });

    it.each(['won', 'lost'] as const)(
      'that came while its money was disputed ends with the dispute: %s',
      async (end) => {
        const order = await shipped(2);
        const row = await approved(order, 1);
        const [session] = await sql(muse, 'SELECT checkout_session_id AS id FROM orders WHERE id = $1', [order.id]);
        const [intent] = await intentsOf(muse, stripe, session.id);
        const dispute = await stripe.dispute(intent!.latest_charge as string);
        await paymentIs(buyer, order.id, 'disputed');
        expect((await receive(order, row, 1).expect(200)).body).toMatchObject({ status: 'received', refund: usd(0) });
        await stripe.closeDispute(dispute.id, end);
        await returnIs(order, row, end === 'won' ? 'refunded' : 'closed');
        if (end === 'lost') return;
        expect((await buyer.get(`/orders/${order.id}/returns/${row.id}`).expect(200)).body.refund).toEqual(usd(1000));
        expect(await taken(order)).toBe(1500);
      },
    );

    it('is refunded instead where not all of it comes, and its goods are free again', async () => {
      const order = await shipped(2);
      const before = await onHand(1);
      const row = await approved(order, 2, exchange(1));
      expect((await receive(order, row, 1).expect(200)).body).toMatchObject({
        status: 'received',
        refund: usd(1000),
        exchangeOrderId: null,
      });
      expect(await onHand(1)).toEqual(before);
      await returnIs(order, row, 'refunded');
      expect(await taken(order)).toBe(1500);
    });

    it('is free again when it is cancelled, and not approved without the goods', async () => {
      const order = await shipped(2);
      await shop.setStock(shop.variantIds[1], 1);
      const row = await approved(order, 2, exchange(1));
      expect(await onHand(1)).toEqual([1, 1]);
      await cancel(order, row).expect(200);
      expect(await onHand(1)).toEqual([1, 0]);
      await shop.setStock(shop.variantIds[1], 0);
      const other = await asked(order, 2, exchange(1));
      expect((await by(order, other, 'approve').expect(409)).body.code).toBe('goods_short');
      expect((await returnOf(order, other)).status).toBe('requested');
    });

    it('is for goods of the same store that are no dearer', async () => {
      const order = await shipped(1);
      const other = await openShop(muse);
      expect((await ask(order, 1, exchange(1)).expect(422)).body.code).toBe('exchange_too_dear');
      const foreign = { kind: 'exchange', exchangeFor: [{ variantId: other.variantIds[0], quantity: 1 }] };
      await ask(order, 1, foreign).expect(422);
      await ask(order, 1, { kind: 'exchange' }).expect(422);
      await ask(order, 1, { exchangeFor: exchange(0).exchangeFor }).expect(422);
      expect(await unitsOf(order)).toMatchObject({ inReturn: 0 });
    });
  });

  describe('when several act at once', () => {
    it('is received once', async () => {
      for (const kind of ['return', 'exchange'] as const) {
        const order = await shipped(2);
        const more = kind === 'exchange' ? { kind, exchangeFor: [{ variantId: shop.variantIds[1], quantity: 1 }] } : {};
        const row = await approved(order, 2, more);
        const [before] = await onHand();
        const answers = await Promise.all(Array.from({ length: 6 }, () => receive(order, row, 2)));
        expect(statusesOf(answers)).toEqual([200, ...Array(5).fill(409)]);
        expect(await onHand()).toEqual([before + 2, 0]);
        expect(await unitsOf(order)).toEqual({ shipped: 2, inReturn: 2, returned: 2, status: 'returned' });
        await eventually(async () => (await taken(order)) === (kind === 'exchange' ? 2500 : 500));
        const orders = (await buyer.get('/orders').expect(200)).body.data;
        expect(orders.filter((one: Body) => one.payment?.method === 'exchange')).toHaveLength(
          kind === 'exchange' ? 1 : 0,
        );
      }
    });

    it('is refunded once, by a refund of its units or by its receipt', async () => {
      for (let round = 0; round < 4; round++) {
        const order = await shipped(2);
        const row = await approved(order, 2);
        const refund = { items: [{ itemId: order.items[0].id, quantity: 2 }], reason: 'r' };
        const [byHand, received] = await Promise.all([
          shop.merchant.post(at(order, '/refunds'), refund, key()),
          receive(order, row, 2),
        ]);
        expect(received.status).toBe(200);
        expect([201, 422]).toContain(byHand.status);
        expect(received.body.refund).toEqual(usd(byHand.status === 201 ? 0 : 2000));
        await eventually(async () => (await read(order)).refunded.amount === 2000);
        expect(await taken(order)).toBe(500);
        expect(await unitsOf(order)).toMatchObject({ returned: 2 });
        await withWholeHistory(buyer, order);
      }
    });

    it('is either cancelled or received, approved or refused', async () => {
      for (let round = 0; round < 3; round++) {
        const order = await shipped(2);
        const first = await asked(order, 1);
        const second = await asked(order, 1);
        // An approved one can still be refused, a refused one not approved.
        const decided = await Promise.all([by(order, second, 'approve'), by(order, second, 'refuse', { reason: 'r' })]);
        expect([200, 409]).toContain(decided[0].status);
        expect(decided[1].status).toBe(200);
        expect((await returnOf(order, second)).status).toBe('refused');
        await by(order, first, 'approve').expect(200);
        const [cancelled, received] = await Promise.all([cancel(order, first), receive(order, first, 1)]);
        expect(statusesOf([cancelled, received])).toEqual([200, 409]);
        expect(await unitsOf(order)).toMatchObject({ returned: received.status === 200 ? 1 : 0 });
        await eventually(async () => (await taken(order)) === (received.status === 200 ? 1500 : 2500));
      }
    });

    it('gives back no more than is there when amounts are refunded beside it', async () => {
      const order = await shipped(2);
      const row = await approved(order, 2);
      const amount = { amount: usd(1500), reason: 'r' };
      await Promise.all([
        shop.merchant.post(at(order, '/refunds'), amount, key()),
        receive(order, row, 2).expect(200),
        shop.merchant.post(at(order, '/refunds'), amount, key()),
      ]);
      await eventually(async () => {
        const { refunded } = await read(order);
        return refunded.amount === 2500 - (await taken(order)) && refunded.amount >= 2000;
      });
      expect(await taken(order)).toBeGreaterThanOrEqual(0);
    });
  });

  it('is for the buyer and the store of the order alone', async () => {
    const order = await shipped();
    const row = await asked(order, 1);
    const other = await openShop(muse);
    const stranger = await guest(muse);
    const nobody = shopperOf(muse, '', {});
    const own = `/orders/${order.id}/returns/${row.id}`;
    for (const [path, body] of [
      [`${own}/cancel`, {}],
      [`${own}/sent`, SHIPMENT],
    ] as const) {
      await nobody.post(path, body).expect(401);
      await stranger.post(path, body).expect(404);
      await shop.merchant.post(path, body).expect(404);
      await buyer.post(path.replace(row.id, randomUUID()), body).expect(404);
    }
    await nobody.get(own).expect(401);
    await stranger.get(own).expect(404);
    await buyer.get(own.replace(row.id, randomUUID())).expect(404);
    await stranger.get(`/orders/${order.id}/returns`).expect(404);
    const bodies = {
      ...{ approve: { note: 'n' }, refuse: { reason: 'r' } },
      receive: { items: [{ itemId: order.items[0].id, quantity: 1, condition: 'as_new' }] },
    };
    for (const [what, body] of Object.entries(bodies)) {
      const path = at(order, `/returns/${row.id}/${what}`);
      await nobody.post(path, body).expect(401);
      await buyer.post(path, body).expect(404);
      await stranger.post(path, body).expect(403);
      await other.merchant.post(path, body).expect(404);
      await other.merchant.post(path.replace(shop.storeId, other.storeId), body).expect(404);
      await shop.merchant.post(path.replace(row.id, randomUUID()), body).expect(404);
    }
    for (const path of [`/merchant/stores/${shop.storeId}/returns`, at(order, '/returns')]) {
      await nobody.get(path).expect(401);
      await other.merchant.get(path).expect(404);
    }
    await other.merchant.get(at(order, '/returns', other)).expect(404);
    expect((await other.merchant.get(`/merchant/stores/${other.storeId}/returns`).expect(200)).body.data).toEqual([]);
    expect(await returnOf(order, row)).toMatchObject({ status: 'requested', version: 1 });
  });

  it('is asked for by whoever holds a token that stands for the buyer, and only looked at by a link', async () => {
    const order = await shipped();
    const token = async (acts: boolean): Promise<Shopper> => {
      const bearer = await orderToken(muse, order.id);
      await sql(muse, 'UPDATE order_access_tokens SET acts = $2 WHERE token_hash = $1', [hashToken(bearer), acts]);
      return shopperOf(muse, '', { authorization: `Bearer ${bearer}` });
    };
    const body = { items: [{ itemId: order.items[0].id, quantity: 1, reason: REASON }] };
    const [link, holder] = [await token(false), await token(true)];
    await link.post(`/orders/${order.id}/return`, body, key()).expect(404);
    const { body: row } = await holder.post(`/orders/${order.id}/return`, body, key()).expect(201);
    const seen = { id: row.id, allowedActions: [] };
    expect((await link.get(`/orders/${order.id}/returns/${row.id}`).expect(200)).body).toMatchObject(seen);
    expect((await link.get(`/orders/${order.id}/returns`).expect(200)).body.data).toMatchObject([seen]);
    await link.post(`/orders/${order.id}/returns/${row.id}/cancel`).expect(404);
    expect((await holder.post(`/orders/${order.id}/returns/${row.id}/cancel`).expect(200)).body.status).toBe(
      'cancelled',
    );
    const history = await sql(
      muse,
      `SELECT actor, actor_id FROM order_events WHERE order_id = $1 AND type LIKE 'return%'`,
      [order.id],
    );
    expect(history).toEqual([
      { actor: 'buyer', actor_id: null },
      { actor: 'buyer', actor_id: null },
    ]);
  });

  it('is asked for no more than fifty times an order, for the merchant is written to about each', async () => {
    const order = await shipped(1);
    for (let n = 0; n < 50; n++) await cancel(order, await asked(order, 1)).expect(200);
    expect((await ask(order, 1).expect(409)).body.code).toBe('order_state');
  });

  it('is received with bodies that make sense only', async () => {
    const order = await shipped();
    const row = await approved(order, 2);
    const [itemId, condition] = [order.items[0].id, 'as_new'];
    const wrong: [number, object][] = [
      [400, {}],
      [400, { items: [] }],
      [400, { items: [{ itemId, quantity: 1 }] }],
      [400, { items: [{ itemId, quantity: 1, condition: 'eaten' }] }],
      [400, { items: [{ itemId: randomUUID(), quantity: 1, condition }] }],
      [422, { items: [{ itemId, quantity: 3, condition }] }],
      [422, { items: [{ itemId, quantity: 0, condition }] }],
    ];
    for (const [status, body] of wrong)
      expect([body, (await by(order, row, 'receive', body)).status]).toEqual([body, status]);
    for (const photoUrls of [
      ['http://photos.example.com/1'],
      ['https://localhost/1'],
      Array.from({ length: 6 }, (_, n) => `${PHOTO}?${n}`),
    ])
      await ask(order, 1, { items: [{ itemId, quantity: 1, reason: REASON, photoUrls }] }).expect(400);
    expect(
      (await ask(order, 1, { items: [{ itemId, quantity: 1, reason: '4242 4242 4242 4242' }] }).expect(400)).status,
    ).toBe(400);
    expect(await returnOf(order, row)).toMatchObject({ status: 'approved', version: 2 });
  });
});
