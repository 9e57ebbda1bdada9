import { randomUUID } from 'node:crypto';
import { placeOfMessage } from '../../src/messaging/sealed-words';
import type { SealedJwe } from '../../src/platform/crypto';
import { startApp, type RunningApp } from '../support/app';
import { keepSecret } from '../support/leaks';
import { openShop, type Shop } from '../support/market';
import { signIn } from '../support/sellers';
import {
  addVariant,
  begin,
  checkoutToPlaced,
  customer,
  eventually,
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
  told,
  type Talker,
  openUnclaimedShop,
} from '../support/talking';
import {
  forgetFinished,
  makeKeyPair,
  open,
  publishKey,
  sealedWords,
  type KeyPair,
  type Opener,
} from '../support/sealed';
import { openStream } from '../support/sse';
import { rowsOf, wayFrom } from '../support/walk';
import { orderToken } from '../support/world';

const ANA = { kty: 'OKP', crv: 'X25519', x: 'Ana lives here' };
const PLANTED_NOTE = 'Leave it with Planted Paola behind the blue gate';
const said64 = Buffer.from(JSON.stringify({ enc: 'A256GCM', sub: 'Ana' })).toString('base64url');

function withHeader(jwe: SealedJwe, more: object): object {
  const recipients = jwe.recipients.map(({ header, ...one }) => ({ ...one, header: { ...header, ...more } }));
  return { ...jwe, recipients };
}

describe('A sealed conversation', () => {
  let muse: RunningApp;
  let shop: Shop;
  let ana: Shopper;
  let buyer: Talker;
  let merchant: Talker;
  let ofAna: KeyPair;
  let ofShop: KeyPair;
  const id = randomUUID();

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
    const account = await customer(muse);
    await hide(muse, account.id);
    ana = shopperOf(muse, account.id, await signIn(muse, account));
    [buyer, merchant] = [buying(ana), selling(shop)];
    [ofAna, ofShop] = [await makeKeyPair(), await makeKeyPair('X25519')];
  });

  /** What a side says here, for a key without a name unless it says for which. */
  const words = (side: 'buyer' | 'merchant', openers: Opener[] = [{ pair: ofAna }], of = id, at = shop.storeId) =>
    sealedWords([of, at, side], openers);
  const asMerchant = (talker: Talker) => (talker === merchant ? 'merchant' : 'buyer');

  it('is what somebody who asked for privacy opens, with an id of their own and nothing in the clear', async () => {
    const { body: refused } = await ana
      .post('/conversations', { storeId: shop.storeId, body: 'Planted words' })
      .expect(422);
    expect(refused.code).toBe('message_must_be_sealed');
    const first = await words('buyer');
    const { body: unbound } = await ana.post('/conversations', { storeId: shop.storeId, jwe: first }).expect(400);
    expect(unbound.errors[0].pointer).toBe('/id');
    expect(await sql(muse, `SELECT FROM conversations WHERE store_id = $1`, [shop.storeId])).toEqual([]);
    const { body } = await ana.post('/conversations', { storeId: shop.storeId, id, jwe: first }).expect(201);
    expect(body).toMatchObject({ id, sealed: true, buyer: { kind: 'sealed', name: null } });
    // Where there is one, that one is meant, whichever id is chosen for another.
    const more = { storeId: shop.storeId, id: randomUUID(), jwe: await words('buyer') };
    expect((await ana.post('/conversations', more).expect(201)).body.id).toBe(id);
    const elsewhere = { ...more, jwe: await words('buyer', undefined, more.id) };
    const { body: bound } = await ana.post('/conversations', elsewhere).expect(400);
    expect(bound.errors[0].detail).toContain(JSON.stringify(['muse', id, shop.storeId, 'buyerMessage']));
    expect((await said(merchant, id)).map((one) => [one.seq, one.body])).toEqual([
      [1, null],
      [2, null],
    ]);
    expect((await said(merchant, id))[0]).toMatchObject({ jwe: first, erased: false });
  });

  it('takes the id of another’s conversation for nothing', async () => {
    const bea = await customer(muse);
    const taken = { storeId: shop.storeId, id, jwe: await words('buyer') };
    expect((await bea.post('/conversations', taken).expect(422)).body.errors[0].pointer).toBe('/id');
    await bea.get(`/conversations/${id}`).expect(404);
  });

  it('is sealed by both sides, read and blocked as any other', async () => {
    for (const talker of [buyer, merchant]) {
      const { body } = await talker.post(`${talker.at}/${id}/messages`, { body: 'Planted words' }).expect(422);
      expect(body.code).toBe('message_must_be_sealed');
      await talker.post(`${talker.at}/${id}/messages`, { jwe: await words(asMerchant(talker)) }).expect(201);
    }
    const { messages, unread } = await conversationOf(buyer, id);
    expect([unread, messages[0].side]).toEqual([1, 'merchant']);
    expect(await open(messages[0].jwe, ofAna, placeOfMessage(id, shop.storeId, 'merchant'))).toBe('Planted words');
    await buyer.post(`${buyer.at}/${id}/read`, { messageId: messages[0].id }).expect(200);
    await buyer
      .post(`${buyer.at}/${id}/messages/${messages[0].id}/report`, { reason: 'abuse', detail: 'Words' })
      .expect(422);
    await buyer.post(`${buyer.at}/${id}/messages/${messages[0].id}/report`, { reason: 'abuse' }).expect(201);
    await merchant.post(`${merchant.at}/${id}/block`).expect(200);
    await buyer.post(`${buyer.at}/${id}/messages`, { jwe: await words('buyer') }).expect(409);
    await merchant.post(`${merchant.at}/${id}/unblock`).expect(200);
  });

  describe('takes what is sealed for both sides, where both have a key, and bound to it', () => {
    beforeAll(async () => {
      await publishKey(shop, 'of-the-store', ofShop);
      await ana.put('/me/keys', { jwk: ofAna.jwk, kid: 'of-ana' }).expect(200);
    });
    const both = () => [{ pair: ofShop, kid: 'of-the-store' }, { pair: ofAna }];

    it('from either side', async () => {
      for (const talker of [buyer, merchant]) {
        const side = asMerchant(talker);
        const sealed = { jwe: await words(side, both()) };
        const { body: written } = await talker.post(`${talker.at}/${id}/messages`, sealed).expect(201);
        // What is told of the keys may come behind it.
        const { jwe } = (await said(talker, id)).find((one) => one.id === written.id)!;
        for (const pair of [ofAna, ofShop])
          expect(await open(jwe, pair, placeOfMessage(id, shop.storeId, side))).toBe('Planted words');
      }
    });

    it.each<[string, (side: 'buyer' | 'merchant') => Promise<object>]>([
      ['bound to nothing', async (side) => ({ ...(await words(side, both())), aad: undefined })],
      ['bound to another conversation', (side) => words(side, both(), randomUUID())],
      ['bound to another store', (side) => words(side, both(), id, randomUUID())],
      ['bound to the other side', (side) => words(side === 'buyer' ? 'merchant' : 'buyer', both())],
      ['for one side alone', (side) => words(side, both().slice(0, 1))],
      ['for the other side alone', (side) => words(side, both().slice(1))],
      ['for another key of the store', (side) => words(side, [{ pair: ofShop, kid: 'k0' }, { pair: ofAna }])],
      ['for a key that leads to the buyer', (side) => words(side, [both()[0]!, { pair: ofAna, kid: 'of-ana' }])],
      ['with words in a header', async (side) => withHeader(await words(side, both()), { note: 'Ana' })],
      [
        'with words for all beside it',
        async (side) => ({ ...(await words(side, both())), unprotected: { to: 'Ana' } }),
      ],
      ['with more in the clear', async (side) => ({ ...(await words(side, both())), note: 'Ana' })],
      ['with words in the place of the point', async (side) => withHeader(await words(side, both()), { epk: ANA })],
      ['with words in the protected header', async (side) => ({ ...(await words(side, both())), protected: said64 })],
    ])('and not what is %s', async (_, sealed) => {
      for (const talker of [buyer, merchant]) {
        const answer = await talker.post(`${talker.at}/${id}/messages`, { jwe: await sealed(asMerchant(talker)) });
        expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, expect.stringMatching('^/jwe')]);
      }
    });
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
    const mine = randomUUID();
    const jwe = await words('buyer', undefined, mine, other.storeId);
    const { body } = await ana.post('/conversations', { storeId: other.storeId, id: mine, jwe }).expect(201);
    expect(body.id).toBe(mine);
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
    const { id: plain } = await ask(bea, shop.storeId);
    const jwe = await words('merchant', [{ pair: ofShop, kid: 'of-the-store' }], plain);
    await merchant.post(`${merchant.at}/${plain}/messages`, { jwe }).expect(201);
    await expect(
      sql(muse, `UPDATE messages SET body = '{"v":1,"text":"words"}' WHERE conversation_id = $1`, [plain]),
    ).rejects.toMatchObject({
      constraint: 'messages_body_is_sealed',
    });
  });

  it('is not needed for who asks for privacy later to say nothing in the clear: the open one takes sealed words alone', async () => {
    const account = await customer(muse);
    const { id: plain } = await ask(account, shop.storeId);
    await hide(muse, account.id);
    const hidden = buying(shopperOf(muse, account.id, await signIn(muse, account)));
    const { body: refused } = await hidden
      .post(`${hidden.at}/${plain}/messages`, { body: 'Planted words' })
      .expect(422);
    expect(refused.code).toBe('message_must_be_sealed');
    const jwe = await words('buyer', [{ pair: ofShop, kid: 'of-the-store' }], plain);
    await hidden.post(`${hidden.at}/${plain}/messages`, { jwe }).expect(201);
  });

  it('is no stricter than an open one: there both keys are named, and no more stands beside what is sealed', async () => {
    const bea = await customer(muse);
    const ofBea = await makeKeyPair();
    await bea.put('/me/keys', { jwk: ofBea.jwk, kid: 'of-bea' }).expect(200);
    const { id: plain } = await ask(bea, shop.storeId);
    const at = `/conversations/${plain}/messages`;
    const both = [
      { pair: ofShop, kid: 'of-the-store' },
      { pair: ofBea, kid: 'of-bea' },
    ];
    const jwe = await words('buyer', both, plain);
    const { body: written } = await bea.post(at, { jwe }).expect(201);
    const kept = (await said(merchant, plain)).find((one) => one.id === written.id);
    expect(kept).toMatchObject({ jwe, body: null });
    const bad = [
      await words('buyer', both.slice(0, 1), plain),
      await words('buyer', both.slice(1), plain),
      await words('buyer', both),
      { ...jwe, unprotected: { note: 'Words in the clear' } },
      { ...jwe, protected: said64 },
      withHeader(jwe, { note: 'Words in the clear' }),
      withHeader(jwe, { epk: ANA }),
    ];
    for (const one of bad) await bea.post(at, { jwe: one }).expect(400);
  });

  it('is what a checkout of people who asked for privacy leaves, and no order, nor a way to who asked', async () => {
    keepSecret('what a paranoid buyer has to say', PLANTED_NOTE);
    const quiet = await openShop(muse);
    await publishKey(quiet);
    await hide(muse, quiet.merchant.id);
    const unclaimed = await openUnclaimedShop(muse);
    await addVariant(ana, quiet.variantIds[0]);
    await addVariant(ana, unclaimed.variantIds[0]);
    const session = await begin(ana);
    expect(session).toMatchObject({ sealed: true, requiredFields: [], readyToPlace: true });
    await ana.put(`/checkout/sessions/${session.id}/stores/${quiet.storeId}`, { note: PLANTED_NOTE }).expect(200);
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
    // Of events, conversations, jobs and whatever else there is; of logs and error bodies when the file has ended.
    const rows = await rowsOf(muse.database);
    expect(rows.filter(({ text }) => text.includes(PLANTED_NOTE)).map(({ table }) => table)).toEqual([]);
  });

  it('tells the buyer when the store has another key, and names nobody; the buyer’s is told by themselves alone', async () => {
    const other = await openShop(muse);
    const { body: before } = await merchant.get(`${merchant.at}/${id}`).expect(200);
    await publishKey(shop, 'after');
    const changed = await told(buyer, id, 'conversation.key_changed');
    expect(changed).toMatchObject({ side: 'system', kind: 'system', event: { side: 'merchant', code: 'replaced' } });
    expect(changed.event).not.toHaveProperty('kid');
    expect((await conversationOf(buyer, id)).unread).toBeGreaterThan(0);
    expect((await conversationOf(merchant, id)).unread).toBe(before.unread);
    await ana.put('/me/keys', { jwk: (await makeKeyPair()).jwk, kid: 'of-ana-2' }).expect(200);
    await shop.merchant.delete(`/merchant/stores/${shop.storeId}/keys`).expect(204);
    const events = await eventually(async () => {
      const all = (await said(buyer, id)).filter(({ event }) => event?.type === 'conversation.key_changed');
      return all.at(-1)!.event.code === 'retired' && all.map(({ event }) => event);
    });
    expect(events.map(({ side }) => side)).not.toContain('buyer');
    await publishKey(shop, 'last', ofShop);
    await publishKey(other);
    const ofStores = ({ text }: { text: string }) => text.includes(shop.merchant.id);
    expect(await wayFrom(muse.database, id, [ana.id], ofStores)).toBeUndefined();
  });

  it('tells the store of another key of the buyer when they say so, in it alone, and leads to nobody by that', async () => {
    const withNewKey = { jwe: await words('buyer', [{ pair: ofShop, kid: 'last' }, { pair: ofAna }]), newKey: true };
    const { body: before } = await merchant.get(`${merchant.at}/${id}`).expect(200);
    await buyer.post(`${buyer.at}/${id}/messages`, withNewKey).expect(201);
    const event = await eventually(async () => {
      const { messages } = await conversationOf(merchant, id);
      return messages.find((one: Body) => one.event?.side === 'buyer')?.event;
    });
    expect(event).toMatchObject({ type: 'conversation.key_changed', side: 'buyer', code: 'replaced' });
    expect((await conversationOf(merchant, id)).unread).toBe(before.unread + 2);
    const news = async () => (await shop.merchant.get('/notifications').expect(200)).body.data;
    await eventually(async () => (await news()).some((one: Body) => JSON.stringify(one).includes('key_changed')));
    const ofStores = ({ text }: { text: string }) => text.includes(shop.merchant.id);
    expect(await wayFrom(muse.database, id, [ana.id], ofStores)).toBeUndefined();
    const bea = await customer(muse);
    for (const [talker, at, body] of [
      [merchant, `${merchant.at}/${id}/messages`, { jwe: await words('merchant'), newKey: true }],
      [bea, '/conversations', { storeId: shop.storeId, body: 'Hello', newKey: true }],
    ] as const)
      expect((await talker.post(at, body).expect(400)).body.errors[0].pointer).toBe('/newKey');
  });

  it('tells of it however many there are, once each, and not where there was no change', async () => {
    const busy = await openShop(muse);
    await sql(
      muse,
      `INSERT INTO conversations (store_id, buyer_ref, sealed) SELECT $1::uuid, sha256(convert_to($1::uuid::text || n, 'UTF8')), true FROM generate_series(1, 120) n`,
      [busy.storeId],
    );
    const pair = await publishKey(busy, 'k1');
    await publishKey(busy, 'k1', pair);
    const counts = async () => {
      const pending = await sql(muse, `SELECT FROM event_deliveries WHERE delivered_at IS NULL`);
      const rows = await sql(
        muse,
        `SELECT count(m.id)::int AS n FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id WHERE c.store_id = $1 GROUP BY c.id`,
        [busy.storeId],
      );
      return pending.length === 0 && rows.map(({ n }) => n);
    };
    expect(await eventually(counts, 30_000)).toEqual(Array(120).fill(1));
  }, 60_000);

  it('is told as news too where it is an open one in which something is sealed, and in no other', async () => {
    const [bea, cora] = [await customer(muse), await customer(muse)];
    const ofBea = await makeKeyPair();
    await bea.put('/me/keys', { jwk: ofBea.jwk, kid: 'of-bea' }).expect(200);
    const [{ id: sealedOne }, { id: plainOne }] = [await ask(bea, shop.storeId), await ask(cora, shop.storeId)];
    const openers = [
      { pair: ofShop, kid: 'last' },
      { pair: ofBea, kid: 'of-bea' },
    ];
    const jwe = await words('buyer', openers, sealedOne);
    await bea.post(`/conversations/${sealedOne}/messages`, { jwe }).expect(201);
    await publishKey(shop, 'another');
    await bea.put('/me/keys', { jwk: (await makeKeyPair()).jwk, kid: 'of-bea-2' }).expect(200);
    await told(merchant, sealedOne, 'conversation.key_changed');
    const sides = await eventually(async () => {
      const all = (await said(merchant, sealedOne)).filter(({ event }) => event?.type === 'conversation.key_changed');
      const found = new Set(all.map(({ event }) => event.side as string));
      return found.size === 2 && found;
    });
    expect(sides).toEqual(new Set(['buyer', 'merchant']));
    for (const [who, title] of [
      [bea, /has another key$/],
      [shop.merchant, /^A buyer of .* has another key$/],
    ] as const) {
      const news = await eventually(async () => {
        const { body } = await who.get('/notifications?limit=100').expect(200);
        return body.data.find(({ kind, target }: Body) => kind === 'key_changed' && target.id === sealedOne);
      });
      expect(news.title).toMatch(title);
    }
    expect((await said(buying(cora), plainOne)).map(({ kind }) => kind)).toEqual(['text']);
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
    // A token has no inbox: the two streams tell what happens.
    await holder.get('/notifications').expect(401);
    const ofOrder = await openStream(muse, holder, `/orders/${order.id}/events`);
    const talk = await openStream(muse, holder, `${holder.at}/${thread}/events`);
    await shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${order.id}/confirm`).expect(200);
    await ofOrder.until(({ data }) => data.status === 'confirmed');
    const types = (messages: Body[]) => messages.map(({ event }) => event?.type);
    await talk.until(({ data }) => types(data.messages).includes('order.confirmed'));
    for (const stream of [ofOrder, talk]) stream.close();
    await holder.get(`${holder.at}/${id}`).expect(404);
    await holder.get('/conversations').expect(401);
    await holder.post('/conversations', { storeId: shop.storeId, body: 'x' }).expect(401);
  });
});
