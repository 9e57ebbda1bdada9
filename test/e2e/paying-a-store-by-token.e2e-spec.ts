import { PlacementRunner } from '../../src/checkout-session/placement-runner';
import { runQuotes } from '../support/api-stores';
import { startApp, type RunningApp } from '../support/app';
import { assertNone, leaksOfDatabase } from '../support/leaks';
import { settingsOf } from '../support/paying';
import { usd } from '../support/sellers';
import {
  followed,
  addDescribed,
  customer,
  eventually,
  place,
  readySession,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { connectStore, linkStore, startStore, type StoreSandbox } from '../support/store-sandbox';
import { startStripeDouble, type StripeDouble } from '../support/stripe-double';

const PREVIEW = { STRIPE_PREVIEW_VERSION: '2026-04-22.preview' };

describe.each([
  ['walmart', 'WM'],
  ['target', 'TG'],
] as const)('A store that holds no card of the shopper’s, as %s for cy,', (kind, prefix) => {
  let stripe: StripeDouble;
  let sandbox: StoreSandbox;
  let muse: RunningApp;
  let store: { id: string; hosts: string[] };
  let cy: Shopper;

  beforeAll(async () => {
    stripe = await startStripeDouble();
    sandbox = await startStore(kind, { env: { STRIPE_API_BASE: stripe.url } });
    muse = await startApp({ MUSE_ROLE: 'api', SANDBOX_ORIGINS: sandbox.url, ...settingsOf(stripe), ...PREVIEW });
    const connection = { options: { delegatedPayment: { stripe: `profile_test_${kind}` } } };
    const { storeId: id } = await connectStore(muse, sandbox, { connection });
    const [row] = await sql(muse, 'SELECT hosts FROM stores WHERE id = $1', [id]);
    store = { id, hosts: row.hosts };
  }, 120_000);
  beforeEach(async () => {
    await sandbox.reset();
    cy = await customer(muse);
    await linkStore(cy, store.id, 'cy');
  });
  afterAll(async () => assertNone(await leaksOfDatabase(muse.database)));

  const begin = async (pay: boolean): Promise<Body> => {
    const good = (await sandbox.goods()).find((one) => one.sku === `${prefix}-1`)!;
    await addDescribed(cy, store, { productName: good.title, productSku: good.sku, price: usd(good.cents) });
    const { id } = await readySession(cy);
    const look = async () => (await cy.get(`/checkout/sessions/${id}`).expect(200)).body;
    await eventually(async () => {
      await runQuotes(muse, id);
      return (await look()).stores[0].status !== 'quoting';
    });
    if (pay)
      await cy.put(`/checkout/sessions/${id}/payment`, { providerToken: 'pm_card_visa', save: true }).expect(200);
    const session = await look();
    expect(session.problems).toContainEqual(expect.objectContaining({ code: 'pay_at_store', severity: 'info' }));
    await place(cy, session).expect(202);
    return session;
  };
  const toTheEnd = async ({ id }: Body): Promise<Body> => {
    const [row] = await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [id]);
    const state = async () => (await cy.get(`/checkout/sessions/${id}/status`).expect(200)).body.stores[0];
    for (let n = 0; n < 10; n++) {
      await muse.app.get(PlacementRunner, { strict: false }).runOnce(row.id);
      if (!['waiting', 'processing'].includes((await state()).status)) break;
    }
    return state();
  };
  const tokens = async () => (await stripe.objects()).sharedTokens.map(({ usage_limits }) => usage_limits.max_amount);

  it('takes what was agreed, and no more, from the card that was chosen in Muse', async () => {
    const before = (await tokens()).length;
    const session = await begin(true);
    expect(await toTheEnd(session)).toMatchObject({ status: 'placed', failure: null });
    expect((await tokens()).slice(before)).toEqual([session.total.amount]);
    expect(await sandbox.ledger()).toHaveLength(1);
  });

  it('asks for one token, however often it is asked to take the order', async () => {
    const before = (await tokens()).length;
    const session = await begin(true);
    await sandbox.fault({ step: 'complete', kind: '500', times: 2 });
    expect(await toTheEnd(session)).toMatchObject({ status: 'placed', failure: null });
    expect((await tokens()).slice(before)).toEqual([session.total.amount]);
    expect(await sandbox.ledger()).toHaveLength(1);
  });

  it('is left its filled cart where no card was chosen', async () => {
    const before = (await tokens()).length;
    const state = await toTheEnd(await begin(false));
    expect(state).toMatchObject({ status: 'continue_at_store' });
    expect(await followed(state.continueUrl)).toContain(sandbox.url);
    expect(await tokens()).toHaveLength(before);
    expect(await sandbox.ledger()).toEqual([]);
  });
});
