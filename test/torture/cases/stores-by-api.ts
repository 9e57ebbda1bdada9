import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { API_CHECKOUT_STEPS, STORE_ASK_STEPS } from '../../../src/store-integrations/store-steps';
import type { StoreSandbox } from '../../support/store-sandbox';
import { FAULT_KINDS, type FaultKind } from '../../sandbox/stores/faults/faults';
import { ApiStores, restock, type ApiStore } from '../harness/api-stores';
import type { Body } from '../harness/client';
import { Random } from '../harness/random';
import type { Findings } from '../harness/report';
import type { Shopper, World } from '../harness/world';

/** The same faults in every run, whatever else is at random; TORTURE_SEED says otherwise. */
const SEED = Number(process.env['TORTURE_SEED'] ?? 61_126);
const LASTS_MS = Number(process.env['TORTURE_API_SECONDS'] ?? 90) * 1_000;
const SHOPPERS = 6;
const QUOTED_WITHIN_MS = 40_000;
const CALM_WITHIN_MS = 60_000;
const PRELOAD = join(__dirname, '..', '..', 'support', 'die-at-store-step.cjs');
const STEPS = [...API_CHECKOUT_STEPS, ...STORE_ASK_STEPS];
const AT = ['create', 'update', 'get', 'complete', 'cancel', 'order', 'token'];
/** Nobody answers: seldom, for it takes as long as a call may. */
const SILENT = new Set<FaultKind>(['hang', 'hang_after']);
/** Not `review`: what a shopper has to finish on the store's own page waits for them, and nobody comes. */
const KINDS = FAULT_KINDS.filter((kind) => !SILENT.has(kind) && kind !== 'review');

/** What shoppers did, counted. */
const NOTHING = { placed: 0, failed: 0, elsewhere: 0, cancelled: 0, sentBack: 0 };

/** Shoppers who buy, cancel and send back at stores by their API, while these and the workers have a bad day. */
export const storesByApi =
  (sandboxes: StoreSandbox[]) =>
  async (world: World, findings: Findings): Promise<void> => {
    const random = new Random(SEED);
    const stores = await ApiStores.connect(world, sandboxes);
    const shoppers = await Promise.all(Array.from({ length: SHOPPERS }, () => stores.shopper()));
    const did = { ...NOTHING };
    const until = Date.now() + LASTS_MS;
    const happened = new Map<string, number>();
    await Promise.all([
      ...shoppers.map((shopper, n) => shopUntil(until, stores, shopper, new Random(SEED + n + 1), did, findings)),
      faultsUntil(until, stores.all, random, happened),
      killsUntil(until, world, new Random(SEED + 100), happened),
    ]);
    for (const { sandbox } of stores.all) await sandbox.clearFaults();
    await becomeCalm(world, stores, shoppers);
    await compare(world, stores, findings);
    findings.facts = `${findings.facts}; seed ${SEED}`;
    findings.notes.push(
      Object.entries(did)
        .map(([what, times]) => `${what} ${times}`)
        .join(', '),
    );
    findings.notes.push([...happened].map(([name, times]) => `${name} ×${times}`).join(', '));
  };

async function shopUntil(
  until: number,
  stores: ApiStores,
  shopper: Shopper,
  random: Random,
  did: typeof NOTHING,
  findings: Findings,
): Promise<void> {
  while (Date.now() < until) {
    const chosen = stores.all.filter(() => random.next() < 0.6);
    if (chosen.length === 0) continue;
    for (const store of chosen) await shopper.add(stores.lineOf(store, random.between(1, 3)));
    await relinkWhereNeeded(stores, shopper);
    const session = await stores.quoted(shopper, QUOTED_WITHIN_MS);
    if (session === null) {
      await sleep(1_000);
      continue;
    }
    findings.holds(session !== undefined, `a session of ${shopper.id} was not quoted within ${QUOTED_WITHIN_MS} ms`);
    if (!session?.readyToPlace) continue;
    const key = randomUUID();
    const path = `/checkout/sessions/${session.id}/place`;
    // Twice at once, as of two tabs.
    const body = { expectedTotal: session.total };
    await Promise.all([shopper.send('POST', path, body, key, true), shopper.send('POST', path, body, key, true)]);
    const status = await settle(stores, shopper, session.id, until + 20_000);
    for (const store of status.stores) {
      did[store.status === 'placed' ? 'placed' : store.status === 'failed' ? 'failed' : 'elsewhere']++;
      if (store.status === 'placed' && random.next() < 0.5) await thinkAgain(stores, shopper, store, did);
    }
  }
}

async function relinkWhereNeeded(stores: ApiStores, shopper: Shopper): Promise<void> {
  const { data } = await shopper.expect('GET', '/integrations');
  for (const { store, status } of data as Body[])
    if (status === 'relink') await stores.link(shopper, store).catch(() => undefined);
}

/** Until nothing is under way, or the time is over: the shopper links accounts again where that is asked for. */
async function settle(stores: ApiStores, shopper: Shopper, id: string, until: number): Promise<Body> {
  for (;;) {
    const status = await shopper.expect('GET', `/checkout/sessions/${id}/status`);
    const isOpen = ({ status: of, action }: Body) =>
      of === 'waiting' || of === 'processing' || (of === 'action_required' && action?.type === 'relink');
    if (!status.stores.some(isOpen) || Date.now() > until) return status;
    await relinkWhereNeeded(stores, shopper);
    await sleep(300);
  }
}

/** At a store that takes it: cancelled, or sent back once it has arrived. */
async function thinkAgain(stores: ApiStores, shopper: Shopper, { storeId, order }: Body, did: typeof NOTHING) {
  const store = stores.all.find(({ id }) => id === storeId)!;
  if (store.kind !== 'private') return;
  const path = `/orders/${order.id}`;
  // What the store can do about an order is known once it was asked for it.
  const mayBoth = ({ allowedActions }: Body) => allowedActions.some((action: string) => /cancel|return/.test(action));
  for (let tries = 0; tries < 20 && !mayBoth(await shopper.expect('GET', path)); tries++) await sleep(250);
  const { body, status } = await shopper.send('PUT', `${path}/cancel`, { reason: 'Ordered twice' }, undefined, true);
  if (status < 300) did.cancelled++;
  else if (body.code !== 'order_state') return;
  const present = await shopper.expect('GET', path);
  if (!present.allowedActions.includes('return')) return;
  const items = [{ itemId: present.items[0].id, quantity: 1, reason: 'It came damaged' }];
  const back = await shopper.send('POST', `${path}/return`, { items }, randomUUID(), true);
  if (back.status < 300) did.sentBack++;
}

async function faultsUntil(until: number, stores: ApiStore[], random: Random, happened: Map<string, number>) {
  while (Date.now() < until) {
    const { sandbox, kind: store } = random.oneOf(stores);
    const kind = random.next() < 0.03 ? random.oneOf([...SILENT]) : random.oneOf(KINDS);
    const step = random.oneOf(AT);
    await sandbox.fault({ step, kind, times: random.between(1, 2), delayMs: random.between(100, 3_000) });
    happened.set(kind, (happened.get(kind) ?? 0) + 1);
    // Orders move, too.
    if (random.next() < 0.3 && store === 'private') await sandbox.advance({});
    await sleep(random.between(300, 1_500));
    // What was gone comes in again.
    await restock(sandbox);
  }
}

/** A worker that dies at one of the steps, as by kill -9, or after a while where it never comes to it. */
async function killsUntil(until: number, world: World, random: Random, happened: Map<string, number>) {
  const steps = [...STEPS];
  while (Date.now() < until) {
    const step = steps.length > 0 ? steps.splice(random.between(0, steps.length - 1), 1)[0]! : random.oneOf(STEPS);
    let goOn = (): void => undefined;
    try {
      const { child } = await world.processes.startProgram({ MUSE_ROLE: 'worker', DIE_AT: step }, [PRELOAD]);
      goOn = world.processes.pauseWorkers();
      // It alone does what there is to do.
      child.signal('SIGCONT');
      for (const end = Date.now() + 4_000; child.ended === undefined && Date.now() < end;) await sleep(50);
      const how = child.ended === undefined ? 'killed anywhere' : `killed at ${step}`;
      await child.kill();
      happened.set(how, (happened.get(how) ?? 0) + 1);
    } catch (error) {
      // It died before it was ready: that, too, is a worker killed.
      if (!(error instanceof Error) || !error.message.includes('ended before')) throw error;
      happened.set(`killed at ${step}`, (happened.get(`killed at ${step}`) ?? 0) + 1);
    } finally {
      goOn();
    }
    await sleep(random.between(500, 2_000));
  }
}

/** Nothing is under way: sessions are at their end, or wait for somebody; what stores were asked is answered. */
async function becomeCalm(world: World, stores: ApiStores, shoppers: Shopper[]): Promise<void> {
  for (const end = Date.now() + CALM_WITHIN_MS; Date.now() < end; await sleep(300)) {
    for (const shopper of shoppers) await relinkWhereNeeded(stores, shopper);
    const { open } = await world.ground.one<{ open: number }>(
      `SELECT (SELECT count(*) FROM placements p JOIN stores s ON s.id = p.store_id
                WHERE s.tier = 'oauth_api' AND p.status IN ('queued', 'running'))::int
            + (SELECT count(*) FROM store_requests WHERE status = 'pending')::int AS open`,
    );
    if (open === 0) return;
  }
}

async function compare(world: World, stores: ApiStores, findings: Findings): Promise<void> {
  let [doubled, orders, waiting] = [0, 0, 0];
  for (const store of stores.all) {
    const { onlyTheirs, onlyOurs, all } = await stores.differences(store);
    const rows = await world.ground.rows<{ id: string }>(
      `SELECT id FROM placements WHERE store_id = $1 AND status NOT IN ('done')`,
      [store.id],
    );
    // Of what a person has to look at, the store may have an order; nobody else's is unknown here.
    doubled += Math.max(0, onlyTheirs.length - rows.length);
    waiting += rows.length;
    orders += all;
    findings.holds(
      onlyTheirs.length <= rows.length,
      `${store.kind} has orders that Muse has not: ${onlyTheirs.join(', ')}`,
    );
    findings.holds(onlyOurs.length === 0, `Muse has orders that ${store.kind} has not: ${onlyOurs.join(', ')}`);
  }
  const [{ n }] = (await world.ground.rows<{ n: number }>(
    `SELECT count(*)::int AS n FROM (SELECT 1 FROM orders o JOIN stores s ON s.id = o.store_id WHERE s.tier = 'oauth_api'
      GROUP BY o.checkout_session_id, o.store_id HAVING count(*) > 1) AS twice`,
  )) as [{ n: number }];
  doubled += n;
  findings.holds(n === 0, `${n} sessions have two orders at one store`);
  findings.holds(orders > 0, 'nothing was ordered at all');
  findings.facts = `${orders} orders at three stores, ${doubled} double orders at the stores, ${waiting} for a person to look at`;
}
