import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { linkIn, mailTo, mailsOf } from '../support/mailbox';
import { openShop, type Shop } from '../support/market';
import {
  addVariant,
  begin,
  cartOf,
  checkoutToPlaced,
  customer,
  eventually,
  giveAddress,
  guest,
  place,
  settled,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';
import { makeKeyPair, open, type KeyPair } from '../support/sealed';
import { openStream } from '../support/sse';
import {
  buying,
  byLink,
  conversationOf,
  hide,
  openUnclaimedShop,
  said,
  say,
  selling,
  type Talker,
  type UnclaimedShop,
} from '../support/talking';

const NOTE = 'Could you send it to Maracaibo?';

describe('A store that takes no orders in Muse', () => {
  let muse: RunningApp;
  let unclaimed: UnclaimedShop;

  beforeAll(async () => {
    muse = await startApp();
    unclaimed = await openUnclaimedShop(muse);
  });

  /** Checks out everything in the cart without an address, and gives the status at the end. */
  const contact = async (shopper: Shopper, storeId = unclaimed.storeId): Promise<Body> => {
    const session = await begin(shopper);
    const { body } = await shopper
      .put(`/checkout/sessions/${session.id}/stores/${storeId}`, { note: NOTE })
      .expect(200);
    await place(shopper, body).expect(202);
    return settled(shopper, session.id);
  };
  const tokenOf = async (email: string): Promise<string> =>
    linkIn(await mailTo(muse, email, 'store_contacted'), 'conversation').token;
  const at = (talker: Talker, path = '') => `${talker.at}${path}`;

  describe('because nobody has claimed it', () => {
    let ana: Shopper;
    let status: Body;

    beforeAll(async () => {
      ana = await guest(muse);
      await addVariant(ana, unclaimed.variantIds[0], 2);
    });

    it('is shown in checkout as one to talk to: nothing is held, due, or asked for', async () => {
      const session = await begin(ana);
      expect(session).toMatchObject({
        ...{ requiredFields: [], readyToPlace: true, charge: null, total: { amount: 0 }, dueLater: { amount: 0 } },
        stores: [{ settlementOptions: [], total: { amount: 6500, currency: 'USD' }, checkout: 'in_muse' }],
        problems: [{ code: 'conversation_only', severity: 'info', storeId: unclaimed.storeId }],
      });
      expect(session.disclosures.map((one: Body) => one.code)).toEqual([
        ...['separate_sellers', 'no_arbitration', 'conversation_only'],
      ]);
      expect(await sql(muse, `SELECT FROM holds WHERE store_id = $1`, [unclaimed.storeId])).toEqual([]);
      await ana
        .put(`/checkout/sessions/${session.id}/stores/${unclaimed.storeId}`, { settlement: 'pay_now' })
        .expect(422);
    });

    it('is written to when the session is placed, and the goods stay in the cart', async () => {
      status = await contact(ana);
      expect(status).toMatchObject({
        status: 'completed',
        stores: [{ status: 'contacted', order: null, failure: null, message: 'Casa Lola has your message' }],
      });
      const [line] = (await cartOf(ana)).stores[0].items;
      expect(line).toMatchObject({ variantId: unclaimed.variantIds[0], quantity: 2 });
      expect((await cartOf(ana)).problems.map((one: Body) => one.code)).not.toContain('being_placed');
      expect((await ana.get('/orders').expect(200)).body.data).toEqual([]);
      const [message] = await said(buying(ana), status.stores[0].conversationId);
      expect(message).toMatchObject({
        ...{ seq: 1, side: 'buyer', kind: 'inquiry', body: NOTE },
        summary: {
          ...{ orderId: null, number: null, total: { amount: 6500, currency: 'USD' } },
          items: [{ productName: 'Linen dress', size: 'M', quantity: 2, lineTotal: { amount: 6000 } }],
        },
      });
    });

    it('goes on in the same conversation when it is placed again', async () => {
      const again = await contact(ana);
      expect(again.stores[0]).toMatchObject({ status: 'contacted', conversationId: status.stores[0].conversationId });
    });

    it('may be asked about what it has sold out of', async () => {
      const bea = await guest(muse);
      // While there was some it went into the cart.
      const [, variantId] = unclaimed.variantIds;
      await addVariant(bea, variantId);
      const session = await begin(bea);
      expect(session.problems.find((one: Body) => one.code === 'out_of_stock')).toMatchObject({ severity: 'info' });
      expect((await contact(bea)).stores[0].status).toBe('contacted');
    });

    it('does not keep the stores beside it from taking their orders', async () => {
      const shop = await openShop(muse);
      const bea = await customer(muse);
      await addVariant(bea, shop.variantIds[0]);
      await addVariant(bea, unclaimed.variantIds[0]);
      const session = await giveAddress(bea, (await begin(bea)).id);
      expect(session.total).toEqual({ amount: 1500, currency: 'USD' });
      expect(session.dueLater).toEqual(session.total);
      await place(bea, session).expect(202);
      const { status: whole, stores } = await settled(bea, session.id);
      expect([whole, stores.map((store: Body) => store.status)]).toEqual(['completed', ['placed', 'contacted']]);
      expect((await cartOf(bea)).stores.map((store: Body) => store.storeId)).toEqual([unclaimed.storeId]);
      expect(await shop.stockOf(shop.variantIds[0])).toEqual([99, 0]);
    });

    it('fails by itself where one side has blocked the other', async () => {
      const bea = await customer(muse);
      await addVariant(bea, unclaimed.variantIds[0]);
      const { stores } = await contact(bea);
      await bea.post(`/conversations/${stores[0].conversationId}/block`).expect(200);
      const failed = await contact(bea);
      expect(failed).toMatchObject({
        ...{ status: 'failed', stores: [{ status: 'failed', failure: { code: 'conversation_closed' } }] },
      });
      expect((await cartOf(bea)).itemCount).toBe(1);
    });

    it('takes the coupons of others for nothing', async () => {
      const admin = unclaimed.admin;
      const code = `ALL-${randomUUID().slice(0, 8)}`;
      await admin.post('/admin/coupons', { code, kind: 'percent', percent: '10', maxRedemptions: 1 }).expect(201);
      const bea = await customer(muse);
      await addVariant(bea, unclaimed.variantIds[0]);
      await bea.put('/cart/coupons', { codes: [code] }).expect(200);
      await contact(bea);
      expect(
        await sql(muse, `SELECT FROM coupon_redemptions r JOIN coupons c ON c.id = r.coupon_id WHERE c.code = $1`, [
          code,
        ]),
      ).toEqual([]);
    });
  });

  describe('by the link that its contact is mailed', () => {
    let ana: Shopper;
    let id: string;
    let shop: UnclaimedShop;
    let lola: Talker;
    let token: string;

    beforeAll(async () => {
      shop = await openUnclaimedShop(muse);
      ana = await guest(muse);
      await addVariant(ana, shop.variantIds[0]);
      id = (await contact(ana, shop.storeId)).stores[0].conversationId;
      token = await tokenOf(shop.contact);
      lola = byLink(muse, token);
    });

    it('is read and answered', async () => {
      expect((await lola.get(at(lola)).expect(200)).body).toMatchObject({
        ...{ id, unread: 1, buyer: { kind: 'guest', name: null }, lastMessage: { kind: 'inquiry', body: NOTE } },
      });
      await lola.post(at(lola, '/messages'), { body: 'With pleasure.' }).expect(201);
      expect(await conversationOf(buying(ana), id)).toMatchObject({ unread: 1, lastMessage: { side: 'merchant' } });
      const { body } = await lola.get(at(lola, '/messages')).expect(200);
      expect(body.data.map((one: Body) => one.side)).toEqual(['merchant', 'buyer']);
      const stream = await openStream(muse, lola, at(lola, '/events'));
      await say(buying(ana), id, 'Thank you');
      await stream.until(({ data }) => data.messages[0].body === 'Thank you');
      stream.close();
    });

    it('says nothing of what was written in the mail, and holds the token nowhere but in the link', async () => {
      const mail = await mailTo(muse, shop.contact, 'store_contacted');
      expect(`${mail.subject} ${mail.text} ${mail.html}`).not.toContain('Maracaibo');
      expect(mail.text).toContain('Casa Lola');
      const rows = await sql(muse, `SELECT t::text AS text FROM conversation_access_tokens t`);
      expect(rows.filter(({ text }) => text.includes(token))).toEqual([]);
    });

    it('is mailed once while nothing is read, and again for what comes after', async () => {
      const mails = async () => (await mailsOf(muse)).filter(({ to }) => to === shop.contact).length;
      await say(buying(ana), id, 'Are you there?');
      await say(buying(ana), id, 'Hello?');
      await delivered(muse);
      expect(await mails()).toBe(1);
      const { body } = await lola.get(at(lola, '/messages')).expect(200);
      await lola.post(at(lola, '/read'), { messageId: body.data[0].id }).expect(200);
      await say(buying(ana), id, 'One more thing');
      await eventually(async () => (await mails()) === 2);
    });

    it('opens this conversation, and nothing else', async () => {
      for (const path of ['/conversations', `/conversations/${id}`, '/cart', '/orders', '/me'])
        await lola.get(path).expect(401);
      await lola.get(`/merchant/stores/${shop.storeId}/conversations`).expect(401);
      await lola.post('/store-links/claim', { token }).expect(401);
      for (const wrong of [`mct_${'A'.repeat(43)}`, 'mct_x', `${token}x`])
        await byLink(muse, wrong).get('/store-links/conversation').expect(401);
      for (const caller of [ana, await customer(muse), shop.admin])
        await caller.get('/store-links/conversation').expect(403);
      await muse.http.get('/api/v1/store-links/conversation').expect(401);
    });

    it('takes no bad body', async () => {
      for (const body of [{}, { body: ' ' }, { body: 'x', jwe: {} }, { body: 'Pay to 4242424242424242' }])
        await lola.post(at(lola, '/messages'), body).expect(400);
      await lola.post(at(lola, '/read'), { messageId: 'x' }).expect(400);
      await lola.post(at(lola, '/read'), { messageId: randomUUID() }).expect(404);
    });

    it('can end it: the contact has had enough', async () => {
      await lola.post(at(lola, '/block')).expect(200);
      await ana.post(`/conversations/${id}/messages`, { body: 'x' }).expect(409);
      await lola.post(at(lola, '/unblock')).expect(200);
      await say(buying(ana), id, 'Sorry');
    });

    it('is over after 180 days', async () => {
      const [link] = await sql(
        muse,
        `SELECT expires_at - created_at AS life FROM conversation_access_tokens WHERE conversation_id = $1 LIMIT 1`,
        [id],
      );
      expect(link.life).toMatchObject({ days: 180 });
      const bea = await guest(muse);
      await addVariant(bea, shop.variantIds[0]);
      const { stores } = await contact(bea, shop.storeId);
      const own = byLink(muse, await eventually(() => tokenTo(muse, shop.contact, stores[0].conversationId)));
      expect((await own.get(at(own)).expect(200)).body.id).toBe(stores[0].conversationId);
      await sql(muse, `UPDATE conversation_access_tokens SET expires_at = now() WHERE conversation_id = $1`, [
        stores[0].conversationId,
      ]);
      await own.get(at(own)).expect(401);
    });

    it('ends when the contact changes, and the new one is told of what is unread', async () => {
      const email = `new-${shop.contact}`;
      const path = `/admin/stores/${shop.storeId}/contact`;
      await ana.put(path, { email }).expect(403);
      await shop.admin.put(path, { email: 'nobody' }).expect(400);
      await shop.admin.put(`/admin/stores/${randomUUID()}/contact`, { email }).expect(404);
      const { body } = await shop.admin.put(path, { email }).expect(200);
      expect(body.contactEmail).toBe(email);
      await lola.get(at(lola)).expect(401);
      const next = byLink(muse, await tokenOf(email));
      expect((await next.get(at(next)).expect(200)).body).toMatchObject({ store: { id: shop.storeId } });
    });
  });

  describe('and is reached by its key', () => {
    let ofLola: KeyPair;
    let shop: UnclaimedShop;
    let ana: Shopper;
    let id: string;
    const asked = (storeId = shop.storeId) => muse.http.post(`/api/v1/store-links/stores/${storeId}`);
    const links = async (pair = ofLola): Promise<Body[]> => {
      const { sealed } = (await asked().expect(200)).body;
      return (await open(sealed, pair, ['muse', shop.storeId, shop.storeId, 'storeLinks'])).links;
    };

    beforeAll(async () => {
      ofLola = await makeKeyPair('X25519');
      shop = await openUnclaimedShop(muse, { key: { jwk: ofLola.jwk, kid: 'of-lola' } });
      ana = await guest(muse);
    });

    it('publishes that key, for which things are sealed', async () => {
      const { body } = await ana.get(`/stores/${shop.storeId}/keys`).expect(200);
      expect(body.keys).toMatchObject([{ kid: 'of-lola', active: true }]);
    });

    it('gives its holder alone a link to each conversation, the same again, whoever asks', async () => {
      const before = (await asked().expect(200)).body.sealed;
      expect(await links()).toEqual([]);
      await addVariant(ana, shop.variantIds[0]);
      id = (await contact(ana, shop.storeId)).stores[0].conversationId;
      const after = (await asked().expect(200)).body.sealed;
      // How many there are is not to be seen.
      expect(after.ciphertext).toHaveLength(before.ciphertext.length);
      expect(await links()).toEqual([{ conversationId: id, token: expect.stringMatching(/^mct_[A-Za-z0-9_-]{43}$/) }]);
      expect(await links()).toEqual(await links());
      await expect(links(await makeKeyPair('X25519'))).rejects.toThrow('decryption');
      const rows = await sql(muse, `SELECT FROM conversation_access_tokens WHERE conversation_id = $1`, [id]);
      expect(rows).toHaveLength(1);
    });

    it('is read and answered by it, and nobody is mailed', async () => {
      const lola = byLink(muse, (await links())[0].token);
      expect((await lola.get(at(lola)).expect(200)).body).toMatchObject({ id, unread: 1, lastMessage: { body: NOTE } });
      await lola.post(at(lola, '/messages'), { body: 'With pleasure.' }).expect(201);
      expect(await conversationOf(buying(ana), id)).toMatchObject({ unread: 1, lastMessage: { side: 'merchant' } });
      await delivered(muse);
      const mails = await sql(muse, `SELECT FROM mails WHERE subject_id = $1`, [shop.storeId]);
      expect(mails).toEqual([]);
    });

    it('gives none of stores that are not reached so, or that there are not', async () => {
      for (const storeId of [unclaimed.storeId, (await openShop(muse)).storeId, randomUUID()])
        await asked(storeId).expect(404);
      await asked('x').expect(400);
    });

    it('ends with another contact, who is told of what is unread', async () => {
      const lola = byLink(muse, (await links())[0].token);
      await say(buying(ana), id, 'Are you there?');
      const path = `/admin/stores/${shop.storeId}/contact`;
      await shop.admin.put(path, {}).expect(400);
      await shop.admin.put(path, { key: { jwk: { ...ofLola.jwk, d: 'AAAA' } } }).expect(400);
      const email = `by-mail-${shop.contact}`;
      const { body } = await shop.admin.put(path, { email }).expect(200);
      expect(body).toMatchObject({ contactEmail: email, contactKey: false });
      await lola.get(at(lola)).expect(401);
      await asked().expect(404);
      const { keys } = (await ana.get(`/stores/${shop.storeId}/keys`).expect(200)).body;
      expect(keys).toMatchObject([{ kid: 'of-lola', active: false }]);
      const next = byLink(muse, await tokenOf(email));
      expect((await next.get(at(next)).expect(200)).body.id).toBe(id);
    });

    it('is claimed by it', async () => {
      const pair = await makeKeyPair();
      const { body } = await shop.admin
        .put(`/admin/stores/${shop.storeId}/contact`, { key: { jwk: pair.jwk } })
        .expect(200);
      expect(body).toMatchObject({ contactEmail: null, contactKey: true });
      const [{ token }] = (await links(pair)) as [Body];
      const lola = await customer(muse);
      const { body: claimed } = await lola.post('/store-links/claim', { token }).expect(200);
      expect(claimed).toMatchObject({ id: shop.storeId, contactEmail: null, contactKey: false });
      await asked().expect(404);
      const merchant = selling({ merchant: lola, storeId: shop.storeId });
      expect(await conversationOf(merchant, id)).toMatchObject({ id });
    });
  });

  describe('claimed by whoever holds the link', () => {
    it('becomes a merchant store of theirs, with its conversations, and takes orders', async () => {
      const shop = await openUnclaimedShop(muse);
      const ana = await customer(muse);
      await addVariant(ana, shop.variantIds[0]);
      const { stores } = await contact(ana, shop.storeId);
      const id = stores[0].conversationId;
      const token = await tokenOf(shop.contact);
      const lola = await customer(muse);
      await lola.post('/store-links/claim', { token: `mct_${'A'.repeat(43)}` }).expect(404);
      await lola.post('/store-links/claim', { token: 'x' }).expect(404);
      await lola.post('/store-links/claim', {}).expect(400);
      await (await guest(muse)).post('/store-links/claim', { token }).expect(403);
      await muse.http.post('/api/v1/store-links/claim').send({ token }).expect(401);
      // An admin kept its goods, and never read its messages.
      await shop.admin.get(`/merchant/stores/${shop.storeId}/conversations`).expect(404);
      await shop.admin.get(`/merchant/stores/${shop.storeId}/conversations/${id}`).expect(404);

      const { body } = await lola.post('/store-links/claim', { token }).expect(200);
      expect(body).toMatchObject({ id: shop.storeId, kind: 'merchant', contactEmail: null });
      const merchant = selling({ merchant: lola, storeId: shop.storeId });
      expect(await conversationOf(merchant, id)).toMatchObject({ unread: 1, buyer: { name: 'Test' } });
      await say(merchant, id, 'It is mine now');
      await byLink(muse, token).get('/store-links/conversation').expect(401);
      await (await customer(muse)).post('/store-links/claim', { token }).expect(404);
      await shop.admin.get(`/merchant/stores/${shop.storeId}/products`).expect(404);
      await shop.admin.put(`/admin/stores/${shop.storeId}/contact`, { email: 'x@example.com' }).expect(404);

      const placed = await checkoutToPlaced(ana);
      expect(placed.stores[0]).toMatchObject({ status: 'placed' });
      const order = await eventually(async () => {
        const { body: read } = await ana.get(`/orders/${placed.stores[0].order.id}`).expect(200);
        return read.conversationId !== null && read;
      });
      expect(order.conversationId).toBe(id);
      expect((await said(merchant, id)).map(({ kind }) => kind)).toEqual(['inquiry', 'text', 'order']);
      const [event] = await sql(muse, `SELECT payload FROM events WHERE type = 'store.claimed' AND aggregate_id = $1`, [
        shop.storeId,
      ]);
      expect(event.payload).toEqual({ storeId: shop.storeId });
    });

    it('is one person’s, of all who claim it at once', async () => {
      const shop = await openUnclaimedShop(muse);
      const ana = await guest(muse);
      await addVariant(ana, shop.variantIds[0]);
      await contact(ana, shop.storeId);
      const token = await tokenOf(shop.contact);
      const claimers = await Promise.all(Array.from({ length: 4 }, () => customer(muse)));
      const answers = await Promise.all(claimers.map((one) => one.post('/store-links/claim', { token })));
      expect(statusesOf(answers)).toEqual([200, 404, 404, 404]);
      const [store] = await sql(muse, `SELECT owner_user_id FROM stores WHERE id = $1`, [shop.storeId]);
      expect(store.owner_user_id).toBe(claimers[answers.findIndex(({ status }) => status === 200)]!.id);
    });

    it('stays a conversation for what was agreed as one before', async () => {
      const shop = await openUnclaimedShop(muse);
      const [ana, bea] = [await guest(muse), await guest(muse)];
      await addVariant(bea, shop.variantIds[0]);
      await contact(bea, shop.storeId);
      await addVariant(ana, shop.variantIds[0]);
      const session = await begin(ana);
      const lola = await customer(muse);
      await lola.post('/store-links/claim', { token: await tokenOf(shop.contact) }).expect(200);
      await place(ana, session).expect(202);
      expect((await settled(ana, session.id)).stores[0]).toMatchObject({ status: 'contacted', order: null });
    });
  });

  describe('because its owner asked for privacy', () => {
    let shop: Shop;

    beforeAll(async () => {
      shop = await openShop(muse);
      // What this process knows of the store is of before.
      const first = await customer(muse);
      await addVariant(first, shop.variantIds[0]);
      expect((await checkoutToPlaced(first)).stores[0].status).toBe('placed');
      await hide(muse, shop.merchant.id);
    });

    it('is contacted, and its merchant answers', async () => {
      const ana = await customer(muse);
      await addVariant(ana, shop.variantIds[0]);
      const { stores } = await contact(ana, shop.storeId);
      expect(stores[0]).toMatchObject({ status: 'contacted', order: null });
      const merchant = selling(shop);
      await say(merchant, stores[0].conversationId, 'Let us talk');
      expect(await conversationOf(buying(ana), stores[0].conversationId)).toMatchObject({ unread: 1 });
      expect(await shop.stockOf(shop.variantIds[0])).toEqual([99, 0]);
    });

    it('is contacted too where it took orders until after the checkout began, and sets the stock free', async () => {
      const other = await openShop(muse);
      const ana = await customer(muse);
      await addVariant(ana, other.variantIds[0], 3);
      const session = await giveAddress(ana, (await begin(ana)).id);
      expect(await other.stockOf(other.variantIds[0])).toEqual([100, 3]);
      await hide(muse, other.merchant.id);
      await place(ana, session).expect(202);
      expect((await settled(ana, session.id)).stores[0]).toMatchObject({ status: 'contacted', order: null });
      expect(await other.stockOf(other.variantIds[0])).toEqual([100, 0]);
      expect((await cartOf(ana)).itemCount).toBe(1);
    });
  });

  describe('made by an admin', () => {
    it('is made by nobody else, and with a contact', async () => {
      const body = { name: 'Casa', currency: 'USD', country: 'VE', contact: { email: 'casa@shop.example' } };
      for (const caller of [await customer(muse), await guest(muse)])
        await caller.post('/admin/stores/unclaimed', body).expect(403);
      await unclaimed.admin.post('/admin/stores/unclaimed', { ...body, contact: undefined }).expect(400);
      for (const wrong of [{ email: 'x' }, {}, { key: {} }, { key: { jwk: { kty: 'EC' } } }])
        await unclaimed.admin.post('/admin/stores/unclaimed', { ...body, contact: wrong }).expect(400);
      const { body: made } = await unclaimed.admin.post('/admin/stores/unclaimed', body).expect(201);
      expect(made).toMatchObject({ kind: 'merchant', tier: 'direct', contactEmail: 'casa@shop.example' });
      const { body: shown } = await muse.http.get(`/api/v1/stores/${made.id}`).expect(200);
      expect(JSON.stringify(shown)).not.toContain('casa@shop.example');
    });
  });
});

/** Of the links mailed to an address, the one that opens this conversation. */
async function tokenTo(muse: RunningApp, email: string, conversationId: string): Promise<string | undefined> {
  for (const mail of (await mailsOf(muse)).filter(({ to }) => to === email)) {
    const { token } = linkIn(mail, 'conversation');
    const { body } = await byLink(muse, token).get('/store-links/conversation');
    if (body.id === conversationId) return token;
  }
  return undefined;
}

/** Until every event so far has been heard. */
async function delivered(muse: RunningApp): Promise<void> {
  await eventually(async () => {
    const rows = await sql(muse, `SELECT 1 FROM event_deliveries WHERE delivered_at IS NULL LIMIT 1`);
    return rows.length === 0;
  });
}
