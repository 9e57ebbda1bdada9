import { join } from 'node:path';
import { PlacementRunner } from '../../src/checkout-session/placement-runner';
import { BROWSER_CHECKOUT_STEPS, type BrowserCheckoutStep } from '../../src/store-integrations';
import { Proofs } from '../../src/store-integrations/automation/proofs';
import { runQuotes } from '../support/api-stores';
import { startApp, type RunningApp } from '../support/app';
import { giveSignIn } from '../support/automation';
import { addGood, sessionOf, statusOf, storeOf, toBeQuoted, type BrowserStore } from '../support/by-browser';
import { startProcess } from '../support/process';
import { shopAccount, startShop } from '../support/shop-sandbox';
import { customer, eventually, place, sql, type Body } from '../support/shopper';

jest.setTimeout(180_000);

const PRELOAD = join(__dirname, '..', 'support', 'die-at-browser-step.cjs');

/** What is known of the order where a worker died: the store has it where the click was made, and it is found. */
const ENDS: Record<BrowserCheckoutStep, { status: string; orders: number }> = {
  begun: { status: 'placed', orders: 1 },
  // Nobody clicked, but nobody can know: a person looks.
  promised: { status: 'needs_attention', orders: 0 },
  ran: { status: 'placed', orders: 1 },
  recorded: { status: 'placed', orders: 1 },
};

let muse: RunningApp;
let store: BrowserStore;
beforeAll(async () => {
  const shop = await startShop('nordstrom');
  muse = await startApp({ MUSE_ROLE: 'api', SANDBOX_ORIGINS: shop.origins });
  store = await storeOf(muse, shop);
});

describe('A worker that is killed while it places by a browser', () => {
  it.each(BROWSER_CHECKOUT_STEPS)('leaves one order at most, and the truth of it: %s', async (step) => {
    const shopper = await customer(muse);
    await giveSignIn(shopper, store.id, shopAccount('ana'));
    const [account] = await sql(muse, 'SELECT id FROM store_accounts WHERE user_id = $1', [shopper.id]);
    await eventually(async () => {
      await muse.app.get(Proofs, { strict: false }).prove(account.id);
      const [{ state }] = await sql(muse, 'SELECT state FROM store_sign_ins WHERE account_id = $1', [account.id]);
      return state === 'proved';
    }, 60_000);
    await addGood(shopper, store);
    const { id } = await toBeQuoted(shopper);
    const session: Body = await eventually(async () => {
      await runQuotes(muse, id);
      const now = await sessionOf(shopper, id);
      return now.stores[0].status === 'waiting' && now;
    }, 60_000);
    expect(session.stores[0]).toMatchObject({ checkout: 'in_muse', problems: [{ code: 'charged_at_store' }] });
    const before = (await store.shop.ledger()).length;

    const { DATABASE_URL, MUSE_MASTER_KEY, JWT_SECRET, PUBLIC_URL } = muse.config;
    const secrets = { DATABASE_URL: DATABASE_URL!, MUSE_MASTER_KEY: MUSE_MASTER_KEY!, JWT_SECRET: JWT_SECRET! };
    const own = { PUBLIC_URL, MUSE_DEMO: '0', SANDBOX_ORIGINS: store.shop.origins, DIE_AT: step };
    const worker = await startProcess({ ...secrets, ...own }, { preload: [PRELOAD] });
    await place(shopper, session).expect(202);
    expect(await worker.ended).toBe('SIGKILL');

    const [{ id: placementId }] = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [id]);
    const end = await eventually(async () => {
      await sql(muse, 'UPDATE placements SET lease_until = now() WHERE id = $1 AND lease_until IS NOT NULL', [
        placementId,
      ]);
      await muse.app.get(PlacementRunner, { strict: false }).runOnce(placementId);
      const [state] = (await statusOf(shopper, id)).stores;
      return !['waiting', 'processing'].includes(state.status) && state;
    }, 90_000);
    const { status, orders } = ENDS[step];
    const ledger = (await store.shop.ledger()).slice(before);
    expect([end.status, ledger.length]).toEqual([status, orders]);
    expect(end.order?.storeOrderNumber).toBe(ledger[0]?.number);
  });
});
