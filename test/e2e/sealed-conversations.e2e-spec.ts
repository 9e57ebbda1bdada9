import { randomBytes } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import { signIn } from '../support/sellers';
import {
  addVariant,
  begin,
  checkoutToPlaced,
  customer,
  guest,
  orderOf,
  place,
  settled,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import {
  ask,
  buying,
  conversationOf,
  hide,
  said,
  selling,
  threadOf,
  type Talker,
  openUnclaimedShop,
} from '../support/talking';
import { forgetFinished, makeKeyPair, publishKey } from '../support/sealed';
import { wayFrom } from '../support/walk';
import { orderToken } from '../support/world';

/** As a client would have sealed it: Muse looks at the form only. */
const jwe = () => {
  const text = (bytes: number) => randomBytes(bytes).toString('base64url');
  const epk = { kty: 'EC', crv: 'P-256', x: text(32), y: text(32) };
  return {
    ...{
      protected: Buffer.from('{"enc":"A256GCM"}').toString('base64url'),
      iv: text(12),
      tag: text(16),
      ciphertext: text(80),
    },
    recipients: [{ header: { alg: 'ECDH-ES+A256KW', epk }, encrypted_key: text(40) }],
  };
};

describe('A sealed conversation', () => {
  let muse: RunningApp;
  let shop: Shop;
  let ana: Shopper;
  let buyer: Talker;
  let merchant: Talker;
  let id: string;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
    const account = await customer(muse);
    await hide(muse, account.id);
    ana = shopperOf(muse, account.id, await signIn(muse, account));
    [buyer, merchant] = [buying(ana), selling(shop)];
  });

  it('is what somebody who asked for privacy opens, and with nothing in the clear', async () => {
    const { body: refused } = await ana
      .post('/conversations', { storeId: shop.storeId, body: 'Planted words' })
      .expect(422);
    expect(refused.code).toBe('message_must_be_sealed');
    expect(await sql(muse, `SELECT FROM conversations WHERE store_id = $1`, [shop.storeId])).toEqual([]);
    const first = jwe();
    const { body } = await ana.post('/conversations', { storeId: shop.storeId, jwe: first }).expect(201);
    ({ id } = body);
    expect(body).toMatchObject({ sealed: true, buyer: { kind: 'sealed', name: null } });
    expect((await ana.post('/conversations', { storeId: shop.storeId, jwe: jwe() }).expect(201)).body.id).toBe(id);
    expect((await said(merchant, id)).map((one) => [one.seq, one.body])).toEqual([
      [1, null],
      [2, null],
    ]);
    expect((await said(merchant, id))[0]).toMatchObject({ jwe: first, erased: false });
  });

  it('is sealed by both sides, read and blocked as any other', async () => {
    for (const talker of [buyer, merchant]) {
      const { body } = await talker.post(`${talker.at}/${id}/messages`, { body: 'Planted words' }).expect(422);
      expect(body.code).toBe('message_must_be_sealed');
      await talker.post(`${talker.at}/${id}/messages`, { jwe: jwe() }).expect(201);
    }
    const { messages, unread } = await conversationOf(buyer, id);
    expect([unread, messages[0].side]).toEqual([1, 'merchant']);
    await buyer.post(`${buyer.at}/${id}/read`, { messageId: messages[0].id }).expect(200);
    await buyer
      .post(`${buyer.at}/${id}/messages/${messages[0].id}/report`, { reason: 'abuse', detail: 'Words' })
      .expect(422);
    await buyer.post(`${buyer.at}/${id}/messages/${messages[0].id}/report`, { reason: 'abuse' }).expect(201);
    await merchant.post(`${merchant.at}/${id}/block`).expect(200);
    await buyer.post(`${buyer.at}/${id}/messages`, { jwe: jwe() }).expect(409);
    await merchant.post(`${merchant.at}/${id}/unblock`).expect(200);
  });

  it('names nobody beside what is sealed: no key by kid but the store’s', async () => {
    await publishKey(shop, 'of-the-store');
    await ana.put('/me/keys', { jwk: (await makeKeyPair()).jwk, kid: 'of-ana' }).expect(200);
    const named = (kid: string) => {
      const sealed = jwe();
      return {
        jwe: { ...sealed, recipients: sealed.recipients.map((one) => ({ ...one, header: { ...one.header, kid } })) },
      };
    };
    for (const talker of [buyer, merchant]) {
      await talker.post(`${talker.at}/${id}/messages`, named('of-ana')).expect(400);
      await talker.post(`${talker.at}/${id}/messages`, { jwe: { ...jwe(), unprotected: { from: 'Ana' } } }).expect(400);
      await talker.post(`${talker.at}/${id}/messages`, named('of-the-store')).expect(201);
    }
    await ana.post('/conversations', { storeId: shop.storeId, ...named('of-ana') }).expect(400);
  });

  it('stands among the store’s and in no list of the buyer, to whom no row of it leads', async () => {
    const { body: ofStore } = await merchant.get(merchant.at).expect(200);
    expect(ofStore.data.map((one: Body) => one.id)).toContain(id);
    expect((await ana.get('/conversations').expect(200)).body.data).toEqual([]);
    const { body: found } = await ana.get(`/conversations?storeId=${shop.storeId}`).expect(200);
    expect(found.data.map((one: Body) => one.id)).toEqual([id]);
    const rows = await sql(
      muse,
      `SELECT c::text AS text FROM conversations c UNION ALL SELECT m::text FROM messages m UNION ALL SELECT r::text FROM message_reports r
       UNION ALL SELECT e::text FROM events e WHERE type LIKE 'conversation.%'`,
    );
    for (const { text } of rows) expect(text).not.toMatch(new RegExp(`${ana.id}|Planted`));
  });

  it('is opened by nobody else, and by another’s reference at no other store', async () => {
    const other = await openShop(muse);
    const { body } = await ana.post('/conversations', { storeId: other.storeId, jwe: jwe() }).expect(201);
    expect(body.id).not.toBe(id);
    for (const stranger of [await customer(muse), await guest(muse)])
      await stranger.get(`/conversations/${id}`).expect(404);
    await merchant.get(`${merchant.at}/${body.id}`).expect(404);
    const [references] = await sql(
      muse,
      `SELECT count(DISTINCT buyer_ref)::int AS n FROM conversations WHERE id IN ($1, $2)`,
      [id, body.id],
    );
    expect(references.n).toBe(2);
  });

  it.each<[string, string, string]>([
    [
      'a buyer by name',
      `UPDATE conversations SET shopper_id = (SELECT id FROM shoppers LIMIT 1) WHERE id = $1`,
      'conversations_sealed_name_nobody',
    ],
    [
      'a body under a key of Muse',
      `UPDATE messages SET body = '{"v":1,"k":"k","iv":"i","ct":"c","tag":"t"}', key_subject_id = uuidv7(), jwe = NULL WHERE conversation_id = $1`,
      'messages_sealed_are_not_plain',
    ],
    [
      'a message that is not marked as sealed',
      `UPDATE messages SET sealed = false WHERE conversation_id = $1`,
      'messages_conversation',
    ],
    [
      'words in the clear',
      `UPDATE messages SET jwe = '{"text":"words"}' WHERE conversation_id = $1`,
      'messages_jwe_is_general',
    ],
  ])('cannot hold %s', async (_, text, constraint) => {
    await expect(sql(muse, text, [id])).rejects.toMatchObject({ constraint });
  });

  it('may hold what is sealed beside plain words where it is an open one', async () => {
    const bea = await customer(muse);
    const { id: open } = await ask(bea, shop.storeId);
    await merchant.post(`${merchant.at}/${open}/messages`, { jwe: jwe() }).expect(201);
    await expect(
      sql(muse, `UPDATE messages SET body = '{"v":1,"text":"words"}' WHERE conversation_id = $1`, [open]),
    ).rejects.toMatchObject({
      constraint: 'messages_body_is_sealed',
    });
  });

  it('is not needed for who asks for privacy later to say nothing in the clear: the open one takes sealed words alone', async () => {
    const account = await customer(muse);
    const { id: open } = await ask(account, shop.storeId);
    await hide(muse, account.id);
    const hidden = buying(shopperOf(muse, account.id, await signIn(muse, account)));
    const { body: refused } = await hidden.post(`${hidden.at}/${open}/messages`, { body: 'Planted words' }).expect(422);
    expect(refused.code).toBe('message_must_be_sealed');
    await hidden.post(`${hidden.at}/${open}/messages`, { jwe: jwe() }).expect(201);
  });

  it('is what a checkout of people who asked for privacy leaves, and no order, nor a way to who asked', async () => {
    const quiet = await openShop(muse);
    await publishKey(quiet);
    await hide(muse, quiet.merchant.id);
    const unclaimed = await openUnclaimedShop(muse);
    await addVariant(ana, quiet.variantIds[0]);
    await addVariant(ana, unclaimed.variantIds[0]);
    const session = await begin(ana);
    expect(session).toMatchObject({ sealed: true, requiredFields: [], readyToPlace: true });
    await ana.put(`/checkout/sessions/${session.id}/stores/${quiet.storeId}`, { note: 'Planted words' }).expect(200);
    const { body } = await ana.get(`/checkout/sessions/${session.id}`).expect(200);
    await place(ana, body).expect(202);
    const status = await settled(ana, session.id);
    expect(status.stores.map((store: Body) => [store.status, store.order])).toEqual([
      ['contacted', null],
      ['contacted', null],
    ]);
    expect(await forgetFinished(muse)).toBeGreaterThan(0);
    for (const { storeId } of [quiet, unclaimed]) {
      const { body: found } = await ana.get(`/conversations?storeId=${storeId}`).expect(200);
      const [conversation] = found.data;
      expect(conversation).toMatchObject({ sealed: true, orders: [], lastMessage: { kind: 'inquiry', body: null } });
      const isStores = ({ text }: { text: string }) => text.includes(quiet.merchant.id);
      expect(await wayFrom(muse.database, conversation.id, [ana.id], isStores)).toBeUndefined();
    }
    const { body: of } = await quiet.merchant.get(`/merchant/stores/${quiet.storeId}/conversations`).expect(200);
    expect(of.data[0].lastMessage.jwe.recipients[0].header.kid).toBe('k1');
  });

  it('is open to the token that stands for the buyer of one of its orders, and not to one that only looks', async () => {
    const bea = await customer(muse);
    await addVariant(bea, shop.variantIds[0]);
    const order = await orderOf(bea, await checkoutToPlaced(bea));
    const thread = await threadOf(bea, order.id);
    const token = await orderToken(muse, order.id);
    const holder = buying(shopperOf(muse, 'token', { authorization: `Bearer ${token}` }));
    await holder.get(`${holder.at}/${thread}`).expect(404);
    await holder.post(`${holder.at}/${thread}/messages`, { body: 'x' }).expect(404);
    await sql(muse, `UPDATE order_access_tokens SET acts = true WHERE order_id = $1`, [order.id]);
    expect(await conversationOf(holder, thread)).toMatchObject({ id: thread, orders: [{ id: order.id }] });
    await holder.post(`${holder.at}/${thread}/messages`, { body: 'By the token' }).expect(201);
    expect((await said(merchant, thread)).at(-1)).toMatchObject({ side: 'buyer', body: 'By the token' });
    await holder.get(`${holder.at}/${id}`).expect(404);
    await holder.get('/conversations').expect(401);
    await holder.post('/conversations', { storeId: shop.storeId, body: 'x' }).expect(401);
  });
});
