import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { makeUser, signIn } from '../support/sellers';
import {
  API,
  addDescribed,
  checkoutToPlaced,
  customer,
  guest,
  shopperOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';
import { buy, completedOrder, eventsOf, sealOrder } from '../support/trust';
import { orderToken } from '../support/world';

const EMPTY_PARCEL = {
  reason: 'not_as_described',
  words: 'The parcel was empty',
  evidenceUrls: ['https://pictures.example.com/4242424242424242.jpg'],
};

describe('Reports about an order', () => {
  let muse: RunningApp;
  let buyer: Shopper;
  let shop: Shop;
  let support: Shopper;
  let admin: Shopper;

  const staff = async (role: 'support' | 'admin') => {
    const user = await makeUser(muse, role);
    return shopperOf(muse, user.id, await signIn(muse, user));
  };
  beforeAll(async () => {
    muse = await startApp();
    [buyer, shop, support, admin] = [
      await customer(muse),
      await openShop(muse),
      await staff('support'),
      await staff('admin'),
    ];
  });

  const file = async (by: Shopper = buyer, body: object = EMPTY_PARCEL): Promise<Body> => {
    const order = await buy(by, shop);
    return (await by.post(`/orders/${order.id}/reports`, body).expect(201)).body;
  };
  const answered = async (): Promise<Body> => {
    const report = await file();
    return (await shop.merchant.post(`/reports/${report.id}/answer`, { words: 'It was full' }).expect(200)).body;
  };
  const decided = async (outcome: 'upheld' | 'dismissed' = 'upheld', by: Shopper = support): Promise<Body> => {
    const { id } = await answered();
    return (await by.post(`/admin/reports/${id}/decide`, { outcome, words: 'By the photo' }).expect(200)).body;
  };
  const appealed = async (): Promise<Body> => {
    const { id } = await decided();
    return (await shop.merchant.post(`/reports/${id}/appeal`, { words: 'The photo is another’s' }).expect(200)).body;
  };
  const read = async (who: Shopper, id: string): Promise<Body> => (await who.get(`/reports/${id}`).expect(200)).body;
  const score = async (): Promise<Body> =>
    (await muse.http.get(`${API}/stores/${shop.storeId}/trust`).expect(200)).body;

  it('go from filing to the decision of an appeal, and both sides see all of it', async () => {
    const report = await file();
    expect(report).toMatchObject({
      ...{ storeId: shop.storeId, side: 'buyer', reason: 'not_as_described', status: 'open', outcome: null },
      report: { words: EMPTY_PARCEL.words, evidenceUrls: EMPTY_PARCEL.evidenceUrls },
      ...{ answer: null, decision: null, appeal: null, appealUntil: null, allowedActions: ['withdraw'] },
      disclaimer: expect.stringContaining('Muse does not arbitrate'),
    });
    expect(Date.parse(report.answerUntil) - Date.parse(report.createdAt)).toBe(7 * 86_400_000);
    const at = `/reports/${report.id}`;
    expect((await read(shop.merchant, report.id)).allowedActions).toEqual(['answer']);

    const answer = { words: 'It was full', evidenceUrls: ['https://pictures.example.com/full.jpg'] };
    await shop.merchant.post(`${at}/answer`, answer).expect(200);
    expect(await read(buyer, report.id)).toMatchObject({ status: 'answered', answer });

    const waiting = (await support.get('/admin/reports?status=answered').expect(200)).body.data;
    expect(waiting.map(({ id }: Body) => id)).toContain(report.id);
    const before = (await score()).upheldReports;
    const decision = { outcome: 'upheld', words: 'By the photo' };
    const upheld = (await support.post(`/admin${at}/decide`, decision).expect(200)).body;
    expect(upheld).toMatchObject({ status: 'decided', outcome: 'upheld', decision, allowedActions: [] });
    expect((await score()).upheldReports).toBe(before + 1);
    expect((await read(buyer, report.id)).allowedActions).toEqual([]);
    expect((await read(shop.merchant, report.id)).allowedActions).toEqual(['appeal']);

    await shop.merchant.post(`${at}/appeal`, { words: 'That is another parcel' }).expect(200);
    // Until it is decided anew, the decision stands.
    expect((await score()).upheldReports).toBe(before + 1);
    const last = { outcome: 'dismissed', words: 'It is' };
    await admin.post(`/admin${at}/appeal/decide`, last).expect(200);
    const final = await read(buyer, report.id);
    expect(final).toMatchObject({
      ...{ status: 'final', outcome: 'dismissed', decision, allowedActions: [] },
      appeal: { side: 'merchant', words: 'That is another parcel', decision: last },
    });
    expect(await read(shop.merchant, report.id)).toEqual(final);
    expect((await score()).upheldReports).toBe(before);

    const of = { reportId: report.id, orderId: report.orderId, storeId: shop.storeId, side: 'buyer' };
    const told = async (name: string) => eventsOf(muse, `trust.${name}`, report.orderId);
    expect(await told('report_filed')).toEqual([{ ...of, reason: 'not_as_described' }]);
    expect(await told('report_answered')).toEqual([of]);
    expect(await told('report_decided')).toEqual([{ ...of, outcome: 'upheld' }]);
    expect(await told('appeal_filed')).toEqual([{ ...of, by: 'merchant' }]);
    expect(await told('appeal_decided')).toEqual([{ ...of, outcome: 'dismissed' }]);
  });

  it('are made by merchants about the buyer of an order, too, and appealed by whom they were dismissed for', async () => {
    const order = await buy(buyer, shop);
    const path = `/merchant/stores/${shop.storeId}/orders/${order.id}/reports`;
    const report = (await shop.merchant.post(path, { reason: 'payment_missing', words: 'Never paid' }).expect(201))
      .body;
    expect(report).toMatchObject({ side: 'merchant', reason: 'payment_missing', allowedActions: ['withdraw'] });
    expect((await read(buyer, report.id)).allowedActions).toEqual(['answer']);
    await admin.post(`/admin/reports/${report.id}/decide`, { outcome: 'dismissed', words: 'It was' }).expect(200);
    expect((await read(shop.merchant, report.id)).allowedActions).toEqual(['appeal']);
    await buyer.post(`/reports/${report.id}/appeal`, { words: 'x' }).expect(409);
    await shop.merchant.post(`/reports/${report.id}/appeal`, { words: 'It was not' }).expect(200);
    await support.post(`/admin/reports/${report.id}/appeal/decide`, { outcome: 'dismissed', words: 'So' }).expect(200);
    expect(await read(buyer, report.id)).toMatchObject({ status: 'final', outcome: 'dismissed' });
  });

  it('are withdrawn by their reporter before they are decided; again: the same', async () => {
    for (const { id } of [await file(), await answered()]) {
      await shop.merchant.post(`/reports/${id}/withdraw`).expect(409);
      for (let turn = 0; turn < 2; turn++)
        expect((await buyer.post(`/reports/${id}/withdraw`).expect(200)).body.status).toBe('withdrawn');
      const events = await sql(
        muse,
        `SELECT 1 FROM events WHERE type = 'trust.report_withdrawn' AND aggregate_id = $1`,
        [id],
      );
      expect(events).toHaveLength(1);
    }
    const { id } = await decided();
    expect((await buyer.post(`/reports/${id}/withdraw`).expect(409)).body).toMatchObject({
      ...{ code: 'report_state', reportStatus: 'decided' },
    });
  });

  it('are one open an order and side; when that is over, another may be filed', async () => {
    const first = await file();
    const path = `/orders/${first.orderId}/reports`;
    expect((await buyer.post(path, EMPTY_PARCEL).expect(409)).body.code).toBe('report_under_way');
    const ofMerchant = `/merchant/stores/${shop.storeId}${path}`;
    await shop.merchant.post(ofMerchant, { reason: 'false_claim', words: 'It was full' }).expect(201);
    await shop.merchant.post(ofMerchant, { reason: 'abusive', words: 'And rude' }).expect(409);
    await buyer.post(`/reports/${first.id}/withdraw`).expect(200);
    await buyer.post(path, EMPTY_PARCEL).expect(201);
    const { data } = (await buyer.get(path).expect(200)).body;
    expect(data.map(({ side, status }: Body) => [side, status])).toEqual([
      ['buyer', 'open'],
      ['merchant', 'open'],
      ['buyer', 'withdrawn'],
    ]);
    const own = (await buyer.get(`/reports?orderId=${first.orderId}&limit=2`).expect(200)).body;
    const rest = (await buyer.get(`/reports?orderId=${first.orderId}&cursor=${own.nextCursor}`).expect(200)).body;
    expect([...own.data, ...rest.data]).toEqual(data);
    const open = (await shop.merchant.get(`/reports?orderId=${first.orderId}&status=open`).expect(200)).body.data;
    expect(open.map(({ allowedActions }: Body) => allowedActions)).toEqual([['answer'], ['withdraw']]);
    const all = (await support.get(`/admin/reports?storeId=${shop.storeId}&limit=1`).expect(200)).body;
    expect([all.data[0].id, typeof all.nextCursor]).toEqual([data[0].id, 'string']);
    const next = (await support.get(`/admin/reports?storeId=${shop.storeId}&limit=1&cursor=${all.nextCursor}`)).body;
    expect(next.data[0].id).toBe(data[1].id);
  });

  describe('in a state that does not allow it answer 409 and stay as they are:', () => {
    type Step = [who: 'buyer' | 'merchant' | 'support' | 'admin', path: string, body?: object];
    const STEPS: Record<string, Step> = {
      answer: ['merchant', '/answer', { words: 'a' }],
      withdraw: ['buyer', '/withdraw'],
      uphold: ['support', 'decide', { outcome: 'upheld', words: 'd' }],
      dismiss: ['support', 'decide', { outcome: 'dismissed', words: 'd' }],
      appeal: ['merchant', '/appeal', { words: 'p' }],
      decideAppeal: ['admin', 'appeal/decide', { outcome: 'upheld', words: 'd' }],
    };
    const NOT: Record<string, string[]> = {
      open: ['uphold', 'appeal', 'decideAppeal'],
      answered: ['answer', 'appeal', 'decideAppeal'],
      withdrawn: ['answer', 'uphold', 'dismiss', 'appeal', 'decideAppeal'],
      decided: ['answer', 'withdraw', 'uphold', 'dismiss', 'decideAppeal'],
      appealed: ['answer', 'withdraw', 'uphold', 'dismiss', 'appeal'],
      final: ['answer', 'withdraw', 'uphold', 'dismiss', 'appeal', 'decideAppeal'],
    };
    const MADE: Record<string, () => Promise<Body>> = {
      open: () => file(),
      answered,
      withdrawn: async () => {
        const { id } = await file();
        return (await buyer.post(`/reports/${id}/withdraw`).expect(200)).body;
      },
      decided: () => decided(),
      appealed,
      final: async () => {
        const { id } = await appealed();
        const last = { outcome: 'upheld', words: 'So it is' };
        return (await admin.post(`/admin/reports/${id}/appeal/decide`, last).expect(200)).body;
      },
    };

    it.each(Object.keys(NOT))('%s', async (status) => {
      const { id } = await MADE[status]!();
      const before = await read(buyer, id);
      expect(before.status).toBe(status);
      for (const name of NOT[status]!) {
        const [who, path, body] = STEPS[name]!;
        const caller = { buyer, merchant: shop.merchant, support, admin }[who];
        const at = path.startsWith('/') ? `/reports/${id}${path}` : `/admin/reports/${id}/${path}`;
        const answer = await caller.post(at, body);
        expect([name, answer.status, answer.body.code, answer.body.reportStatus]).toEqual([
          ...[name, 409, 'report_state', status],
        ]);
      }
      expect(await read(buyer, id)).toEqual(before);
    });

    it('of the wrong side', async () => {
      const open = await file();
      await buyer.post(`/reports/${open.id}/answer`, { words: 'By myself' }).expect(409);
      const { id } = await decided();
      await buyer.post(`/reports/${id}/appeal`, { words: 'Won already' }).expect(409);
      expect((await read(buyer, id)).status).toBe('decided');
    });
  });

  it('are not upheld unheard, but once the time to answer is over', async () => {
    const { id } = await file();
    const upheld = { outcome: 'upheld', words: 'No answer' };
    await support.post(`/admin/reports/${id}/decide`, upheld).expect(409);
    await sql(muse, `UPDATE reports SET answer_until = now() - interval '1 second' WHERE id = $1`, [id]);
    await support.post(`/admin/reports/${id}/decide`, upheld).expect(200);
    await sql(muse, `UPDATE reports SET appeal_until = now() - interval '1 second' WHERE id = $1`, [id]);
    await shop.merchant.post(`/reports/${id}/appeal`, { words: 'Too late' }).expect(409);
  });

  it('are looked at again by somebody else than who decided, or by an admin', async () => {
    const { id } = await appealed();
    const confirm = { outcome: 'upheld', words: 'As before' };
    const own = await support.post(`/admin/reports/${id}/appeal/decide`, confirm).expect(409);
    expect(own.body.detail).toContain('somebody else');
    await (await staff('support')).post(`/admin/reports/${id}/appeal/decide`, confirm).expect(200);
    const byAdmin = await decided('upheld', admin);
    await shop.merchant.post(`/reports/${byAdmin.id}/appeal`, { words: 'p' }).expect(200);
    await admin.post(`/admin/reports/${byAdmin.id}/appeal/decide`, confirm).expect(200);
  });

  it('are decided by nobody who is one of the sides', async () => {
    const report = await file(support);
    await shop.merchant.post(`/reports/${report.id}/answer`, { words: 'a' }).expect(200);
    const own = await support.post(`/admin/reports/${report.id}/decide`, { outcome: 'upheld', words: 'Mine' });
    expect([own.status, own.body.code]).toEqual([409, 'report_state']);
    await admin.post(`/admin/reports/${report.id}/decide`, { outcome: 'dismissed', words: 'No' }).expect(200);
  });

  describe('at once', () => {
    const outcomeOf = async (id: string) => {
      const [row] = await sql(
        muse,
        `SELECT status, (SELECT count(*)::int FROM report_decisions d WHERE d.report_id = r.id) AS decisions,
                (SELECT count(*)::int FROM report_answers a WHERE a.report_id = r.id) AS answers,
                (SELECT count(*)::int FROM events e WHERE e.aggregate_id = r.id AND e.type = 'trust.report_decided') AS told
           FROM reports r WHERE id = $1`,
        [id],
      );
      return row;
    };

    it('filed five times: one', async () => {
      const order = await buy(buyer, shop);
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => buyer.post(`/orders/${order.id}/reports`, EMPTY_PARCEL)),
      );
      expect(statusesOf(answers)).toEqual([201, 409, 409, 409, 409]);
      expect(await sql(muse, 'SELECT 1 FROM reports WHERE order_id = $1', [order.id])).toHaveLength(1);
    });

    it('filed twice under one key: one, and the answer again', async () => {
      const order = await buy(buyer, shop);
      const key = { 'idempotency-key': randomUUID() };
      const first = await buyer.post(`/orders/${order.id}/reports`, EMPTY_PARCEL, key).expect(201);
      const again = await buyer.post(`/orders/${order.id}/reports`, EMPTY_PARCEL, key).expect(201);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(again.body).toEqual(first.body);
      await buyer.post(`/orders/${order.id}/reports`, { ...EMPTY_PARCEL, words: 'Other' }, key).expect(422);
    });

    it('withdrawn and filed anew: never two that are open', async () => {
      for (let turn = 0; turn < 5; turn++) {
        const { id, orderId } = await file();
        const [withdrawn, filed] = await Promise.all([
          buyer.post(`/reports/${id}/withdraw`),
          buyer.post(`/orders/${orderId}/reports`, EMPTY_PARCEL),
        ]);
        expect(withdrawn.status).toBe(200);
        expect([201, 409]).toContain(filed.status);
        const rows = await sql(muse, 'SELECT status FROM reports WHERE order_id = $1 ORDER BY id', [orderId]);
        const statuses = rows.map(({ status }) => status);
        expect(statuses).toEqual(filed.status === 201 ? ['withdrawn', 'open'] : ['withdrawn']);
      }
    });

    it('decided and withdrawn: one of them', async () => {
      for (let turn = 0; turn < 5; turn++) {
        const { id } = await answered();
        const answers = await Promise.all([
          support.post(`/admin/reports/${id}/decide`, { outcome: 'upheld', words: 'd' }),
          buyer.post(`/reports/${id}/withdraw`),
        ]);
        expect(statusesOf(answers)).toEqual([200, 409]);
        const decided = answers[0].status === 200;
        expect(await outcomeOf(id)).toMatchObject(
          decided ? { status: 'decided', decisions: 1, told: 1 } : { status: 'withdrawn', decisions: 0, told: 0 },
        );
      }
    });

    it('decided twice, one way and the other: once', async () => {
      for (let turn = 0; turn < 5; turn++) {
        const { id } = await answered();
        const answers = await Promise.all([
          support.post(`/admin/reports/${id}/decide`, { outcome: 'upheld', words: 'd' }),
          admin.post(`/admin/reports/${id}/decide`, { outcome: 'dismissed', words: 'd' }),
        ]);
        expect(statusesOf(answers)).toEqual([200, 409]);
        expect(await outcomeOf(id)).toMatchObject({ status: 'decided', decisions: 1, told: 1 });
      }
    });

    it('answered twice, and withdrawn: one answer at most', async () => {
      const { id } = await file();
      const answers = await Promise.all([
        shop.merchant.post(`/reports/${id}/answer`, { words: 'a' }),
        shop.merchant.post(`/reports/${id}/answer`, { words: 'b' }),
        buyer.post(`/reports/${id}/withdraw`),
      ]);
      expect(answers[2].status).toBe(200);
      expect(statusesOf(answers.slice(0, 2)).at(-1)).toBe(409);
      const given = answers.slice(0, 2).filter(({ status }) => status === 200).length;
      expect(await outcomeOf(id)).toMatchObject({ status: 'withdrawn', answers: given });
    });

    it('appealed twice, and decided: one appeal', async () => {
      const { id } = await decided();
      const answers = await Promise.all([1, 2].map(() => shop.merchant.post(`/reports/${id}/appeal`, { words: 'p' })));
      expect(statusesOf(answers)).toEqual([200, 409]);
    });
  });

  it('are refused where they are no report', async () => {
    const order = await buy(buyer, shop);
    const words = 'w';
    const bad = [
      ...[{}, { words }, { reason: 'other' }, { reason: 'boring', words }, { reason: 'payment_missing', words }],
      ...[
        { reason: 'other', words: '' },
        { reason: 'other', words: '  ' },
        { reason: 'other', words: 'x'.repeat(2001) },
      ],
      ...[
        { reason: 'other', words, more: 1 },
        { reason: 'other', words, evidenceUrls: 'https://a.example.com/1' },
      ],
      ...['http://a.example.com/1', 'nonsense', 'https://127.0.0.1/1', 'https://u:p@a.example.com/'].map((url) => {
        return { reason: 'other', words, evidenceUrls: [url] };
      }),
      { reason: 'other', words, evidenceUrls: Array.from({ length: 6 }, (_, n) => `https://a.example.com/${n}`) },
      { reason: 'other', words, evidenceUrls: ['https://a.example.com/1', 'https://a.example.com/1'] },
    ];
    for (const body of bad) {
      const answer = await buyer.post(`/orders/${order.id}/reports`, body);
      expect([body, answer.status, answer.body.code]).toEqual([body, 400, 'invalid_request']);
    }
    const ofMerchant = `/merchant/stores/${shop.storeId}/orders/${order.id}/reports`;
    await shop.merchant.post(ofMerchant, { reason: 'not_received', words }).expect(400);
    const card = { reason: 'other', words: 'My card is 4242 4242 4242 4242' };
    expect((await buyer.post(`/orders/${order.id}/reports`, card).expect(400)).body.code).toBe('card_number_refused');
    expect(await sql(muse, 'SELECT 1 FROM reports WHERE order_id = $1', [order.id])).toEqual([]);
    const { id } = await file();
    await shop.merchant.post(`/reports/${id}/answer`, {}).expect(400);
    await shop.merchant.post(`/reports/${id}/appeal`, { words: 7 }).expect(400);
    await support.post(`/admin/reports/${id}/decide`, { outcome: 'maybe', words }).expect(400);
    await support.post(`/admin/reports/${id}/decide`, { outcome: 'upheld' }).expect(400);
    await buyer.get('/reports?status=lost').expect(400);
    await buyer.get('/reports?cursor=nonsense').expect(400);
  });

  it('are nobody else’s: another merchant, the merchant’s other store, another buyer, a stranger, a guest', async () => {
    const report = await file();
    const other = await openShop(muse);
    const { body: second } = await shop.merchant
      .post('/merchant/stores', { name: 'Second', currency: 'USD', country: 'US' })
      .expect(201);
    const strangers = [other.merchant, await customer(muse), await guest(muse), support, admin];
    for (const stranger of strangers) {
      for (const [path, body] of [
        [`/reports/${report.id}/answer`, { words: 'a' }],
        [`/reports/${report.id}/withdraw`, undefined],
        [`/reports/${report.id}/appeal`, { words: 'a' }],
        [`/orders/${report.orderId}/reports`, EMPTY_PARCEL],
      ] as [string, object | undefined][])
        expect([path, (await stranger.post(path, body)).status]).toEqual([path, 404]);
      expect((await stranger.get(`/reports/${report.id}`)).body.detail).toBe('There is no such report.');
      expect((await stranger.get('/reports').expect(200)).body.data).not.toContainEqual(
        expect.objectContaining({ id: report.id }),
      );
    }
    const about = { reason: 'abusive', words: 'w' };
    for (const [merchant, storeId] of [
      [other.merchant, shop.storeId],
      [other.merchant, other.storeId],
      [shop.merchant, second.id],
      [buyer, shop.storeId],
    ] as [Shopper, string][]) {
      const path = `/merchant/stores/${storeId}/orders/${report.orderId}/reports`;
      expect([path, (await merchant.post(path, about)).status]).toEqual([path, 404]);
    }
    // The merchant does not report themselves by the buyer's route.
    await shop.merchant.post(`/orders/${report.orderId}/reports`, EMPTY_PARCEL).expect(404);
    await shop.merchant.get(`/orders/${report.orderId}/reports`).expect(404);
    await buyer.get(`/reports/${randomUUID()}`).expect(404);
    for (const who of [buyer, shop.merchant, other.merchant]) {
      await who.get('/admin/reports').expect(403);
      await who.get(`/admin/reports/${report.id}`).expect(403);
      await who.post(`/admin/reports/${report.id}/decide`, { outcome: 'upheld', words: 'w' }).expect(403);
      await who.post(`/admin/reports/${report.id}/appeal/decide`, { outcome: 'upheld', words: 'w' }).expect(403);
    }
    await muse.http.get(`${API}/reports/${report.id}`).expect(401);
    await admin.get(`/admin/reports/${randomUUID()}`).expect(404);
    await admin.post(`/admin/reports/${randomUUID()}/decide`, { outcome: 'upheld', words: 'w' }).expect(404);
    expect(await read(buyer, report.id)).toMatchObject({ status: 'open', answer: null });
  });

  it('are not for orders of partner stores', async () => {
    const visitor = await guest(muse);
    await addDescribed(visitor, await openPartner(muse));
    const { stores } = await checkoutToPlaced(visitor);
    const made = await visitor
      .post(`/handoffs/${stores[0].handoffId}/ordered`, { storeOrderNumber: 'P-2' })
      .expect(201);
    const refused = await visitor.post(`/orders/${made.body.id}/reports`, EMPTY_PARCEL).expect(409);
    expect(refused.body.code).toBe('not_between_two');
  });

  it('are filed and followed by the holder of a token where the order names nobody', async () => {
    const order = await buy(buyer, shop);
    const headers = await sealOrder(muse, order.id, () => orderToken(muse, order.id));
    const holder = shopperOf(muse, order.id, headers);
    const report = (await holder.post(`/orders/${order.id}/reports`, EMPTY_PARCEL).expect(201)).body;
    await buyer.get(`/reports/${report.id}`).expect(404);
    await shop.merchant.post(`/reports/${report.id}/answer`, { words: 'It was full' }).expect(200);
    const seen = await read(holder, report.id);
    expect(seen).toMatchObject({ report: { words: EMPTY_PARCEL.words }, answer: { words: 'It was full' } });
    await support.post(`/admin/reports/${report.id}/decide`, { outcome: 'dismissed', words: 'd' }).expect(200);
    await holder.post(`/reports/${report.id}/appeal`, { words: 'It was empty' }).expect(200);
    expect((await holder.get(`/orders/${order.id}/reports`).expect(200)).body.data).toHaveLength(1);
    await holder.get('/reports').expect(401);
    const rows = await sql(
      muse,
      `SELECT r::text AS text FROM reports r WHERE id = $1 UNION ALL SELECT a::text FROM appeals a WHERE report_id = $1`,
      [report.id],
    );
    for (const { text } of rows) expect(text).not.toContain(buyer.id);
    expect(rows).toHaveLength(2);
  });

  it('keep their words encrypted; who closes the account takes them along, and what is open is withdrawn', async () => {
    const leaver = await customer(muse);
    const { id: undecided } = await file(leaver, { ...EMPTY_PARCEL, words: 'Words of Leaver' });
    const { id } = await file(leaver, { ...EMPTY_PARCEL, words: 'Words of Leaver' });
    await shop.merchant.post(`/reports/${id}/answer`, { words: 'Words of Merchant' }).expect(200);
    await support.post(`/admin/reports/${id}/decide`, { outcome: 'upheld', words: 'Words of Support' }).expect(200);
    await shop.merchant.post(`/reports/${id}/appeal`, { words: 'More words of Merchant' }).expect(200);
    const stored = await sql(
      muse,
      `SELECT r::text AS text FROM reports r UNION ALL SELECT a::text FROM report_answers a UNION ALL SELECT p::text FROM appeals p
       UNION ALL SELECT d::text FROM report_decisions d UNION ALL SELECT e::text FROM events e WHERE type LIKE 'trust.%'
       UNION ALL SELECT k::text FROM idempotency_keys k`,
    );
    for (const { text } of stored) expect(text).not.toMatch(/Leaver|Merchant|Support|pictures/);
    expect((await leaver.delete('/me')).ok).toBe(true);
    expect(await read(shop.merchant, undecided)).toMatchObject({
      ...{ status: 'withdrawn', report: { words: null, evidenceUrls: [] }, allowedActions: [] },
    });
    expect(await read(shop.merchant, id)).toMatchObject({
      ...{ status: 'appealed', outcome: 'upheld', report: { words: null }, answer: { words: 'Words of Merchant' } },
    });
    const told = await sql(
      muse,
      `SELECT payload FROM events WHERE type = 'trust.report_withdrawn' AND aggregate_id = $1`,
      [undecided],
    );
    expect(told).toMatchObject([{ payload: { by: 'system' } }]);
    await expect(
      sql(muse, `UPDATE reports SET content = '{"words":"in the clear"}' WHERE id = $1`, [id]),
    ).rejects.toThrow('reports_content_is_sealed');
  });
});

describe('The trust of a buyer', () => {
  let muse: RunningApp;
  let buyer: Shopper;
  let shop: Shop;
  let order: Body;
  let ofMerchant: string;

  beforeAll(async () => {
    muse = await startApp();
    buyer = await customer(muse);
    ({ shop, order, ofMerchant } = await completedOrder(muse, buyer));
  });

  it('is shown to the merchant of an order without saying who it is', async () => {
    await buyer.put(`/orders/${order.id}/rating`, { stars: 5 }).expect(200);
    await shop.merchant.put(`${ofMerchant}/rating`, { stars: 4, words: 'Paid at once' }).expect(200);
    const trust = (await shop.merchant.get(`${ofMerchant}/buyer-trust`).expect(200)).body;
    expect(trust).toMatchObject({
      ...{ orderId: order.id, buyer: 'user', score: 50, verifiedSales: 1, counterparties: 1 },
      ratings: { count: 1, average: 4, stars: [0, 0, 0, 1, 0] },
      disclaimer: expect.stringContaining('Muse does not arbitrate'),
    });
    expect(trust.terms.map(({ code }: Body) => code).slice(0, 2)).toEqual(['start', 'different_counterparties']);
    expect(JSON.stringify(trust)).not.toContain(buyer.id);
  });

  it('falls by reports of merchants that are upheld', async () => {
    const account = await makeUser(muse, 'admin');
    const admin = shopperOf(muse, account.id, await signIn(muse, account));
    const report = { reason: 'payment_missing', words: 'Never paid' };
    const { body } = await shop.merchant.post(`${ofMerchant}/reports`, report).expect(201);
    const trust = async () => (await shop.merchant.get(`${ofMerchant}/buyer-trust`).expect(200)).body;
    expect(await trust()).toMatchObject({ score: 50, upheldReports: 0 });
    await buyer.post(`/reports/${body.id}/answer`, { words: 'I did' }).expect(200);
    await admin.post(`/admin/reports/${body.id}/decide`, { outcome: 'upheld', words: 'No' }).expect(200);
    const after = await trust();
    expect(after.upheldReports).toBe(1);
    expect(after.score).toBeLessThan(50);
    expect(after.terms.at(-1)).toMatchObject({ code: 'upheld_reports', value: 1 });
  });

  it('of a guest is where everybody begins, and knows nothing of other orders', async () => {
    const visitor = await guest(muse);
    const made = await completedOrder(muse, visitor, shop);
    const second = await buy(visitor, shop);
    const trustOf = async (orderId: string): Promise<Body> =>
      (await shop.merchant.get(`/merchant/stores/${shop.storeId}/orders/${orderId}/buyer-trust`).expect(200)).body;
    expect(await trustOf(made.order.id)).toMatchObject({ buyer: 'unnamed', verifiedSales: 1 });
    expect(await trustOf(second.id)).toMatchObject({ buyer: 'unnamed', verifiedSales: 0, score: 50 });
  });

  it('of a sealed order’s buyer is what this store has seen of them', async () => {
    // As orders that are sealed carry it, and without the rest of what makes a sealed one.
    await sql(muse, 'ALTER TABLE orders ADD COLUMN IF NOT EXISTS buyer_ref bytea');
    await sql(muse, 'ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_open_have_a_key');
    const [one, two, other] = [await buy(buyer, shop), await buy(buyer, shop), await buy(buyer, shop)];
    const seal = (orderId: string, ref: number) =>
      sql(muse, 'UPDATE orders SET buyer_user_id = NULL, buyer_ref = $2 WHERE id = $1', [
        orderId,
        Buffer.alloc(32, ref),
      ]);
    await seal(one.id, 1);
    await seal(two.id, 1);
    await seal(other.id, 2);
    await sql(
      muse,
      `INSERT INTO verified_sales (order_id, store_id, buyer_ref, total_cents, currency) SELECT id, store_id, buyer_ref, total_cents, currency FROM orders WHERE id = $1`,
      [one.id],
    );
    const salesOf = async (orderId: string) =>
      (await shop.merchant.get(`/merchant/stores/${shop.storeId}/orders/${orderId}/buyer-trust`).expect(200)).body
        .verifiedSales;
    expect([await salesOf(one.id), await salesOf(two.id), await salesOf(other.id)]).toEqual([1, 1, 0]);
  });

  it('by their id is for those who share an order with them, and 404 for everybody else', async () => {
    const path = `/users/${buyer.id}/trust`;
    const seen = (await shop.merchant.get(path).expect(200)).body;
    expect(seen).toMatchObject({ userId: buyer.id, counterparties: 1 });
    expect(seen.disclaimer).toContain('Muse does not arbitrate');
    // The buyer may look at the merchant, as a buyer.
    expect((await buyer.get(`/users/${shop.merchant.id}/trust`).expect(200)).body).toMatchObject({ score: 50 });
    const other = await openShop(muse);
    const none = (await shop.merchant.get(`/users/${randomUUID()}/trust`).expect(404)).body;
    for (const stranger of [other.merchant, await customer(muse), buyer]) {
      const { body } = await stranger.get(path).expect(404);
      expect([body.code, body.detail]).toEqual([none.code, none.detail]);
    }
    await (await guest(muse)).get(path).expect(403);
    await muse.http.get(`${API}${path}`).expect(401);
    await shop.merchant.get('/users/nonsense/trust').expect(400);
  });

  it('by order is for the merchant of its store alone', async () => {
    const other = await openShop(muse);
    const { body: second } = await shop.merchant
      .post('/merchant/stores', { name: 'Second', currency: 'USD', country: 'US' })
      .expect(201);
    const at = (storeId: string) => `/merchant/stores/${storeId}/orders/${order.id}/buyer-trust`;
    for (const [who, path] of [
      [other.merchant, at(shop.storeId)],
      [other.merchant, at(other.storeId)],
      [shop.merchant, at(second.id)],
      [buyer, at(shop.storeId)],
    ] as [Shopper, string][])
      expect([path, (await who.get(path)).status]).toEqual([path, 404]);
    await (await guest(muse)).get(at(shop.storeId)).expect(403);
    await muse.http.get(`${API}${at(shop.storeId)}`).expect(401);
  });
});
