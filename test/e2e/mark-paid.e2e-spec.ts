import type { RunningApp } from '../support/app';
import { dumpOf, tablesWith } from '../support/dump';
import { openShop, type Shop } from '../support/market';
import { key, openPayableShop, paymentIs, placeByCard, startWithWebhooks, statusIs } from '../support/payments';
import { usd } from '../support/sellers';
import {
  addVariant,
  customer,
  eventually,
  guest,
  orderOf,
  place,
  readySession,
  settled,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';
import type { StripeDouble } from '../support/stripe-double';

const TRANSFER = { method: 'bank_transfer', reference: 'TRF-2026-0113', paidAt: '2026-01-13T10:00:00Z' };

describe('An order that was paid by bank transfer or in cash', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let shop: Shop;
  let buyer: Shopper;

  beforeAll(async () => {
    ({ muse, stripe } = await startWithWebhooks());
    shop = await openShop(muse);
  });
  beforeEach(async () => {
    buyer = await guest(muse);
  });

  const ofStore = (order: Body, rest: string, of: Shop = shop) =>
    `/merchant/stores/${of.storeId}/orders/${order.id}${rest}`;
  const mark = (order: Body, body: object = TRANSFER, more: Record<string, string> = key(), of: Shop = shop) =>
    of.merchant.post(ofStore(order, '/mark-paid', of), body, more);
  const refund = (order: Body, amount: number) =>
    shop.merchant.post(ofStore(order, '/refunds'), { amount: usd(amount), reason: 'Arrived broken' }, key());
  /** Two units (20.00) and delivery (5.00), to be paid later. */
  const order = async (of: Shop = shop, who: Shopper = buyer): Promise<Body> => {
    await addVariant(who, of.variantIds[0], 2);
    const session = await readySession(who);
    const store = `/checkout/sessions/${session.id}/stores/${of.storeId}`;
    const { body } = await who.put(store, { settlement: 'pay_later' }).expect(200);
    await place(who, body).expect(202);
    return orderOf(who, await settled(who, session.id));
  };
  const ledgerOf = (placed: Body) =>
    sql(
      muse,
      `SELECT kind, account, amount_cents::int AS cents, transaction_id FROM ledger_entries WHERE order_id = $1 ORDER BY id`,
      [placed.id],
    );
  const sumOf = (entries: Body[], account?: string) =>
    entries
      .filter((one) => account === undefined || one.account === account)
      .reduce((sum, { cents }) => sum + cents, 0);

  it('is marked so by its merchant: the buyer sees how, and the ledger adds up without owing the store anything', async () => {
    const placed = await order();
    const seen = await shop.merchant.get(ofStore(placed, '')).expect(200);
    expect(seen.body.allowedActions).toEqual(['confirm', 'mark_paid', 'ship', 'cancel']);
    const { body } = await mark(placed).expect(200);
    const paid = {
      ...{ id: placed.id, paymentStatus: 'paid', paid: usd(2500), refunded: usd(0) },
      payment: { method: 'bank_transfer', last4: null, reference: 'TRF-2026-0113' },
    };
    expect(body).toMatchObject({ ...paid, allowedActions: ['confirm', 'ship', 'cancel', 'refund'] });
    const { body: toBuyer } = await buyer.get(`/orders/${placed.id}`).expect(200);
    expect(toBuyer).toMatchObject({ ...paid, allowedActions: ['cancel'], action: null });
    const { body: history } = await buyer.get(`/orders/${placed.id}/history`).expect(200);
    expect(history.data.at(-1)).toMatchObject({
      ...{ type: 'paid', actor: 'merchant', before: { paymentStatus: 'unpaid' } },
      after: { paymentStatus: 'paid', method: 'bank_transfer', amountCents: 2500 },
    });

    const entries = await ledgerOf(placed);
    expect(entries.map(({ kind }) => kind)).toEqual(['capture', 'share', 'received', 'received']);
    expect(new Set(entries.map((entry) => entry.transaction_id)).size).toBe(1);
    expect([sumOf(entries), sumOf(entries, 'merchant'), sumOf(entries, 'shopper')]).toEqual([0, 0, 0]);
    const { body: balance } = await shop.merchant.get(`/merchant/stores/${shop.storeId}/balance`).expect(200);
    expect(balance.data[0]).toMatchObject({ pending: usd(0), available: usd(0), debt: usd(0) });
    const [row] = await sql(
      muse,
      `SELECT p.provider, p.status, m.reference, m.paid_at, m.recorded_by FROM manual_payments m JOIN payments p ON p.id = m.payment_id
        WHERE p.purchase_id = $1`,
      [placed.id],
    );
    expect(row).toEqual({
      ...{ provider: 'manual', status: 'captured', reference: 'TRF-2026-0113', recorded_by: shop.merchant.id },
      paid_at: new Date('2026-01-13T10:00:00Z'),
    });
    expect(await sql(muse, 'SELECT 1 FROM payment_steps WHERE store_id = $1', [shop.storeId])).toEqual([]);
    await shop.merchant.post(ofStore(placed, '/ship'), { carrier: 'UPS', trackingNumber: '1Z999AA1' }).expect(200);
  });

  it('is marked once: the same key gives the same answer, and of many at once one counts', async () => {
    const placed = await order();
    const same = key();
    const first = await mark(placed, { method: 'cash', reference: 'R-7' }, same).expect(200);
    const again = await mark(placed, { method: 'cash', reference: 'R-7' }, same).expect(200);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await mark(placed, TRANSFER, same).expect(422)).body.code).toBe('idempotency_key_reused');
    expect((await mark(placed).expect(409)).body).toMatchObject({
      code: 'order_state',
      detail: 'Its payment is paid.',
    });

    const other = await order();
    const answers = await Promise.all(Array.from({ length: 5 }, () => mark(other)));
    expect(statusesOf(answers)).toEqual([200, 409, 409, 409, 409]);
    expect(await ledgerOf(other)).toHaveLength(4);
  });

  it('is its own merchant’s to mark, with a key and a sensible body', async () => {
    const placed = await order();
    const path = ofStore(placed, '/mark-paid');
    await muse.http.post(`/api/v1${path}`).set(key()).send(TRANSFER).expect(401);
    await buyer.post(path, TRANSFER, key()).expect(403);
    const stranger = await openShop(muse);
    await stranger.merchant.post(path, TRANSFER, key()).expect(404);
    await mark(placed, TRANSFER, key(), stranger).expect(404);
    expect((await shop.merchant.post(path, TRANSFER).expect(400)).body.code).toBe('idempotency_key_required');
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    for (const [body, pointer] of [
      [{}, '/method'],
      [{ ...TRANSFER, method: 'cheque' }, '/method'],
      [{ ...TRANSFER, reference: ' ' }, '/reference'],
      [{ ...TRANSFER, reference: 'x'.repeat(101) }, '/reference'],
      [{ ...TRANSFER, paidAt: 'yesterday' }, '/paidAt'],
      [{ ...TRANSFER, paidAt: tomorrow }, '/paidAt'],
    ] as const) {
      const answer = await mark(placed, body);
      expect([400, 422]).toContain(answer.status);
      expect(answer.body.errors.map((error: Body) => error.pointer)).toContain(pointer);
    }
    // Whoever writes a card's number into the reference is not heard.
    const card = await mark(placed, { ...TRANSFER, reference: '4111 1111 1111 1111' }).expect(400);
    expect(card.body.code).toBe('card_number_refused');
    expect(await paymentIs(buyer, placed.id, 'unpaid')).toMatchObject({ payment: null });
  });

  it('was to be paid later, and is not cancelled, shipped or paid otherwise', async () => {
    const cancelled = await order();
    await buyer.put(`/orders/${cancelled.id}/cancel`, {}).expect(200);
    expect((await mark(cancelled).expect(409)).body).toMatchObject({ code: 'order_state', orderStatus: 'cancelled' });
    const payable = await openPayableShop(muse, stripe);
    await addVariant(buyer, payable.variantIds[0], 2);
    const session = await placeByCard(buyer);
    const { stores } = await statusIs(buyer, session.id, 'completed');
    await paymentIs(buyer, stores[0].order.id, 'paid');
    const byCard = await mark(stores[0].order, TRANSFER, key(), payable).expect(409);
    expect(byCard.body.detail).toBe('Only an order that was to be paid later can be marked as paid.');
  });

  it('cannot be marked while its buyer pays by card, and cannot be paid by card once it is marked', async () => {
    const payable = await openPayableShop(muse, stripe);
    const placed = await order(payable);
    await payable.merchant.post(ofStore(placed, '/confirm', payable)).expect(200);
    const pay = () => buyer.post(`/orders/${placed.id}/pay`, { providerToken: 'pm_card_visa' }, key());
    const [paid, marked] = await Promise.all([pay(), mark(placed, TRANSFER, key(), payable)]);
    expect([paid.status, marked.status].filter((status) => status < 300)).toHaveLength(1);
    await paymentIs(buyer, placed.id, 'paid');
    const rows = await sql(muse, 'SELECT provider FROM payments WHERE purchase_id = $1 AND voided_at IS NULL', [
      placed.id,
    ]);
    expect(rows).toEqual([{ provider: marked.status === 200 ? 'manual' : 'stripe' }]);
    expect((await pay().expect(409)).body.code).toBe('order_state');
  });

  it('is refunded by a note of what the store gave back: never more than was paid, and nobody is called', async () => {
    const placed = await order();
    await mark(placed).expect(200);
    expect((await refund(placed, 1000).expect(201)).body).toMatchObject({ status: 'succeeded', amount: usd(1000) });
    expect(await paymentIs(buyer, placed.id, 'partially_refunded')).toMatchObject({ refunded: usd(1000) });
    expect(statusesOf(await Promise.all([refund(placed, 1500), refund(placed, 1500)]))).toEqual([201, 409]);
    expect(await paymentIs(buyer, placed.id, 'refunded')).toMatchObject({ refunded: usd(2500) });
    expect((await buyer.get(`/orders/${placed.id}/refunds`).expect(200)).body.data).toHaveLength(2);
    const entries = await ledgerOf(placed);
    for (const account of ['merchant', 'shopper', 'refunds']) expect(sumOf(entries, account)).toBe(0);
    expect(
      await sql(muse, 'SELECT 1 FROM payment_steps s JOIN payments p ON p.id = s.payment_id WHERE p.purchase_id = $1', [
        placed.id,
      ]),
    ).toEqual([]);
  });

  it('is owed back by the store when its buyer cancels it, and says so in its history', async () => {
    const placed = await order();
    await mark(placed).expect(200);
    await buyer.put(`/orders/${placed.id}/cancel`, {}).expect(200);
    const { body: history } = await buyer.get(`/orders/${placed.id}/history`).expect(200);
    expect(history.data.at(-1)).toMatchObject({
      ...{ type: 'refund_owed_by_store', actor: 'system', reason: 'order_cancelled', after: { amountCents: 2500 } },
    });
    await refund(placed, 2500).expect(201);
    await paymentIs(buyer, placed.id, 'refunded');
  });

  describe('and sent back', () => {
    const returned = async (placed: Body): Promise<Body> => {
      const items = [{ itemId: placed.items[0].id, quantity: 1, reason: 'Too small' }];
      const { body: row } = await buyer.post(`/orders/${placed.id}/return`, { items }, key()).expect(201);
      const at = ofStore(placed, `/returns/${row.id}`);
      await shop.merchant.post(`${at}/approve`).expect(200);
      const came = { items: [{ itemId: placed.items[0].id, quantity: 1, condition: 'as_new' }] };
      return (await shop.merchant.post(`${at}/receive`, came).expect(200)).body;
    };
    const sent = async (): Promise<Body> => {
      const placed = await order();
      await mark(placed).expect(200);
      const parcel = { carrier: 'UPS', trackingNumber: '1Z999AA10123456784' };
      await shop.merchant.post(ofStore(placed, '/ship'), parcel).expect(200);
      return placed;
    };
    /** Once everything has been heard. */
    const statuses = async (placed: Body): Promise<string[]> => {
      await eventually(async () => {
        const open = await sql(muse, `SELECT FROM event_deliveries WHERE delivered_at IS NULL`);
        return open.length === 0;
      });
      const { body } = await buyer.get(`/orders/${placed.id}/returns`).expect(200);
      return body.data.map((row: Body) => row.status);
    };

    it('is refunded when the store notes that the money went back, the oldest return first', async () => {
      const placed = await sent();
      expect(await returned(placed)).toMatchObject({ status: 'received', refund: usd(1000) });
      await returned(placed);
      await refund(placed, 600).expect(201);
      expect(await statuses(placed)).toEqual(['received', 'received']);
      await refund(placed, 400).expect(201);
      expect(await statuses(placed)).toEqual(['refunded', 'received']);
      await refund(placed, 1000).expect(201);
      expect(await statuses(placed)).toEqual(['refunded', 'refunded']);
      const { body } = await buyer.get(`/orders/${placed.id}/history`).expect(200);
      expect(body.data.filter(({ type }: Body) => type === 'return_refunded')).toHaveLength(2);
    });

    it('is not by what the store gave back before, for something else', async () => {
      const placed = await sent();
      await refund(placed, 500).expect(201);
      await returned(placed);
      await refund(placed, 900).expect(201);
      expect(await statuses(placed)).toEqual(['received']);
      await refund(placed, 100).expect(201);
      expect(await statuses(placed)).toEqual(['refunded']);
    });

    it('is with all that was paid, before or after it came', async () => {
      const placed = await sent();
      expect((await returned(placed)).status).toBe('received');
      await refund(placed, 2500).expect(201);
      expect(await statuses(placed)).toEqual(['refunded']);
      expect(await returned(placed)).toMatchObject({ status: 'refunded', refund: usd(0) });
    });
  });

  it('keeps no word of why money went back in the clear, and shows it to both sides', async () => {
    const placed = await order();
    await mark(placed).expect(200);
    const reason = 'Zebrastriped on arrival';
    const asked = { amount: usd(300), reason };
    const { body } = await shop.merchant.post(ofStore(placed, '/refunds'), asked, key()).expect(201);
    expect(body.reason).toBe(reason);
    const shown = [
      (await buyer.get(`/orders/${placed.id}/refunds`).expect(200)).body.data[0],
      (await shop.merchant.get(ofStore(placed, '/refunds')).expect(200)).body.data[0],
      (await buyer.get(`/orders/${placed.id}/history`).expect(200)).body.data.at(-1),
    ];
    for (const one of shown) expect(one.reason).toBe(reason);
    const dump = await dumpOf(muse.database);
    expect(tablesWith(dump, 'Zebrastriped')).toEqual([]);
    // One of before, in the clear, is still read.
    await sql(muse, `UPDATE refunds SET reason = 'Too small', sealed_reason = NULL WHERE order_id = $1`, [placed.id]);
    const { body: old } = await buyer.get(`/orders/${placed.id}/refunds`).expect(200);
    expect(old.data[0].reason).toBe('Too small');
  });

  it('keeps no reference of a buyer who is forgotten', async () => {
    const person = await customer(muse);
    const placed = await order(shop, person);
    await mark(placed).expect(200);
    await person.delete('/me').expect(200);
    await eventually(async () => {
      const [row] = await sql(
        muse,
        'SELECT m.reference FROM manual_payments m JOIN payments p ON p.id = m.payment_id WHERE p.purchase_id = $1',
        [placed.id],
      );
      return row.reference === null;
    });
    const { body } = await shop.merchant.get(ofStore(placed, '')).expect(200);
    expect(body.payment).toEqual({ method: 'bank_transfer', last4: null, reference: null });
    expect((await refund(placed, 2500).expect(201)).body.status).toBe('succeeded');
  });
});
