import { randomUUID } from 'node:crypto';
import type { Caller } from '../../src/identity';
import { PaymentMethods } from '../../src/payments';
import { PaymentMethodsRepository } from '../../src/payments/methods/payment-methods.repository';
import { Removals } from '../../src/payments/methods/removals';
import { startApp, type RunningApp } from '../support/app';
import { startPaying } from '../support/paying';
import { PASSWORD } from '../support/sellers';
import { API, customer, eventually, guest, sql, statusesOf, type Body, type Shopper } from '../support/shopper';
import type { FaultKind } from '../sandbox/stripe/faults/faults';
import type { StripeDouble } from '../support/stripe-double';

describe("A shopper's payment methods", () => {
  let muse: RunningApp;
  let stripe: StripeDouble;

  beforeAll(async () => {
    ({ muse, stripe } = await startPaying());
  });
  afterEach(() => stripe.faults.clear());

  const methods = () => muse.app.get(PaymentMethods, { strict: false });
  const list = async (shopper: Shopper): Promise<Body[]> =>
    (await shopper.get('/payment-methods').expect(200)).body.data;
  /** A fresh token, as the provider's library would hand it to the client. */
  const token = async (kind = 'tok_visa'): Promise<string> => {
    const answer = await fetch(`${stripe.url}/v1/payment_methods`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stripe.key}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: `type=card&card[token]=${kind}`,
    });
    return ((await answer.json()) as { id: string }).id;
  };
  const save = async (shopper: Shopper): Promise<Body> =>
    (await shopper.post('/payment-methods', { providerToken: await token() }).expect(201)).body;
  const customersAtStripe = async ({ id }: Shopper) =>
    (await stripe.objects()).customers.filter(({ metadata }) => metadata?.['muse_user_id'] === id);
  const atStripe = async (methodId: string) => {
    const [row] = await sql(muse, 'SELECT provider_method_id AS id FROM payment_methods WHERE id = $1', [methodId]);
    return (await stripe.objects()).paymentMethods.find(({ id }) => id === row!.id)!;
  };
  const callerOf = (shopper: Shopper, kind: 'user' | 'guest' = 'user', privacy: Caller['privacy'] = 'standard') =>
    ({ kind, id: shopper.id, roles: ['shopper'], privacy }) as Caller;

  describe('saved by a setup', () => {
    const setUp = async (shopper: Shopper, headers = {}): Promise<Body> =>
      (await shopper.post('/payment-methods/setup', undefined, headers).expect(201)).body;
    const setupAtStripe = ({ clientSecret }: Body): string => clientSecret.split('_secret_')[0];

    it('are what the client gave the provider: brand, last four and expiry, the first of them the default', async () => {
      const shopper = await customer(muse);
      const setup = await setUp(shopper);
      await stripe.confirmSetup(setupAtStripe(setup), 'pm_card_visa');
      const { body } = await shopper.post('/payment-methods', { setupId: setup.setupId }).expect(201);
      expect(body).toEqual({
        ...{ id: body.id, kind: 'card', brand: 'visa', last4: '4242', isDefault: true },
        ...{ expMonth: 12, expYear: expect.any(Number), createdAt: expect.any(String) },
      });
      expect(await list(shopper)).toEqual([body]);
      const [own] = await customersAtStripe(shopper);
      expect(own).toMatchObject({ email: null, name: null });
      expect((await atStripe(body.id)).customer).toBe(own!.id);
      const again = await shopper.post('/payment-methods', { setupId: setup.setupId }).expect(201);
      expect(again.body.id).toBe(body.id);
    });

    it('are not there before the client has confirmed', async () => {
      const shopper = await customer(muse);
      const { setupId } = await setUp(shopper);
      const early = await shopper.post('/payment-methods', { setupId }).expect(409);
      expect(early.body.code).toBe('setup_not_finished');
    });

    it('show the same secret for the same Idempotency-Key, also at once, and another for another', async () => {
      const shopper = await customer(muse);
      const key = { 'idempotency-key': randomUUID() };
      const first = await setUp(shopper, key);
      expect(await setUp(shopper, key)).toEqual(first);
      expect((await setUp(shopper)).clientSecret).not.toBe(first.clientSecret);
      const racing = { 'idempotency-key': randomUUID() };
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => shopper.post('/payment-methods/setup', undefined, racing)),
      );
      const done = answers.filter(({ status }) => status === 201);
      expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
      expect(new Set(done.map(({ body }) => body.clientSecret)).size).toBe(1);
    });

    it("are nobody else's: another's setup is not found", async () => {
      const [shopper, other] = [await customer(muse), await customer(muse)];
      const setup = await setUp(shopper);
      await stripe.confirmSetup(setupAtStripe(setup), 'pm_card_visa');
      await other.post('/payment-methods', { setupId: setup.setupId }).expect(404);
      await other.post('/payment-methods', { setupId: randomUUID() }).expect(404);
    });

    it('leave no secret in the database', async () => {
      const shopper = await customer(muse);
      const { clientSecret } = await setUp(shopper, { 'idempotency-key': randomUUID() });
      for (const table of ['payment_setups', 'payment_customers', 'events', 'idempotency_keys']) {
        const rows = await sql(muse, `SELECT row_to_json(t)::text AS row FROM ${table} t`);
        expect(rows.some(({ row }) => row.includes(clientSecret))).toBe(false);
      }
    });

    it.each<FaultKind>(['reset_before', 'reset_after', 'error_500_before', 'error_500_after', 'conflict_409'])(
      'survive a provider that fails once: %s',
      async (kind) => {
        const shopper = await customer(muse);
        await stripe.faults.add({ method: 'POST', path: '/v1/customers', kind });
        await stripe.faults.add({ method: 'POST', path: '/v1/setup_intents', kind });
        const setup = await setUp(shopper);
        await stripe.confirmSetup(setupAtStripe(setup), 'pm_card_visa');
        await shopper.post('/payment-methods', { setupId: setup.setupId }).expect(201);
        expect(await customersAtStripe(shopper)).toHaveLength(1);
      },
    );

    it('are tried so often an hour, failed tries included: stolen cards are tried out by the hundred', async () => {
      const strict = await startApp({ ...settings(), MUSE_ROLE: 'api', RATE_LIMIT_FACTOR: '0.1' });
      const shopper = await customer(strict);
      const tries = await Promise.all(
        Array.from({ length: 6 }, () => shopper.post('/payment-methods', { providerToken: 'pm_card_chargeDeclined' })),
      );
      expect(statusesOf(tries)).toEqual([422, 422, 422, 429, 429, 429]);
      const setups = await Promise.all(Array.from({ length: 5 }, () => shopper.post('/payment-methods/setup')));
      expect(statusesOf(setups)).toEqual([201, 201, 201, 429, 429]);
      await strict.close();
    });

    it('count together with the tokens that something is paid by, and those that fail with those that do not', async () => {
      const strict = await startApp({ ...settings(), MUSE_ROLE: 'api', RATE_LIMIT_FACTOR: '0.1' });
      const strictly = strict.app.get(PaymentMethods, { strict: false });
      const [shopper, visitor] = [await customer(strict), await guest(strict)];
      const refused = { status: 429, code: 'rate_limited' };
      const used = await token();
      const first = await strictly.adopt(callerOf(shopper), { providerToken: used });
      await expect(
        strictly.adopt(callerOf(shopper), { providerToken: 'pm_card_chargeDeclined', save: true }),
      ).rejects.toMatchObject({ status: 422 });
      await shopper.post('/payment-methods', { providerToken: await token() }).expect(201);
      for (const save of [false, true])
        await expect(strictly.adopt(callerOf(shopper), { providerToken: await token(), save })).rejects.toMatchObject(
          refused,
        );
      // What is here already is not tried out again.
      expect((await strictly.adopt(callerOf(shopper), { providerToken: used })).id).toBe(first.id);
      expect((await strictly.adopt(callerOf(shopper), { paymentMethodId: first.id })).id).toBe(first.id);

      const unknown = () => strictly.adopt(callerOf(visitor, 'guest'), { providerToken: 'pm_unknown' });
      const tries = await Promise.allSettled(Array.from({ length: 6 }, unknown));
      const codes = tries.map((one) => (one.status === 'rejected' ? (one.reason as { status: number }).status : 200));
      expect(codes.sort((a, b) => a - b)).toEqual([404, 404, 404, 429, 429, 429]);
      await strict.close();
    });

    it('say so where the provider does not answer at all', async () => {
      const shopper = await customer(muse);
      await stripe.faults.add({ path: '/v1/customers', kind: 'rate_limit_429', times: null });
      const answer = await shopper.post('/payment-methods/setup').expect(503);
      expect(answer.body.code).toBe('provider_unavailable');
      expect(answer.headers['retry-after']).toBe('5');
    });
  });

  describe('saved by a token', () => {
    it('are attached to one customer, when many ask at once', async () => {
      const shopper = await customer(muse);
      const tokens = await Promise.all(Array.from({ length: 8 }, () => token()));
      const answers = await Promise.all(
        tokens.map((providerToken) => shopper.post('/payment-methods', { providerToken })),
      );
      expect(statusesOf(answers)).toEqual(Array(8).fill(201));
      expect(await customersAtStripe(shopper)).toHaveLength(1);
      const saved = await list(shopper);
      expect(saved).toHaveLength(8);
      expect(saved.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    });

    it('are one for one token, and for one Idempotency-Key whatever the token names', async () => {
      const shopper = await customer(muse);
      const providerToken = await token();
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => shopper.post('/payment-methods', { providerToken })),
      );
      expect(statusesOf(answers)).toEqual(Array(5).fill(201));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      // A test token names another method each time that it is looked at.
      const key = { 'idempotency-key': randomUUID() };
      const first = await shopper.post('/payment-methods', { providerToken: 'pm_card_visa' }, key).expect(201);
      const again = await shopper.post('/payment-methods', { providerToken: 'pm_card_visa' }, key).expect(201);
      expect(again.body).toEqual(first.body);
      expect(await list(shopper)).toHaveLength(2);
      await shopper.post('/payment-methods', { providerToken: 'pm_card_mastercard' }, key).expect(422);
    });

    it("are not another's: the token of another customer, known here or not, is not found", async () => {
      const [shopper, other] = [await customer(muse), await customer(muse)];
      const { id } = await save(shopper);
      const { id: foreign } = await atStripe(id);
      const strange = await token();
      await fetch(`${stripe.url}/v1/customers`, {
        method: 'POST',
        headers: { authorization: `Bearer ${stripe.key}`, 'content-type': 'application/x-www-form-urlencoded' },
        body: `payment_method=${strange}`,
      });
      for (const providerToken of [foreign, strange, 'pm_unknown123']) {
        const answer = await other.post('/payment-methods', { providerToken }).expect(404);
        expect(answer.body.code).toBe('not_found');
        for (const save of [false, true])
          await expect(methods().adopt(callerOf(other), { providerToken, save })).rejects.toMatchObject({
            status: 404,
          });
        const visitor = await guest(muse);
        await expect(methods().adopt(callerOf(visitor, 'guest'), { providerToken })).rejects.toMatchObject({
          status: 404,
        });
      }
      expect(await list(other)).toEqual([]);
    });

    it('go to one of two who send the same token at once', async () => {
      for (let round = 0; round < 4; round++) {
        const pair = [await customer(muse), await customer(muse)];
        const providerToken = await token();
        const answers = await Promise.all(pair.map((who) => who.post('/payment-methods', { providerToken })));
        expect(statusesOf(answers)).toEqual([201, 404]);
      }
    });

    it('are not kept where the bank refuses, or the token was detached', async () => {
      const shopper = await customer(muse);
      const declined = await shopper.post('/payment-methods', {
        providerToken: await token('tok_chargeDeclined'),
      });
      expect([declined.status, declined.body.code]).toEqual([422, 'payment_method_not_usable']);
      const { id } = await save(shopper);
      const { id: providerToken } = await atStripe(id);
      await shopper.delete(`/payment-methods/${id}`).expect(204);
      await eventually(
        async () => (await stripe.objects()).paymentMethods.find((m) => m.id === providerToken)!.customer === null,
      );
      await shopper.post('/payment-methods', { providerToken }).expect(422);
    });

    it('are at most twenty, when many ask at once, and what is too many stays with nobody', async () => {
      const shopper = await customer(muse);
      await save(shopper);
      await sql(
        muse,
        `INSERT INTO payment_methods (shopper_id, provider, provider_method_id, kind, single_use)
         SELECT $1, 'stripe', 'pm_' || uuidv7(), 'card', false FROM generate_series(1, 17)`,
        [shopper.id],
      );
      const tokens = await Promise.all(Array.from({ length: 6 }, () => token()));
      const answers = await Promise.all(
        tokens.map((providerToken) => shopper.post('/payment-methods', { providerToken })),
      );
      expect(statusesOf(answers)).toEqual([201, 201, 409, 409, 409, 409]);
      expect(answers.find(({ status }) => status === 409)!.body.code).toBe('payment_method_limit_reached');
      expect(await list(shopper)).toHaveLength(20);
      const refused = tokens.filter((_, place) => answers[place]!.status === 409);
      await eventually(async () => {
        const { paymentMethods } = await stripe.objects();
        return refused.every((id) => paymentMethods.find((method) => method.id === id)!.customer === null);
      });
    });

    it.each([
      {},
      { setupId: 'x' },
      { providerToken: '' },
      { providerToken: 'no token' },
      { providerToken: 7 },
      { more: 1 },
    ])('need a token or a setup: %j is refused', async (body) => {
      await (await customer(muse)).post('/payment-methods', body).expect(400);
    });

    it('are not card numbers, wherever they stand', async () => {
      const shopper = await customer(muse);
      for (const body of [
        { providerToken: '4242424242424242' },
        { providerToken: 'pm_x', card: '4242 4242 4242 4242' },
      ]) {
        const answer = await shopper.post('/payment-methods', body).expect(400);
        expect(answer.body.code).toBe('card_number_refused');
        expect(JSON.stringify(answer.body)).not.toMatch(/4242/);
      }
    });
  });

  describe('once they are there', () => {
    it('have one default, whoever asks for another and how many at once', async () => {
      const shopper = await customer(muse);
      const ids = [(await save(shopper)).id, (await save(shopper)).id, (await save(shopper)).id];
      expect((await list(shopper)).map(({ id }) => id)).toEqual([ids[0], ids[2], ids[1]]);
      const { body } = await shopper.put(`/payment-methods/${ids[1]}/default`).expect(200);
      expect(body).toMatchObject({ id: ids[1], isDefault: true });
      expect((await list(shopper)).map(({ id }) => id)).toEqual([ids[1], ids[2], ids[0]]);
      await Promise.all(
        [...ids, ...ids, ...ids].map((id) => shopper.put(`/payment-methods/${id}/default`).expect(200)),
      );
      expect((await list(shopper)).filter(({ isDefault }) => isDefault)).toHaveLength(1);
    });

    it('are gone at once when they are removed, then at the provider too, and the newest of the others is the default', async () => {
      const shopper = await customer(muse);
      const [first, second, third] = [await save(shopper), await save(shopper), await save(shopper)];
      await shopper.delete(`/payment-methods/${first.id}`).expect(204);
      expect((await list(shopper)).map(({ id, isDefault }) => [id, isDefault])).toEqual([
        [third.id, true],
        [second.id, false],
      ]);
      await shopper.delete(`/payment-methods/${first.id}`).expect(404);
      await shopper.put(`/payment-methods/${first.id}/default`).expect(404);
      await eventually(async () => (await atStripe(first.id)).customer === null);
      expect((await atStripe(third.id)).customer).not.toBeNull();
    });

    it("are not another's to see, to choose or to remove", async () => {
      const [shopper, other] = [await customer(muse), await customer(muse)];
      const { id } = await save(shopper);
      const own = await save(other);
      for (const missing of [id, randomUUID()]) {
        await other.put(`/payment-methods/${missing}/default`).expect(404);
        await other.delete(`/payment-methods/${missing}`).expect(404);
        await expect(methods().adopt(callerOf(other), { paymentMethodId: missing })).rejects.toMatchObject({
          status: 404,
        });
      }
      expect(await list(other)).toEqual([own]);
      expect((await list(shopper))[0]).toMatchObject({ id, isDefault: true });
      const visitor = await guest(muse);
      for (const answer of [
        await visitor.get('/payment-methods'),
        await visitor.post('/payment-methods/setup'),
        await visitor.post('/payment-methods', { providerToken: await token() }),
        await visitor.delete(`/payment-methods/${id}`),
      ])
        expect(answer.status).toBe(403);
      await muse.http.get(`${API}/payment-methods`).expect(401);
    });
  });

  describe('good for one payment', () => {
    it('are taken from guests and users, shown nowhere, and not attached to anybody', async () => {
      for (const [shopper, kind] of [
        [await customer(muse), 'user'],
        [await guest(muse), 'guest'],
      ] as const) {
        const providerToken = await token('tok_mastercard');
        const caller = callerOf(shopper, kind);
        const adopted = await methods().adopt(caller, { providerToken });
        expect(adopted).toEqual({ id: adopted.id, kind: 'card', brand: 'mastercard', last4: '4444' });
        expect(await methods().adopt(caller, { providerToken, save: false })).toEqual(adopted);
        expect(await methods().adopt(caller, { paymentMethodId: adopted.id })).toEqual(adopted);
        expect((await atStripe(adopted.id)).customer).toBeNull();
        expect(await customersAtStripe(shopper)).toEqual([]);
        if (kind === 'user') expect(await list(shopper)).toEqual([]);
      }
    });

    it('are kept where a user asks for it, and then are the very method', async () => {
      const shopper = await customer(muse);
      const providerToken = await token();
      const once = await methods().adopt(callerOf(shopper), { providerToken });
      const kept = await methods().adopt(callerOf(shopper), { providerToken, save: true });
      expect(kept.id).toBe(once.id);
      expect((await list(shopper)).map(({ id, isDefault }) => [id, isDefault])).toEqual([[kept.id, true]]);
      expect((await atStripe(kept.id)).customer).toBe((await customersAtStripe(shopper))[0]!.id);
    });

    it('are not kept for guests, nor for those who asked for privacy', async () => {
      const [visitor, hidden] = [await guest(muse), await customer(muse)];
      for (const caller of [callerOf(visitor, 'guest'), callerOf(hidden, 'user', 'paranoid')])
        await expect(methods().adopt(caller, { providerToken: await token(), save: true })).rejects.toMatchObject({
          code: 'saving_not_offered',
          status: 422,
        });
      expect(await customersAtStripe(hidden)).toEqual([]);
    });

    it('go with what a guest leaves to the user who signs in', async () => {
      const [visitor, shopper] = [await guest(muse), await customer(muse)];
      const { id } = await methods().adopt(callerOf(visitor, 'guest'), { providerToken: await token() });
      await muse.http
        .post(`${API}/auth/login`)
        .set(visitor.headers)
        .send({ email: shopper.email, password: PASSWORD })
        .expect(200);
      expect(await methods().adopt(callerOf(shopper), { paymentMethodId: id })).toMatchObject({ id });
      await expect(methods().adopt(callerOf(visitor, 'guest'), { paymentMethodId: id })).rejects.toMatchObject({
        status: 404,
      });
    });
  });

  it('for one payment are forgotten after a month, saved ones are not', async () => {
    const [visitor, shopper] = [await guest(muse), await customer(muse)];
    const caller = callerOf(visitor, 'guest');
    const [old, young] = [
      await methods().adopt(caller, { providerToken: await token() }),
      await methods().adopt(caller, { providerToken: await token() }),
    ];
    const saved = await save(shopper);
    await sql(muse, `UPDATE payment_methods SET created_at = created_at - interval '31 days' WHERE id = ANY ($1)`, [
      [old.id, saved.id],
    ]);
    await muse.app.get(PaymentMethodsRepository, { strict: false }).forgetOldOnce();
    const rows = await sql(muse, 'SELECT id FROM payment_methods WHERE id = ANY ($1)', [[old.id, young.id, saved.id]]);
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([young.id, saved.id]));
  });

  describe('of a person who is forgotten', () => {
    it('are detached and their customer deleted at the provider; here nothing is left of how they looked', async () => {
      const shopper = await customer(muse);
      const saved = [await save(shopper), await save(shopper)];
      const once = await methods().adopt(callerOf(shopper), { providerToken: await token() });
      const [own] = await customersAtStripe(shopper);
      await shopper.delete('/me').expect(200);
      const rows = await sql(
        muse,
        'SELECT brand, last4, exp_year, removed_at FROM payment_methods WHERE shopper_id = $1',
        [shopper.id],
      );
      expect(rows).toHaveLength(3);
      for (const row of rows)
        expect(row).toEqual({ brand: null, last4: null, exp_year: null, removed_at: expect.any(Date) });
      expect(await sql(muse, 'SELECT 1 FROM payment_customers WHERE user_id = $1', [shopper.id])).toEqual([]);
      await eventually(async () => (await customersAtStripe(shopper)).length === 0);
      for (const { id } of saved) expect((await atStripe(id)).customer).toBeNull();
      expect((await atStripe(once.id)).customer).toBeNull();
      expect(own).toBeDefined();
      await eventually(async () => (await unfinished()).length === 0);
    });

    it('are found at the provider where nobody heard that the customer was made', async () => {
      const shopper = await customer(muse);
      await save(shopper);
      await sql(muse, 'UPDATE payment_customers SET provider_customer_id = NULL WHERE user_id = $1', [shopper.id]);
      await shopper.delete('/me').expect(200);
      await eventually(async () => (await customersAtStripe(shopper)).length === 0);
    });

    it('do not come back with a request that was under way', async () => {
      const shopper = await customer(muse);
      await stripe.faults.add({ method: 'POST', path: '/v1/customers', kind: 'slow', delayMs: 1_500 });
      const late = shopper.post('/payment-methods/setup').then((answer) => answer);
      await eventually(
        async () => (await sql(muse, 'SELECT 1 FROM payment_customers WHERE user_id = $1', [shopper.id])).length,
      );
      await shopper.delete('/me').expect(200);
      expect((await late).status).toBe(401);
      await eventually(async () => (await customersAtStripe(shopper)).length === 0);
      expect(await sql(muse, 'SELECT 1 FROM payment_customers WHERE user_id = $1', [shopper.id])).toEqual([]);
      expect((await shopper.post('/payment-methods/setup')).status).toBe(401);
    });
  });

  const unfinished = () => sql(muse, `SELECT id, kind, error_code FROM payment_removals WHERE finished_at IS NULL`);

  describe('to be removed at the provider', () => {
    it.each<FaultKind>(['reset_before', 'reset_after', 'error_500_before', 'error_500_after', 'rate_limit_429'])(
      'are in the end, whatever is lost on the way: %s',
      async (kind) => {
        const shopper = await customer(muse);
        const { id } = await save(shopper);
        await stripe.faults.add({ path: '/v1/payment_methods/:id/detach', kind });
        await shopper.delete(`/payment-methods/${id}`).expect(204);
        await eventually(async () => (await unfinished()).length === 0, 20_000);
        expect((await atStripe(id)).customer).toBeNull();
      },
      30_000,
    );

    it('are taken over from a worker that died, and a late one changes nothing', async () => {
      const api = await startApp({ ...settings(), MUSE_ROLE: 'api' });
      const shopper = await customer(api);
      const { id } = (await shopper.post('/payment-methods', { providerToken: await token() }).expect(201)).body;
      await shopper.delete(`/payment-methods/${id}`).expect(204);
      const [removal] = await sql(api, 'SELECT id FROM payment_removals WHERE finished_at IS NULL');
      const runner = api.app.get(Removals, { strict: false });
      await sql(
        api,
        `UPDATE payment_removals SET lease_token = gen_random_uuid(), lease_until = now() + interval '1 minute' WHERE id = $1`,
        [removal!.id],
      );
      await runner.runOnce(removal!.id);
      const read = async () =>
        (await sql(api, 'SELECT status, attempts FROM payment_removals WHERE id = $1', [removal!.id]))[0];
      expect(await read()).toEqual({ status: 'queued', attempts: 0 });
      await sql(api, `UPDATE payment_removals SET lease_until = now() - interval '1 second' WHERE id = $1`, [
        removal!.id,
      ]);
      await Promise.all([runner.runOnce(removal!.id), runner.runOnce(removal!.id)]);
      expect(await read()).toEqual({ status: 'done', attempts: 1 });
      await runner.runOnce(removal!.id);
      expect(await read()).toEqual({ status: 'done', attempts: 1 });
      await api.close();
    });
  });

  const settings = () => ({
    STRIPE_SECRET_KEY: stripe.key,
    STRIPE_WEBHOOK_SECRET: stripe.secret,
    STRIPE_API_BASE: stripe.url,
  });
});
