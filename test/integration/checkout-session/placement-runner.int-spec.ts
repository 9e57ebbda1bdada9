import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { PlacementMetrics } from '../../../src/checkout-session/placement-metrics';
import { PlacementRunner } from '../../../src/checkout-session/placement-runner';
import { PlacementsRepository, type ClaimedPlacement } from '../../../src/checkout-session/placements.repository';
import type { Placement, PlacementOutcome } from '../../../src/store-integrations';
import { startApp, type RunningApp } from '../../support/app';
import { openPartner } from '../../support/market';
import { PLACED, ScriptedStrategy, UNAVAILABLE, withStrategies } from '../../support/scripted-strategy';
import {
  addDescribed,
  cartOf,
  eventually,
  guest,
  linesOf,
  place,
  readySession,
  sql,
  type Body,
  type Shopper,
} from '../../support/shopper';

describe('The placement runner', () => {
  let muse: RunningApp;
  /** Repeatable: its store can be asked again. */
  let api: ScriptedStrategy;
  let browser: ScriptedStrategy;
  let shopper: Shopper;

  beforeAll(async () => {
    api = new ScriptedStrategy('oauth_api', true);
    browser = new ScriptedStrategy('headless', false);
    muse = await startApp({ MUSE_ROLE: 'api' }, withStrategies(api, browser));
  });
  beforeEach(async () => {
    shopper = await guest(muse);
  });

  const lost = () => {
    throw new Error('lost');
  };
  const begin = async (store: { id: string; hosts: string[] }): Promise<{ sessionId: string; placementId: string }> => {
    await addDescribed(shopper, store);
    const session = await readySession(shopper);
    await place(shopper, session).expect(202);
    const [{ id }] = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [session.id]);
    return { sessionId: session.id, placementId: id };
  };
  const runOnce = (id: string) => muse.app.get(PlacementRunner, { strict: false }).runOnce(id);
  const rowOf = async (id: string): Promise<Body> =>
    (await sql(muse, 'SELECT *, next_attempt_at > now() AS later FROM placements WHERE id = $1', [id]))[0];
  const statusOf = async (id: string): Promise<Body> =>
    (await shopper.get(`/checkout/sessions/${id}/status`).expect(200)).body;

  it('falls from tier to tier while each is unavailable, and each is asked as for the first time', async () => {
    const store = await openPartner(muse, { tier: 'oauth_api' });
    api.will(store.id, () => UNAVAILABLE);
    const { sessionId, placementId } = await begin(store);
    await runOnce(placementId);
    expect(await rowOf(placementId)).toMatchObject({ status: 'queued', tier: 'headless', later: false });
    await runOnce(placementId);
    expect(browser.askedOf(store.id)).toMatchObject([{ earlierAttempts: 0 }]);
    expect(await statusOf(sessionId)).toMatchObject({
      status: 'completed',
      stores: [{ status: 'placed', order: { storeOrderNumber: 'ND-12345' } }],
    });
    const [order] = await sql(muse, 'SELECT checkout_method FROM orders WHERE checkout_session_id = $1', [sessionId]);
    expect(order.checkout_method).toBe('headless');
  });

  it('ends at the last tier with what that one says', async () => {
    const store = await openPartner(muse, { tier: 'oauth_api' });
    for (const strategy of [api, browser]) strategy.will(store.id, () => UNAVAILABLE);
    const { sessionId, placementId } = await begin(store);
    for (let n = 0; n < 3; n++) await runOnce(placementId);
    expect(await statusOf(sessionId)).toMatchObject({ status: 'completed', stores: [{ status: 'continue_at_store' }] });
    expect((await rowOf(placementId)).evidence).toMatchObject([
      { tier: 'oauth_api', reason: 'store_down' },
      { tier: 'headless', reason: 'store_down' },
    ]);
  });

  it('still does not repeat what cannot be repeated, whatever the tier before came to', async () => {
    const store = await openPartner(muse, { tier: 'oauth_api' });
    api.will(store.id, lost, () => UNAVAILABLE);
    browser.will(store.id, lost);
    const { sessionId, placementId } = await begin(store);
    for (let n = 0; n < 5; n++) await runOnce(placementId);
    expect([api.askedOf(store.id).length, browser.askedOf(store.id).length]).toEqual([2, 1]);
    expect(await statusOf(sessionId)).toMatchObject({ status: 'needs_attention' });
  });

  it('asks a store again, later and later, where asking again is harmless', async () => {
    const store = await openPartner(muse, { tier: 'oauth_api' });
    api.will(store.id, lost, lost, () => PLACED);
    const { sessionId, placementId } = await begin(store);
    const waits: number[] = [];
    for (let n = 0; n < 2; n++) {
      await runOnce(placementId);
      const [{ wait }] = await sql(
        muse,
        `SELECT extract(epoch FROM next_attempt_at - now())::float8 AS wait FROM placements WHERE id = $1`,
        [placementId],
      );
      waits.push(wait);
      expect(await statusOf(sessionId)).toMatchObject({ status: 'processing' });
    }
    expect(waits[0]).toBeGreaterThan(0.5);
    expect(waits[1]).toBeGreaterThan(1.5);
    await runOnce(placementId);
    expect(api.askedOf(store.id).map((asked) => asked.earlierAttempts)).toEqual([0, 1, 2]);
    expect(await statusOf(sessionId)).toMatchObject({ status: 'completed' });
  });

  it('asks for a person after eight tries', async () => {
    const store = await openPartner(muse, { tier: 'oauth_api' });
    api.will(store.id, lost);
    const { sessionId, placementId } = await begin(store);
    for (let n = 0; n < 10; n++) await runOnce(placementId);
    expect(api.askedOf(store.id)).toHaveLength(8);
    expect(await rowOf(placementId)).toMatchObject({ status: 'needs_attention', attempts: 8 });
    expect(await statusOf(sessionId)).toMatchObject({ status: 'needs_attention' });
    expect(linesOf(await cartOf(shopper))).toHaveLength(1);
  });

  it('counts and logs nothing of a worker that another has taken over from', async () => {
    const count = jest.spyOn(muse.app.get(PlacementMetrics, { strict: false }), 'count');
    const logged = jest.spyOn(Logger.prototype, 'error');
    const overtaken = (then: () => PlacementOutcome) => async (placement: Placement) => {
      await sql(muse, `UPDATE placements SET lease_token = uuidv7() WHERE id = $1`, [placement.placementId]);
      return then();
    };
    for (const [strategy, then] of [
      [api, lost],
      [api, () => UNAVAILABLE],
      [api, () => PLACED],
      [browser, lost],
    ] as const) {
      const store = await openPartner(muse, { tier: strategy === api ? 'oauth_api' : 'headless' });
      strategy.will(store.id, overtaken(then));
      shopper = await guest(muse);
      const { placementId } = await begin(store);
      await runOnce(placementId);
      expect(await rowOf(placementId)).toMatchObject({ status: 'running', tier: strategy.tier, evidence: [] });
    }
    expect(count).not.toHaveBeenCalled();
    expect(logged).not.toHaveBeenCalled();

    // The same store, asked by whoever holds the lease: counted and logged once.
    const store = await openPartner(muse, { tier: 'headless' });
    browser.will(store.id, lost);
    shopper = await guest(muse);
    await runOnce((await begin(store)).placementId);
    expect(count.mock.calls).toEqual([['headless', 'needs_attention']]);
    expect(logged).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();
  });

  it('writes the outcome of a refusal once, with the reason', async () => {
    const store = await openPartner(muse, { tier: 'headless' });
    browser.will(store.id, () => ({
      type: 'rejected',
      code: 'price_changed',
      detail: 'The store asks for more by now.',
    }));
    const { sessionId, placementId } = await begin(store);
    await Promise.all([runOnce(placementId), runOnce(placementId)]);
    expect(await statusOf(sessionId)).toMatchObject({
      status: 'failed',
      stores: [{ status: 'failed', failure: { code: 'price_changed' } }],
    });
    const events = await sql(
      muse,
      `SELECT payload FROM events WHERE type = 'checkout.store_outcome' AND aggregate_id = $1`,
      [sessionId],
    );
    expect(events.map((event) => event.payload)).toMatchObject([
      { tier: 'headless', outcome: 'failed', code: 'price_changed', attempts: 1 },
    ]);
  });

  describe('shows what it does', () => {
    const lockOf = async (sessionId: string) => {
      const client = new Client({ connectionString: muse.database });
      await client.connect();
      await client.query('BEGIN');
      await client.query('SELECT id FROM checkout_sessions WHERE id = $1 FOR NO KEY UPDATE', [sessionId]);
      return async () => {
        await client.query('COMMIT');
        await client.end();
      };
    };
    const sessionOf = async (id: string): Promise<Body> =>
      (await sql(muse, 'SELECT version, updated_at FROM checkout_sessions WHERE id = $1', [id]))[0];
    const waiting = () =>
      eventually(
        async () => (await sql(muse, `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)).length > 0,
      );

    it('when whoever has the session is done with it, though its lease was renewed meanwhile', async () => {
      const store = await openPartner(muse, { tier: 'headless' });
      const { sessionId, placementId } = await begin(store);
      let seen: Body;
      browser.will(store.id, async () => {
        seen = await statusOf(sessionId);
        return PLACED;
      });
      const release = await lockOf(sessionId);
      const run = runOnce(placementId);
      await waiting();
      await sql(muse, `UPDATE placements SET lease_until = now() + interval '20 seconds' WHERE id = $1`, [placementId]);
      await release();
      await run;
      expect(seen).toMatchObject({ stores: [{ status: 'processing', message: 'Placing the order' }] });
      expect(await statusOf(sessionId)).toMatchObject({ status: 'completed' });
    });

    it('and leaves it, with nothing written and nobody asked, where another has taken it over', async () => {
      const store = await openPartner(muse, { tier: 'headless' });
      const { sessionId, placementId } = await begin(store);
      const before = await sessionOf(sessionId);
      const release = await lockOf(sessionId);
      const run = runOnce(placementId);
      await waiting();
      await sql(muse, 'UPDATE placements SET lease_token = uuidv7() WHERE id = $1', [placementId]);
      await release();
      await run;
      expect(browser.askedOf(store.id)).toEqual([]);
      expect(await sessionOf(sessionId)).toEqual(before);
    });
  });

  it('claims on the disk what may not be placed twice, be it one among others', async () => {
    const stores = [await openPartner(muse, { tier: 'oauth_api' }), await openPartner(muse, { tier: 'headless' })];
    const begun = [await begin(stores[0]!)];
    shopper = await guest(muse);
    begun.push(await begin(stores[1]!));
    const due = () => muse.app.get(PlacementsRepository, { strict: false }).claimDue(randomUUID(), ['oauth_api'], 100);
    const claimed = (await due()) as (ClaimedPlacement & { commit: string | null })[];
    const of = ({ placementId }: { placementId: string }) => claimed.find(({ id }) => id === placementId);
    expect(begun.map(of)).toMatchObject([
      { isSeen: false, commit: null },
      { isSeen: true, commit: null },
    ]);
    await sql(
      muse,
      `UPDATE placements SET lease_until = now() - interval '1 second', waits_for = 'shopper' WHERE id = $1`,
      [begun[1]!.placementId],
    );
    // One that waits for its shopper is at an outside store all the same.
    expect(await due()).toMatchObject([{ id: begun[1]!.placementId, isSeen: false, commit: null }]);
    await sql(muse, `UPDATE placements SET lease_until = now() - interval '1 second' WHERE id = $1`, [
      begun[0]!.placementId,
    ]);
    expect(await due()).toMatchObject([{ id: begun[0]!.placementId, commit: 'off' }]);
  });

  it('is brought back by the sweeper when nobody was rung for it or its worker dies', async () => {
    const store = await openPartner(muse, { tier: 'oauth_api' });
    const { sessionId, placementId } = await begin(store);
    const claimed = `UPDATE placements SET status = 'running', attempts = 1, lease_token = uuidv7(), lease_until = now() - interval '2 seconds',
      next_attempt_at = now() - interval '10 seconds', started_at = now() WHERE id = $1`;
    await sql(muse, claimed, [placementId]);
    const secrets = { JWT_SECRET: muse.config.JWT_SECRET!, MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY! };
    await startApp({ DATABASE_URL: muse.database, MUSE_ROLE: 'worker', ...secrets }, withStrategies(api, browser));
    const status = await eventually(async () => {
      const now = await statusOf(sessionId);
      return now.status === 'processing' ? undefined : now;
    }, 15_000);
    expect(status).toMatchObject({ status: 'completed' });
    expect(api.askedOf(store.id)).toMatchObject([{ earlierAttempts: 1 }]);
  });
});
