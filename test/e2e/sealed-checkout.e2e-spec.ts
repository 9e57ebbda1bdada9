import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { ScriptedStrategy, withStrategies } from '../support/scripted-strategy';
import { forgetFinished, holderOf, makeKeyPair, open, paranoid, publishKey, type KeyPair } from '../support/sealed';
import {
  ADDRESS,
  CONTACT,
  addDescribed,
  addVariant,
  begin,
  customer,
  giveAddress,
  guest,
  place,
  settled,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';

const ZENOBIA = { ...ADDRESS, name: 'Zenobia Quartz', line1: '77 Secret Lane' };
const HERS = { email: 'zenobia@quartz.example', phone: '+1 999 555 0188' };

describe('A sealed checkout', () => {
  let muse: RunningApp;
  let shop: Shop;
  let key: KeyPair;
  let buyer: Shopper & { email: string };

  beforeAll(async () => {
    muse = await startApp();
  });
  beforeEach(async () => {
    // Those of the tests before.
    await forgetFinished(muse);
    shop = await openShop(muse);
    key = await publishKey(shop);
    buyer = await paranoid(muse);
    await addVariant(buyer, shop.variantIds[0]);
  });

  const shipping = (session: Body, body: object, who: Shopper = buyer) =>
    who.put(`/checkout/sessions/${session.id}/shipping`, body);
  const atStore = (session: Body, body: object, who: Shopper = buyer, of = shop) =>
    who.put(`/checkout/sessions/${session.id}/stores/${of.storeId}`, body);
  /** Places it; gives the answer to `place` and the order as whoever holds the token sees it. */
  const placed = async (
    session: Body,
    who: Shopper = buyer,
  ): Promise<{ answer: Body; order: Body; holder: Shopper }> => {
    const { body: answer } = await place(who, session).expect(202);
    await settled(who, session.id);
    const holder = holderOf(muse, answer.orderAccess[0]);
    const { body: order } = await holder.get(`/orders/${answer.orderAccess[0].orderId}`).expect(200);
    return { answer, order, holder };
  };
  const asMerchant = async (order: Body): Promise<Body> =>
    (await shop.merchant.get(`/merchant/stores/${shop.storeId}/orders/${order.id}`).expect(200)).body;

  it('is what a user with privacy begins: nothing is known of them, and nothing is shown', async () => {
    const session = await begin(buyer);
    expect(session).toMatchObject({ sealed: true, contact: null, shippingAddress: null, readyToPlace: false });
    expect(session.requiredFields).toEqual(['/shippingAddress', '/contact/email']);
    const { body } = await shipping(session, { address: ZENOBIA, contact: HERS }).expect(200);
    expect(body).toMatchObject({ sealed: true, contact: null, shippingAddress: null, readyToPlace: true });
    expect(body.stores[0]).toMatchObject({ sealed: ['contact', 'shippingAddress'], shippingAddress: null });
    expect(body.stores[0].deliveryOptions).toHaveLength(2);
  });

  it('leads to an order that names nobody: its token is the buyer, and the merchant opens what was sealed', async () => {
    const session = await begin(buyer);
    await shipping(session, { address: ZENOBIA, contact: HERS }).expect(200);
    const { body } = await atStore(session, { note: 'Murmur', gift: { message: 'Whisper' } }).expect(200);
    const { answer, order, holder } = await placed(body);
    expect(answer.orderAccess).toEqual([
      { storeId: shop.storeId, orderId: order.id, token: expect.stringMatching(/^mot_[\w-]{43}$/) },
    ]);
    expect(order).toMatchObject({ shippingAddress: null, contact: null, instructions: null, status: 'pending' });
    expect(order.allowedActions).toContain('cancel');
    const theirs = await asMerchant(order);
    expect(theirs).toMatchObject({ shippingAddress: null, billingAddress: null, contact: null, instructions: null });
    const opened = async (field: string) => open(theirs.sealed[field], key, ['muse', session.id, shop.storeId, field]);
    expect(await opened('shippingAddress')).toMatchObject(ZENOBIA);
    expect(await opened('contact')).toEqual(HERS);
    expect(await opened('note')).toBe('Murmur');
    expect(await opened('gift')).toEqual({ message: 'Whisper', wrap: false });
    const keysOfBuyer = await shop.merchant.get(`/merchant/stores/${shop.storeId}/orders/${order.id}/buyer-keys`);
    expect(keysOfBuyer.body).toEqual({ keys: [] });
    // Not by the account: nothing leads from it to the order.
    await buyer.get(`/orders/${order.id}`).expect(404);
    expect((await buyer.get('/orders').expect(200)).body.data).toEqual([]);
    const [row] = await sql(muse, 'SELECT * FROM orders WHERE id = $1', [order.id]);
    expect(row).toMatchObject({ sealed: true, buyer_user_id: null, buyer_guest_id: null, key_subject_id: null });
    expect(row.buyer_ref).toHaveLength(32);
    expect((await holder.put(`/orders/${order.id}/cancel`, {}).expect(200)).body.status).toBe('cancelled');
    const history = (await holder.get(`/orders/${order.id}/history`).expect(200)).body.data;
    expect(history.map((entry: Body) => [entry.type, entry.actor])).toEqual([
      ['placed', 'system'],
      ['cancelled', 'buyer'],
    ]);
    const actors = await sql(muse, 'SELECT actor_id FROM order_events WHERE order_id = $1', [order.id]);
    expect(actors.map((one) => one.actor_id)).toEqual([null, null]);
  });

  it('is sealed for the key of the buyer too, who is not named beside it', async () => {
    const own = await makeKeyPair('X25519');
    await buyer.put('/me/keys', { jwk: own.jwk, kid: 'zenobia' }).expect(200);
    const session = await begin(buyer);
    const { body } = await shipping(session, { address: ZENOBIA, contact: HERS }).expect(200);
    const { order } = await placed(body);
    expect(await open(order.sealed.shippingAddress, own)).toMatchObject(ZENOBIA);
    expect(await open(order.sealed.replyKey, key)).toEqual(own.jwk);
    expect(JSON.stringify(order.sealed)).not.toContain('zenobia');
    expect(JSON.stringify(order.sealed)).not.toContain(own.jwk['x']);
  });

  it('takes what the client has sealed, with country and region beside it', async () => {
    const { GeneralEncrypt, importJWK } = await import('jose');
    const session = await begin(buyer);
    const { keys } = (await buyer.get(`/stores/${shop.storeId}/keys`).expect(200)).body;
    const sealed = async (field: string, value: unknown, kid = keys[0].kid, store = shop.storeId) =>
      new GeneralEncrypt(Buffer.from(JSON.stringify(value)))
        .setProtectedHeader({ enc: 'A256GCM' })
        .setAdditionalAuthenticatedData(Buffer.from(JSON.stringify(['muse', session.id, store, field])))
        .addRecipient(await importJWK(keys[0], 'ECDH-ES+A256KW'))
        .setUnprotectedHeader({ alg: 'ECDH-ES+A256KW', kid })
        .encrypt();
    const destination = { country: 'US', region: 'New York', postalCode: '10118' };
    const details = await sealed('details', { address: ZENOBIA, contact: HERS });
    const wrong: [object, string][] = [
      [{ sealed: { [shop.storeId]: details } }, '/destination'],
      [{ sealed: { [shop.storeId]: details }, destination: { country: 'US', region: 'XX' } }, '/destination/region'],
      [{ sealed: { [shop.storeId]: details }, destination, contact: HERS }, '/contact'],
      [{ sealed: { [randomUUID()]: details }, destination }, '/sealed/'],
      [
        { sealed: { [shop.storeId]: { shippingAddress: details } }, destination },
        `/sealed/${shop.storeId}/shippingAddress`,
      ],
      [{ sealed: { [shop.storeId]: { secret: details } }, destination }, `/sealed/${shop.storeId}/secret`],
      [{ sealed: { [shop.storeId]: { note: 'Murmur' } }, destination }, `/sealed/${shop.storeId}/note`],
      [{ sealed: { [shop.storeId]: await sealed('details', 1, 'k0') }, destination }, `/sealed/${shop.storeId}`],
      [{ sealed: [], destination }, '/sealed'],
    ];
    for (const [body, pointer] of wrong) {
      const { body: problem } = await shipping(session, body).expect(400);
      expect(problem.errors.map((error: Body) => error.pointer).join()).toContain(pointer);
    }
    const { body } = await shipping(session, { sealed: { [shop.storeId]: details }, destination }).expect(200);
    expect(body).toMatchObject({ readyToPlace: true, requiredFields: [] });
    const noted = await atStore(session, { sealed: { note: await sealed('note', 'Murmur') } }).expect(200);
    expect(noted.body.stores[0].sealed).toEqual(['details', 'note']);
    const { order } = await placed(noted.body);
    expect(order.sealed).toEqual({ details, note: expect.any(Object) });
    const theirs = await asMerchant(order);
    expect(await open(theirs.sealed.details, key)).toEqual({ address: ZENOBIA, contact: HERS });
  });

  it('cannot be placed where a store has published no key, and can once it has', async () => {
    const other = await openShop(muse);
    await addVariant(buyer, other.variantIds[0]);
    const session = await begin(buyer);
    expect(session.problems.map((one: Body) => [one.code, one.severity, one.storeId])).toContainEqual([
      ...['store_has_no_key', 'blocking', other.storeId],
    ]);
    const { body } = await shipping(session, { address: ZENOBIA, contact: HERS }).expect(200);
    const { body: problem } = await place(buyer, body).expect(422);
    expect(problem.problems.map((one: Body) => one.code)).toEqual(['store_has_no_key']);
    const unsaid = await atStore(session, { note: 'Murmur' }, buyer, other).expect(422);
    expect(unsaid.body.errors[0].pointer).toBe('/note');
    await publishKey(other);
    const again = await shipping(session, { address: ZENOBIA, contact: HERS }).expect(200);
    expect(again.body).toMatchObject({ readyToPlace: true, problems: [expect.anything(), expect.anything()] });
  });

  it('is begun by a guest who asks for it, with what was said openly before sealed and forgotten', async () => {
    const stranger = await guest(muse);
    await addVariant(stranger, shop.variantIds[0]);
    const session = await begin(stranger);
    await giveAddress(stranger, session.id, { ...ZENOBIA, line1: 'Before 1' });
    await atStore(session, { note: 'Murmur' }, stranger).expect(200);
    const { body } = await shipping(session, { address: ZENOBIA, sealed: true }, stranger).expect(200);
    expect(body).toMatchObject({ sealed: true, readyToPlace: true, contact: null, shippingAddress: null });
    const [row] = await sql(muse, 'SELECT * FROM checkout_sessions WHERE id = $1', [session.id]);
    expect(row).toMatchObject({ shipping_address: null, contact: null, key_subject_id: session.id });
    const taken = await shipping(session, { address: ZENOBIA, sealed: false }, stranger).expect(422);
    expect(taken.body.errors[0].pointer).toBe('/sealed');
    const { order } = await placed(body, stranger);
    const theirs = await asMerchant(order);
    expect(await open(theirs.sealed.shippingAddress, key)).toMatchObject(ZENOBIA);
    expect(await open(theirs.sealed.contact, key)).toEqual(CONTACT);
    expect(await open(theirs.sealed.note, key)).toBe('Murmur');
  });

  it('tells the tokens of its orders once: again to the same request, and to no other', async () => {
    const session = (await shipping(await begin(buyer), { address: ZENOBIA, contact: HERS }).expect(200)).body;
    const request = randomUUID();
    const twice = await Promise.all([place(buyer, session, request), place(buyer, session, request)]);
    const answers = twice.filter((one) => one.status === 202);
    expect(statusesOf(twice)[0]).toBe(202);
    await settled(buyer, session.id);
    const replayed = await place(buyer, session, request).expect(202);
    expect(replayed.headers['idempotency-replayed']).toBe('true');
    expect(replayed.body.orderAccess).toEqual(answers[0]!.body.orderAccess);
    const other = await place(buyer, session, randomUUID()).expect(202);
    expect(other.body.orderAccess).toBeUndefined();
    expect((await buyer.get(`/checkout/sessions/${session.id}/status`)).body.orderAccess).toBeUndefined();
    await place(buyer, { ...session, total: { amount: 1, currency: 'USD' } }, request).expect(422);
    const rows = await sql(muse, `SELECT * FROM idempotency_keys WHERE route LIKE '%/place'`);
    expect(rows.every((row) => row.response === null && row.caller_id !== buyer.id && row.key !== request)).toBe(true);
    expect(JSON.stringify(rows)).not.toContain(session.id);
  });

  it('is deleted when it is finished, and its order does not name it any more', async () => {
    const session = (await shipping(await begin(buyer), { address: ZENOBIA, contact: HERS }).expect(200)).body;
    const { order, holder } = await placed(session);
    expect(await forgetFinished(muse)).toBe(1);
    await buyer.get(`/checkout/sessions/${session.id}/status`).expect(404);
    expect((await holder.get(`/orders/${order.id}`).expect(200)).body).toMatchObject({ checkoutSessionId: null });
    for (const table of [
      'checkout_sessions WHERE id',
      'store_checkouts WHERE session_id',
      'placements WHERE session_id',
    ])
      expect(await sql(muse, `SELECT 1 FROM ${table} = $1`, [session.id])).toEqual([]);
    // The next checkout of the same cart begins as ever.
    await addVariant(buyer, shop.variantIds[1]);
    expect((await begin(buyer)).sealed).toBe(true);
  });

  it('counts its buyer once at a store, and as another at another and with every other buyer', async () => {
    const other = await openShop(muse);
    await publishKey(other);
    const refOf = async (who: Shopper, of: Shop): Promise<string> => {
      await addVariant(who, of.variantIds[0]);
      const line = (await who.get('/cart').expect(200)).body.stores.find((one: Body) => one.storeId === of.storeId)
        .items[0];
      const session = await begin(who, { itemIds: [line.id] });
      const { body } = await shipping(session, { address: ZENOBIA, contact: HERS }, who).expect(200);
      const { order } = await placed(body, who);
      const [{ ref }] = await sql(muse, `SELECT encode(buyer_ref, 'hex') AS ref FROM orders WHERE id = $1`, [order.id]);
      return ref as string;
    };
    const [first, second, elsewhere] = [await refOf(buyer, shop), await refOf(buyer, shop), await refOf(buyer, other)];
    const another = await refOf(await paranoid(muse), shop);
    expect(second).toBe(first);
    expect(new Set([first, elsewhere, another]).size).toBe(3);
  });

  it('is forgotten once, however many workers find it at once', async () => {
    const session = (await shipping(await begin(buyer), { address: ZENOBIA, contact: HERS }).expect(200)).body;
    const { order, holder } = await placed(session);
    const forgotten = await Promise.all(Array.from({ length: 5 }, () => forgetFinished(muse)));
    expect(forgotten.reduce((sum, one) => sum + one)).toBe(1);
    expect((await holder.get(`/orders/${order.id}`).expect(200)).body.sealed).toEqual(order.sealed);
  });

  it('waits for its hand-offs: the order that is declared there is sealed too', async () => {
    const partner = await openPartner(muse);
    await addDescribed(buyer, partner);
    const session = (await shipping(await begin(buyer), { address: ZENOBIA, contact: HERS }).expect(200)).body;
    const { body: answer } = await place(buyer, session).expect(202);
    const status = await settled(buyer, session.id);
    const { handoffId } = status.stores.find((store: Body) => store.storeId === partner.id);
    expect(await forgetFinished(muse)).toBe(0);
    const ordered = await buyer.post(`/handoffs/${handoffId}/ordered`, { storeOrderNumber: 'ON-1' }).expect(201);
    const access = answer.orderAccess.find((one: Body) => one.storeId === partner.id);
    expect(ordered.body).toMatchObject({ id: access.orderId, sealed: {}, storeOrderNumber: 'ON-1' });
    await holderOf(muse, access).get(`/orders/${access.orderId}`).expect(200);
    expect(await forgetFinished(muse)).toBe(1);
    await buyer.get(`/handoffs/${handoffId}`).expect(404);
  });

  it('of somebody who asks for privacy too late is not placed openly', async () => {
    const open = await customer(muse);
    await addVariant(open, shop.variantIds[0]);
    const session = await giveAddress(open, (await begin(open)).id);
    await muse.http.patch('/api/v1/me').set(open.headers).send({ privacy: 'paranoid' }).expect(200);
    expect((await place(open, session).expect(409)).body.code).toBe('privacy_changed');
    expect((await begin(open)).sealed).toBe(true);
  });

  it('cannot say anything in the clear, not even by a fault of ours', async () => {
    const session = (await shipping(await begin(buyer), { address: ZENOBIA, contact: HERS }).expect(200)).body;
    const { order } = await placed(session);
    const [{ id: userId }] = await sql(muse, 'SELECT id FROM users LIMIT 1');
    for (const change of [
      ...[`buyer_user_id = '${userId}'`, `shipping_address = '{}'`, `billing_address = '{}'`, `contact = '{}'`],
      ...[`instructions = '{}'`, `key_subject_id = '${userId}'`, `buyer_ref = NULL`, `sealed = false`, `locale = 'en'`],
    ])
      await expect(sql(muse, `UPDATE orders SET ${change} WHERE id = $1`, [order.id])).rejects.toThrow(/orders_/);
    await expect(sql(muse, `UPDATE checkout_sessions SET contact = '{}' WHERE id = $1`, [session.id])).rejects.toThrow(
      'checkout_sessions_sealed_keeps_nothing',
    );
    await expect(
      sql(muse, `UPDATE store_checkouts SET instructions = '{}' WHERE session_id = $1`, [session.id]),
    ).rejects.toThrow('store_checkouts_sealed_say_nothing');
  });
});

describe('A sealed checkout with a store at which Muse types the address', () => {
  it('keeps it under a key of its own, which is destroyed when the store has decided', async () => {
    const scripted = new ScriptedStrategy('headless', false);
    const muse = await startApp({}, withStrategies(scripted));
    const store = await openPartner(muse, { tier: 'headless' });
    const buyer = await paranoid(muse);
    await addDescribed(buyer, store);
    const session = await begin(buyer);
    expect(session.requiredFields).toEqual(['/shippingAddress']);
    const at = `/checkout/sessions/${session.id}`;
    const { body } = await buyer.put(`${at}/shipping`, { address: ZENOBIA, contact: HERS }).expect(200);
    expect(body).toMatchObject({ readyToPlace: true, shippingAddress: null, stores: [{ shippingAddress: null }] });
    const row = async () =>
      (
        await sql(
          muse,
          `SELECT cs.key_subject_id, cs.shipping_address IS NOT NULL AS kept, cs.contact, k.destroyed_at IS NOT NULL AS destroyed
             FROM checkout_sessions cs JOIN data_keys k ON k.subject_id = cs.key_subject_id WHERE cs.id = $1`,
          [session.id],
        )
      )[0];
    expect(await row()).toEqual({ key_subject_id: session.id, kept: true, contact: null, destroyed: false });
    const keys = await sql(muse, 'SELECT 1 FROM data_keys WHERE subject_id = $1', [buyer.id]);
    expect(keys).toEqual([]);
    const { body: answer } = await place(buyer, body).expect(202);
    await settled(buyer, session.id);
    expect(await row()).toMatchObject({ destroyed: true });
    const access = answer.orderAccess[0];
    const { body: order } = await holderOf(muse, access).get(`/orders/${access.orderId}`).expect(200);
    expect(order).toMatchObject({ sealed: {}, shippingAddress: null, storeOrderNumber: 'ND-12345' });
    expect(await forgetFinished(muse)).toBe(1);
    expect(await sql(muse, 'SELECT 1 FROM data_keys WHERE subject_id = $1', [session.id])).toEqual([]);
  });
});
