import { randomBytes, randomUUID } from 'node:crypto';
import { FoundOrdersRepository } from '../../src/checkout-session/found-orders/found-orders.repository';
import { MailFindingsRepository } from '../../src/store-integrations/mail-findings/mail-findings.repository';
import { startApp, type RunningApp } from '../support/app';
import { openPartner } from '../support/market';
import { usd } from '../support/sellers';
import {
  ADDRESS,
  CONTACT,
  addDescribed,
  begin,
  cartOf,
  checkoutToPlaced,
  customer,
  eventually,
  guest,
  linesOf,
  place,
  settled,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';
import { once, paranoid } from '../support/sealed';
import { deliver, withToldMails, type ToldMail } from '../support/told-mails';

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

describe('An order that the shopper’s mail tells of', () => {
  let muse: RunningApp;
  /** On the same database: two workers hear what happens. */
  let other: RunningApp;
  let partner: { id: string; name: string; hosts: string[] };
  let shopper: Shopper;
  let number: string;

  beforeAll(async () => {
    muse = await startApp({}, withToldMails);
    const { MUSE_MASTER_KEY, JWT_SECRET } = muse.config as { MUSE_MASTER_KEY: string; JWT_SECRET: string };
    const shared = { DATABASE_URL: muse.database, MUSE_MASTER_KEY, JWT_SECRET };
    other = await startApp(shared, withToldMails);
  });
  beforeEach(async () => {
    partner = await openPartner(muse, { hosts: [`${randomUUID().slice(0, 8)}.example`] });
    shopper = await customer(muse);
    number = `A-${randomUUID().slice(0, 8).toUpperCase()}`;
  });

  const domain = () => partner.hosts[0]!;
  /** A filled cart at the partner store: two shirts and delivery, 26.00. */
  const handOff = async (who = shopper): Promise<string> => {
    await addDescribed(who, partner, { quantity: 2 });
    return (await checkoutToPlaced(who)).stores[0].handoffId;
  };
  const confirmation = (more: Partial<ToldMail> = {}): ToldMail => ({
    ...{ kind: 'ordered', domain: domain(), orderNumber: number, total: { cents: 2600, currency: 'USD' } },
    ...{ items: [{ name: 'Linen Shirt', quantity: 2, unitPriceCents: 1000 }], at: inHours(0.01), ...more },
  });
  const parcel = { carrier: 'ups', trackingNumber: '1Z999AA10123456784', trackingUrl: null };
  const shipped = (more: Partial<ToldMail> = {}): ToldMail => ({
    ...{ kind: 'shipped', domain: domain(), orderNumber: number, parcels: [parcel], at: inHours(0.02), ...more },
  });
  const delivered = (more: Partial<ToldMail> = {}) => shipped({ kind: 'delivered', at: inHours(0.03), ...more });
  const ordersOf = async (who = shopper): Promise<Body[]> => (await who.get('/orders').expect(200)).body.data;
  const foundBy = async (who = shopper, status = 'open'): Promise<Body[]> =>
    (await who.get(`/found-orders?status=${status}`).expect(200)).body.data;
  /** Until whatever was published is delivered. */
  const heard = () =>
    eventually(async () => {
      const [row] = await sql(muse, `SELECT count(*)::int AS open FROM event_deliveries WHERE status = 'pending'`, []);
      return row!['open'] === 0;
    });
  const send = async (mail: ToldMail, how: Parameters<typeof deliver>[3] = {}) => {
    const kept = await deliver(muse, shopper.id, mail, how);
    await heard();
    return kept;
  };
  const follow = (id: string, body: object = {}, who = shopper) => who.post(`/found-orders/${id}/follow`, body);
  const offered = async (mail: ToldMail = confirmation(), how: Parameters<typeof deliver>[3] = {}): Promise<Body> => {
    await send(mail, how);
    return (await foundBy())[0];
  };

  it('is the order of the hand-off that waits for it, with the store’s number, and its shopper is told', async () => {
    const handoffId = await handOff();
    await expect(send(confirmation())).resolves.toBe('kept');
    const [order, another] = await ordersOf();
    expect(another).toBeUndefined();
    expect(order).toMatchObject({
      ...{ storeOrderNumber: number, status: 'confirmed', checkoutMethod: 'redirect', total: usd(2600) },
      paymentStatus: 'at_store',
    });
    const { body: handoff } = await shopper.get(`/handoffs/${handoffId}`).expect(200);
    expect(handoff).toMatchObject({ status: 'ordered', orderId: order.id });
    expect(await foundBy()).toEqual([]);
    expect(await foundBy(shopper, 'followed')).toMatchObject([{ orderId: order.id, storeOrderNumber: number }]);
    const { body: told } = await shopper.get('/notifications').expect(200);
    expect(told.data).toContainEqual(
      expect.objectContaining({ kind: 'order_from_mail', target: { kind: 'order', id: order.id } }),
    );
  });

  it('is followed to the door by later mails, of the store and of the carrier', async () => {
    await handOff();
    await send(confirmation());
    await send(shipped());
    expect(await ordersOf()).toMatchObject([{ status: 'shipped', trackingNumber: parcel.trackingNumber }]);
    const byCarrier: ToldMail = {
      ...{ kind: 'delivered', domain: 'ups.example', carrier: 'ups', store: { name: null, domain: null } },
      ...{ parcels: [parcel], at: inHours(0.05), evidence: [{ of: 'store', by: 'sender', excerpt: 'ups.example' }] },
    };
    await send(byCarrier);
    expect(await ordersOf()).toMatchObject([{ status: 'delivered' }]);
  });

  it.each([
    ['shipped first', () => [shipped(), confirmation()]],
    ['delivered first', () => [delivered(), shipped(), confirmation()]],
    ['confirmed last but one', () => [shipped(), confirmation(), delivered()]],
  ])('is one order, as far as it has come, whatever mail comes first: %s', async (_, mails) => {
    await handOff();
    const sent = mails();
    for (const mail of sent) await send(mail);
    const isThere = sent.some(({ kind }) => kind === 'delivered');
    expect(await ordersOf()).toMatchObject([{ storeOrderNumber: number, status: isThere ? 'delivered' : 'shipped' }]);
  });

  it('is one order where all its mails come at once, by both ways, to two workers', async () => {
    await handOff();
    const mails = [confirmation(), shipped(), delivered()].map((mail) => ({ ...mail, messageId: randomUUID() }));
    const came = await Promise.all(
      mails.flatMap((mail) => [
        deliver(muse, shopper.id, mail),
        deliver(other, shopper.id, mail, { via: 'forwarding' }),
        deliver(other, shopper.id, mail),
      ]),
    );
    expect(came.filter((result) => result === 'kept')).toHaveLength(3);
    expect(came.filter((result) => result === 'seen')).toHaveLength(6);
    await heard();
    expect(await ordersOf()).toMatchObject([{ storeOrderNumber: number, status: 'delivered' }]);
    expect(await foundBy()).toEqual([]);
  });

  it('is the order that the shopper has declared already, which has its number now', async () => {
    const handoffId = await handOff();
    const { body: order } = await shopper.post(`/handoffs/${handoffId}/ordered`).expect(201);
    expect(order.status).toBe('awaiting_store');
    await send(confirmation());
    expect(await ordersOf()).toMatchObject([{ id: order.id, status: 'confirmed', storeOrderNumber: number }]);
    await send(shipped());
    expect(await ordersOf()).toMatchObject([{ id: order.id, status: 'shipped' }]);
  });

  it('is cancelled where the store’s mail says so', async () => {
    await handOff();
    await send(confirmation());
    await send(shipped({ kind: 'cancelled', parcels: [] }));
    expect(await ordersOf()).toMatchObject([{ status: 'cancelled' }]);
  });

  it('is of the hand-off that its link names, of two that are alike', async () => {
    const first = await handOff();
    const second = await handOff();
    const [row] = await sql(muse, `SELECT click_id FROM handoffs WHERE id = $1`, [second]);
    await send(confirmation({ clickIds: [row!['click_id'] as string] }));
    const [order] = await ordersOf();
    expect((await shopper.get(`/handoffs/${second}`).expect(200)).body.orderId).toBe(order.id);
    expect((await shopper.get(`/handoffs/${first}`).expect(200)).body.status).toBe('waiting');
  });

  it('is asked about where two hand-offs are as likely, and is the one’s that the shopper names', async () => {
    const [first, second] = [await handOff(), await handOff()];
    const found = await offered();
    expect(await ordersOf()).toEqual([]);
    expect(found.candidates.map(({ handoffId }: Body) => handoffId).sort()).toEqual([first, second].sort());
    const { body: order } = await follow(found.id, { handoffId: second }).expect(201);
    expect(order).toMatchObject({ storeOrderNumber: number, status: 'confirmed', total: usd(2600) });
    expect((await shopper.get(`/handoffs/${second}`).expect(200)).body).toMatchObject({ orderId: order.id });
    expect((await shopper.get(`/handoffs/${first}`).expect(200)).body.status).toBe('waiting');
    // The same again, and another hand-off instead.
    expect((await follow(found.id, { handoffId: second }).expect(201)).body.id).toBe(order.id);
    expect((await follow(found.id, { handoffId: first }).expect(409)).body.code).toBe('found_order_followed');
  });

  it('is never another shopper’s hand-off’s: theirs answers like one that there is not', async () => {
    await handOff();
    await handOff();
    const found = await offered();
    const theirs = await handOff(await customer(muse));
    const [foreign, unknown] = await Promise.all(
      [theirs, randomUUID()].map(async (handoffId) => (await follow(found.id, { handoffId }).expect(404)).body),
    );
    expect({ ...foreign, requestId: null, instance: null }).toEqual({ ...unknown, requestId: null, instance: null });
    expect((await sql(muse, 'SELECT status FROM handoffs WHERE id = $1', [theirs]))[0].status).toBe('waiting');
  });

  it('is offered where no hand-off explains it, with what that was learned from', async () => {
    const found = await offered(confirmation({ store: { name: 'Old Navy', domain: domain() } }));
    expect(found).toMatchObject({
      ...{ status: 'open', store: { name: 'Old Navy', domain: domain() }, storeOrderNumber: number, total: usd(2600) },
      ...{ items: [{ name: 'Linen Shirt', quantity: 2, unitPrice: usd(1000) }], latest: 'ordered', confidence: 95 },
      ...{ isProved: true, candidates: [], orderId: null },
      evidence: [{ of: 'kind', by: 'text', excerpt: 'Thank you for your order' }],
    });
    expect((await shopper.get(`/found-orders/${found.id}`).expect(200)).body).toEqual(found);
    const { body: told } = await shopper.get('/notifications').expect(200);
    expect(told.data).toMatchObject([
      {
        kind: 'order_found',
        title: `Bought at ${partner.name}: follow it?`,
        target: { kind: 'found_order', id: found.id },
      },
    ]);
  });

  it('is followed as an order of its own, whose amounts add up, and hears its mails', async () => {
    await send(shipped());
    const found = await offered();
    const { body: order } = await follow(found.id).expect(201);
    expect(order).toMatchObject({
      ...{ store: { id: partner.id }, storeOrderNumber: number, checkoutSessionId: null, checkoutMethod: 'redirect' },
      ...{ status: 'shipped', paymentStatus: 'at_store', subtotal: usd(2000), total: usd(2600) },
      items: [{ productName: 'Linen Shirt', quantity: 2, unitPrice: usd(1000) }],
    });
    await send(delivered());
    expect((await shopper.get(`/orders/${order.id}`).expect(200)).body.status).toBe('delivered');
    expect(await foundBy()).toEqual([]);
  });

  it('may be of a store that Muse does not sell for, which is then known by its domain and shown to nobody', async () => {
    const elsewhere = `${randomUUID().slice(0, 8)}.example`;
    const found = await offered(confirmation({ domain: elsewhere, store: { name: 'Nike', domain: elsewhere } }));
    const { body: told } = await shopper.get('/notifications').expect(200);
    expect(told.data[0]).toMatchObject({ kind: 'order_found', title: `Bought at ${elsewhere}: follow it?` });
    const { body: order } = await follow(found.id).expect(201);
    expect(order.store.name).toBe(elsewhere);
    await shopper.get(`/stores/${order.store.id}`).expect(404);
  });

  it('is one order however often and however quickly it is followed', async () => {
    const found = await offered();
    const answers = await Promise.all(Array.from({ length: 8 }, () => follow(found.id)));
    expect(statusesOf(answers)).toEqual(Array(8).fill(201));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await ordersOf()).toHaveLength(1);
  });

  it('is not offered again once it is dismissed, and may be followed all the same', async () => {
    const found = await offered();
    expect((await shopper.post(`/found-orders/${found.id}/dismiss`).expect(200)).body.status).toBe('dismissed');
    await shopper.post(`/found-orders/${found.id}/dismiss`).expect(200);
    await send(shipped());
    expect(await foundBy()).toEqual([]);
    expect(await ordersOf()).toEqual([]);
    const { body: order } = await follow(found.id).expect(201);
    const { body: problem } = await shopper.post(`/found-orders/${found.id}/dismiss`).expect(409);
    expect(problem).toMatchObject({ code: 'found_order_followed', orderId: order.id });
  });

  it('is one order of two that are confirmed at once, where one hand-off waits: the other is offered', async () => {
    for (let round = 0; round < 3; round++) {
      shopper = await customer(muse);
      await handOff();
      const numbers = [`${number}-1-${round}`, `${number}-2-${round}`];
      await Promise.all(
        numbers.map((orderNumber, n) => deliver(n ? muse : other, shopper.id, confirmation({ orderNumber }))),
      );
      await heard();
      const [orders, found] = [await ordersOf(), await foundBy()];
      expect([orders.length, found.length]).toEqual([1, 1]);
      expect(new Set([orders[0].storeOrderNumber, found[0].storeOrderNumber])).toEqual(new Set(numbers));
    }
  });

  it('is known once the shopper declares it under its number, and has heard what came before', async () => {
    const [first] = [await handOff(), await handOff()];
    await send(confirmation());
    await send(shipped());
    expect(await ordersOf()).toEqual([]);
    const { body: order } = await shopper.post(`/handoffs/${first}/ordered`, { storeOrderNumber: number }).expect(201);
    await heard();
    expect(await ordersOf()).toMatchObject([{ id: order.id, status: 'shipped' }]);
    expect(await foundBy()).toEqual([]);
  });

  it('hears of its parcel from a carrier that writes before its store does', async () => {
    await handOff();
    const byCarrier: ToldMail = {
      ...{ kind: 'out_for_delivery', domain: 'ups.example', carrier: 'ups', store: { name: null, domain: null } },
      ...{ parcels: [parcel], at: inHours(0.04), evidence: [{ of: 'store', by: 'sender', excerpt: 'ups.example' }] },
    };
    await send(byCarrier);
    expect(await foundBy()).toEqual([]);
    await send(shipped());
    await send(confirmation());
    const [order] = await ordersOf();
    const { body } = await shopper.get(`/orders/${order.id}/tracking`).expect(200);
    expect(body).toMatchObject({ status: 'out_for_delivery', trackingNumber: parcel.trackingNumber });
  });

  it('hears of a parcel by a mail of its store that names no number, where no other order is on its way from there', async () => {
    await handOff();
    await send(confirmation());
    await send(shipped({ orderNumber: null }));
    expect(await ordersOf()).toMatchObject([{ status: 'shipped', trackingNumber: parcel.trackingNumber }]);
    await send(confirmation({ orderNumber: `${number}-2` }));
    await follow((await foundBy())[0].id).expect(201);
    const another = { ...parcel, trackingNumber: '1Z12345E0205271688' };
    await send(shipped({ orderNumber: null, parcels: [another] }));
    const numbers = (await ordersOf()).map(({ trackingNumber }) => trackingNumber as string | null);
    expect(numbers).not.toContain(another.trackingNumber);
  });

  it('is one where its mail names no number, however often that is sent on', async () => {
    const mail = confirmation({ orderNumber: null });
    await send(mail);
    await send({ ...mail, isForwarded: true });
    const [found, another] = await foundBy();
    expect(another).toBeUndefined();
    const { body: order } = await follow(found.id).expect(201);
    expect(order).toMatchObject({ storeOrderNumber: null, status: 'awaiting_store', total: usd(2600) });
  });

  it('is each found once where a mailbox is read for the first time, and only what is new is told', async () => {
    await handOff();
    const numbers = Array.from({ length: 60 }, (_, n) => `${number}-${n}`);
    const old = numbers.flatMap((orderNumber, n) => {
      const at = inHours(-24 * 10 - n);
      return [confirmation({ orderNumber, at }), shipped({ orderNumber, at, parcels: [] })];
    });
    await Promise.all([...old, confirmation()].map((mail, n) => deliver(n % 2 ? muse : other, shopper.id, mail)));
    await heard();
    expect(await ordersOf()).toMatchObject([{ storeOrderNumber: number }]);
    const first = (await shopper.get('/found-orders?limit=50').expect(200)).body;
    const second = (await shopper.get(`/found-orders?limit=50&cursor=${first.nextCursor}`).expect(200)).body;
    const offeredNow: Body[] = [...first.data, ...second.data];
    expect(offeredNow.map(({ storeOrderNumber }) => storeOrderNumber as string).sort()).toEqual([...numbers].sort());
    expect(offeredNow.every(({ latest }) => latest === 'shipped' || latest === 'ordered')).toBe(true);
    const { body: told } = await shopper.get('/notifications').expect(200);
    expect(told.data.map(({ kind }: Body) => kind)).toEqual(['order_from_mail']);
  });

  describe('by a mail whose sender is not proved', () => {
    it.each<[string, () => ToldMail, Parameters<typeof deliver>[3]]>([
      ['that nobody has vouched for', () => confirmation(), { authenticated: 'unknown' }],
      ['from another domain than the store’s', () => confirmation({ from: 'attacker.example' }), {}],
      ['that somebody has forwarded', () => confirmation({ isForwarded: true }), {}],
      ['that is hardly understood', () => confirmation({ confidence: 0.6 }), {}],
    ])('%s, the shopper is asked', async (_, mail, how) => {
      const handoffId = await handOff();
      const found = await offered(mail(), how);
      expect(await ordersOf()).toEqual([]);
      expect(found.candidates).toMatchObject([
        { handoffId, reasons: expect.arrayContaining(['store', 'total', 'items']) },
      ]);
      const { body: order } = await follow(found.id, { handoffId }).expect(201);
      expect(order.storeOrderNumber).toBe(number);
    });

    it('nothing happens where its authentication has failed', async () => {
      await handOff();
      await expect(send(confirmation(), { authenticated: 'fail' })).resolves.toBe('nothing');
      expect(await ordersOf()).toEqual([]);
      expect(await foundBy()).toEqual([]);
    });

    it.each<[string, Partial<ToldMail>]>([
      ['cancelled', { kind: 'cancelled', parcels: [] }],
      ['delivered', { kind: 'delivered' }],
    ])('a known order is not %s', async (_, more) => {
      await handOff();
      await send(confirmation());
      const [before] = await ordersOf();
      await send(shipped({ ...more, from: 'attacker.example' }));
      await send(shipped({ ...more }), { authenticated: 'unknown' });
      await send(shipped({ ...more, isForwarded: true }));
      expect(await ordersOf()).toEqual([before]);
    });

    it('a known order hears of no other store, be that proved to be itself: not by number, not by parcel', async () => {
      await handOff();
      await send(confirmation());
      await send(shipped());
      const [before] = await ordersOf();
      const another = `${randomUUID().slice(0, 8)}.example`;
      for (const kind of ['cancelled', 'delivered', 'returned'] as const)
        for (const orderNumber of [number, null]) await send(shipped({ kind, domain: another, orderNumber }));
      expect(await ordersOf()).toEqual([before]);
    });

    it('the same mail, come proved by another way, is heard', async () => {
      await handOff();
      const mail = confirmation({ messageId: randomUUID() });
      await send(mail, { authenticated: 'unknown' });
      expect(await ordersOf()).toEqual([]);
      await expect(send(mail, { via: 'forwarding' })).resolves.toBe('kept');
      expect(await ordersOf()).toMatchObject([{ storeOrderNumber: number }]);
      await expect(send(mail, { authenticated: 'unknown' })).resolves.toBe('seen');
    });
  });

  it('is nobody’s where the shopper changes their mind at the same moment: an order, or the goods back in the cart', async () => {
    for (let round = 0; round < 5; round++) {
      shopper = await customer(muse);
      const handoffId = await handOff();
      const [abandoned] = await Promise.all([
        shopper.post(`/handoffs/${handoffId}/abandon`),
        deliver(other, shopper.id, confirmation()),
      ]);
      await heard();
      const orders = await ordersOf();
      const lines = linesOf(await cartOf(shopper));
      if (abandoned.status === 200) {
        expect([orders.length, lines.length]).toEqual([0, 1]);
        // It was bought all the same: the shopper is asked.
        expect(await foundBy()).toMatchObject([{ storeOrderNumber: number, candidates: [] }]);
      } else {
        expect([abandoned.status, orders.length, lines.length]).toEqual([409, 1, 0]);
      }
    }
  });

  it('is that of a hand-off which was a guest’s until they signed in, whichever came first', async () => {
    for (const mailFirst of [true, false]) {
      const visitor = await guest(muse);
      await handOff(visitor);
      const credentials = { email: `${randomUUID()}@example.com`, password: 'a long passphrase' };
      const { body: made } = await muse.http.post('/api/v1/auth/register').send(credentials).expect(201);
      const signIn = () => muse.http.post('/api/v1/auth/login').set(visitor.headers).send(credentials).expect(200);
      number = `A-${randomUUID().slice(0, 8)}`;
      if (mailFirst) await deliver(muse, made.user.id, confirmation());
      if (mailFirst) await heard();
      const [{ body: session }] = await Promise.all([
        signIn(),
        ...(mailFirst ? [] : [deliver(other, made.user.id, confirmation())]),
      ]);
      await heard();
      const headers = { authorization: `Bearer ${session.accessToken}` };
      const { body } = await muse.http.get('/api/v1/orders').set(headers).expect(200);
      expect(body.data).toMatchObject([{ storeOrderNumber: number, status: 'confirmed' }]);
    }
  });

  describe('of a paranoid shopper', () => {
    it('is matched with no hand-off without their word, and makes no order that names them', async () => {
      const handoffId = await handOff();
      await muse.http.patch('/api/v1/me').set(shopper.headers).send({ privacy: 'paranoid' }).expect(200);
      const found = await offered();
      expect(await ordersOf()).toEqual([]);
      expect((await follow(found.id).expect(409)).body.code).toBe('found_order_names_buyer');
      expect(found.candidates).toMatchObject([{ handoffId }]);
    });

    it('is that of a sealed hand-off only by their word, and nothing says from then on whose it is', async () => {
      shopper = await paranoid(muse);
      await addDescribed(shopper, partner, { quantity: 2 });
      const begun = await begin(shopper);
      const shipping = { address: ADDRESS, contact: CONTACT };
      const { body: session } = await shopper.put(`/checkout/sessions/${begun.id}/shipping`, shipping).expect(200);
      const { body: answer } = await place(shopper, session).expect(202);
      const { handoffId } = (await settled(shopper, session.id)).stores[0];
      const found = await offered();
      expect(found.candidates).toEqual([]);
      const key = once();
      const { body: order } = await shopper.post(`/found-orders/${found.id}/follow`, { handoffId }, key).expect(201);
      expect(order).toMatchObject({ id: answer.orderAccess[0].orderId, storeOrderNumber: number, sealed: {} });
      expect(await ordersOf()).toEqual([]);
      const again = await shopper.post(`/found-orders/${found.id}/follow`, { handoffId }, key).expect(201);
      expect(again.body.id).toBe(order.id);
      expect(await sql(muse, 'SELECT id FROM mail_findings WHERE user_id = $1', [shopper.id])).toEqual([]);
      const [row] = await sql(muse, 'SELECT * FROM found_orders WHERE user_id = $1', [shopper.id]);
      expect(row).toMatchObject({
        status: 'dismissed',
        order_id: null,
        handoff_id: null,
        updated_at: row!['found_at'],
      });
      await shopper.get(`/found-orders/${found.id}`).expect(404);
      const told = await sql(muse, `SELECT payload::text AS text FROM events WHERE payload::text LIKE $1`, [
        `%${order.id}%`,
      ]);
      expect(told.map(({ text }) => text as string).join('')).not.toContain(shopper.id);
    });
  });

  describe('is only its shopper’s', () => {
    it('and nobody else’s to see, follow or dismiss', async () => {
      const found = await offered();
      const stranger = await customer(muse);
      await stranger.get(`/found-orders/${found.id}`).expect(404);
      await follow(found.id, {}, stranger).expect(404);
      await stranger.post(`/found-orders/${found.id}/dismiss`).expect(404);
      expect(await foundBy(stranger)).toEqual([]);
      await follow(found.id, {}, await guest(muse)).expect(403);
      await muse.http.get('/api/v1/found-orders').expect(401);
    });

    it('with a hand-off of their own', async () => {
      const found = await offered();
      const stranger = await customer(muse);
      const theirs = await handOff(stranger);
      await follow(found.id, { handoffId: theirs }).expect(404);
      const own = await handOff();
      await shopper.post(`/handoffs/${own}/abandon`).expect(200);
      expect((await follow(found.id, { handoffId: own }).expect(409)).body.code).toBe('handoff_over');
    });

    it('asked for in the documented form', async () => {
      const found = await offered();
      await follow(found.id, { handoffId: 'x' }).expect(400);
      await follow(found.id, { whatever: 1 }).expect(400);
      await follow('x').expect(400);
      await shopper.get('/found-orders?status=lost').expect(400);
    });
  });

  it('is in the export, and goes with the account', async () => {
    await handOff();
    await send(confirmation());
    await send(confirmation({ orderNumber: `${number}-2`, domain: 'elsewhere.example', from: 'elsewhere.example' }));
    const { body } = await shopper.get('/me/export').expect(200);
    expect(body.foundOrders).toMatchObject([
      { status: 'followed' },
      { status: 'open', storeDomain: 'elsewhere.example' },
    ]);
    expect(body.mailFindings).toMatchObject([
      {
        kind: 'ordered',
        storeOrderNumber: number,
        status: 'used',
        isProved: true,
        evidence: ['Thank you for your order'],
      },
      { storeOrderNumber: `${number}-2`, status: 'offered' },
    ]);
    await shopper.delete('/me').expect(200);
    for (const table of ['mail_messages', 'mail_findings', 'found_orders'])
      expect(await sql(muse, `SELECT id FROM ${table} WHERE user_id = $1`, [shopper.id])).toEqual([]);
    await expect(deliver(muse, shopper.id, shipped())).resolves.toBe('nothing');
  });

  it('is forgotten after half a year, unless it has become an order', async () => {
    await send(confirmation());
    await handOff();
    await send(confirmation({ orderNumber: `${number}-2` }));
    for (const column of ['mail_messages SET taken_at', 'found_orders SET updated_at'])
      await sql(muse, `UPDATE ${column} = now() - interval '201 days' WHERE user_id = $1`, [shopper.id]);
    await muse.app.get(MailFindingsRepository, { strict: false }).forgetOld();
    await muse.app.get(FoundOrdersRepository, { strict: false }).forgetOld();
    for (const table of ['mail_messages', 'mail_findings', 'found_orders'])
      expect(await sql(muse, `SELECT id FROM ${table} WHERE user_id = $1`, [shopper.id])).toHaveLength(1);
    expect(await foundBy(shopper, 'followed')).toMatchObject([{ storeOrderNumber: `${number}-2` }]);
  });

  it('is kept in words that only its shopper’s key opens', async () => {
    await send(confirmation({ items: [{ name: 'A very private thing', quantity: 1, unitPriceCents: 2600 }] }));
    const rows = await sql(
      muse,
      `SELECT row_to_json(f)::text || row_to_json(m)::text || row_to_json(o)::text AS text FROM mail_findings f
         JOIN mail_messages m ON m.id = f.message_id JOIN found_orders o ON o.id = f.subject_id WHERE f.user_id = $1`,
      [shopper.id],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]!['text']).not.toMatch(/private|A-|Thank you/);
    const events = await sql(
      muse,
      `SELECT payload::text FROM events WHERE type LIKE 'mail.%' OR type LIKE 'checkout.order_found'`,
      [],
    );
    expect(JSON.stringify(events)).not.toContain(number);
  });
});

describe('When the server’s key is another than before', () => {
  it('mails and the orders that they tell of are known again', async () => {
    const before = await startApp({}, withToldMails);
    const shopper = await customer(before);
    const mail: ToldMail = { kind: 'ordered', domain: 'luna.example', orderNumber: 'L-1', messageId: 'kept' };
    await deliver(before, shopper.id, mail);
    const [found] = await eventually(async () => {
      const { body } = await shopper.get('/found-orders').expect(200);
      return body.data.length > 0 && (body.data as Body[]);
    });
    await shopper.post(`/found-orders/${found!.id}/dismiss`).expect(200);
    const { MUSE_MASTER_KEY, JWT_SECRET } = before.config as { MUSE_MASTER_KEY: string; JWT_SECRET: string };
    await before.close();

    const key = { MUSE_MASTER_KEY: randomBytes(32).toString('base64'), MUSE_MASTER_KEYS_OLDER: MUSE_MASTER_KEY };
    const now = await startApp({ DATABASE_URL: before.database, JWT_SECRET, ...key }, withToldMails);
    await expect(deliver(now, shopper.id, mail)).resolves.toBe('seen');
    await expect(deliver(now, shopper.id, { ...mail, kind: 'shipped', messageId: 'new' })).resolves.toBe('kept');
    await eventually(async () => {
      const rows = await sql(now, 'SELECT subject_id FROM mail_findings WHERE user_id = $1 AND status <> $2', [
        shopper.id,
        'new',
      ]);
      return rows.length === 2;
    });
    const rows = await sql(now, 'SELECT id, status FROM found_orders WHERE user_id = $1', [shopper.id]);
    expect(rows).toEqual([{ id: found!.id, status: 'dismissed' }]);
  });
});
