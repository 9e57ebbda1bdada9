import { randomUUID } from 'node:crypto';
import { InboxRepository, MOST_UNREAD, type NewNotification } from '../../../src/notifications/inbox/inbox.repository';
import { Database } from '../../../src/platform/database';
import { Deliveries, Events } from '../../../src/platform/events';
import { startApp, type RunningApp } from '../../support/app';
import { openShop, type Shop } from '../../support/market';
import { PASSWORD } from '../../support/sellers';
import { openStream } from '../../support/sse';
import {
  addVariant,
  checkoutToPlaced,
  customer,
  eventually,
  guest,
  orderOf,
  sql,
  type Body,
  type Shopper,
} from '../../support/shopper';

describe('Inboxes', () => {
  let muse: RunningApp;
  let shop: Shop;
  let events: Events;
  let database: Database;
  let inboxes: InboxRepository;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse, { onHand: 1000 });
    events = muse.app.get(Events, { strict: false });
    database = muse.app.get(Database, { strict: false });
    inboxes = muse.app.get(InboxRepository, { strict: false });
  });

  const buy = async (shopper: Shopper): Promise<Body> => {
    await addVariant(shopper, shop.variantIds[0]);
    return orderOf(shopper, await checkoutToPlaced(shopper));
  };
  /** Says something of an order, and gives the event's id. */
  const say = async (type: string, orderId: string, payload: object = {}): Promise<string> => {
    const marker = randomUUID();
    const said = { type, aggregateId: orderId, payload: { orderId, marker, ...payload } };
    await database.transaction((tx) => events.publish(tx, said));
    return (await sql(muse, `SELECT id FROM events WHERE payload->>'marker' = $1`, [marker]))[0].id;
  };
  const quiet = () =>
    eventually(async () => {
      const [row] = await sql(muse, `SELECT count(*)::int AS n FROM event_deliveries WHERE status = 'pending'`);
      return row.n === 0;
    }, 20_000);
  const sequencesOf = async (recipientId: string): Promise<number[]> =>
    (
      await sql(muse, 'SELECT sequence FROM notifications WHERE recipient_id = $1 ORDER BY sequence', [recipientId])
    ).map(({ sequence }) => Number(sequence));
  const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, index) => index + from);
  const news = (recipientId: string, more: Partial<NewNotification> = {}): NewNotification => ({
    ...{ recipientId, kind: 'order_shipped', asMerchant: false, targetKind: 'order', targetId: randomUUID() },
    ...{ orderId: null, storeId: null, topicId: null, params: {} },
    ...more,
  });
  const add = (...notifications: NewNotification[]) =>
    database.transaction((tx) => inboxes.add(tx, randomUUID(), notifications));

  /** So many unread ones behind those that somebody has. */
  const fill = (recipientId: string, count: number) =>
    sql(
      muse,
      `WITH inbox AS (
         INSERT INTO inboxes (recipient_id, last_sequence) VALUES ($1, $2)
         ON CONFLICT (recipient_id) DO UPDATE SET last_sequence = inboxes.last_sequence + $2 RETURNING recipient_id, last_sequence - $2 AS before
       )
       INSERT INTO notifications (recipient_id, sequence, event_id, kind, as_merchant, target_kind, target_id, params)
       SELECT recipient_id, before + n, uuidv7(), 'order_shipped', false, 'order', uuidv7(), '{}' FROM inbox, generate_series(1, $2) AS n`,
      [recipientId, count],
    );

  it('take one notification for each event and person, however often the event is delivered', async () => {
    const shopper = await customer(muse);
    const order = await buy(shopper);
    const eventId = await say('order.confirmed', order.id);
    await quiet();
    for (let turn = 0; turn < 3; turn++) {
      const [{ id }] = await sql(
        muse,
        `UPDATE event_deliveries SET status = 'pending', delivered_at = NULL
          WHERE event_id = $1 AND consumer = 'notifications.inbox' RETURNING id`,
        [eventId],
      );
      await Promise.all(upTo(5).map(() => muse.app.get(Deliveries, { strict: false }).deliver(id)));
      await quiet();
    }
    expect(await sequencesOf(shopper.id)).toEqual([1]);
    // And no number was used up.
    await say('order.shipped', order.id);
    await quiet();
    expect(await sequencesOf(shopper.id)).toEqual([1, 2]);
  });

  it('take one where two workers add it at the same moment', async () => {
    const { id } = await customer(muse);
    const eventId = randomUUID();
    await Promise.all(upTo(6).map(() => database.transaction((tx) => inboxes.add(tx, eventId, [news(id)]))));
    expect(await sequencesOf(id)).toEqual([1]);
    await add(news(id));
    expect(await sequencesOf(id)).toEqual([1, 2]);
  });

  it('number without gaps and in the order of commits: whoever looks never sees one without those before it', async () => {
    const { id } = await customer(muse);
    const adding = { over: false };
    let looks = 0;
    const looking = (async () => {
      while (!adding.over) {
        const [row] = await sql(
          muse,
          'SELECT count(*)::int AS count, coalesce(max(sequence), 0)::int AS newest FROM notifications WHERE recipient_id = $1',
          [id],
        );
        expect(row.count).toBe(row.newest);
        looks++;
      }
    })();
    const changedTheirMind = (turn: number) =>
      database.transaction(async (tx) => {
        await inboxes.add(tx, randomUUID(), [news(id)]);
        // Sent by now, and not committed.
        await tx.rows({ name: 'test.sent', text: 'SELECT 1' });
        if (turn % 4 === 0) throw new Error('changed my mind');
      });
    const turns = await Promise.allSettled(upTo(80).map(changedTheirMind));
    adding.over = true;
    await looking;
    expect(turns.filter(({ status }) => status === 'rejected')).toHaveLength(20);
    expect(await sequencesOf(id)).toEqual(upTo(60));
    expect(looks).toBeGreaterThan(3);
  });

  it('are sent whole to a stream that is open while many workers add', async () => {
    const shopper = await customer(muse);
    const stream = await openStream(muse, shopper, '/notifications/events');
    await Promise.all(upTo(40).map(() => add(news(shopper.id))));
    await stream.until(({ id }) => id === '40', 5_000);
    expect(stream.seen.map(({ id }) => Number(id))).toEqual(upTo(40));
  });

  it('of several people do not stand in each other’s way, in whatever order an event names them', async () => {
    const [one, two] = [(await customer(muse)).id, (await customer(muse)).id];
    const locks = await sql(muse, 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
    await Promise.all(upTo(40).map((turn) => add(...[news(one), news(two)].sort(() => (turn % 2 === 0 ? 1 : -1)))));
    expect([await sequencesOf(one), await sequencesOf(two)]).toEqual([upTo(40), upTo(40)]);
    expect(await sql(muse, 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')).toEqual(locks);
  });

  it('keep the newest 500 that are unread, by every twentieth at the latest, and what was read beside them', async () => {
    const { id } = await customer(muse);
    await add(news(id));
    await sql(muse, 'UPDATE notifications SET read_at = now() WHERE recipient_id = $1', [id]);
    await fill(id, MOST_UNREAD - 1);
    await Promise.all(upTo(20).map(() => add(news(id))));
    expect(await sequencesOf(id)).toEqual([1, ...upTo(MOST_UNREAD, 21)]);
    const [row] = await sql(muse, 'SELECT last_sequence FROM inboxes WHERE recipient_id = $1', [id]);
    expect(Number(row.last_sequence)).toBe(MOST_UNREAD + 20);
  });

  it('let a newer one about the same take the place of the unread one, and of no other', async () => {
    const [{ id }, other] = [await customer(muse), await customer(muse)];
    const [topicId, another] = [randomUUID(), randomUUID()];
    await add(news(id, { kind: 'message', topicId }), news(other.id, { kind: 'message', topicId }));
    await add(news(id, { kind: 'message', topicId: another }));
    await add(news(id, { kind: 'stock_low', topicId }));
    await add(news(id, { kind: 'message', topicId }));
    expect([await sequencesOf(id), await sequencesOf(other.id)]).toEqual([[2, 3, 4], [1]]);
    await sql(muse, 'UPDATE notifications SET read_at = now() WHERE recipient_id = $1', [id]);
    await add(news(id, { kind: 'message', topicId }));
    expect(await sequencesOf(id)).toEqual([2, 3, 4, 5]);
  });

  it('forget what was read 90 days ago, and what nobody has read for a year', async () => {
    const { id } = await customer(muse);
    for (let added = 0; added < 5; added++) await add(news(id));
    const at = (sequence: number, column: 'read_at' | 'created_at', days: number) =>
      sql(
        muse,
        `UPDATE notifications SET ${column} = now() - make_interval(days => $3) WHERE recipient_id = $1 AND sequence = $2`,
        [id, sequence, days],
      );
    await at(1, 'read_at', 91);
    await at(2, 'read_at', 89);
    await at(3, 'created_at', 366);
    await at(4, 'created_at', 364);
    await inboxes.forgetOld();
    expect(await sequencesOf(id)).toEqual([2, 4, 5]);
  });

  it('hold nothing that leads nowhere, and no prose', async () => {
    const { id } = await customer(muse);
    const broken = (change: Partial<NewNotification>) =>
      add(news(id, change)).then(
        () => 'none',
        (error: { constraint?: string; cause?: { constraint?: string } }) =>
          error.constraint ?? error.cause?.constraint,
      );
    expect(await broken({ targetKind: 'cart' as never })).toBe('notifications_lead_somewhere');
    expect(await broken({ asMerchant: true })).toBe('notifications_to_merchants_name_the_store');
    expect(await broken({ params: { code: 'x'.repeat(600) } })).toBe('notifications_hold_no_prose');
  });

  describe('of a guest who signs in', () => {
    it('lose and double nothing of what happens at that moment', async () => {
      for (let turn = 0; turn < 3; turn++) {
        const [visitor, user] = [await guest(muse), await customer(muse)];
        const order = await buy(visitor);
        await quiet();
        const types = upTo(12).map((n) => (n % 2 === 0 ? 'order.confirmed' : 'order.shipped'));
        await Promise.all([
          ...types.map((type) => say(type, order.id)),
          visitor.post('/auth/login', { email: user.email, password: PASSWORD }).expect(200),
        ]);
        await quiet();
        expect(await sequencesOf(user.id)).toEqual(upTo(12));
        expect(await sql(muse, 'SELECT 1 FROM inboxes WHERE recipient_id = $1', [visitor.id])).toEqual([]);
      }
    });

    it('hold one of an event that guest and user were both told of', async () => {
      const { merchant } = await openShop(muse);
      const visitor = await guest(muse);
      const eventId = randomUUID();
      await database.transaction((tx) => inboxes.add(tx, eventId, [news(visitor.id), news(merchant.id)]));
      await add(news(visitor.id));
      const { email } = (await merchant.get('/me').expect(200)).body;
      await visitor.post('/auth/login', { email, password: PASSWORD }).expect(200);
      expect(await sequencesOf(merchant.id)).toEqual([1, 2]);
    });

    it('keep the newest 500 of both', async () => {
      const [visitor, user] = [await guest(muse), await customer(muse)];
      for (const { id } of [visitor, user]) await fill(id, 300);
      await visitor.post('/auth/login', { email: user.email, password: PASSWORD }).expect(200);
      expect(await sequencesOf(user.id)).toEqual(upTo(500, 101));
    });
  });

  it('of somebody who closes the account at that moment are not made again', async () => {
    for (let turn = 0; turn < 3; turn++) {
      const user = await customer(muse);
      const order = await buy(user);
      await Promise.all([
        ...upTo(8).map(() => say('order.confirmed', order.id)),
        user.delete('/me').expect((answer) => expect([200, 202, 204]).toContain(answer.status)),
      ]);
      await quiet();
      expect(await sql(muse, 'SELECT 1 FROM inboxes WHERE recipient_id = $1', [user.id])).toEqual([]);
    }
  });

  it('are not opened for a guest whose token has run out', async () => {
    const visitor = await guest(muse);
    const order = await buy(visitor);
    await sql(muse, `UPDATE guests SET expires_at = now() - interval '1 day' WHERE id = $1`, [visitor.id]);
    await say('order.confirmed', order.id);
    await quiet();
    expect(await sequencesOf(visitor.id)).toEqual([]);
  });

  it('know nothing of an order that names no buyer, nor of one that is unknown', async () => {
    const visitor = await guest(muse);
    const order = await buy(visitor);
    await quiet();
    await sql(muse, `UPDATE orders SET buyer_guest_id = NULL WHERE id = $1`, [order.id]);
    const before = await sequencesOf(shop.merchant.id);
    await say('order.shipped', order.id);
    await say('order.return_requested', order.id, { returnId: randomUUID() });
    await say('order.cancelled', randomUUID(), { by: 'system' });
    await quiet();
    const rows = await sql(
      muse,
      `SELECT recipient_id AS id, kind FROM notifications WHERE order_id = $1 ORDER BY sequence`,
      [order.id],
    );
    expect(rows).toEqual([
      { id: shop.merchant.id, kind: 'order_placed' },
      { id: shop.merchant.id, kind: 'return_requested' },
    ]);
    expect(await sequencesOf(shop.merchant.id)).toHaveLength(before.length + 1);
  });
});
