import { randomUUID } from 'node:crypto';
import { Challenges } from '../../../../src/store-integrations';
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
import { customer, eventually, guest, sql, type Body, type Shopper } from '../../../support/shopper';

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
beforeEach(async () => {
  await shop.reset();
  patience(60_000);
});

/** So long a shopper is waited for, in ms. */
const patience = (ms: number): void => {
  muse.app.get(Challenges, { strict: false }).waitMs = ms;
};

const secretsOf = async ({ id }: Shopper): Promise<string[]> =>
  (
    await sql(
      muse,
      `SELECT s.name FROM store_secrets s JOIN store_accounts a ON a.id = s.account_id WHERE a.user_id = $1 ORDER BY 1`,
      [id],
    )
  ).map(({ name }) => name);
const listOrders = (shopper: Shopper) => automationOf(muse).run(store.id, shopper.id, 'orderList', {});
const told = async (shopper: Shopper): Promise<string[]> =>
  (
    await sql(muse, `SELECT type FROM events WHERE payload->>'userId' = $1 AND type ~ '^store_account' ORDER BY id`, [
      shopper.id,
    ])
  ).map(({ type }) => type);
const put = (shopper: Shopper, storeId: string, body: object) =>
  shopper.put(`/integrations/${storeId}/credentials`, body);

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
    expect(await secretsOf(shopper)).toEqual(['cookie_jar', 'credentials']);
    const [run] = await runsAt(muse, store.id);
    expect(run).toMatchObject({
      ...{ user_id: shopper.id, cause: 'proof', flow: 'signIn', outcome: 'done', recipe_version: 1 },
      ...{ policy_version: 1, agreement: AGREEMENT, consent_version: await credentialsConsent(shopper) },
    });
    expect(await told(shopper)).toEqual(['store_account.linked']);
    const steps: string[] = [];
    const onStep = ({ step }: { step: string }) => void steps.push(step);
    const listed = await automationOf(muse).run(store.id, shopper.id, 'orderList', {}, { onStep });
    expect(listed).toMatchObject({ type: 'done', recipeVersion: 1, read: { orders: [] } });
    // The cookies are still good: nobody types a password again.
    expect(steps).not.toContain('email');
  });

  it('that the store refuses is destroyed, says why, and is not tried again', async () => {
    const shopper = await customer(muse);
    await giveSignIn(shopper, store.id, { ...shopAccount('bo'), password: 'not the passphrase' });
    expect(await triedSignIn(shopper, store.id)).toMatchObject({ state: 'refused', reason: 'wrong_credentials' });
    expect((await shopper.get(`/integrations/${store.id}`)).body).toMatchObject({ status: 'relink', stored: [] });
    expect(await secretsOf(shopper)).toEqual([]);
    expect(await told(shopper)).toEqual(['store_account.relink_needed']);
    expect(await listOrders(shopper)).toMatchObject({ type: 'not_run', code: 'refused' });
    // Given rightly it is as if nothing had been.
    await letIn(shopper, store.id, shopAccount('bo'));
    expect(await listOrders(shopper)).toMatchObject({ type: 'done' });
  });

  it('is proved with what the shopper answers while it is tried, and nobody else', async () => {
    await shop.switch({ oneTimeCode: 'signIn' });
    const shopper = await customer(muse);
    await giveSignIn(shopper, store.id, shopAccount('ana'));
    const asked = await eventually(async () => {
      const { signIn } = (await shopper.get(`/integrations/${store.id}`).expect(200)).body;
      return signIn.challenge;
    }, 60_000);
    expect(asked.kind).toBe('one_time_code');
    const at = `/integrations/${store.id}/challenges/${asked.id}`;
    const { body: shown } = await shopper.get(at).expect(200);
    expect(shown).toMatchObject({ about: 'credentials', kind: 'one_time_code', status: 'waiting' });
    expect(shown.picture).toMatch(/^data:image\/png;base64,/);
    const answer = { answers: { [shown.fields[0].name]: '314159' } };
    const stranger = await customer(muse);
    await stranger.get(at).expect(404);
    await stranger.post(`${at}/answer`, answer).expect(404);
    await shopper.get(`/integrations/${(await openPartner(muse)).id}/challenges/${asked.id}`).expect(404);
    await shopper.post(`${at}/answer`, { answers: { other: '1' } }).expect(400);
    await shopper.post(`${at}/answer`, answer).expect(202, { id: asked.id, status: 'answered' });
    await shopper.post(`${at}/answer`, answer).expect(409);
    expect(await triedSignIn(shopper, store.id)).toMatchObject({ state: 'proved', challenge: null });
    expect(await listOrders(shopper)).toMatchObject({ type: 'done' });
  });

  it('that is given anew while the store asks is tried anew: nobody waits for the answer to the first', async () => {
    await shop.switch({ oneTimeCode: 'signIn' });
    const shopper = await customer(muse);
    await giveSignIn(shopper, store.id, shopAccount('ana'));
    const challengeOf = async () => (await shopper.get(`/integrations/${store.id}`)).body.signIn.challenge;
    const first = await eventually(challengeOf, 60_000);
    await giveSignIn(shopper, store.id, shopAccount('bo'));
    const second = await eventually(async () => {
      const asked = await challengeOf();
      return asked !== null && asked.id !== first.id && asked;
    }, 60_000);
    const answer = { answers: { code: '314159' } };
    await shopper.post(`/integrations/${store.id}/challenges/${first.id}/answer`, answer).expect(409);
    const { body: shown } = await shopper.get(`/integrations/${store.id}/challenges/${second.id}`).expect(200);
    await shopper
      .post(`/integrations/${store.id}/challenges/${second.id}/answer`, {
        answers: { [shown.fields[0].name]: '314159' },
      })
      .expect(202);
    expect(await triedSignIn(shopper, store.id)).toMatchObject({ state: 'proved' });
  });

  it('is kept unproved where the store asks something that nobody answers, and proved by the run in which they do', async () => {
    patience(1_000);
    await shop.switch({ oneTimeCode: 'signIn' });
    const shopper = await customer(muse);
    await giveSignIn(shopper, store.id, shopAccount('ana'));
    expect(await triedSignIn(shopper, store.id)).toMatchObject({ state: 'unproved', reason: 'challenge' });
    const answered = await automationOf(muse).run(...([store.id, shopper.id, 'orderList', {}] as const), {
      onChallenge: async ({ fields }) => ({ [fields[0]!.name]: '314159' }),
    });
    expect(answered).toMatchObject({ type: 'done' });
    expect((await shopper.get(`/integrations/${store.id}`)).body.signIn).toMatchObject({ state: 'proved' });
  });

  it('stops with the consent: the next run is not begun, and nothing is left', async () => {
    const shopper = await customer(muse);
    await letIn(shopper, store.id, shopAccount('ana'));
    // Taken back alone.
    await sql(muse, 'UPDATE store_consents SET withdrawn_at = now() WHERE user_id = $1', [shopper.id]);
    expect(await listOrders(shopper)).toMatchObject({ type: 'not_run', code: 'no_consent' });
    await shopper.delete(`/integrations/${store.id}`).expect(200, { unlinked: [store.id] });
    expect(await listOrders(shopper)).toMatchObject({ type: 'not_run', code: 'no_consent' });
    expect(await secretsOf(shopper)).toEqual([]);
    await shopper.get(`/integrations/${store.id}`).expect(404);
  });

  it('is unlinked with all the others', async () => {
    const shopper = await customer(muse);
    await letIn(shopper, store.id, shopAccount('ana'));
    await shopper.delete('/integrations').expect(200, { unlinked: [store.id] });
    expect(await secretsOf(shopper)).toEqual([]);
    const rows = await sql(muse, 'SELECT purpose, withdrawn_at FROM store_consents WHERE user_id = $1', [shopper.id]);
    expect(rows).toMatchObject([{ purpose: 'store_credentials', withdrawn_at: expect.any(Date) }]);
  });

  it('is not used where the store allows it no more, nor by a run that has begun', async () => {
    const shopper = await customer(muse);
    await letIn(shopper, store.id, shopAccount('ana'));
    const good = (await shop.goods()).find(({ stock, size }) => stock > 0 && size !== null)!;
    const { id, title, size, color } = good;
    const inputs = {
      lines: [{ url: shop.productUrl(id), name: title, size, color, quantity: 1 }],
      address: {
        name: 'Ana Reyes',
        line1: '2100 Guadalupe St',
        city: 'Austin',
        region: 'TX',
        postalCode: '78705',
        country: 'US',
        phone: '5125550199',
      },
      contact: { email: 'ana@example.com', phone: '5125550199' },
      agreedTotalCents: 1_000_000,
    };
    let asked = 0;
    const place = (onStep: () => Promise<void>) =>
      automationOf(muse).run(store.id, shopper.id, 'place', inputs, {
        onStep,
        beforeLastClick: async () => (asked++, true),
      });
    let isForbidden = false;
    const stopped = await place(async () => {
      if (!isForbidden) await forbid(store.admin, store.id);
      isForbidden = true;
    });
    expect(stopped).toMatchObject({ type: 'held_back', clicked: false });
    expect([asked, await shop.ledger()]).toEqual([0, []]);
    expect(await listOrders(shopper)).toMatchObject({ type: 'not_run', code: 'forbidden' });
    await allow(store.admin, store.id);
    expect(await place(async () => undefined)).toMatchObject({ type: 'done', clicked: true });
    expect([asked, await shop.ledger()]).toMatchObject([1, [{ total: expect.any(Number) }]]);
    const runs = await runsAt(muse, store.id);
    expect(runs.at(-1)).toMatchObject({ flow: 'place', policy_version: 3, outcome: 'done', clicked: true });
  });

  it.each([
    ['unlinked', (shopper: Shopper) => shopper.delete(`/integrations/${store.id}`).expect(200)],
    ['closed with the account', (shopper: Shopper) => shopper.delete('/me').expect(200)],
  ])('leaves no trail of a run in the middle of which it was %s', async (_, end) => {
    patience(1_000);
    await shop.switch({ oneTimeCode: 'signIn' });
    const shopper = await customer(muse);
    await giveSignIn(shopper, store.id, shopAccount('ana'));
    expect(await triedSignIn(shopper, store.id)).toMatchObject({ state: 'unproved' });
    let isEnded = false;
    const onStep = async () => {
      if (!isEnded) await end(shopper);
      isEnded = true;
    };
    const outcome = await automationOf(muse).run(store.id, shopper.id, 'orderList', {}, { onStep });
    expect([outcome.type, isEnded]).toEqual(['challenge', true]);
    const runs = await runsAt(muse, store.id);
    expect(runs.at(-1)).toMatchObject({ flow: 'orderList', outcome: 'challenge' });
    const ids = runs.slice(-2).map(({ id }) => id);
    expect(await sql(muse, 'SELECT 1 FROM automation_trails WHERE run_id = ANY ($1)', [ids])).toEqual([]);
  });

  it('is one, the last that was given, of a hundred at once', async () => {
    const shopper = await customer(muse);
    const consentVersion = await credentialsConsent(shopper);
    const body = (place: number) => ({ ...shopAccount('ana'), password: `a passphrase ${place}`, consentVersion });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, place) => put(shopper, store.id, body(place))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const rows = await sql(
      muse,
      `SELECT i.version, (SELECT count(*)::int FROM store_secrets s WHERE s.account_id = a.id AND s.name = 'credentials') AS kept,
              (SELECT count(*)::int FROM store_consents c WHERE c.user_id = a.user_id AND c.withdrawn_at IS NULL) AS consents
         FROM store_accounts a JOIN store_sign_ins i ON i.account_id = a.id WHERE a.user_id = $1`,
      [shopper.id],
    );
    // Refused ones among them are destroyed only while they are the last.
    expect(rows).toMatchObject([{ version: 100, consents: 1 }]);
    await letIn(shopper, store.id, shopAccount('ana'));
    expect(await secretsOf(shopper)).toEqual(['cookie_jar', 'credentials']);
  });

  it('is tried once by one run at a time, whatever is asked of the account at once', async () => {
    const shopper = await customer(muse);
    await letIn(shopper, store.id, shopAccount('ana'));
    const outcomes = await Promise.all([1, 2, 3].map(() => listOrders(shopper)));
    expect(outcomes.map(({ type }) => type)).toEqual(['done', 'done', 'done']);
    const runs = (await runsAt(muse, store.id)).slice(-3).sort((a, b) => a.began_at - b.began_at);
    for (const [place, run] of runs.slice(1).entries())
      expect(run.began_at.getTime()).toBeGreaterThanOrEqual(runs[place]!.ended_at.getTime());
  });
});

describe('Giving a sign-in', () => {
  it('needs the present consent, a user, and a store that allows it', async () => {
    const shopper = await customer(muse);
    const body = { ...shopAccount('ana'), consentVersion: await credentialsConsent(shopper) };
    const outdated = await put(shopper, store.id, { ...body, consentVersion: '2020-01' }).expect(422);
    expect(outdated.body).toMatchObject({ code: 'consent_outdated', errors: [{ pointer: '/consentVersion' }] });
    await put(shopper, store.id, { ...body, username: '' }).expect(400);
    await put(await guest(muse), store.id, body).expect(403);
    await muse.http.put(`/api/v1/integrations/${store.id}/credentials`).send(body).expect(401);
    for (const other of [(await openPartner(muse)).id, randomUUID()])
      expect((await put(shopper, other, body).expect(409)).body.code).toBe('not_automated');
    expect(await sql(muse, 'SELECT 1 FROM store_accounts WHERE user_id = $1', [shopper.id])).toEqual([]);
  });

  it('is no way to guess the password of one account there by many accounts here', async () => {
    const strict = await startApp({
      ...{ SANDBOX_ORIGINS: shop.origins, DATABASE_URL: muse.database, MUSE_ROLE: 'api', RATE_LIMIT_FACTOR: '1' },
    });
    const username = `${randomUUID()}@example.com`;
    const statuses: number[] = [];
    for (let guesser = 0; guesser < 3; guesser += 1) {
      const shopper = await customer(strict);
      const consentVersion = await credentialsConsent(shopper);
      for (let guess = 0; guess < 8; guess += 1) {
        const body = { username: guess % 2 ? username : ` ${username.toUpperCase()}`, password: `guess ${guess}` };
        const { status } = await put(shopper, store.id, { ...body, consentVersion });
        statuses.push(status);
      }
      if (guesser === 2) await put(shopper, store.id, { ...shopAccount('bo'), consentVersion }).expect(202);
    }
    expect(statuses).toEqual([...Array<number>(20).fill(202), ...Array<number>(4).fill(429)]);
  });

  it('is not refused by a store that does not answer', async () => {
    const shopper = await customer(muse);
    await shop.fault({ step: 'signIn', kind: 'hang' });
    await giveSignIn(shopper, store.id, shopAccount('ana'));
    expect(await triedSignIn(shopper, store.id)).toMatchObject({ state: 'proved', reason: null });
  });

  it('shows it to nobody else', async () => {
    const [shopper, other] = [await customer(muse), await customer(muse)];
    await giveSignIn(shopper, store.id, shopAccount('ana'));
    await other.get(`/integrations/${store.id}`).expect(404);
    await other.delete(`/integrations/${store.id}`).expect(404);
    expect((await other.get('/integrations').expect(200)).body.data).toEqual([]);
    expect(await automationOf(muse).run(store.id, other.id, 'orderList', {})).toMatchObject({ code: 'no_consent' });
  });

  it('stands in the export as a fact, and goes with the account', async () => {
    const shopper = await customer(muse);
    await letIn(shopper, store.id, shopAccount('ana'));
    const { body } = await shopper.get('/me/export').expect(200);
    const [linked] = body.linkedStores as Body[];
    expect(linked).toMatchObject({
      ...{ kind: 'credentials', stored: ['cookie_jar', 'credentials'] },
      signIn: { state: 'proved', givenAt: expect.any(String) },
    });
    expect(body.automatedRuns).toMatchObject([{ storeId: store.id, cause: 'proof', outcome: 'done' }]);
    for (const secret of Object.values(shopAccount('ana'))) expect(JSON.stringify(body)).not.toContain(secret);
    await shopper.delete('/me').expect(200);
    expect(await secretsOf(shopper)).toEqual([]);
    for (const table of ['store_accounts', 'store_consents', 'automation_runs'])
      expect([table, await sql(muse, `SELECT 1 FROM ${table} WHERE user_id = $1`, [shopper.id])]).toEqual([table, []]);
  });
});
