import { randomUUID } from 'node:crypto';
import { NEWS } from '../../../src/notifications/inbox/news';
import { Database } from '../../../src/platform/database';
import { Deliveries, Events } from '../../../src/platform/events';
import { startApp, type RunningApp } from '../../support/app';
import { linkIn, mailTo, mailsOf } from '../../support/mailbox';
import { openShop, type Shop } from '../../support/market';
import {
  API,
  CONTACT,
  addVariant,
  checkoutToPlaced,
  customer,
  eventually,
  guest,
  orderOf,
  sql,
  type Body,
  type Shopper,
} from '../../support/shopper';

/** What nothing may keep of an event, wherever it stood in it. */
const PLANTED = 'Calle Luna 7, Ana Pérez';
const RETURN = '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e01';
const CHANGE = '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e02';
const REPORT = '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e03';
const AMOUNT = { amountCents: 1500, currency: 'USD' };

/** An event that is said of an order: what it carries, and the kind and target that each side is told. */
type Row = [
  type: string,
  payload: object,
  buyer: string | null,
  merchant: string | null,
  target?: readonly [string, string],
];
const OF_ORDERS: Row[] = [
  ['order.placed', {}, null, 'order_placed'],
  ['order.confirmed', {}, 'order_confirmed', null],
  ['order.paid', AMOUNT, null, 'order_paid'],
  ['order.payment_failed', { code: 'card_declined' }, 'payment_failed', null],
  ['order.refunded', { ...AMOUNT, refundId: randomUUID() }, 'order_refunded', null],
  ['order.shipped', { carrier: PLANTED, parcelId: randomUUID() }, 'order_shipped', null],
  ['order.delivered', { by: 'merchant' }, 'order_delivered', null],
  ['order.delivered', { by: 'buyer' }, null, 'order_delivered'],
  ['order.delivered', { by: 'timer' }, 'order_delivered', 'order_delivered'],
  ['order.cancelled', { by: 'merchant' }, 'order_cancelled', null],
  ['order.cancelled', { by: 'system', code: 'not_confirmed_in_time' }, 'order_not_confirmed', 'order_not_confirmed'],
  ['order.store_number_known', {}, null, 'order_number_known'],
  ['order.marked_complete', { side: 'merchant' }, 'order_marked_complete', null],
  ['order.marked_complete', { side: 'buyer' }, null, 'order_marked_complete'],
  ['order.completed', {}, 'order_completed', 'order_completed'],
  ['order.verified', { silentSide: null }, 'sale_verified', 'sale_verified'],
  ['order.parcel_moved', { parcelId: randomUUID(), to: 'out_for_delivery' }, 'parcel_out_for_delivery', null],
  ['order.parcel_moved', { parcelId: randomUUID(), to: 'delivered' }, 'parcel_delivered', null],
  ['order.parcel_moved', { parcelId: randomUUID(), to: 'exception' }, 'parcel_exception', null],
  ['order.parcel_moved', { parcelId: randomUUID(), to: 'returned' }, 'parcel_returned', null],
  ['order.estimate_changed', { from: '2026-12-01', to: '2026-12-03' }, 'estimate_changed', null],
  ['order.unfollowed', {}, 'order_unfollowed', null],
  ['order.cancel_refused', { code: 'already_shipped' }, 'cancel_refused', null],
  ['order.overridden', { from: 'pending', to: 'confirmed' }, 'order_overridden', 'order_overridden'],
  [
    ...(['order.change_proposed', { changeId: CHANGE, totalBefore: 1500, totalAfter: 1200, currency: 'USD' }] as const),
    ...(['change_proposed', null, ['change', CHANGE]] as const),
  ],
  ['order.change_accepted', { changeId: CHANGE }, null, 'change_accepted', ['change', CHANGE]],
  ['order.change_refused', { changeId: CHANGE }, null, 'change_refused', ['change', CHANGE]],
  ['order.change_withdrawn', { changeId: CHANGE }, 'change_withdrawn', null, ['change', CHANGE]],
  ['order.change_expired', { changeId: CHANGE }, 'change_expired', 'change_expired', ['change', CHANGE]],
  ['order.change_applied', { changeId: CHANGE }, null, 'change_applied', ['change', CHANGE]],
  ['order.return_requested', { returnId: RETURN }, null, 'return_requested', ['return', RETURN]],
  ['order.return_approved', { returnId: RETURN }, 'return_approved', null, ['return', RETURN]],
  ['order.return_refused', { returnId: RETURN }, 'return_refused', null, ['return', RETURN]],
  ['order.return_received', { returnId: RETURN }, 'return_received', null, ['return', RETURN]],
  ['order.return_cancelled', { returnId: RETURN }, null, 'return_cancelled', ['return', RETURN]],
  ['order.exchange_placed', { returnId: RETURN, exchangeOrderId: RETURN }, 'exchange_placed', null, ['order', RETURN]],
  ['trust.report_filed', { reportId: REPORT, side: 'merchant' }, 'report_filed', null, ['report', REPORT]],
  ['trust.report_answered', { reportId: REPORT, side: 'merchant' }, null, 'report_answered', ['report', REPORT]],
  [
    ...(['trust.report_decided', { reportId: REPORT, side: 'buyer', outcome: 'upheld' }] as const),
    ...(['report_decided', 'report_decided', ['report', REPORT]] as const),
  ],
  ['trust.report_withdrawn', { reportId: REPORT, side: 'buyer' }, null, 'report_withdrawn', ['report', REPORT]],
  [
    ...(['trust.appeal_filed', { reportId: REPORT, side: 'buyer', outcome: 'upheld' }] as const),
    ...(['appeal_filed', null, ['report', REPORT]] as const),
  ],
  [
    ...(['trust.appeal_decided', { reportId: REPORT, side: 'buyer' }] as const),
    ...(['appeal_decided', 'appeal_decided', ['report', REPORT]] as const),
  ],
  ['trust.rating_given', { side: 'buyer' }, null, 'rating_given'],
  ['trust.ratings_shown', {}, 'ratings_shown', 'ratings_shown'],
  ['payment.refund_failed', AMOUNT, 'refund_failed', 'refund_failed'],
  ['payment.disputed', { ...AMOUNT, status: 'open' }, null, 'payment_disputed'],
  ['payment.dispute_ended', { ...AMOUNT, status: 'won' }, null, 'dispute_won'],
  ['payment.dispute_ended', { ...AMOUNT, status: 'lost' }, null, 'dispute_lost'],
];

describe('News that others say', () => {
  let muse: RunningApp;
  let shop: Shop;
  let buyer: Shopper & { email: string };
  let order: Body;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse, { onHand: 1000 });
    buyer = await customer(muse);
    await muse.http.patch(`${API}/me`).set(buyer.headers).send({ locale: 'es' }).expect(200);
    order = await buy(buyer);
    await quiet();
  });

  const buy = async (shopper: Shopper): Promise<Body> => {
    await addVariant(shopper, shop.variantIds[0]);
    return orderOf(shopper, await checkoutToPlaced(shopper));
  };
  const quiet = () =>
    eventually(async () => {
      const [row] = await sql(
        muse,
        `SELECT (SELECT count(*) FROM event_deliveries WHERE status = 'pending') + (SELECT count(*) FROM mails WHERE status = 'queued') AS n`,
      );
      return Number(row.n) === 0;
    });
  /** Publishes an event and gives what each of them was told of it. */
  const say = async (type: string, aggregateId: string, payload: object = {}) => {
    const marker = randomUUID();
    const events = muse.app.get(Events, { strict: false });
    await muse.app
      .get(Database, { strict: false })
      .transaction((tx) =>
        events.publish(tx, { type, aggregateId, payload: { ...payload, marker, reason: PLANTED, note: PLANTED } }),
      );
    await quiet();
    const [{ id: eventId }] = await sql(muse, `SELECT id FROM events WHERE payload->>'marker' = $1`, [marker]);
    const rows = await sql(muse, 'SELECT id FROM notifications WHERE event_id = $1', [eventId]);
    const toldTo = async (shopper: Shopper): Promise<Body> => {
      const { data } = (await shopper.get('/notifications?limit=100').expect(200)).body;
      return data.find(({ id }: Body) => rows.some((row) => row.id === id)) ?? null;
    };
    return { eventId, toldTo, count: rows.length };
  };

  // With all five of them: jest hands a callback to a test that names one more than it is given.
  it.each(
    OF_ORDERS.map(
      ([type, payload, buyers, merchants, target]) => [type, payload, buyers, merchants, target ?? null] as const,
    ),
  )('%s %j tells the buyer %s and the merchant %s', async (type, payload, toBuyer, toMerchant, target) => {
    const isOfOrder = type.startsWith('order.');
    const said = { orderId: order.id, storeId: shop.storeId, ...payload };
    const { toldTo, count } = await say(type, isOfOrder ? order.id : randomUUID(), said);
    const [kind, id] = target ?? ['order', order.id];
    const [told, toldMerchant] = [await toldTo(buyer), await toldTo(shop.merchant)];
    expect([told?.kind ?? null, toldMerchant?.kind ?? null]).toEqual([toBuyer, toMerchant]);
    expect(count).toBe([toBuyer, toMerchant].filter((one) => one !== null).length);
    const below = kind === 'order' ? {} : { orderId: order.id };
    if (told) expect(told.target).toEqual({ kind, id, ...below });
    if (toldMerchant) expect(toldMerchant.target).toEqual({ kind, id, ...below, storeId: shop.storeId });
    for (const one of [told, toldMerchant])
      if (one) {
        expect(one.params.orderNumber).toBe(order.number);
        expect(one.title).toContain(order.number);
        expect(one.body).not.toBe('');
      }
    // The buyer reads Spanish and the merchant English, of the same event.
    if (told && toldMerchant) expect(told.title).not.toBe(toldMerchant.title);
    expect(JSON.stringify(await sql(muse, 'SELECT * FROM notifications'))).not.toContain('Luna');
  });

  it('are all tried here, or where they happen by themselves', () => {
    const elsewhere = [
      'conversation.',
      'inventory.',
      'catalog.',
      'payment.account_changed',
      'payment.platform_fee_set',
      'store_account.',
      'mailbox.',
      'checkout.',
    ];
    const tried = new Set(OF_ORDERS.map(([type]) => type));
    for (const type of Object.keys(NEWS))
      expect([type, tried.has(type) || elsewhere.some((name) => type.startsWith(name))]).toEqual([type, true]);
  });

  it.each([
    ['payment.account_changed', { payable: true }, 'payments_on'],
    ['payment.account_changed', { payable: false }, 'payments_off'],
    ['payment.platform_fee_set', { ppm: 40_000, by: randomUUID() }, 'platform_fee_set'],
  ])('%s %j tells the merchant of the store, and nobody else', async (type, payload, kind) => {
    const { toldTo, count } = await say(type, shop.storeId, { storeId: shop.storeId, ...payload });
    const { target, kind: told } = await toldTo(shop.merchant);
    expect([told, target, count]).toEqual([kind, { kind: 'store', id: shop.storeId, storeId: shop.storeId }, 1]);
  });

  it('tell a merchant what runs low, by the name that it has', async () => {
    const path = `/merchant/stores/${shop.storeId}/variants/${shop.variantIds[1]}/inventory`;
    await shop.merchant.put(path, { onHand: 50, alertThreshold: 49 }).expect(200);
    await shop.merchant.put(path, { onHand: 48 }).expect(200);
    await quiet();
    const { data } = (await shop.merchant.get('/notifications').expect(200)).body;
    expect(data[0]).toMatchObject({
      ...{ kind: 'stock_low', title: 'Running low: Linen shirt (L)', params: { available: 48, threshold: 49 } },
      body: expect.stringMatching(/^48 left to sell at /),
    });
  });

  it('tell of a store whose merchant has left nobody but the buyer', async () => {
    const other = await openShop(muse);
    const visitor = await guest(muse);
    await addVariant(visitor, other.variantIds[0]);
    const left = await orderOf(visitor, await checkoutToPlaced(visitor));
    await sql(muse, `UPDATE stores SET owner_user_id = NULL, status = 'closed' WHERE id = $1`, [other.storeId]);
    const { toldTo, count } = await say('order.verified', left.id, { orderId: left.id });
    expect([(await toldTo(visitor)).kind, count]).toEqual(['sale_verified', 1]);
  });

  describe('of conversations', () => {
    let conversationId: string;
    let asker: Shopper;
    beforeAll(async () => {
      asker = await customer(muse);
      // What is read of the table; where messaging has made it, it is there already.
      await sql(
        muse,
        'CREATE TABLE IF NOT EXISTS conversations (id uuid PRIMARY KEY DEFAULT uuidv7(), store_id uuid, shopper_id uuid, joined_into uuid)',
      );
      conversationId = await opened(asker.id);
    });
    const opened = async (shopperId: string): Promise<string> =>
      (
        await sql(muse, 'INSERT INTO conversations (store_id, shopper_id) VALUES ($1, $2) RETURNING id', [
          shop.storeId,
          shopperId,
        ])
      )[0].id;
    const saySo = (what: string, side: string, id = conversationId) =>
      say(`conversation.${what}`, id, { conversationId: id, storeId: shop.storeId, messageId: randomUUID(), side });

    it('tell the side that did not write, once while it has not read', async () => {
      await saySo('message', 'buyer');
      const { toldTo, count } = await saySo('message', 'buyer');
      const told = await toldTo(shop.merchant);
      expect(told).toMatchObject({
        kind: 'message',
        title: expect.stringMatching(/^New message for /),
        target: { kind: 'conversation', id: conversationId, storeId: shop.storeId },
        params: {},
      });
      expect(count).toBe(1);
      const ofThis = (await shop.merchant.get('/notifications?limit=100').expect(200)).body.data.filter(
        ({ target }: Body) => target.id === conversationId,
      );
      expect(ofThis).toHaveLength(1);
      const answer = await saySo('message', 'merchant');
      expect((await answer.toldTo(asker)).title).toMatch(/^New message from /);
      expect(answer.count).toBe(1);
      expect((await saySo('message', 'system')).count).toBe(0);
    });

    it('tell who is shut out, and who is let in again', async () => {
      const blocked = await saySo('blocked', 'merchant');
      expect([(await blocked.toldTo(asker)).kind, blocked.count]).toEqual(['conversation_blocked', 1]);
      const unblocked = await saySo('unblocked', 'buyer');
      expect([(await unblocked.toldTo(shop.merchant)).kind, unblocked.count]).toEqual(['conversation_unblocked', 1]);
    });

    it('that were joined into another tell of that one', async () => {
      const other = await guest(muse);
      const id = await opened(other.id);
      await sql(muse, 'UPDATE conversations SET shopper_id = NULL, joined_into = $2 WHERE id = $1', [
        id,
        conversationId,
      ]);
      const { toldTo } = await saySo('message', 'merchant', id);
      expect((await toldTo(asker)).target).toEqual({ kind: 'conversation', id: conversationId });
    });
  });

  describe('by mail', () => {
    it.each([
      [
        'order.change_proposed',
        { changeId: CHANGE, totalBefore: 1500, totalAfter: 1200, currency: 'USD' },
        'order_change_proposed',
        /pide cambiar/,
      ],
      ['order.return_approved', { returnId: RETURN }, 'order_return_approved', /devolución .* aprobada/],
      ['order.return_refused', { returnId: RETURN }, 'order_return_refused', /devolución .* rechazada/],
      ['order.return_received', { returnId: RETURN }, 'order_return_received', /ha recibido tu devolución/],
      ['order.cancelled', { by: 'system', code: 'not_confirmed_in_time' }, 'order_not_confirmed', /está cancelado/],
    ])('%s is written to its buyer in their language, once, with a link', async (type, payload, kind, subject) => {
      const before = await mailsOf(muse);
      const { eventId } = await say(type, order.id, { orderId: order.id, storeId: shop.storeId, ...payload });
      const mail = await mailTo(muse, CONTACT.email, kind);
      expect(mail.subject).toMatch(subject);
      expect(linkIn(mail, 'order').order).toBe(order.id);
      expect(mail.text).not.toContain('Luna');
      const [{ id }] = await sql(
        muse,
        `UPDATE event_deliveries SET status = 'pending', delivered_at = NULL
          WHERE event_id = $1 AND consumer = 'notifications.mail' RETURNING id`,
        [eventId],
      );
      await Promise.all(Array.from({ length: 3 }, () => muse.app.get(Deliveries, { strict: false }).deliver(id)));
      await quiet();
      expect(await mailsOf(muse)).toHaveLength(before.length + 1);
    });

    it('order.change_proposed says what the order costs and would cost', async () => {
      const [mail] = (await mailsOf(muse)).filter(({ kind }) => kind === 'order_change_proposed');
      const text = mail!.text.replace(/[^\S\n]/gu, ' ');
      expect(text).toContain('Total hasta ahora: 15,00 US$');
      expect(text).toContain('Total con el cambio: 12,00 US$');
    });

    it('order.exchange_placed tells of the order that replaces something', async () => {
      const exchange = await buy(buyer);
      await quiet();
      await say('order.exchange_placed', order.id, {
        orderId: order.id,
        returnId: RETURN,
        exchangeOrderId: exchange.id,
      });
      const mail = await eventually(async () =>
        (await mailsOf(muse)).find(({ kind }) => kind === 'order_exchange_placed'),
      );
      expect([mail.subject.includes(exchange.number), linkIn(mail, 'order').order]).toEqual([true, exchange.id]);
    });

    it('order.return_requested is written to the merchant, without the buyer', async () => {
      await say('order.return_requested', order.id, { orderId: order.id, returnId: RETURN });
      const { email } = (await shop.merchant.get('/me').expect(200)).body;
      const mail = await mailTo(muse, email, 'merchant_return');
      expect(mail.subject).toMatch(new RegExp(`^Return requested for order ${order.number}`));
      expect(mail.text + mail.html).not.toMatch(/Fifth|Ana|10118|mot_|Luna/);
    });
  });
});
