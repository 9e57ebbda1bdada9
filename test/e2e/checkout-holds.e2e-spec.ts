import { SessionExpiry } from '../../src/checkout-session/session-expiry';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import {
  PAID_LATER,
  addDescribed,
  addVariant,
  begin,
  cartOf,
  customer,
  giveAddress,
  guest,
  linesOf,
  place,
  readySession,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('What a checkout session sets aside', () => {
  let muse: RunningApp;
  let shop: Shop;
  let shopper: Shopper;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
  });
  beforeEach(async () => {
    shop = await openShop(muse, { onHand: 5 });
    shopper = await guest(muse);
  });

  const statusOf = async (who: Shopper, id: string): Promise<string> =>
    (await who.get(`/checkout/sessions/${id}/status`).expect(200)).body.status;
  const holds = (sessionId: string) =>
    sql(muse, 'SELECT status, quantity FROM holds WHERE session_id = $1 ORDER BY quantity', [sessionId]);
  const overdue = (id: string) =>
    sql(muse, `UPDATE checkout_sessions SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);
  const expireSessions = () => muse.app.get(SessionExpiry, { strict: false }).expireSessions();

  it('nobody else can check out', async () => {
    await addVariant(shopper, shop.variantIds[0], 4);
    await begin(shopper);
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([5, 4]);
    const other = await guest(muse);
    await addVariant(other, shop.variantIds[0], 2);
    const theirs = await readySession(other);
    expect(theirs).toMatchObject({
      readyToPlace: false,
      problems: [{ code: 'stock_short', severity: 'blocking', available: 1 }, PAID_LATER],
    });
    const { body } = await place(other, theirs).expect(409);
    expect(body).toMatchObject({
      code: 'stock_short',
      problems: [{ code: 'stock_short', itemId: linesOf(theirs)[0].id }],
    });
    expect(await statusOf(other, theirs.id)).toBe('pending');
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([5, 4]);
  });

  it('is enough for a smaller quantity, once the shopper takes it', async () => {
    await addVariant(shopper, shop.variantIds[0], 4);
    await begin(shopper);
    const other = await guest(muse);
    await addVariant(other, shop.variantIds[0], 2);
    const theirs = await readySession(other);
    const item = `/checkout/sessions/${theirs.id}/items/${linesOf(theirs)[0].id}`;
    expect((await other.put(item, { quantity: 1 }).expect(200)).body).toMatchObject({
      readyToPlace: true,
      problems: [PAID_LATER],
    });
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([5, 5]);
  });

  it('a newer session of the same shopper takes over, and the older one is cancelled', async () => {
    await addVariant(shopper, shop.variantIds[0], 5);
    const first = await readySession(shopper);
    await addVariant(shopper, shop.variantIds[1], 2);
    const second = await readySession(shopper);
    expect(second).toMatchObject({ readyToPlace: true, problems: [PAID_LATER] });
    expect([await statusOf(shopper, first.id), await statusOf(shopper, second.id)]).toEqual(['cancelled', 'pending']);
    expect(await holds(first.id)).toEqual([{ status: 'released', quantity: 5 }]);
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([5, 5]);
    expect(await holds(second.id)).toEqual([
      { status: 'held', quantity: 2 },
      { status: 'held', quantity: 5 },
    ]);
    expect((await place(shopper, first).expect(409)).body.code).toBe('session_cancelled');
    expect((await shopper.put(`/checkout/sessions/${first.id}/shipping`, {}).expect(400)).body.code).toBe(
      'invalid_request',
    );
    await shopper.post(`/checkout/sessions/${first.id}/refresh`).expect(409);
  });

  it('is held by one session alone when a shopper begins many at once', async () => {
    await addVariant(shopper, shop.variantIds[0], 5);
    const answers = await Promise.all(Array.from({ length: 8 }, () => shopper.post('/checkout/sessions', {})));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(201));
    const rows = await sql(muse, 'SELECT id, status FROM checkout_sessions WHERE shopper_id = $1 ORDER BY id', [
      shopper.id,
    ]);
    const pending = rows.filter((row) => row.status === 'pending');
    expect(pending).toHaveLength(1);
    expect(rows.filter((row) => row.status === 'cancelled')).toHaveLength(7);
    expect(await holds(pending[0].id)).toEqual([{ status: 'held', quantity: 5 }]);
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([5, 5]);
  });

  it('is released when the shopper gives up, once', async () => {
    await addVariant(shopper, shop.variantIds[0], 3);
    const session = await begin(shopper);
    for (let times = 0; times < 2; times++) {
      const { body } = await shopper.post(`/checkout/sessions/${session.id}/cancel`).expect(200);
      expect(body.status).toBe('cancelled');
      expect(await shop.stockOf(shop.variantIds[0])).toEqual([5, 0]);
    }
    expect((await place(shopper, session).expect(409)).body.code).toBe('session_cancelled');
    const cancelled = await sql(
      muse,
      `SELECT 1 FROM events WHERE type = 'checkout.session_cancelled' AND aggregate_id = $1`,
      [session.id],
    );
    expect(cancelled).toHaveLength(1);
    expect(await cartOf(shopper)).toMatchObject({ itemCount: 1, problems: [] });
  });

  it('is released when the session expires, and no sooner', async () => {
    await addVariant(shopper, shop.variantIds[0], 3);
    const session = await readySession(shopper);
    await expireSessions();
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([5, 3]);
    await overdue(session.id);
    // Over by the clock, whether or not the job has come by.
    expect((await place(shopper, session).expect(409)).body.code).toBe('session_expired');
    expect((await shopper.post(`/checkout/sessions/${session.id}/refresh`).expect(409)).body.code).toBe(
      'session_expired',
    );
    expect(await expireSessions()).toBe(1);
    expect(await statusOf(shopper, session.id)).toBe('expired');
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([5, 0]);
    expect(await expireSessions()).toBe(0);
    expect((await place(shopper, session).expect(409)).body.code).toBe('session_expired');
    expect(linesOf(await begin(shopper))).toMatchObject([{ quantity: 3 }]);
  });

  it('goes to the placement or back on the shelf, whichever of placing and expiry comes first', async () => {
    const sessions: { who: Shopper; session: Body }[] = [];
    for (let n = 0; n < 5; n++) {
      const who = await guest(muse);
      await addVariant(who, shop.variantIds[0], 1);
      sessions.push({ who, session: await readySession(who) });
    }
    for (const { session } of sessions)
      await sql(
        muse,
        `UPDATE checkout_sessions SET expires_at = clock_timestamp() + interval '120 milliseconds' WHERE id = $1`,
        [session.id],
      );
    const placing = sessions.map(async ({ who, session }, n) => {
      await new Promise((resolve) => setTimeout(resolve, 40 * n));
      return (await place(who, session)).status;
    });
    const expiring = (async () => {
      for (let n = 0; n < 30; n++) await expireSessions();
    })();
    const answers = await Promise.all(placing);
    await expiring;
    await expireSessions();
    const placed = answers.filter((status) => status === 202).length;
    for (const [n, { who, session }] of sessions.entries())
      expect(await statusOf(who, session.id)).toBe(answers[n] === 202 ? 'processing' : 'expired');
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([5, placed]);
  });

  it('stays with a guest’s goods: signing in gives the session up and frees them', async () => {
    await addVariant(shopper, shop.variantIds[0], 3);
    const session = await begin(shopper);
    const user = { email: `${shopper.id}@example.com`, password: 'a long passphrase' };
    await shopper.post('/auth/register', user).expect(201);
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([5, 0]);
    await shopper.get(`/checkout/sessions/${session.id}`).expect(401);
  });

  it('is nothing for a partner store, whose stock is its own', async () => {
    await addDescribed(shopper, await openPartner(muse), { quantity: 999 });
    const session = await begin(shopper);
    expect(await holds(session.id)).toEqual([]);
    expect(await giveAddress(shopper, session.id)).toMatchObject({ readyToPlace: true });
  });

  it('counts for each shopper alone: two who want the last unit do not both get it', async () => {
    const [one, two] = [await customer(muse), await guest(muse)];
    for (const who of [one, two]) await addVariant(who, shop.variantIds[0], 5);
    const sessions = await Promise.all([one, two].map((who) => readySession(who)));
    expect(sessions.filter((session) => session.readyToPlace)).toHaveLength(1);
    const answers = await Promise.all(sessions.map((session, n) => place([one, two][n]!, session)));
    expect(statusesOf(answers)).toEqual([202, 409]);
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([5, 5]);
  });
});
