import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { dumpOf, tablesWith } from '../support/dump';
import { startPaying } from '../support/paying';
import type { RunningApp } from '../support/app';
import { ROUTES, addressOf, type Route } from '../support/routes';
import { API, addVariant, checkoutToPlaced, customer, sql, statusesOf, type Shopper } from '../support/shopper';
import { makeWorld, type World } from '../support/world';

/** What is counted or swept beside every request, and says nothing of what was asked for. */
const BESIDE = ['rate_counters', 'sign_in_attempts'];
/** Nobody is asked who they are: a token in Authorization changes nothing there. */
const ofNobody = ({ by }: Route) => by === 'public';

/** Begun the other way round. */
async function swapped<A, B>(first: () => PromiseLike<A>, second: () => PromiseLike<B>): Promise<[B, A]> {
  const [a, b] = await Promise.all([first(), second()]);
  return [b, a];
}

describe('The ten-minute token of an account that was closed', () => {
  let muse: RunningApp;
  let world: World;

  beforeAll(async () => {
    ({ muse } = await startPaying());
    world = await makeWorld(muse);
  });

  const send = async (route: string, row: Route, { headers }: Shopper): Promise<Response> => {
    const [verb, path] = addressOf(route, row.ids?.(world));
    const sent = { ...headers, 'idempotency-key': randomUUID() };
    return muse.http[verb](`${API}${path}`).set(sent).send(row.body?.(world));
  };
  const writes = () => Object.entries(ROUTES).filter(([route, row]) => !route.startsWith('GET ') && !ofNobody(row));
  const state = async (): Promise<Map<string, string[]>> => {
    const dump = await dumpOf(muse.database);
    for (const table of BESIDE) dump.delete(table);
    for (const [table, lines] of dump) {
      // The queue's own books, and deliveries of what was said before.
      if (table.startsWith('graphile_worker') || table === 'event_deliveries' || table === 'mails') dump.delete(table);
      else lines.sort();
    }
    return dump;
  };
  const close = async (who: Shopper): Promise<void> => {
    await who.delete('/me').expect(200);
  };

  it('cannot cancel or send back what its owner has ordered, nor pay for it', async () => {
    const { buyer, shop, orderId, orderItemId, changeId } = await makeWorld(muse);
    const change = `/merchant/stores/${shop.storeId}/orders/${orderId}/changes/${changeId}`;
    await shop.merchant.post(`${change}/withdraw`).expect(200);
    const ship = { carrier: 'UPS', trackingNumber: '12345678' };
    await shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${orderId}/ship`, ship).expect(200);
    const of = async () => (await shop.merchant.get(`/merchant/stores/${shop.storeId}/orders/${orderId}`)).body;
    await addVariant(buyer, shop.variantIds[0]);
    const { stores } = await checkoutToPlaced(buyer);
    const pending = stores[0].order.id;
    await close(buyer);
    const before = await of();
    const key = { 'idempotency-key': randomUUID() };
    const items = [{ itemId: orderItemId, quantity: 1, reason: 'Too small' }];
    await buyer.post(`/orders/${orderId}/return`, { items }, key).expect(404);
    expect(await of()).toEqual(before);
    await buyer.put(`/orders/${pending}/cancel`, { reason: 'Ordered twice' }).expect(404);
    await buyer.post(`/orders/${pending}/pay`, { providerToken: 'pm_card_visa' }, key).expect(401);
    expect(await sql(muse, 'SELECT order_status AS status FROM orders WHERE id = $1', [pending])).toEqual([
      { status: 'pending' },
    ]);
  });

  it('leaves no word behind when an order is cancelled at the moment of closing', async () => {
    const ends = new Set<string>();
    for (let round = 0; round < 12; round++) {
      const who = await customer(muse);
      await addVariant(who, world.otherShop.variantIds[0]);
      const { stores } = await checkoutToPlaced(who);
      const cancel = () => who.put(`/orders/${stores[0].order.id}/cancel`, { reason: `Raceword${round}` });
      const close = () => who.delete('/me').expect(200);
      const [cancelled] = round % 2 ? await Promise.all([cancel(), close()]) : await swapped(close, cancel);
      const [order] = await sql(muse, 'SELECT order_status AS status FROM orders WHERE id = $1', [stores[0].order.id]);
      ends.add(`${cancelled.status} ${order.status}`);
    }
    for (const end of ends) expect(['200 cancelled', '404 pending']).toContain(end);
    expect(tablesWith(await dumpOf(muse.database), 'Raceword')).toEqual([]);
  });

  it('closes it once, of two that try at the same moment', async () => {
    const who = await customer(muse);
    expect(statusesOf(await Promise.all([who.delete('/me'), who.delete('/me')]))).toEqual([200, 401]);
  });

  it('changes nothing by any route, whether it was a buyer’s, a merchant’s or of staff', async () => {
    const { buyer, shop, admin, support } = world;
    // A merchant leaves with nothing to ship.
    await buyer.put(`/orders/${world.orderId}/cancel`, {}).expect(200);
    for (const who of [buyer, shop.merchant, admin, support]) await close(who);
    const own = (by: Route['by']): Shopper[] =>
      ({ merchant: [shop.merchant], support: [support, admin], admin: [admin], public: [] })[by as string] ?? [
        buyer,
        shop.merchant,
      ];
    const before = await state();
    const answers: [string, number][] = [];
    for (const [route, row] of writes())
      for (const who of own(row.by)) answers.push([route, (await send(route, row, who)).status]);
    expect(answers.filter(([, status]) => status >= 500)).toEqual([]);
    const after = await state();
    for (const [table, lines] of after) expect([table, lines]).toEqual([table, before.get(table)]);
    // Nor was anything taken for done, but where it is: the cart is empty, and the links were revoked with the account.
    const done = answers.filter(([, status]) => status < 400).map(([route]) => route);
    expect([...new Set(done)]).toEqual(['DELETE /cart', 'DELETE /orders/{id}/access-tokens/{tokenId}']);
  }, 120_000);
});
