import { ChecksRepository } from '../../../../src/store-integrations/automation/checks.repository';
import type { Recipe } from '../../../../src/store-integrations/recipes';
import { startApp, type RunningApp } from '../../../support/app';
import { automate, automationOf, forbid, letIn, runsAt, type AutomatedStore } from '../../../support/automation';
import { keepSecret } from '../../../support/leaks';
import { openPartner } from '../../../support/market';
import { shopAccount, startShop, type ShopSandbox } from '../../../support/shop-sandbox';
import { customer, eventually, sql, type Body } from '../../../support/shopper';

jest.setTimeout(120_000);

let shop: ShopSandbox;
let muse: RunningApp;
let store: AutomatedStore;
beforeAll(async () => {
  shop = await startShop('nordstrom');
  muse = await startApp({ SANDBOX_ORIGINS: shop.origins });
  keepSecret('the password of a test account', shopAccount('bo').password);
});
beforeEach(async () => {
  await shop.reset();
  store = await automate(muse, shop.recipe());
});

const testAccount = (more: object = {}): object => ({
  ...shopAccount('bo'),
  goods: { url: shop.productUrl('nd-101'), name: 'Dress', size: 'M', color: 'Black' },
  address: {
    ...{ name: 'Test Account', line1: '2100 Guadalupe St', city: 'Austin', region: 'TX', postalCode: '78705' },
    ...{ country: 'US', phone: '5125550199' },
  },
  everyMinutes: 60,
  ...more,
});
const at = () => `/admin/stores/${store.id}`;
const health = async (): Promise<Body> => (await store.admin.get(`${at()}/automation`).expect(200)).body;
const setAccount = () => store.admin.put(`${at()}/automation/test-account`, testAccount()).expect(204);
const told = async (type: string): Promise<Body[]> =>
  (await sql(muse, 'SELECT payload FROM events WHERE type = $1 AND aggregate_id = $2', [type, store.id])).map(
    ({ payload }) => payload,
  );

/** The schedule comes to it, and it is made. */
async function scheduled(): Promise<Body> {
  const before = (await health()).checks.length;
  await sql(muse, `UPDATE store_test_accounts SET next_check_at = now() WHERE store_id = $1`, [store.id]);
  return eventually(async () => {
    await muse.app.get(ChecksRepository, { strict: false }).schedule();
    const { checks } = await health();
    return checks.length > before && checks[0].outcome !== null && checks[0];
  }, 90_000);
}

async function dryRun(version: number): Promise<Body> {
  const { body } = await store.admin.post(`${at()}/recipes/${version}/dry-run`).expect(202);
  expect(body).toMatchObject({ version, askedBy: store.admin.id, outcome: null });
  return eventually(
    async () => (await health()).checks.find(({ id, outcome }: Body) => id === body.id && outcome !== null),
    90_000,
  );
}

async function makeVersion(change: (recipe: Recipe) => Recipe): Promise<number> {
  return (await store.admin.post(`${at()}/recipes`, { recipe: change(shop.recipe()) }).expect(201)).body.version;
}

describe('Dry runs by the schedule', () => {
  it('go up to the last click, buy nothing, and leave health and the look of pages', async () => {
    await setAccount();
    const check = await scheduled();
    expect(check).toMatchObject({ version: 1, askedBy: null, outcome: 'done', runId: expect.any(String) });
    expect(await shop.ledger()).toEqual([]);
    const seen = await health();
    expect(seen).toMatchObject({
      ...{ policy: 'allowed', recipeVersion: 1, testAccount: { everyMinutes: 60 }, warnings: [] },
      ...{ breaker: { state: 'closed', failures: 0 }, lastFailed: null },
      lastGood: { id: check.runId, cause: 'check', flow: 'place', consentVersion: null, hasTrail: false },
      lastDay: { runs: 1, outcomes: { done: 1 }, p95Ms: expect.any(Number) },
    });
    expect(seen.steps).toContainEqual(
      expect.objectContaining({ section: 'signIn', step: 'email', candidate: 0, served: 1, failed: 0 }),
    );
    expect(JSON.stringify(seen)).not.toContain(shopAccount('bo').password);
    // Nobody's sign-in and nobody's consent: the store's own account.
    expect(await runsAt(muse, store.id)).toMatchObject([{ user_id: null, dry: true, clicked: false }]);
  });

  it('warn of a page that has changed and of a candidate that is no longer the first, before anything breaks', async () => {
    await setAccount();
    await scheduled();
    await scheduled();
    // The same pages: nothing to tell.
    expect((await health()).warnings).toEqual([]);
    await shop.switch({ renamed: 'ids' });
    expect(await scheduled()).toMatchObject({ outcome: 'done' });
    const { warnings } = await health();
    const kinds = new Set(warnings.map(({ kind }: Body) => kind));
    expect(kinds).toEqual(new Set(['page_changed', 'recipe_degraded']));
    const changed = warnings.find(({ kind, section }: Body) => kind === 'page_changed' && section === 'address');
    expect([changed.appeared.length > 0, changed.vanished.length > 0]).toEqual([true, true]);
    expect(await told('recipe.page_changed')).toContainEqual({ storeId: store.id, version: 1, section: 'address' });
    const degraded = await told('recipe.degraded');
    expect(degraded).toContainEqual(expect.objectContaining({ storeId: store.id, version: 1, candidate: 1 }));
    // Once a day and candidate, however often it serves; and what the page is now is what it is compared with.
    await scheduled();
    expect(await told('recipe.degraded')).toHaveLength(degraded.length);
    expect((await health()).warnings).toHaveLength(warnings.length);
  });

  it('that fail are told of, with where and a trail', async () => {
    await setAccount();
    await shop.switch({ outOfStock: 'product' });
    expect(await scheduled()).toMatchObject({ outcome: 'out_of_stock' });
    const [warning] = (await health()).warnings;
    expect(warning).toMatchObject({ kind: 'check_failed', version: 1, section: expect.any(String) });
    expect(await told('recipe.check_failed')).toEqual([{ storeId: store.id, version: 1, outcome: 'out_of_stock' }]);
  });

  it('are not made where the store allows it no more, nor once the account is taken away', async () => {
    await setAccount();
    await scheduled();
    await store.admin.delete(`${at()}/automation/test-account`).expect(204);
    await store.admin.delete(`${at()}/automation/test-account`).expect(404);
    expect((await health()).testAccount).toBeNull();
    expect((await store.admin.post(`${at()}/recipes/1/dry-run`).expect(409)).body.code).toBe('no_test_account');
    await setAccount();
    await forbid(store.admin, store.id);
    expect(await dryRun(1)).toMatchObject({ outcome: 'forbidden', runId: null });
  });
});

describe('A dry run that an admin asks for', () => {
  it('tries a draft, and says where it fails', async () => {
    await setAccount();
    const good = await makeVersion((recipe) => recipe);
    const broken = await makeVersion((recipe) => ({
      ...recipe,
      sections: {
        ...recipe.sections,
        cartCheck: [{ step: 'lost', do: 'click', target: [{ by: 'testId', is: 'nowhere' }], timeoutMs: 500 }],
      },
    }));
    expect(await dryRun(good)).toMatchObject({ outcome: 'done' });
    const failed = await dryRun(broken);
    expect(failed).toMatchObject({ outcome: 'unknown_page' });
    const { lastFailed, recipeVersion } = await health();
    expect([recipeVersion, lastFailed.id]).toEqual([1, failed.runId]);
    expect(lastFailed).toMatchObject({ section: 'cartCheck', step: 'lost', recipeVersion: broken, hasTrail: true });
    const { body } = await store.admin.get(`${at()}/automation/runs/${failed.runId}/trail`).expect(200);
    expect(body.markup).toContain('<body');
    const { data } = (await store.admin.get(`${at()}/automation/runs?limit=1`).expect(200)).body;
    expect(data).toMatchObject([{ id: failed.runId, cause: 'check' }]);
    await store.admin.post(`${at()}/recipes/99/dry-run`).expect(404);
  });

  it('is one where it is asked for by many at once', async () => {
    await setAccount();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => store.admin.post(`${at()}/recipes/1/dry-run`).expect(202)),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  });

  it('needs goods of the store, and a partner store', async () => {
    const elsewhere = { goods: { url: 'https://elsewhere.example/p', name: 'Dress' } };
    const refused = await store.admin.put(`${at()}/automation/test-account`, testAccount(elsewhere)).expect(422);
    expect(refused.body.errors).toMatchObject([{ pointer: '/goods/url' }]);
    await store.admin.put(`${at()}/automation/test-account`, testAccount({ everyMinutes: 1 })).expect(400);
    const { id } = await openPartner(muse);
    await store.admin.get(`/admin/stores/${id}/automation`).expect(200);
    await store.admin.get(`/admin/stores/${store.id}/automation/runs/${id}/trail`).expect(404);
    await store.admin.put(`${at()}/automation/policy`, { policy: 'allowed' }).expect(400);
  });
});

describe('Runs for shoppers', () => {
  it('count as the dry runs do, and stand in the list with their leave', async () => {
    const shopper = await customer(muse);
    await letIn(shopper, store.id, shopAccount('bo'));
    await automationOf(muse).run(store.id, shopper.id, 'orderList', {});
    const { data } = (await store.admin.get(`${at()}/automation/runs`).expect(200)).body;
    expect(data.map(({ cause, flow }: Body) => [cause, flow])).toEqual([
      ['shopper', 'orderList'],
      ['proof', 'signIn'],
    ]);
    expect(data[0]).toMatchObject({ policyVersion: 1, recipeVersion: 1, consentVersion: expect.any(String) });
    // Who it was for is nobody's business here.
    expect(JSON.stringify(data)).not.toContain(shopper.id);
  });
});
