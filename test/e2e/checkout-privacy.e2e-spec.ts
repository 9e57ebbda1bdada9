import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import {
  ADDRESS,
  CONTACT,
  addDescribed,
  addVariant,
  begin,
  customer,
  guest,
  orderOf,
  place,
  readySession,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('Addresses and payment of a checkout', () => {
  let muse: RunningApp;
  let shop: Shop;
  let user: Shopper & { email: string };

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
  });
  beforeEach(async () => {
    user = await customer(muse);
    await addVariant(user, shop.variantIds[0]);
  });

  const shipping = (session: Body, body: object, who: Shopper = user) =>
    who.put(`/checkout/sessions/${session.id}/shipping`, body);
  const save = async (who: Shopper, overrides: object = {}): Promise<string> =>
    (await who.post('/me/addresses', { ...ADDRESS, ...overrides }).expect(201)).body.id;

  it('are known of a user beforehand: the default address and the e-mail', async () => {
    expect(await begin(user)).toMatchObject({
      contact: { email: user.email },
      shippingAddress: null,
      requiredFields: ['/shippingAddress'],
    });
    await save(user, { line1: 'Home 1' });
    const session = await begin(user);
    expect(session).toMatchObject({ shippingAddress: { line1: 'Home 1' }, readyToPlace: true, requiredFields: [] });
    await place(user, session).expect(202);
    expect(await orderOf(user, await settled(user, session.id))).toMatchObject({
      shippingAddress: { line1: 'Home 1' },
    });
  });

  it('may come from the address book, and stay as they were then', async () => {
    const [id, work] = [await save(user, { line1: 'Home 1' }), await save(user, { line1: 'Work 2' })];
    const session = await begin(user);
    const { body } = await shipping(session, { addressId: work }).expect(200);
    expect(body).toMatchObject({ shippingAddress: { line1: 'Work 2' }, billingAddress: { line1: 'Work 2' } });
    await user.put(`/me/addresses/${work}`, { ...ADDRESS, line1: 'Moved 3' }).expect(200);
    const store = await user
      .put(`/checkout/sessions/${session.id}/stores/${shop.storeId}`, { addressId: id })
      .expect(200);
    expect(store.body).toMatchObject({
      shippingAddress: { line1: 'Work 2' },
      stores: [{ shippingAddress: { line1: 'Home 1' } }],
    });
  });

  it("of another's book are not found, nor are unknown ones, and nothing is changed", async () => {
    const foreign = await save(await customer(muse));
    const session = await begin(user);
    const stranger = await guest(muse);
    await addVariant(stranger, shop.variantIds[0]);
    const theirs = await begin(stranger);
    const details = new Set<string>();
    for (const addressId of [foreign, randomUUID()]) {
      const store = `/checkout/sessions/${session.id}/stores/${shop.storeId}`;
      for (const attempt of [
        shipping(session, { addressId, contact: CONTACT }),
        user.put(store, { addressId }),
        shipping(theirs, { addressId, contact: CONTACT }, stranger),
      ])
        details.add((await attempt.expect(404)).body.detail);
    }
    expect(details.size).toBe(1);
    expect((await user.get(`/checkout/sessions/${session.id}`).expect(200)).body).toEqual(session);
  });

  it.each([
    [{}, '/address'],
    [{ address: ADDRESS, addressId: randomUUID() }, '/address'],
    [{ addressId: 'x' }, '/addressId'],
    [{ address: { ...ADDRESS, country: 'XX' } }, '/address/country'],
    [{ address: { ...ADDRESS, postalCode: 'ABC' } }, '/address/postalCode'],
    [{ address: { ...ADDRESS, name: ' ' } }, '/address/name'],
    [{ address: { ...ADDRESS, line1: 'x'.repeat(201) } }, '/address/line1'],
    [{ address: { ...ADDRESS, surprise: 1 } }, '/address/surprise'],
    [{ address: [ADDRESS] }, '/address'],
    [{ address: ADDRESS, contact: { email: 'nobody' } }, '/contact/email'],
    [{ address: ADDRESS, contact: { email: 'a@example.com', phone: 'call me' } }, '/contact/phone'],
    [{ address: ADDRESS, billingAddress: { country: 'US' } }, '/billingAddress/line1'],
  ])('are refused as %j', async (body, pointer) => {
    const answer = await shipping(await begin(user), body).expect(400);
    expect(answer.body.errors.map((error: Body) => error.pointer)).toContain(pointer);
  });

  it('of payment cannot be given where no store takes payment here', async () => {
    const session = await begin(user);
    const pay = (body: object) => user.put(`/checkout/sessions/${session.id}/payment`, body);
    expect((await pay({ providerToken: 'pm_1P2x3y' }).expect(409)).body.code).toBe('payment_not_offered');
    expect((await pay({ paymentMethodId: randomUUID() }).expect(409)).body.code).toBe('payment_not_offered');
    for (const wrong of [
      {},
      { providerToken: '4242424242424242' },
      { providerToken: 'pm_123456', paymentMethodId: randomUUID() },
    ])
      await pay(wrong).expect(400);
    const rows = await sql(muse, `SELECT 1 FROM checkout_sessions WHERE id = $1 AND payment_method_id IS NULL`, [
      session.id,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('lie nowhere in the clear: not in a session, its stores, the order, a kept answer, an event or a job', async () => {
    const secret = {
      ...{ name: 'Zenobia Quartz', line1: '77 Secret Lane', line2: 'Flat Hidden', phone: '+1 999 555 0177' },
      ...{ city: 'New York', region: 'NY', postalCode: '10118', country: 'US' },
    };
    const contact = { email: 'zenobia@quartz.example', phone: '+1 999 555 0188' };
    const partner = await openPartner(muse);
    await addDescribed(user, partner);
    const session = await readySession(user);
    await shipping(session, { address: secret, billingAddress: { ...secret, name: 'Otto Billing' }, contact }).expect(
      200,
    );
    const own = {
      address: { ...secret, line1: '88 Other Secret' },
      note: 'Murmur',
      gift: { message: 'Whisper' },
      deliveryNote: 'Hush',
    };
    const key = { 'idempotency-key': randomUUID() };
    const changed = await user.put(`/checkout/sessions/${session.id}/stores/${shop.storeId}`, own).expect(200);
    expect(changed.body.shippingAddress).toMatchObject(secret);
    const refreshed = await user.post(`/checkout/sessions/${session.id}/refresh`, undefined, key).expect(200);
    await place(user, refreshed.body).expect(202);
    const order = await orderOf(user, await settled(user, session.id));
    expect(order).toMatchObject({ shippingAddress: { line1: '88 Other Secret' }, instructions: { note: 'Murmur' } });
    // The kept answer of the refresh held all of it, and is still the same answer.
    const replayed = await user.post(`/checkout/sessions/${session.id}/refresh`, undefined, key).expect(200);
    expect(replayed.headers['idempotency-replayed']).toBe('true');
    expect(replayed.body).toEqual(refreshed.body);

    const words = [
      'Zenobia',
      'Secret',
      'Hidden',
      '555 0177',
      '555 0188',
      'quartz',
      'Otto',
      'Murmur',
      'Whisper',
      'Hush',
    ];
    const tables = [
      'checkout_sessions',
      'store_checkouts',
      'placements',
      'handoffs',
      'orders',
      'order_items',
      'order_events',
    ];
    tables.push(
      'idempotency_keys',
      'events',
      'event_deliveries',
      'graphile_worker._private_jobs',
      'carts',
      'cart_items',
    );
    for (const table of tables) {
      const rows = await sql(muse, `SELECT row_to_json(t)::text AS text FROM ${table} t`);
      const found = words.filter((word) => rows.some((row) => row.text.includes(word)));
      expect([table, found]).toEqual([table, []]);
    }
    const sealed = await sql(muse, 'SELECT shipping_address, contact, instructions FROM orders WHERE id = $1', [
      order.id,
    ]);
    expect(Object.values(sealed[0] as object).every((value) => value !== null)).toBe(true);
  });
});
