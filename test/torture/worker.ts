// A worker of the built program that strikes itself at a given point of a given job, as `kill -9` or a machine that stops
// would. Without a strike it is the worker as it is.
import 'reflect-metadata';
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SAID, type Order, type Said, type Strike } from './harness/orders';

const load = createRequire(join(__dirname, '..', '..', 'dist', 'src', 'main.js'));
const { createApp } = load('./bootstrap') as typeof import('../../src/bootstrap');
const { layGround } = load('./ground') as typeof import('../../src/ground');
const { readConfig } = load('./platform/config') as typeof import('../../src/platform/config');
const { Jobs } = load('./platform/jobs') as typeof import('../../src/platform/jobs');
const { Events } = load('./platform/events') as typeof import('../../src/platform/events');
const { Database } = load('./platform/database') as typeof import('../../src/platform/database');
const steps = load('./checkout-session/placement-steps') as typeof import('../../src/checkout-session/placement-steps');
const payments = load(
  './payments/purchases/payment-steps',
) as typeof import('../../src/payments/purchases/payment-steps');
const deliveries = load(
  './platform/events/delivery-steps',
) as typeof import('../../src/platform/events/delivery-steps');
const expiry = load('./checkout-session/session-expiry') as typeof import('../../src/checkout-session/session-expiry');

const ABOUT = {
  payment_step: `SELECT p.purchase_id AS session, s.kind AS about FROM payment_steps s JOIN payments p ON p.id = s.payment_id WHERE s.id = $1`,
};

const { BrowserPlacing } = load(
  './store-integrations/strategies/headless/browser-placing',
) as typeof import('../../src/store-integrations/strategies/headless/browser-placing');

/** Three looks within ten minutes are three within half a minute here. */
const LOOK_AGAIN_MS = 5_000;

let strike: Strike | undefined;
/** The job that the strike is meant for, once it has come. */
let jobId: string | undefined;
/** The same of a placement: its session and store. */
let struckPlacement: string | undefined;
/** The same of a delivery: what its event is about. */
let struckAbout: string | undefined;

/** At once and in order, whatever happens to the process next. */
function say(said: Said): void {
  writeSync(1, `${SAID}${JSON.stringify(said)}\n`);
}

function reached(point: string): void {
  if (strike?.point !== point) return;
  const { signal } = strike;
  strike = undefined;
  say({ at: 'struck', ms: Date.now() });
  process.kill(process.pid, signal);
}

/** Puts the points around every job and every subscriber's effect; to be called before the application begins. */
function setPoints(app: NestFastifyApplication): void {
  const jobs = app.get(Jobs, { strict: false });
  const events = app.get(Events, { strict: false });
  const database = app.get(Database, { strict: false });

  const handle = jobs.handle.bind(jobs);
  jobs.handle = (task, handler, due) => {
    const struck = async (payload: { id: string }): Promise<void> => {
      if (strike === undefined || strike.task !== task || jobId !== undefined || !(task in ABOUT))
        return handler(payload);
      const about = ABOUT[task as keyof typeof ABOUT];
      const { rows } = await database.pool.query<{ session: string | null; about: string }>(about, [payload.id]);
      const { about: wanted, session = null } = strike;
      const mine = rows.some((row) => row.about === wanted && row.session === session);
      if (!mine) return handler(payload);
      jobId = payload.id;
      let error: string | undefined;
      try {
        await handler(payload);
      } catch (thrown) {
        error = String(thrown);
        throw thrown;
      } finally {
        say({ at: 'late', error });
      }
    };
    handle(task, struck, due);
  };

  const listen = events.subscribe.bind(events);
  events.subscribe = (type, consumer, handler, hearing) =>
    listen(
      type,
      consumer,
      async (tx, event) => {
        const mine = strike?.task === 'deliver_event' && event.aggregateId === strike.about;
        if (mine) reached('before_effect');
        await handler(tx, event);
        if (mine) reached('after_effect');
      },
      hearing,
    );
  subscribe(deliveries.DELIVERY_STEP_CHANNEL, (message) => {
    const { step, aggregateIds } = message as { step: string; aggregateIds: string[] };
    if (strike?.task === 'deliver_event' && aggregateIds.includes(strike.about)) {
      struckAbout = strike.about;
      reached(step);
    } else if (step === 'ended' && struckAbout !== undefined && aggregateIds.includes(struckAbout)) say({ at: 'late' });
  });

  subscribe(steps.PLACEMENT_STEP_CHANNEL, (message) => {
    const { step, sessionId, storeId } = message as { step: string; sessionId: string; storeId: string };
    const struck = `${sessionId} ${storeId}`;
    if (strike?.task === 'place_store' && strike.session === sessionId && strike.about === storeId) {
      struckPlacement = struck;
      reached(step);
    } else if (step === 'ended' && struck === struckPlacement) say({ at: 'late' });
  });
  subscribe(payments.PAYMENT_STEP_CHANNEL, (message) => {
    const { moment, stepId } = message as { moment: string; stepId: string };
    if (stepId === jobId) reached(moment);
  });
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  await layGround(config, () => undefined);
  const app = await createApp(config);
  setPoints(app);
  Object.assign(app.get(BrowserPlacing, { strict: false }), { lookAgainMs: LOOK_AGAIN_MS, tryLookMs: LOOK_AGAIN_MS });
  process.on('disconnect', () => process.exit(1));
  process.on('message', (order: Order) => {
    if (order.do === 'begin') {
      strike = order.strike;
      void app.init().then(() => say({ at: 'ready' }));
    } else void expire(app, order.forMs);
  });
  say({ at: 'loaded' });
}

async function expire(app: NestFastifyApplication, forMs: number): Promise<void> {
  const sessions = app.get(expiry.SessionExpiry, { strict: false });
  const end = Date.now() + forMs;
  while (Date.now() < end) {
    await sessions.expireSessions();
    await sessions.expireHandoffs();
  }
  say({ at: 'expired' });
}

main().catch((error: unknown) => {
  process.stderr.write(`${String((error as Error).stack)}\n`);
  process.exit(1);
});
