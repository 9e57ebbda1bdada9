import { startApp, type RunningApp } from '../../../support/app';
import {
  AGREEMENT,
  allow,
  automate,
  automationOf,
  credentialsConsent,
  forbid,
  giveSignIn,
  letIn,
  runsAt,
  triedSignIn,
  type AutomatedStore,
} from '../../../support/automation';
import { keepSecret } from '../../../support/leaks';
import { openPartner } from '../../../support/market';
import { shopAccount, startShop, type ShopSandbox } from '../../../support/shop-sandbox';
import { customer, guest, sql, type Body } from '../../../support/shopper';

jest.setTimeout(120_000);

let shop: ShopSandbox;
let muse: RunningApp;
let store: AutomatedStore;
beforeAll(async () => {
  shop = await startShop('nordstrom');
  muse = await startApp({ SANDBOX_ORIGINS: shop.origins });
  store = await automate(muse, shop.recipe());
  keepSecret('a password at a store', shopAccount('ana').password);
});

const secretsOf = async (userId: string): Promise<string[]> =>
  (
    await sql(
      muse,
      `SELECT s.name FROM store_secrets s JOIN store_accounts a ON a.id = s.account_id WHERE a.user_id = $1 ORDER BY 1`,
      [userId],
    )
  ).map(({ name }) => name);

describe('A sign-in at a store that is ordered at by a browser', () => {
  it('is kept, proved by signing in, and used; the record names the leave', async () => {
    const shopper = await customer(muse);
    const given = await giveSignIn(shopper, store.id, shopAccount('ana'));
    expect(given).toMatchObject({
      ...{ store: { id: store.id }, kind: 'credentials', status: 'linked' },
      signIn: { state: 'proving', reason: null, provedAt: null },
    });
    expect(JSON.stringify(given)).not.toContain(shopAccount('ana').password);
    expect(await triedSignIn(shopper, store.id)).toMatchObject({ state: 'proved', reason: null });
    expect(await secretsOf(shopper.id)).toEqual(['cookie_jar', 'credentials']);
    const [run] = await runsAt(muse, store.id);
    expect(run).toMatchObject({
      ...{ user_id: shopper.id, cause: 'proof', flow: 'signIn', outcome: 'done', recipe_version: 1 },
      ...{ policy_version: 1, agreement: AGREEMENT, consent_version: await credentialsConsent(shopper) },
    });
    const steps: string[] = [];
    const onStep = ({ step }: { step: string }) => void steps.push(step);
    const listed = await automationOf(muse).run(store.id, shopper.id, 'orderList', {}, { onStep });
    expect(listed).toMatchObject({ type: 'done', recipeVersion: 1, read: { orders: [] } });
    // The cookies are still good: nobody types a password again.
    expect(steps).not.toContain('email');
  });
});
