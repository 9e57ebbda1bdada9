import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { dumpOf } from '../support/dump';
import { startPaying } from '../support/paying';
import type { RunningApp } from '../support/app';
import { ROUTES, addressOf, type Route } from '../support/routes';
import { API, type Shopper } from '../support/shopper';
import { makeWorld, type World } from '../support/world';

/** What is counted or swept beside every request, and says nothing of what was asked for. */
const BESIDE = ['rate_counters', 'sign_in_attempts'];
/** Nobody is asked who they are: a token in Authorization changes nothing there. */
const ofNobody = ({ by }: Route) => by === 'public';

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

  it('changes nothing by any route, whether it was a buyer’s, a merchant’s or of staff', async () => {
    const { buyer, shop, admin, support, otherShop } = world;
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
    // Nothing of it was taken for done either, but for what says so of nothing: a cart that is empty already.
    const done = answers.filter(([, status]) => status < 400).map(([route]) => route);
    expect([...new Set(done)]).toEqual(['DELETE /cart']);
    expect(otherShop.storeId).toBeDefined();
  }, 120_000);
});
