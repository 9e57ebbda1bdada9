import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import {
  addVariant,
  checkoutToPlaced,
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
import { openStream } from '../support/sse';
import { ask, buying, conversationOf, said, say, selling, threadOf, told, type Talker } from '../support/talking';

describe('Conversations', () => {
  let muse: RunningApp;
  let shop: Shop;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
  });

  describe('opened by hand', () => {
    let ana: Shopper;
    let buyer: Talker;
    let merchant: Talker;
    let id: string;

    beforeAll(async () => {
      ana = await customer(muse);
      [buyer, merchant] = [buying(ana), selling(shop)];
      const opened = await ask(ana, shop.storeId, '  Do you have it in red?  ');
      ({ id } = opened);
      expect(opened).toMatchObject({
        ...{ store: { id: shop.storeId }, buyer: { kind: 'user', name: 'Test' }, sealed: false, status: 'open' },
        ...{ blockedBy: [], orders: [], unread: 0, readUpTo: { buyer: 0, merchant: 0 } },
        lastMessage: { seq: 1, side: 'buyer', kind: 'text', body: 'Do you have it in red?', jwe: null, erased: false },
      });
    });

    it('are read and answered by the merchant, and found in both lists', async () => {
      const { body: list } = await merchant.get(merchant.at).expect(200);
      expect(list.data.find((one: Body) => one.id === id)).toMatchObject({ unread: 1 });
      await say(merchant, id, 'In red and blue.');
      expect(await conversationOf(buyer, id)).toMatchObject({ unread: 1, lastMessage: { body: 'In red and blue.' } });
      const { body: own } = await ana.get('/conversations').expect(200);
      expect(own.data.map((one: Body) => one.id)).toEqual([id]);
      for (const [storeId, found] of [
        [shop.storeId, [id]],
        [randomUUID(), []],
      ] as const) {
        const { body: ofStore } = await ana.get(`/conversations?storeId=${storeId}`).expect(200);
        expect(ofStore.data.map((one: Body) => one.id)).toEqual(found);
      }
      expect((await said(buyer, id)).map(({ seq, side, body }) => [seq, side, body])).toEqual([
        [1, 'buyer', 'Do you have it in red?'],
        [2, 'merchant', 'In red and blue.'],
      ]);
    });

    it('go on in the same one when the shopper writes to the store again', async () => {
      expect(await ask(ana, shop.storeId, 'And in green?')).toMatchObject({ id, lastMessage: { seq: 3 } });
    });

    it('keep no word in the clear, and none in an event', async () => {
      const words = ['in red', 'In red and blue', 'in green'];
      const rows = await sql(muse, `SELECT m::text AS text FROM messages m UNION ALL SELECT e::text FROM events e`);
      for (const word of words) expect(rows.filter(({ text }) => text.includes(word))).toEqual([]);
    });

    it('are marked as read by each side for itself, and marks only go on', async () => {
      const [, second, third] = await said(buyer, id);
      const read = async (talker: Talker, messageId: string) =>
        (await talker.post(`${talker.at}/${id}/read`, { messageId }).expect(200)).body;
      expect(await read(merchant, third!.id)).toMatchObject({ unread: 0, readUpTo: { buyer: 0, merchant: 3 } });
      expect(await read(buyer, second!.id)).toMatchObject({ unread: 0, readUpTo: { buyer: 2, merchant: 3 } });
      await say(merchant, id, 'Green, too.');
      expect(await read(merchant, second!.id)).toMatchObject({ unread: 0, readUpTo: { merchant: 3 } });
      expect((await ana.get('/conversations/unread').expect(200)).body).toEqual({ messages: 1, conversations: 1 });
      await buyer.post(`${buyer.at}/${id}/read`, { messageId: randomUUID() }).expect(404);
    });

    it('give their messages page by page, the latest first, each once', async () => {
      const seen: number[] = [];
      let cursor = '';
      do {
        const { body } = await buyer.get(`${buyer.at}/${id}/messages?limit=3${cursor}`).expect(200);
        seen.push(...body.data.map(({ seq }: Body) => seq));
        cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
      } while (cursor !== '');
      expect(seen).toEqual([4, 3, 2, 1]);
      for (const wrong of ['x', Buffer.from('["a"]').toString('base64url'), Buffer.from('[-1]').toString('base64url')])
        await buyer.get(`${buyer.at}/${id}/messages?cursor=${wrong}`).expect(400);
    });

    it('are a stranger’s to nobody: another buyer, another merchant, the merchant by another store', async () => {
      const other = await openShop(muse);
      const own = await ana.post('/merchant/stores', { name: 'Mine', currency: 'USD', country: 'US' }).expect(201);
      const strangers = [buying(await customer(muse)), buying(await guest(muse)), buying(shop.merchant)];
      strangers.push(
        selling(other),
        { ...other.merchant, at: merchant.at },
        selling({ merchant: ana, storeId: own.body.id }),
      );
      strangers.push({ ...shop.merchant, at: selling(other).at });
      const { id: messageId } = (await said(buyer, id))[0]!;
      for (const stranger of strangers) {
        const at = `${stranger.at}/${id}`;
        for (const path of ['', '/messages', '/events']) await stranger.get(`${at}${path}`).expect(404);
        await stranger.post(`${at}/messages`, { body: 'x' }).expect(404);
        await stranger.post(`${at}/read`, { messageId }).expect(404);
        for (const path of ['block', 'unblock']) await stranger.post(`${at}/${path}`).expect(404);
        await stranger.post(`${at}/messages/${messageId}/report`, { reason: 'spam' }).expect(404);
      }
      expect(await said(buyer, id)).toHaveLength(4);
      expect(await conversationOf(buyer, id)).toMatchObject({ status: 'open' });
    });
  });

  describe('are not opened', () => {
    it.each<[string, (storeId: string) => object, number, string]>([
      ['without words', (storeId) => ({ storeId }), 400, 'invalid_request'],
      ['with blanks', (storeId) => ({ storeId, body: '   ' }), 400, 'invalid_request'],
      ['with too many words', (storeId) => ({ storeId, body: 'x'.repeat(4001) }), 400, 'invalid_request'],
      ['with a card number', (storeId) => ({ storeId, body: 'Take 4242 4242 4242 4242' }), 400, 'card_number_refused'],
      ['with more than is asked for', (storeId) => ({ storeId, body: 'x', side: 'merchant' }), 400, 'invalid_request'],
      ['with half a JWE', (storeId) => ({ storeId, jwe: { ciphertext: 'YQ' } }), 400, 'invalid_request'],
      ['with an unknown store', () => ({ storeId: randomUUID(), body: 'x' }), 404, 'not_found'],
    ])('%s', async (_, body, status, code) => {
      const answer = await (await guest(muse)).post('/conversations', body(shop.storeId));
      expect([answer.status, answer.body.code]).toEqual([status, code]);
    });

    it('with a partner store, a closed one, or one’s own', async () => {
      const closed = await openShop(muse);
      await muse.http
        .patch(`/api/v1/merchant/stores/${closed.storeId}`)
        .set(closed.merchant.headers)
        .send({ status: 'closed' })
        .expect(200);
      const shopper = await customer(muse);
      for (const storeId of [(await openPartner(muse)).id, closed.storeId])
        await shopper.post('/conversations', { storeId, body: 'x' }).expect(404);
      await shop.merchant.post('/conversations', { storeId: shop.storeId, body: 'x' }).expect(400);
    });
  });

  describe('of orders', () => {
    it('begin with the shopper’s own message: what was ordered, and the note', async () => {
      const ana = await customer(muse);
      await addVariant(ana, shop.variantIds[0], 2);
      const session = await readySession(ana);
      await ana.put(`/checkout/sessions/${session.id}/stores/${shop.storeId}`, { note: 'Ring twice' }).expect(200);
      const { body } = await ana.get(`/checkout/sessions/${session.id}`).expect(200);
      await place(ana, body).expect(202);
      const order = await orderOf(ana, await settled(ana, session.id));
      const id = await threadOf(ana, order.id);
      const { body: status } = await ana.get(`/checkout/sessions/${session.id}/status`).expect(200);
      expect(status.stores[0].conversationId).toBe(id);
      const { body: ofStore } = await shop.merchant
        .get(`/merchant/stores/${shop.storeId}/orders/${order.id}`)
        .expect(200);
      expect(ofStore.conversationId).toBe(id);
      const [first] = await said(selling(shop), id);
      expect(first).toMatchObject({
        ...{ seq: 1, side: 'buyer', kind: 'order', body: 'Ring twice', event: null },
        summary: {
          ...{ orderId: order.id, number: order.number, total: order.total },
          items: [{ productName: 'Linen shirt', size: 'M', quantity: 2, lineTotal: { amount: 2000, currency: 'USD' } }],
        },
      });
      expect(await conversationOf(selling(shop), id)).toMatchObject({
        ...{ unread: 1, orders: [{ id: order.id, number: order.number, status: 'pending' }] },
      });
      expect(await conversationOf(buying(ana), id)).toMatchObject({ unread: 0 });
    });

    it('join the one that the shopper has with the store already', async () => {
      const ana = await customer(muse);
      const { id } = await ask(ana, shop.storeId);
      for (let orders = 1; orders <= 2; orders++) {
        await addVariant(ana, shop.variantIds[0]);
        const order = await orderOf(ana, await checkoutToPlaced(ana));
        expect(await threadOf(ana, order.id)).toBe(id);
      }
      const messages = await said(buying(ana), id);
      expect(messages.map(({ kind }) => kind)).toEqual(['text', 'order', 'order']);
      expect((await conversationOf(buying(ana), id)).orders.map((order: Body) => order.id)).toEqual([
        ...[messages[2]!.summary.orderId, messages[1]!.summary.orderId],
      ]);
    });

    it('tell what happens to the order, as news for the other side', async () => {
      const ana = await customer(muse);
      await addVariant(ana, shop.variantIds[0]);
      const order = await orderOf(ana, await checkoutToPlaced(ana));
      const id = await threadOf(ana, order.id);
      const [buyer, merchant] = [buying(ana), selling(shop)];
      const at = `/merchant/stores/${shop.storeId}/orders/${order.id}`;
      await shop.merchant.post(`${at}/confirm`).expect(200);
      expect(await told(buyer, id, 'order.confirmed')).toMatchObject({
        ...{ side: 'system', kind: 'system', body: null, event: { orderId: order.id } },
      });
      expect(await conversationOf(buyer, id)).toMatchObject({ unread: 1 });
      expect(await conversationOf(merchant, id)).toMatchObject({ unread: 1 });
      await shop.merchant.post(`${at}/ship`, { carrier: 'UPS', trackingNumber: '1Z999' }).expect(200);
      expect(await told(merchant, id, 'order.shipped')).toMatchObject({ event: { carrier: 'UPS' } });
      expect(await conversationOf(buyer, id)).toMatchObject({ unread: 2 });
    });

    it('count a cancellation as news for whoever did not cancel', async () => {
      const ana = await customer(muse);
      await addVariant(ana, shop.variantIds[0]);
      const order = await orderOf(ana, await checkoutToPlaced(ana));
      const id = await threadOf(ana, order.id);
      await ana.put(`/orders/${order.id}/cancel`, { reason: 'Planted words' }).expect(200);
      await told(buying(ana), id, 'order.cancelled');
      expect(await conversationOf(buying(ana), id)).toMatchObject({ unread: 0 });
      expect(await conversationOf(selling(shop), id)).toMatchObject({ unread: 2 });
      expect(JSON.stringify(await said(buying(ana), id))).not.toContain('Planted');
    });

    it('are none of a partner store', async () => {
      const ana = await guest(muse);
      const partner = await openPartner(muse);
      const price = { amount: 1000, currency: 'USD' };
      const productUrl = `https://${partner.hosts[0]}/p/1`;
      await ana
        .post('/cart/items', { storeId: partner.id, productName: 'Hat', productUrl, price, quantity: 1 })
        .expect(200);
      const { stores } = await checkoutToPlaced(ana);
      const { body: order } = await ana.post(`/handoffs/${stores[0].handoffId}/ordered`, { storeOrderNumber: 'N-1' });
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await ana.get(`/orders/${order.id}`).expect(200)).body.conversationId).toBeNull();
    });
  });

  describe('at the same moment', () => {
    it('are opened once by two orders, and once by many questions', async () => {
      const ana = await customer(muse);
      const other = await openShop(muse);
      const sessions: Body[] = [];
      for (const variantId of shop.variantIds) {
        await addVariant(ana, variantId);
        const session = await readySession(ana);
        await place(ana, session).expect(202);
        sessions.push(session);
      }
      const asked = await Promise.all(
        Array.from({ length: 6 }, (_, n) =>
          ana.post('/conversations', { storeId: other.storeId, body: `Question ${n}` }),
        ),
      );
      expect(statusesOf(asked)).toEqual(Array.from({ length: 6 }, () => 201));
      expect(new Set(asked.map(({ body }) => body.id)).size).toBe(1);
      const orders = await Promise.all(sessions.map(async ({ id }) => orderOf(ana, await settled(ana, id))));
      const threads = await Promise.all(orders.map((order) => threadOf(ana, order.id)));
      expect(new Set(threads).size).toBe(1);
      const messages = await said(buying(ana), asked[0]!.body.id);
      expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(new Set(messages.map(({ body }) => body))).toEqual(
        new Set(Array.from({ length: 6 }, (_, n) => `Question ${n}`)),
      );
      const opened = await sql(
        muse,
        `SELECT count(*)::int AS n FROM events WHERE type = 'conversation.opened' AND aggregate_id = $1`,
        [asked[0]!.body.id],
      );
      expect(opened).toEqual([{ n: 1 }]);
    });

    it('number what both sides say without a gap, and count what is unread of it', async () => {
      const ana = await customer(muse);
      const { id } = await ask(ana, shop.storeId);
      const [buyer, merchant] = [buying(ana), selling(shop)];
      await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          const talker = n % 2 === 0 ? buyer : merchant;
          const { id: messageId } = await say(talker, id, `Number ${n}`);
          // Each marks its own as read while the other writes.
          await talker.post(`${talker.at}/${id}/read`, { messageId }).expect(200);
        }),
      );
      const messages = await said(buyer, id);
      expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, n) => n + 1));
      const times = messages.map(({ createdAt }) => Date.parse(createdAt));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      for (const [talker, side] of [
        [buyer, 'buyer'],
        [merchant, 'merchant'],
      ] as const) {
        const { unread, readUpTo } = await conversationOf(talker, id);
        expect(unread).toBe(messages.filter((one) => one.side !== side && one.seq > readUpTo[side]).length);
      }
    });

    it('take no word once a block stands', async () => {
      const ana = await customer(muse);
      const { id } = await ask(ana, shop.storeId);
      const [buyer, merchant] = [buying(ana), selling(shop)];
      const [blocked, ...written] = await Promise.all([
        merchant.post(`${merchant.at}/${id}/block`),
        ...Array.from({ length: 6 }, (_, n) => buyer.post(`${buyer.at}/${id}/messages`, { body: `Word ${n}` })),
      ]);
      expect(blocked.status).toBe(200);
      const taken = written.filter(({ status }) => status === 201).length;
      expect(statusesOf(written)).toEqual([...Array(taken).fill(201), ...Array(6 - taken).fill(409)]);
      expect(await said(buyer, id)).toHaveLength(1 + taken);
    });
  });

  describe('blocked', () => {
    it('are written in by nobody, until whoever blocked them unblocks', async () => {
      const ana = await customer(muse);
      const { id } = await ask(ana, shop.storeId);
      const [buyer, merchant] = [buying(ana), selling(shop)];
      const { body: blocked } = await buyer.post(`${buyer.at}/${id}/block`).expect(200);
      expect(blocked).toMatchObject({ status: 'blocked', blockedBy: ['buyer'] });
      const { body: again } = await buyer.post(`${buyer.at}/${id}/block`).expect(200);
      expect(again.version).toBe(blocked.version);
      for (const talker of [buyer, merchant]) {
        const { body } = await talker.post(`${talker.at}/${id}/messages`, { body: 'x' }).expect(409);
        expect(body).toMatchObject({ code: 'conversation_blocked', blockedBy: ['buyer'] });
      }
      await ana.post('/conversations', { storeId: shop.storeId, body: 'x' }).expect(409);
      await merchant.post(`${merchant.at}/${id}/unblock`).expect(200);
      expect(await conversationOf(merchant, id)).toMatchObject({ status: 'blocked' });
      await buyer.post(`${buyer.at}/${id}/unblock`).expect(200);
      await say(merchant, id, 'Thank you');
      const types = await sql(muse, `SELECT type, payload FROM events WHERE aggregate_id = $1 ORDER BY id`, [id]);
      expect(types.map(({ type, payload }) => [type, payload.side])).toEqual([
        ...[
          ['conversation.opened', undefined],
          ['conversation.message', 'buyer'],
          ['conversation.blocked', 'buyer'],
        ],
        ...[
          ['conversation.unblocked', 'buyer'],
          ['conversation.message', 'merchant'],
        ],
      ]);
    });

    it('are told of orders all the same', async () => {
      const ana = await customer(muse);
      const { id } = await ask(ana, shop.storeId);
      await ana.post(`/conversations/${id}/block`).expect(200);
      await addVariant(ana, shop.variantIds[0]);
      const order = await orderOf(ana, await checkoutToPlaced(ana));
      expect(await threadOf(ana, order.id)).toBe(id);
    });
  });

  describe('reported', () => {
    it('messages are shown to support, each once a side, and those of one’s own cannot be', async () => {
      const ana = await customer(muse);
      const { id } = await ask(ana, shop.storeId);
      const [buyer, merchant] = [buying(ana), selling(shop)];
      const { id: messageId } = await say(merchant, id, 'Pay me outside of Muse');
      const body = { reason: 'fraud', detail: 'Wants to be paid elsewhere' };
      const at = `${buyer.at}/${id}/messages/${messageId}/report`;
      const { body: report } = await buyer.post(at, body).expect(201);
      expect((await buyer.post(at, { reason: 'spam' }).expect(201)).body).toEqual(report);
      await merchant.post(`${merchant.at}/${id}/messages/${messageId}/report`, body).expect(404);
      await buyer.post(at, { reason: 'boring' }).expect(400);
      const support = await supporter(muse);
      const { body: list } = await support.get('/admin/message-reports?limit=100').expect(200);
      expect(list.data.find((one: Body) => one.id === report.id)).toMatchObject({
        ...{ reportedBy: 'buyer', reason: 'fraud', detail: body.detail, conversationId: id, outcome: null },
        message: { id: messageId, body: 'Pay me outside of Muse' },
      });
      const { body: closed } = await support
        .post(`/admin/message-reports/${report.id}/close`, { outcome: 'upheld' })
        .expect(200);
      const late = await support
        .post(`/admin/message-reports/${report.id}/close`, { outcome: 'dismissed' })
        .expect(200);
      expect([closed.outcome, late.body]).toEqual(['upheld', closed]);
      // Whoever reported it is told what came of it, once; whose message it was is not.
      const decided = await eventually(async () => {
        const { body: news } = await ana.get('/notifications').expect(200);
        return news.data.find(({ kind }: Body) => kind === 'message_report_decided');
      });
      expect(decided).toMatchObject({
        ...{ target: { kind: 'conversation', id }, params: { code: 'upheld' } },
        body: 'Support agrees: the message was wrong.',
      });
      const events = `SELECT payload FROM events WHERE type = 'conversation.report_decided' AND aggregate_id = $1`;
      expect(await sql(muse, events, [id])).toEqual([
        { payload: { conversationId: id, storeId: shop.storeId, side: 'buyer', messageId, code: 'upheld' } },
      ]);
      const { body: others } = await shop.merchant.get('/notifications?limit=100').expect(200);
      expect(others.data.map(({ kind }: Body) => kind)).not.toContain('message_report_decided');
      await support.post(`/admin/message-reports/${randomUUID()}/close`, { outcome: 'upheld' }).expect(404);
      const rows = await sql(muse, `SELECT r::text AS text FROM message_reports r`);
      expect(rows.filter(({ text }) => text.includes('elsewhere'))).toEqual([]);
    });
  });

  describe('streamed', () => {
    it('show what is said, read and blocked as it happens, to both sides', async () => {
      const ana = await customer(muse);
      const { id } = await ask(ana, shop.storeId);
      const [buyer, merchant] = [buying(ana), selling(shop)];
      const streams = await Promise.all(
        [buyer, merchant].map((talker) => openStream(muse, talker, `${talker.at}/${id}/events`)),
      );
      for (const stream of streams) {
        const first = await stream.until(() => true);
        expect([first.event, first.id]).toEqual(['conversation', String(first.data.version)]);
        expect(first.data.messages).toHaveLength(1);
      }
      const { id: messageId } = await say(merchant, id, 'Welcome');
      await streams[0]!.until(({ data }) => data.messages[0].body === 'Welcome' && data.unread === 1);
      await buyer.post(`${buyer.at}/${id}/read`, { messageId }).expect(200);
      await streams[1]!.until(({ data }) => data.readUpTo.buyer === 2);
      await buyer.post(`${buyer.at}/${id}/block`).expect(200);
      await streams[1]!.until(({ data }) => data.status === 'blocked');
      for (const stream of streams) stream.close();
    });
  });

  describe('of a guest', () => {
    it('become the user’s at the sign-in, and one with those the user had', async () => {
      const [visitor, other] = [await guest(muse), await openShop(muse)];
      const ana = await customer(muse);
      const { id: users } = await ask(ana, shop.storeId, 'As a user');
      const { id: guests } = await ask(visitor, shop.storeId, 'As a guest');
      const { id: alone } = await ask(visitor, other.storeId, 'Only as a guest');
      expect(guests).not.toBe(users);
      const merchant = selling(shop);
      const { id: answerId } = await say(merchant, users, 'Hello user');
      await ana.post(`/conversations/${users}/read`, { messageId: answerId }).expect(200);
      await say(merchant, guests, 'Hello guest');
      await addVariant(visitor, shop.variantIds[0]);
      const order = await orderOf(visitor, await checkoutToPlaced(visitor));
      await threadOf(visitor, order.id);

      await muse.http
        .post('/api/v1/auth/login')
        .set(visitor.headers)
        .send({ email: ana.email, password: 'correct horse battery' })
        .expect(200);
      const messages = await said(buying(ana), users);
      expect(messages.map(({ seq, body, kind }) => [seq, kind === 'order' ? kind : body])).toEqual([
        [1, 'As a user'],
        [2, 'As a guest'],
        [3, 'Hello user'],
        [4, 'Hello guest'],
        [5, 'order'],
      ]);
      // What was unread in either is unread.
      expect(await conversationOf(buying(ana), users)).toMatchObject({ unread: 1, orders: [{ id: order.id }] });
      expect(await conversationOf(merchant, users)).toMatchObject({ unread: 3 });
      // The old id leads there, for whoever it belongs to now.
      expect((await conversationOf(buying(ana), guests)).id).toBe(users);
      await visitor.get(`/conversations/${guests}`).expect(401);
      expect((await said(buying(ana), alone)).map(({ body }) => body)).toEqual(['Only as a guest']);
      expect((await ana.get(`/orders/${order.id}`).expect(200)).body.conversationId).toBe(users);
      await say(buying(ana), guests, 'Still here');
      expect(await said(merchant, users)).toHaveLength(6);
      const { body: list } = await merchant.get(`${merchant.at}?limit=100`).expect(200);
      expect(list.data.filter((one: Body) => one.id === guests)).toEqual([]);
    });
  });

  describe('of somebody who closes the account', () => {
    it('can be written in no more, and lose their words with the key', async () => {
      const ana = await customer(muse);
      const { id } = await ask(ana, shop.storeId, 'Planted words');
      const merchant = selling(shop);
      await say(merchant, id, 'An answer');
      await ana.delete('/me').expect(200);
      await ana.get(`/conversations/${id}`).expect(404);
      const { body } = await merchant.post(`${merchant.at}/${id}/messages`, { body: 'x' }).expect(409);
      expect(body.code).toBe('conversation_closed');
      expect(await conversationOf(merchant, id)).toMatchObject({ status: 'closed', buyer: { name: null } });
      for (const message of await said(merchant, id)) expect(message).toMatchObject({ body: null, erased: true });
    });

    it('end for the shopper when it is the merchant', async () => {
      const other = await openShop(muse);
      const ana = await customer(muse);
      const { id } = await ask(ana, other.storeId);
      await other.merchant.delete('/me').expect(200);
      await ana.post(`/conversations/${id}/messages`, { body: 'x' }).expect(409);
      expect(await conversationOf(buying(ana), id)).toMatchObject({ status: 'closed' });
      expect((await said(buying(ana), id))[0]).toMatchObject({ body: 'Do you have it in red?' });
    });
  });

  describe('are limited', () => {
    let strict: RunningApp;
    let counter: Shop;

    beforeAll(async () => {
      strict = await startApp({ MUSE_ROLE: 'api', RATE_LIMIT_FACTOR: '1' });
      counter = await openShop(strict);
    });

    it('to 60 messages in ten minutes, of many at once exactly so many', async () => {
      const ana = await customer(strict);
      const { id } = await ask(ana, counter.storeId);
      const send = () => ana.post(`/conversations/${id}/messages`, { body: 'x' });
      const answers = (await Promise.all(Array.from({ length: 64 }, send))).map(({ status }) => status);
      expect([answers.filter((one) => one === 201).length, answers.filter((one) => one === 429).length]).toEqual([
        60, 4,
      ]);
      const late = await send().expect(429);
      expect(late.body).toMatchObject({ code: 'rate_limited', limit: 'messages' });
      expect(Number(late.headers['retry-after'])).toBeGreaterThan(0);
      expect(await conversationOf(buying(ana), id)).toMatchObject({
        readUpTo: { merchant: 0 },
        lastMessage: { seq: 61 },
      });
      // The other side is not kept from answering by it.
      await say(selling(counter), id, 'One at a time, please.');
    });

    it('to 20 openings an hour', async () => {
      const visitor = await guest(strict);
      const send = () => visitor.post('/conversations', { storeId: counter.storeId, body: 'x' });
      const answers = (await Promise.all(Array.from({ length: 22 }, send))).map(({ status }) => status);
      expect([answers.filter((one) => one === 201).length, answers.filter((one) => one === 429).length]).toEqual([
        20, 2,
      ]);
    });
  });
});

async function supporter(muse: RunningApp): Promise<Shopper> {
  const account = await customer(muse);
  await sql(muse, `UPDATE users SET roles = roles || '{support}' WHERE id = $1`, [account.id]);
  const { body } = await muse.http
    .post('/api/v1/auth/login')
    .send({ email: account.email, password: 'correct horse battery' })
    .expect(200);
  const headers = { authorization: `Bearer ${body.accessToken}` };
  return {
    ...account,
    headers,
    get: (path) => muse.http.get(`/api/v1${path}`).set(headers),
    post: (path, more) => muse.http.post(`/api/v1${path}`).set(headers).send(more),
  };
}
