import { PlacementRunner } from '../../../src/checkout-session/placement-runner';
import { startApp, type RunningApp } from '../../support/app';
import { openPartner, openShop, type Shop } from '../../support/market';
import { PLACED, ScriptedStrategy, withStrategies } from '../../support/scripted-strategy';
import { PASSWORD, usd } from '../../support/sellers';
import {
  addDescribed,
  addVariant,
  cartOf,
  customer,
  described,
  guest,
  linesOf,
  place,
  readySession,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from '../../support/shopper';

describe('The cart of a guest who signs in', () => {
  let muse: RunningApp;
  let shop: Shop;
  let partner: { id: string; hosts: string[] };
  /** What it sells is ordered by a strategy that the test scripts. */
  let ordering: { id: string; hosts: string[] };
  let strategy: ScriptedStrategy;
  let visitor: Shopper;
  let user: Shopper & { email: string };

  beforeAll(async () => {
    strategy = new ScriptedStrategy('headless', false);
    muse = await startApp({ MUSE_ROLE: 'api' }, withStrategies(strategy));
    shop = await openShop(muse);
    partner = await openPartner(muse);
    ordering = await openPartner(muse, { tier: 'headless' });
  });
  beforeEach(async () => {
    visitor = await guest(muse);
    user = await customer(muse);
  });

  const signIn = () => visitor.post('/auth/login', { email: user.email, password: PASSWORD }).expect(200);
  const quantities = (cart: Body) => linesOf(cart).map((line) => [line.productSku, line.quantity]);

  const fill = async (shopper: Shopper, items: object[]) => {
    for (let from = 0; from < items.length; from += 50)
      await shopper.post('/cart/items/batch', { items: items.slice(from, from + 50) }).expect(200);
  };
  const leftBehind = (cart: Body) => cart.problems.filter((problem: Body) => problem.code === 'lines_left_behind');
  const toldOf = async (): Promise<Body> =>
    (
      await sql(
        muse,
        `SELECT payload FROM events WHERE type = 'cart.merged'
          AND aggregate_id = (SELECT id FROM carts WHERE shopper_id = $1 AND status = 'merged')`,
        [visitor.id],
      )
    ).map(({ payload }) => payload);
  const placing = async (shopper: Shopper): Promise<string> => {
    const { id, total } = await readySession(shopper);
    await place(shopper, { id, total }).expect(202);
    return (await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [id]))[0].id;
  };
  const REJECTED = { type: 'rejected', code: 'sold_out', detail: 'Sold out.' } as const;
  const decide = (placementId: string, outcome: typeof PLACED) => {
    strategy.will(ordering.id, () => outcome);
    return muse.app.get(PlacementRunner, { strict: false }).runOnce(placementId);
  };

  it('becomes the user’s, who had none', async () => {
    const cart = await addVariant(visitor, shop.variantIds[0], 3);
    await signIn();
    expect(linesOf(await cartOf(user))).toMatchObject([
      { variantId: shop.variantIds[0], quantity: 3, addedAt: linesOf(cart)[0].addedAt },
    ]);
    await visitor.get('/cart').expect(401);
  });

  it('becomes that of an account that is made just then', async () => {
    await addVariant(visitor, shop.variantIds[0], 2);
    const account = { email: `${visitor.id}@example.com`, password: 'a long passphrase' };
    const { body } = await visitor.post('/auth/register', account).expect(201);
    const made = shopperOf(muse, body.user.id, { authorization: `Bearer ${body.accessToken}` });
    expect(quantities(await cartOf(made))).toEqual([['SHIRT-M', 2]]);
  });

  it('is joined line by line with the one that the user had, and nothing is lost', async () => {
    await addVariant(user, shop.variantIds[0], 2);
    await addDescribed(user, partner, { productSku: 'A-1', price: usd(1000), quantity: 600 });
    await addVariant(visitor, shop.variantIds[0], 3);
    await addVariant(visitor, shop.variantIds[1], 1);
    await addDescribed(visitor, partner, { productSku: 'A-1', price: usd(900), quantity: 600 });
    await addDescribed(visitor, partner, { productSku: 'A-1', size: 'M' });
    const before = await cartOf(user);
    await signIn();
    const joined = await cartOf(user);
    expect(joined.id).toBe(before.id);
    expect(joined.version).toBeGreaterThan(before.version);
    expect(
      Object.fromEntries(linesOf(joined).map((line) => [`${line.productSku} ${line.size}`, line.quantity])),
    ).toEqual({
      ...{ 'SHIRT-M M': 5, 'SHIRT-L L': 1, 'A-1 null': 999, 'A-1 M': 1 },
    });
    expect(linesOf(joined).find((line) => line.quantity === 999)!.unitPrice).toEqual(usd(900));
    // What a line cannot hold is told.
    expect(leftBehind(joined)).toMatchObject([{ severity: 'info', lines: 0, units: 201 }]);
    expect(await toldOf()).toEqual([{ into: joined.id, linesLeftBehind: 0, unitsLeftBehind: 201 }]);
  });

  it('adds up with a cart that is full, gives it new lines as long as there is room, the oldest first, and tells of the rest', async () => {
    const sku = (n: number) => described(partner, { productSku: `F-${n}` });
    await fill(
      user,
      Array.from({ length: 198 }, (_, n) => sku(n)),
    );
    // The new ones before those that only add up.
    for (const n of [900, 901, 902, 903, 904, 3, 4]) await fill(visitor, [sku(n)]);
    await signIn();
    const joined = await cartOf(user);
    const counts = new Map(linesOf(joined).map((line) => [line.productSku, line.quantity]));
    expect([counts.size, counts.get('F-3'), counts.get('F-4'), counts.get('F-5')]).toEqual([200, 2, 2, 1]);
    expect([900, 901, 902, 903, 904].map((n) => counts.has(`F-${n}`))).toEqual([true, true, false, false, false]);
    expect(leftBehind(joined)).toEqual([
      {
        code: 'lines_left_behind',
        severity: 'info',
        detail: expect.stringContaining('3 of its lines'),
        lines: 3,
        units: 0,
      },
    ]);
    expect(await toldOf()).toEqual([{ into: joined.id, linesLeftBehind: 3, unitsLeftBehind: 0 }]);

    // A guest with nothing new joins a cart that is full; what was told stays.
    const first = visitor;
    visitor = await guest(muse);
    await fill(visitor, [sku(5)]);
    await signIn();
    const again = await cartOf(user);
    expect(linesOf(again).find((line) => line.productSku === 'F-5')!.quantity).toBe(2);
    expect(leftBehind(again)).toMatchObject([{ lines: 3 }]);
    expect(leftBehind((await user.get('/cart/summary').expect(200)).body)).toHaveLength(1);
    // Until the shopper goes on with the cart.
    const change = await user.put(`/cart/items/${linesOf(again)[0].id}`, { quantity: 7 }).expect(200);
    expect(leftBehind(change.body)).toEqual([]);

    // What found no room is forgotten with the account.
    const behind = () =>
      sql(muse, 'SELECT l.id FROM cart_items l JOIN carts c ON c.id = l.cart_id WHERE c.shopper_id = $1', [first.id]);
    expect(await behind()).toHaveLength(3);
    await user.delete('/me').expect(200);
    expect(await behind()).toEqual([]);
  });

  it('is joined once, however often the same sign-in comes at once', async () => {
    await addVariant(user, shop.variantIds[0], 2);
    await addVariant(visitor, shop.variantIds[0], 3);
    const answers = await Promise.all(Array.from({ length: 4 }, () => signIn()));
    expect(answers.map((answer) => answer.body.user.id)).toEqual(Array(4).fill(user.id));
    await signIn();
    expect(quantities(await cartOf(user))).toEqual([['SHIRT-M', 5]]);
    expect(await toldOf()).toHaveLength(1);
  });

  it('gives up what the guest was checking out, and sets its stock free for the user', async () => {
    await addVariant(visitor, shop.variantIds[0], 3);
    const session = await readySession(visitor);
    await signIn();
    const { body } = await user.get(`/checkout/sessions/${session.id}`).expect(200);
    expect(body.status).toBe('cancelled');
    expect(await sql(muse, `SELECT 1 FROM holds WHERE session_id = $1 AND status = 'held'`, [session.id])).toEqual([]);
    expect(linesOf(await readySession(user))).toMatchObject([{ quantity: 3 }]);
  });

  describe('while goods of it are being ordered', () => {
    const SAME = { productSku: 'O-1' };

    it('keeps the order’s part apart from what the user had, whatever comes of it', async () => {
      for (const [outcome, expected] of [
        [PLACED, [['O-1', 2]]],
        [REJECTED, [['O-1', 5]]],
      ] as const) {
        visitor = await guest(muse);
        user = await customer(muse);
        await addDescribed(user, ordering, { ...SAME, quantity: 2 });
        await addDescribed(visitor, ordering, { ...SAME, quantity: 3 });
        const placement = await placing(visitor);
        await signIn();
        const joined = await cartOf(user);
        expect(quantities(joined)).toEqual([['O-1', 5]]);
        expect(joined.problems).toMatchObject([{ code: 'being_placed' }]);
        await decide(placement, outcome);
        expect(quantities(await cartOf(user))).toEqual(expected);
        expect((await cartOf(user)).problems).toEqual([]);
      }
    });

    it('loses nothing and keeps nothing that was bought when the outcome comes at that very moment', async () => {
      for (let round = 0; round < 4; round++) {
        visitor = await guest(muse);
        user = await customer(muse);
        await addDescribed(user, ordering, { ...SAME, quantity: 2 });
        await addDescribed(visitor, ordering, { ...SAME, quantity: 3 });
        const placement = await placing(visitor);
        await Promise.all([signIn(), decide(placement, round % 2 ? PLACED : REJECTED)]);
        expect(quantities(await cartOf(user))).toEqual([['O-1', round % 2 ? 2 : 5]]);
      }
    });

    it.each([
      ['both are ordered', PLACED, PLACED, 1],
      ['only the guest’s are', PLACED, REJECTED, 3],
      ['only the user’s are', REJECTED, PLACED, 4],
      ['neither are', REJECTED, REJECTED, 6],
    ] as const)('knows its goods from the same ones that the user is ordering: %s', async (_, theirs, own, rest) => {
      for (const guestFirst of [true, false]) {
        visitor = await guest(muse);
        user = await customer(muse);
        await addDescribed(visitor, ordering, { ...SAME, quantity: 3 });
        await addDescribed(user, ordering, { ...SAME, quantity: 2 });
        const [ofGuest, ofUser] = [await placing(visitor), await placing(user)];
        // Not part of the order.
        await addDescribed(visitor, ordering, SAME);
        await signIn();
        expect(leftBehind(await cartOf(user))).toEqual([]);
        const outcomes = [() => decide(ofGuest, theirs), () => decide(ofUser, own)];
        for (const next of guestFirst ? outcomes : outcomes.toReversed()) await next();
        expect(quantities(await cartOf(user))).toEqual([['O-1', rest]]);
        expect((await cartOf(user)).problems).toEqual([]);
      }
    });
  });

  it('loses nothing of what guest and user put in, change and take out meanwhile', async () => {
    for (let round = 0; round < 4; round++) {
      visitor = await guest(muse);
      user = await customer(muse);
      const [line] = linesOf(await addDescribed(user, partner, { productSku: 'U-0', quantity: 5 }));
      await addDescribed(visitor, partner, { productSku: 'G-0' });
      const skus = [1, 2, 3, 4];
      const [, changed, ...added] = await Promise.all([
        signIn(),
        user.put(`/cart/items/${line.id}`, { quantity: 9 }),
        ...skus.map((n) => visitor.post('/cart/items', described(partner, { productSku: `G-${n}` }))),
        ...skus.map((n) => user.post('/cart/items', described(partner, { productSku: `U-${n}` }))),
        visitor.post('/cart/items', described(partner, { productSku: 'U-0' })),
      ]);
      expect(changed.status).toBe(200);
      const has = new Map(linesOf(await cartOf(user)).map((one) => [one.productSku, one.quantity]));
      const taken = added.map(({ status }) => status === 200);
      expect(added.every(({ status }) => [200, 401].includes(status))).toBe(true);
      expect([...skus.map((n) => has.has(`G-${n}`)), ...skus.map((n) => has.has(`U-${n}`))]).toEqual(
        taken.slice(0, -1),
      );
      expect(has.get('G-0')).toBe(1);
      // 9 where the change came last, one more where it came before the guest's unit.
      expect(taken.at(-1) ? [9, 10] : [9]).toContain(has.get('U-0'));
    }
  });

  it('loses nothing that is put in at that very moment', async () => {
    for (let round = 0; round < 5; round++) {
      visitor = await guest(muse);
      user = await customer(muse);
      await addVariant(visitor, shop.variantIds[0], 1);
      const [, ...added] = await Promise.all([
        signIn(),
        ...Array.from({ length: 4 }, () => visitor.post('/cart/items', { variantId: shop.variantIds[0], quantity: 1 })),
        ...Array.from({ length: 4 }, () => user.post('/cart/items', { variantId: shop.variantIds[0], quantity: 1 })),
      ]);
      for (const { status } of added) expect([200, 401]).toContain(status);
      const taken = added.filter((answer) => answer.status === 200).length;
      expect(quantities(await cartOf(user))).toEqual([['SHIRT-M', 1 + taken]]);
    }
  });
});
