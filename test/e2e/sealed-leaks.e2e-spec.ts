import { randomUUID } from 'node:crypto';
import type { RunningApp } from '../support/app';
import { keepSecret } from '../support/leaks';
import { openPartner, type Shop } from '../support/market';
import { openPayableShop, pay, paymentIs, startWithWebhooks, statusIs } from '../support/payments';
import { threadOf } from '../support/talking';
import {
  forgetFinished,
  holderOf,
  makeKeyPair,
  once,
  paranoid,
  publishKey,
  sealedWords,
  type KeyPair,
} from '../support/sealed';
import {
  ADDRESS,
  addDescribed,
  addVariant,
  begin,
  customer,
  eventually,
  guest,
  place,
  readySession,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import type { StripeDouble } from '../support/stripe-double';
import { rowsOf, wayFrom } from '../support/walk';

/** What a buyer says that nobody but the store may ever read. Each is looked for in every row, log line and error. */
const PLANTED = {
  name: 'Zenobia Quartz-Plantagenet',
  line1: '77 Unmistakable Lane',
  line2: 'Flat Nevermore',
  email: 'zenobia.planted@quartz.example',
  phone: '+1 999 555 0177',
  note: 'Murmur by the third lantern',
  gift: 'Whisper to the heron',
  courier: 'Hush behind the ivy',
  message: 'Rustle past the sundial',
};

describe('After sealed checkouts', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let shop: Shop;
  let ofShop: KeyPair;

  beforeAll(async () => {
    // From here on the log, each error and, at the end of this file, each column of the database is searched for these.
    for (const [name, value] of Object.entries(PLANTED)) keepSecret(`the planted ${name}`, value);
    ({ muse, stripe } = await startWithWebhooks());
    shop = await openPayableShop(muse, stripe);
    ofShop = await publishKey(shop);
  }, 60_000);

  const { name, line1, line2, email, phone, note, gift, courier } = PLANTED;
  const address = { ...ADDRESS, name, line1, line2, phone };

  /** Buys at a shop that is paid now and at a partner store, pays by a card, and cancels; gives what nothing may lead to. */
  const buysSealed = async (buyer: Shopper, sealed: object) => {
    const partner = await openPartner(muse);
    // An open checkout before, given up for the sealed one: its rows say whose it was.
    await addVariant(buyer, shop.variantIds[0], 2);
    await addVariant(buyer, shop.variantIds[1]);
    const [cart] = (await buyer.get('/cart').expect(200)).body.stores;
    await begin(buyer, { itemIds: [cart.items[0].id] });
    await addDescribed(buyer, partner);
    const key = { 'idempotency-key': randomUUID() };
    const { body: session } = await buyer.post('/checkout/sessions', sealed, key).expect(201);
    const at = `/checkout/sessions/${session.id}`;
    await buyer.put(`${at}/shipping`, { address, billingAddress: address, contact: { email, phone } }).expect(200);
    const words = { note, gift: { message: gift }, deliveryNote: courier };
    await buyer.put(`${at}/stores/${shop.storeId}`, words).expect(200);
    // Declined first, so that a second method is given.
    await pay(buyer, session.id, 'pm_card_chargeDeclinedInsufficientFunds').expect(200);
    const first = await buyer.post(`${at}/refresh`, undefined, key).expect(200);
    const { body: answer } = await place(buyer, first.body, key['idempotency-key']).expect(202);
    await statusIs(buyer, session.id, 'action_required');
    const { body: paid } = await pay(buyer, session.id).expect(200);
    await place(buyer, paid).expect(202);
    const status = await statusIs(buyer, session.id, 'completed');
    const access = answer.orderAccess.find((one: Body) => one.storeId === shop.storeId);
    const holder = holderOf(muse, access);
    await paymentIs(holder, access.orderId, 'paid');
    const { handoffId } = status.stores.find((store: Body) => store.storeId === partner.id);
    const once = { 'idempotency-key': randomUUID() };
    const orderIds = [access.orderId as string];
    if ('sealed' in sealed) {
      const { body: declared } = await buyer
        .post(`/handoffs/${handoffId}/ordered`, { storeOrderNumber: 'ON-77' }, once)
        .expect(201);
      orderIds.push(declared.id);
    } else await buyer.post(`/handoffs/${handoffId}/abandon`, undefined, once).expect(200);
    return { sessionId: session.id as string, orderIds, holder };
  };

  const nobodyReads = async (): Promise<void> => {
    const rows = await rowsOf(muse.database);
    for (const [what, value] of Object.entries(PLANTED)) {
      const holding = rows.filter(({ text }) => text.includes(value));
      expect([what, [...new Set(holding.map(({ table }) => table))]]).toEqual([what, []]);
    }
  };
  /** The merchant and the shop are known to everybody. */
  const ofMerchant = ({ table, text }: { table: string; text: string }) =>
    ['users', 'shoppers'].includes(table) ? text.includes(shop.merchant.id) : text.includes('"subject_kind":"store"');

  it.each<[string, () => Promise<Shopper>, object]>([
    ['a user with privacy', () => paranoid(muse), {}],
    ['a guest who asks for it', () => guest(muse), { sealed: true }],
  ])(
    'nothing that %s said stands anywhere, and nothing leads from the order to them',
    async (_, makeBuyer, sealed) => {
      const buyer = await makeBuyer();
      const own = await makeKeyPair();
      if (!('sealed' in sealed)) await buyer.put('/me/keys', { jwk: own.jwk, kid: `own-${buyer.id}` }).expect(200);
      // Somebody else buys openly at the same time and place.
      const other = await customer(muse);
      await addVariant(other, shop.variantIds[0]);
      await readySession(other);

      const { sessionId, orderIds, holder } = await buysSealed(buyer, sealed);
      const [orderId] = orderIds as [string];
      await nobodyReads();
      // Of each request with a key it is kept that it happened, and not by whom.
      const ofBuyer = `SELECT 1 FROM idempotency_keys WHERE caller_id = $1 AND route ~ 'checkout|handoffs'`;
      expect(await sql(muse, ofBuyer, [buyer.id])).toEqual([]);
      const hidden = await sql(muse, `SELECT 1 FROM idempotency_keys WHERE response IS NULL`);
      expect(hidden.length).toBeGreaterThanOrEqual(5);
      const carts = await sql(muse, 'SELECT id FROM carts WHERE shopper_id = $1', [buyer.id]);
      const targets = [buyer.id, ...carts.map((cart) => cart.id as string)];
      if ('email' in buyer) targets.push((buyer as Shopper & { email: string }).email);
      // While the session stands it has to know whose it is: the walk finds that.
      expect(await wayFrom(muse.database, orderId, targets, ofMerchant)).toBeDefined();
      expect(await forgetFinished(muse)).toBeGreaterThan(0);
      for (const id of orderIds) expect(await wayFrom(muse.database, id, targets, ofMerchant)).toBeUndefined();
      expect(await wayFrom(muse.database, sessionId, targets, ofMerchant)).toBeUndefined();

      // What comes afterwards leads there no more than what came before.
      await shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${orderId}/confirm`).expect(200);
      await holder.put(`/orders/${orderId}/cancel`, {}).expect(200);
      await paymentIs(holder, orderId, 'refunded');
      // They talk, by the token of the order and by their own: sealed, once and again.
      const thread = await threadOf(holder, orderId);
      const openers = [{ pair: ofShop, kid: 'k1' }, { pair: own }];
      const words = { jwe: await sealedWords([thread, shop.storeId, 'buyer'], openers, PLANTED.message) };
      for (const who of [holder, buyer]) {
        const key = once();
        const said = await who.post(`/conversations/${thread}/messages`, words, key).expect(201);
        const again = await who.post(`/conversations/${thread}/messages`, words, key).expect(201);
        expect(again.body.id).toBe(said.body.id);
      }
      const { body: talk } = await buyer.get(`/conversations/${thread}`).expect(200);
      expect(talk).toMatchObject({ sealed: true, buyer: { kind: 'sealed', name: null }, orders: [{ id: orderId }] });
      expect(talk.messages.at(-1)).toMatchObject({ kind: 'order', body: null, jwe: { recipients: expect.any(Array) } });
      await addVariant(buyer, shop.variantIds[0]);
      await begin(buyer, sealed);
      expect(await wayFrom(muse.database, orderId, targets, ofMerchant)).toBeUndefined();
      await nobodyReads();
    },
    120_000,
  );

  it('whom an open order belongs to is found by the same walk', async () => {
    const buyer = await customer(muse);
    await addVariant(buyer, shop.variantIds[0]);
    const { body } = await pay(buyer, (await readySession(buyer)).id).expect(200);
    await place(buyer, body).expect(202);
    const status = await statusIs(buyer, body.id, 'completed');
    const way = await wayFrom(muse.database, status.stores[0].order.id, [buyer.id], ofMerchant);
    expect(way).toBeDefined();
  });

  it('nobody is written to, while the merchant is', async () => {
    const placed = await sql(
      muse,
      `SELECT e.id FROM events e JOIN orders o ON o.id = e.aggregate_id WHERE o.sealed AND e.type LIKE 'order.%'`,
    );
    const told = await eventually(async () => {
      const waiting = `SELECT 1 FROM event_deliveries WHERE consumer = 'notifications.mail' AND status = 'pending'`;
      const ids = placed.map(({ id }) => id as string);
      return (
        (await sql(muse, waiting)).length === 0 && sql(muse, 'SELECT kind FROM mails WHERE cause_id = ANY ($1)', [ids])
      );
    });
    expect([...new Set(told.map((mail: Body) => mail.kind))]).toEqual(['merchant_order']);
  });
});
