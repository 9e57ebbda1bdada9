import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { makeProduct, usd } from '../support/sellers';
import {
  addDescribed,
  addVariant,
  checkoutToPlaced,
  customer,
  guest,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('The list of orders', () => {
  let muse: RunningApp;
  let shop: Shop;
  let partner: { id: string; name: string; hosts: string[] };
  let shopper: Shopper;
  /** Oldest first: two direct ones of one checkout and another, one declared at the partner store. */
  let orders: Record<'cancelled' | 'shipped' | 'pending' | 'declared', Body>;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
    partner = await openPartner(muse);
    shopper = await customer(muse);
    const owner = { kind: 'user' as const, id: shop.merchant.id, roles: [], privacy: 'standard' as const };
    const boots = await makeProduct(muse, owner, shop.storeId, {
      title: 'Leather 100% Boots',
      variants: [{ sku: 'BOOT_8', price: usd(9000), onHand: 9 }],
    });
    const buy = async (variantId: string): Promise<Body> => {
      await addVariant(shopper, variantId);
      const { stores } = await checkoutToPlaced(shopper);
      return (await shopper.get(`/orders/${stores[0].order.id}`).expect(200)).body;
    };
    const cancelled = await buy(shop.variantIds[0]);
    await shopper.put(`/orders/${cancelled.id}/cancel`, {}).expect(200);
    const shipped = await buy(boots.variants[0]!.id);
    const shipment = { carrier: 'DHL', trackingNumber: '12345678' };
    await shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${shipped.id}/ship`, shipment).expect(200);
    const pending = await buy(shop.variantIds[1]);
    await addDescribed(shopper, partner, { productName: 'Gold Necklace', productSku: 'N-77' });
    const { stores } = await checkoutToPlaced(shopper);
    const declared = await shopper
      .post(`/handoffs/${stores[0].handoffId}/ordered`, { storeOrderNumber: 'ON-20394' })
      .expect(201);
    orders = { cancelled, shipped, pending, declared: declared.body };
    // Placed on four days of 2030, at noon.
    for (const [day, { id }] of Object.values(orders).entries())
      await sql(
        muse,
        `UPDATE orders SET placed_at = '2030-01-01T12:00:00Z'::timestamptz + make_interval(days => $2) WHERE id = $1`,
        [id, day],
      );
    const other = await customer(muse);
    await addVariant(other, shop.variantIds[0]);
    await checkoutToPlaced(other);
  });

  const namesOf = (body: Body): string[] =>
    body.data.map((order: Body) => Object.entries(orders).find(([, { id }]) => id === order.id)?.[0] ?? 'foreign');
  const list = async (query = ''): Promise<string[]> =>
    namesOf((await shopper.get(`/orders${query}`).expect(200)).body);

  it('is the shopper’s own, newest first', async () => {
    expect(await list()).toEqual(['declared', 'pending', 'shipped', 'cancelled']);
    expect((await (await guest(muse)).get('/orders').expect(200)).body).toEqual({ data: [], nextCursor: null });
  });

  it('is filtered by each of its filters', async () => {
    const cases: [string, string[]][] = [
      ['status=pending', ['pending']],
      ['status=shipped', ['shipped']],
      ['status=confirmed', ['declared']],
      ['status=returned', []],
      ['paymentStatus=at_store', ['declared']],
      ['paymentStatus=unpaid', ['pending', 'shipped', 'cancelled']],
      [`storeId=${partner.id}`, ['declared']],
      [`storeId=${randomUUID()}`, []],
      [`checkoutSessionId=${orders.shipped.checkoutSessionId}`, ['shipped']],
      ['from=2030-01-03', ['declared', 'pending']],
      ['to=2030-01-02', ['shipped', 'cancelled']],
      ['from=2030-01-02&to=2030-01-03', ['pending', 'shipped']],
      ['from=2030-01-03T12:00:00Z', ['declared', 'pending']],
      ['to=2030-01-03T12:00:00Z', ['shipped', 'cancelled']],
      [`from=${encodeURIComponent('2030-01-03T13:00:01+01:00')}`, ['declared']],
      [`status=pending&storeId=${partner.id}`, []],
    ];
    for (const [query, wanted] of cases) expect([query, await list(`?${query}`)]).toEqual([query, wanted]);
  });

  it('is searched in numbers, names and SKUs, whatever the letters’ case, and signs are only signs', async () => {
    const cases: [string, string[]][] = [
      ['leather', ['shipped']],
      ['BOOT_8', ['shipped']],
      ['BOOTx8', []],
      ['100% boots', ['shipped']],
      ['100%%boots', []],
      ['%', ['shipped']],
      ['_', ['shipped']],
      ['\\', []],
      ['necklace', ['declared']],
      ['n-77', ['declared']],
      ['on-20394', ['declared']],
      [partner.name, ['declared']],
      [orders.pending.number.toLowerCase(), ['pending']],
      [orders.pending.number.slice(2, 7), ['pending']],
      ["' OR 1=1 --", []],
      ['  necklace ', ['declared']],
    ];
    for (const [q, wanted] of cases) expect([q, await list(`?q=${encodeURIComponent(q)}`)]).toEqual([q, wanted]);
  });

  it.each([
    'status=sold',
    'paymentStatus=x',
    'storeId=1',
    'checkoutSessionId=x',
    'from=yesterday',
    'to=2030-13-01',
    'from=2030-02-30',
    'limit=0',
    'limit=101',
    'limit=x',
    'cursor=x',
    `cursor=${Buffer.from('["x"]').toString('base64url')}`,
    `cursor=${Buffer.from('[1,2]').toString('base64url')}`,
    'q=',
    `q=${'x'.repeat(101)}`,
    'surprise=1',
    'status=pending&status=shipped',
    'q[a]=b',
  ])('refuses %s', async (query) => {
    const answer = await shopper.get(`/orders?${query}`).expect(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    await shop.merchant.get(`/merchant/stores/${shop.storeId}/orders?${query}`).expect(400);
  });

  it('is the same for a merchant, about their store alone', async () => {
    const at = `/merchant/stores/${shop.storeId}/orders`;
    const mine = async (query: string) => namesOf((await shop.merchant.get(`${at}${query}`).expect(200)).body);
    expect(await mine('')).toEqual(['foreign', 'pending', 'shipped', 'cancelled']);
    expect(await mine('?status=shipped')).toEqual(['shipped']);
    expect(await mine('?q=boots')).toEqual(['shipped']);
    const found = (await shop.merchant.get(`${at}/${orders.pending.id}`).expect(200)).body;
    expect(found).toMatchObject({
      id: orders.pending.id,
      allowedActions: ['confirm', 'mark_paid', 'ship', 'cancel'],
      shippingAddress: { line1: '350 Fifth Avenue' },
    });
    await shop.merchant.get(`${at}/${orders.declared.id}`).expect(404);
    await shop.merchant.get(`/orders/${orders.pending.id}`).expect(404);
  });

  it('is paged by cursor without gaps or doubles, even when orders come in between', async () => {
    const buyer = await guest(muse);
    const place = async () => {
      await addVariant(buyer, shop.variantIds[0]);
      return (await checkoutToPlaced(buyer)).stores[0].order.id as string;
    };
    const placed: string[] = [];
    for (let n = 0; n < 5; n++) placed.unshift(await place());
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 10; pages++) {
      const { body } = await buyer.get(`/orders?limit=2${cursor}`).expect(200);
      expect(body.data.length).toBeLessThanOrEqual(2);
      seen.push(...body.data.map((order: Body) => order.id));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
      if (pages === 0) await place();
    }
    expect(seen).toEqual(placed);
    // A cursor opens nothing that is not the caller's.
    expect((await shopper.get(`/orders?limit=100${cursor}`).expect(200)).body.data).toHaveLength(4);
    expect((await buyer.get('/orders?limit=6').expect(200)).body).toMatchObject({ nextCursor: null });
  });
});
