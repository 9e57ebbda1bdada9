import { PlacementRunner } from '../../src/checkout-session/placement-runner';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import {
  addDescribed,
  addVariant,
  begin,
  cartOf,
  guest,
  linesOf,
  place,
  readySession,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('The cart of a checkout that is being placed', () => {
  let muse: RunningApp;
  let shop: Shop;
  let partner: { id: string; hosts: string[] };
  let shopper: Shopper;

  beforeAll(async () => {
    // No worker: each test says when the placements run.
    muse = await startApp({ MUSE_ROLE: 'api' });
    partner = await openPartner(muse);
  });
  beforeEach(async () => {
    shop = await openShop(muse);
    shopper = await guest(muse);
  });

  /** Places everything in the cart, as far as a worker would have to come. */
  const placing = async (body: object = {}): Promise<Body> => {
    const session = await readySession(shopper, body);
    await place(shopper, session).expect(202);
    return session;
  };
  const runPlacements = async (session: Body) => {
    const runner = muse.app.get(PlacementRunner, { strict: false });
    const rows = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [session.id]);
    await Promise.all(rows.map(({ id }) => runner.runOnce(id)));
    return settled(shopper, session.id);
  };
  const quantities = async () => linesOf(await cartOf(shopper)).map((line) => [line.productSku, line.quantity]);

  it('does not offer its lines again, and says so', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    const session = await placing();
    expect((await cartOf(shopper)).problems).toMatchObject([
      { code: 'being_placed', severity: 'info', checkoutSessionId: session.id },
    ]);
    expect((await shopper.post('/checkout/sessions', {}).expect(409)).body.code).toBe('nothing_to_check_out');
    const [{ id }] = linesOf(session);
    await shopper.post('/checkout/sessions', { itemIds: [id] }).expect(409);
    await addVariant(shopper, shop.variantIds[1]);
    await shopper.post('/checkout/sessions', { itemIds: [id] }).expect(422);
    expect(linesOf(await begin(shopper)).map((line) => line.variantId)).toEqual([shop.variantIds[1]]);
    await runPlacements(session);
    expect(await quantities()).toEqual([['SHIRT-L', 1]]);
  });

  it('keeps what was left out of the checkout', async () => {
    await addVariant(shopper, shop.variantIds[0]);
    await addVariant(shopper, shop.variantIds[1], 3);
    const cart = await addDescribed(shopper, partner, { productSku: 'P-1' });
    const session = await readySession(shopper);
    await shopper.put(`/checkout/sessions/${session.id}/stores/${partner.id}`, { included: false }).expect(200);
    const { body } = await shopper
      .put(`/checkout/sessions/${session.id}/items/${linesOf(cart)[1].id}`, { quantity: 1 })
      .expect(200);
    await place(shopper, body).expect(202);
    expect((await runPlacements(session)).stores).toHaveLength(1);
    expect(await quantities()).toEqual([
      ['SHIRT-L', 2],
      ['P-1', 1],
    ]);
    expect((await cartOf(shopper)).problems).toEqual([]);
  });

  it('keeps what is put in meanwhile', async () => {
    await addVariant(shopper, shop.variantIds[0], 2);
    const session = await placing();
    await addVariant(shopper, shop.variantIds[0], 3);
    await runPlacements(session);
    expect(await quantities()).toEqual([['SHIRT-M', 3]]);
    expect(linesOf(await begin(shopper))).toMatchObject([{ quantity: 3 }]);
  });

  it('keeps a line that is taken out and put in again meanwhile', async () => {
    const cart = await addVariant(shopper, shop.variantIds[0], 2);
    const session = await placing();
    await shopper.delete(`/cart/items/${linesOf(cart)[0].id}`).expect(200);
    await addVariant(shopper, shop.variantIds[0], 1);
    await runPlacements(session);
    expect(await quantities()).toEqual([['SHIRT-M', 1]]);
  });

  it('keeps a line that is changed into other goods meanwhile, and offers it', async () => {
    const cart = await addVariant(shopper, shop.variantIds[0], 2);
    const session = await placing();
    const { body } = await shopper.put(`/cart/items/${linesOf(cart)[0].id}`, { size: 'L' }).expect(200);
    expect(body.problems).toEqual([]);
    expect(linesOf(await begin(shopper))).toMatchObject([{ variantId: shop.variantIds[1], quantity: 2 }]);
    await runPlacements(session);
    expect(await quantities()).toEqual([['SHIRT-L', 2]]);
  });

  it('keeps a line that is changed into the goods being placed: those alone are taken out', async () => {
    await addVariant(shopper, shop.variantIds[0], 2);
    const cart = await addVariant(shopper, shop.variantIds[1], 3);
    const session = await placing({ itemIds: [linesOf(cart)[0].id] });
    await shopper.put(`/cart/items/${linesOf(cart)[1].id}`, { size: 'M' }).expect(200);
    await shopper.post('/checkout/sessions', {}).expect(409);
    await runPlacements(session);
    expect(await quantities()).toEqual([['SHIRT-M', 3]]);
    expect(linesOf(await begin(shopper))).toMatchObject([{ quantity: 3 }]);
  });

  it('does not call its own goods sold out when the shopper goes on with others', async () => {
    await shop.setStock(shop.variantIds[0], 2);
    await addVariant(shopper, shop.variantIds[0], 2);
    await placing();
    await addVariant(shopper, shop.variantIds[1]);
    await begin(shopper);
    expect((await cartOf(shopper)).problems.map((problem: Body) => problem.code)).toEqual(['being_placed']);
  });

  it('may be emptied meanwhile: what was ordered is ordered', async () => {
    await addVariant(shopper, shop.variantIds[0], 2);
    const session = await placing();
    await shopper.delete('/cart').expect(200);
    expect(await runPlacements(session)).toMatchObject({ status: 'completed', stores: [{ status: 'placed' }] });
    expect(await quantities()).toEqual([]);
    expect(await shop.stockOf(shop.variantIds[0])).toEqual([98, 0]);
  });

  it('goes along when the guest signs in meanwhile, with session and order', async () => {
    await addVariant(shopper, shop.variantIds[0], 2);
    const session = await placing();
    await addVariant(shopper, shop.variantIds[1]);
    const account = { email: `${shopper.id}@example.com`, password: 'a long passphrase' };
    const { body: user } = await shopper.post('/auth/register', account).expect(201);
    shopper.headers['authorization'] = `Bearer ${user.accessToken}`;
    const status = await runPlacements(session);
    expect(status.stores).toMatchObject([{ status: 'placed' }]);
    expect(await quantities()).toEqual([['SHIRT-L', 1]]);
    const order = (await shopper.get(`/orders/${status.stores[0].order.id}`).expect(200)).body;
    expect(order.shippingAddress).toMatchObject({ name: 'Ana Pérez' });
    expect((await shopper.get('/orders').expect(200)).body.data.map((one: Body) => one.id)).toEqual([order.id]);
  });
});
