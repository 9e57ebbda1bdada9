import { Breakers, FAILURES_TO_OPEN } from '../../../src/store-integrations/breaker/breakers';
import { startApp, type RunningApp } from '../../support/app';
import { ScriptedStores, fault, openApiStore, quoted, withStores } from '../../support/api-stores';
import { addDescribed, customer, readySession, sql, type Body } from '../../support/shopper';

describe('The breaker of a store', () => {
  const stores = new ScriptedStores();
  let one: RunningApp;
  let two: RunningApp;
  let store: { id: string; hosts: string[] };

  beforeAll(async () => {
    one = await startApp({ MUSE_ROLE: 'api' }, withStores(stores));
    const { DATABASE_URL, MUSE_MASTER_KEY, JWT_SECRET } = one.config;
    const shared = { DATABASE_URL: DATABASE_URL!, MUSE_MASTER_KEY: MUSE_MASTER_KEY!, JWT_SECRET: JWT_SECRET! };
    two = await startApp({ MUSE_ROLE: 'api', ...shared }, withStores(stores));
  });
  beforeEach(async () => {
    store = await openApiStore(one);
  });

  const breakers = (muse: RunningApp) => muse.app.get(Breakers, { strict: false });
  const quote = async (muse: RunningApp): Promise<Body> => {
    const shopper = await customer(muse);
    await addDescribed(shopper, store);
    const { id } = await readySession(shopper);
    return (await quoted(muse, shopper, id)).stores[0];
  };
  const failing = (kind: 'unavailable' | 'unknown' | 'throttled' | 'refused' | 'conflict') =>
    stores.will(store.id, 'quote', ...Array.from({ length: FAILURES_TO_OPEN }, () => fault(kind)));
  const open = async () => {
    failing('unavailable');
    for (let n = 0; n < FAILURES_TO_OPEN; n++) await quote(n % 2 === 0 ? one : two);
  };
  const timeIsOver = () =>
    sql(one, `UPDATE store_breakers SET retry_at = now() - interval '1 second' WHERE store_id = $1`, [store.id]);
  const row = async () =>
    (
      await sql(
        one,
        `SELECT state, failures, opened_times, extract(epoch FROM retry_at - now())::float8 AS wait FROM store_breakers WHERE store_id = $1`,
        [store.id],
      )
    )[0];

  it('opens after five failures, of whichever process, and then nobody asks the store', async () => {
    await open();
    expect(stores.stepsOf(store.id)).toHaveLength(FAILURES_TO_OPEN);
    for (const muse of [one, two]) {
      const quote_ = await quote(muse);
      expect(quote_).toMatchObject({ status: 'waiting', checkout: 'on_store_site' });
      expect(quote_.problems).toContainEqual(
        expect.objectContaining({ code: 'store_unreachable', fault: 'store_down' }),
      );
    }
    expect(stores.stepsOf(store.id)).toHaveLength(FAILURES_TO_OPEN);
    expect(await row()).toMatchObject({ state: 'open', opened_times: 1 });
  });

  it.each(['throttled', 'refused', 'conflict'] as const)('does not count a store that answers: %s', async (kind) => {
    failing(kind);
    for (let n = 0; n < FAILURES_TO_OPEN; n++) await quote(one);
    expect(await quote(two)).toMatchObject({ checkout: 'in_muse' });
    expect(await row()).toBeUndefined();
  });

  it('counts those in a row: a success between them begins anew', async () => {
    for (let n = 0; n < 2 * FAILURES_TO_OPEN; n++) {
      if (n % 2 === 0) stores.will(store.id, 'quote', fault('unknown'));
      await quote(one);
    }
    expect(await row()).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('lets one at a time probe when its time is over, across processes', async () => {
    await open();
    await timeIsOver();
    const asked = [one, two, one, two, one, two].map((muse) => breakers(muse).pass(store.id, 'oauth_api'));
    const passages = (await Promise.all(asked)).filter((passage) => passage !== null);
    expect(passages).toHaveLength(1);
    // One whose worker died is no probe any more.
    await sql(one, `UPDATE store_breakers SET probe_until = now() - interval '1 second' WHERE store_id = $1`, [
      store.id,
    ]);
    const next = await breakers(two).pass(store.id, 'oauth_api');
    expect(next?.probe).toEqual(expect.any(String));
    // The late one decides nothing.
    await breakers(one).succeeded(store.id, 'oauth_api', passages[0]!);
    expect(await row()).toMatchObject({ state: 'open' });
    await breakers(two).succeeded(store.id, 'oauth_api', next!);
    expect(await row()).toMatchObject({ state: 'closed', failures: 0, opened_times: 0 });
  });

  it('stays open twice as long when the probe fails, and closes when it does not', async () => {
    await open();
    const waits: number[] = [(await row())!.wait];
    for (let n = 0; n < 2; n++) {
      await timeIsOver();
      stores.will(store.id, 'quote', fault('unavailable'));
      expect(await quote(one)).toMatchObject({ checkout: 'on_store_site' });
      waits.push((await row())!.wait);
    }
    expect(waits.map((wait) => Math.round(wait / 30))).toEqual([1, 2, 4]);
    await timeIsOver();
    expect(await quote(two)).toMatchObject({ checkout: 'in_muse' });
    expect(await row()).toMatchObject({ state: 'closed' });
    expect(await quote(one)).toMatchObject({ checkout: 'in_muse' });
  });
});
