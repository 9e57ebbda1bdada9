import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { PASSWORD, makeUser, signIn, usd } from '../support/sellers';

const API = '/api/v1';
const BODY = { name: 'Casa Lola', currency: 'USD', country: 'VE', support: { email: 'hola@casa-lola.example' } };
const PARTNER = { ...BODY, tier: 'redirect', url: 'https://shop.example', hosts: ['shop.example'] };
const OPTION = { name: 'Standard', price: usd(595), freeOver: usd(9900), minDays: 3, maxDays: 6 };

type Headers = Record<string, string>;

describe('Stores over HTTP', () => {
  let muse: RunningApp;
  let merchant: Headers;
  let other: Headers;
  let admin: Headers;
  let guest: Headers;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    merchant = await signIn(muse, await makeUser(muse));
    other = await signIn(muse, await makeUser(muse));
    admin = await signIn(muse, await makeUser(muse, 'admin'));
    const { body } = await muse.http.post(`${API}/guests`).expect(201);
    guest = { authorization: `Bearer ${body.accessToken}` };
  });

  const make = async (headers: Headers = merchant, body: object = BODY) =>
    (await muse.http.post(`${API}/merchant/stores`).set(headers).send(body).expect(201)).body;
  const makePartner = async (body: object = PARTNER) =>
    (await muse.http.post(`${API}/admin/stores`).set(admin).send(body).expect(201)).body;

  it('makes a store, whose maker is a merchant from the next token on', async () => {
    const email = `${randomUUID()}@example.com`;
    const registered = await muse.http.post(`${API}/auth/register`).send({ email, password: PASSWORD }).expect(201);
    const store = await make({ authorization: `Bearer ${registered.body.accessToken}` });
    expect(store).toMatchObject({
      name: 'Casa Lola',
      kind: 'merchant',
      tier: 'direct',
      currency: 'USD',
      hosts: [],
      linkRequired: false,
    });
    const { body } = await muse.http.post(`${API}/auth/login`).send({ email, password: PASSWORD }).expect(200);
    expect(body.user.roles).toContain('merchant');
  });

  it('shows a store to everybody, without a word about its owner', async () => {
    const store = await make();
    const option = await muse.http
      .post(`${API}/merchant/stores/${store.id}/delivery-options`)
      .set(merchant)
      .send(OPTION)
      .expect(201);
    const { body } = await muse.http.get(`${API}/stores/${store.id}`).expect(200);
    expect(body).toEqual({
      ...{
        id: store.id,
        name: 'Casa Lola',
        slug: store.slug,
        kind: 'merchant',
        tier: 'direct',
        currency: 'USD',
        country: 'VE',
        url: null,
      },
      hosts: [],
      support: { email: 'hola@casa-lola.example', phone: null, url: null },
      policies: { returnsDays: null, returnsUrl: null, termsUrl: null },
      linkRequired: false,
      deliveryOptions: [{ ...OPTION, id: option.body.id, countries: null }],
    });
    const list = await muse.http.get(`${API}/stores?kind=merchant&limit=100`).expect(200);
    expect(list.body.data).toContainEqual(body);
    expect(JSON.stringify(list.body)).not.toMatch(/owner/i);
  });

  it('takes null for what may be left out', async () => {
    const store = await make(merchant, { ...BODY, support: null, policies: null, url: null });
    expect(store).toMatchObject({ support: { email: null }, policies: { returnsDays: null }, url: null });
    await makePartner({
      ...PARTNER,
      policies: { returnsDays: null },
      cartLink: null,
      deliveryOptions: null,
      linkRequired: null,
    });
  });

  it('pages through stores without repeating one', async () => {
    for (let n = 0; n < 3; n++) await makePartner({ ...PARTNER, name: `Shop ${n}`, country: 'FR' });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor ? `&cursor=${cursor}` : '';
      const page = await muse.http.get(`${API}/stores?country=FR&tier=redirect&limit=2${query}`).expect(200);
      seen.push(...page.body.data.map((store: { name: string }) => store.name));
      cursor = page.body.nextCursor;
    } while (cursor);
    expect(seen).toEqual(['Shop 2', 'Shop 1', 'Shop 0']);
    await muse.http.get(`${API}/stores?cursor=nonsense`).expect(400);
    await muse.http.get(`${API}/stores?limit=101`).expect(400);
  });

  it('is made once for one Idempotency-Key', async () => {
    const headers = { ...merchant, 'idempotency-key': randomUUID() };
    const first = await make(headers);
    const again = await muse.http.post(`${API}/merchant/stores`).set(headers).send(BODY).expect(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first);
  });

  it('is changed and closed by its owner; closed it is shown to nobody else', async () => {
    const store = await make();
    const at = `${API}/merchant/stores/${store.id}`;
    const patched = await muse.http
      .patch(at)
      .set(merchant)
      .send({ name: '  Lola  ', support: { phone: '+58 212 5550100' } })
      .expect(200);
    expect(patched.body).toMatchObject({
      name: 'Lola',
      support: { email: BODY.support.email, phone: '+58 212 5550100' },
    });
    await muse.http.patch(at).set(merchant).send({ status: 'closed' }).expect(200);
    await muse.http.get(`${API}/stores/${store.id}`).expect(404);
    const own = await muse.http.get(`${API}/merchant/stores`).set(merchant).expect(200);
    expect(own.body.data).toContainEqual(expect.objectContaining({ id: store.id, status: 'closed' }));
    const foreign = await muse.http.get(`${API}/merchant/stores`).set(other).expect(200);
    expect(foreign.body.data).toEqual([]);
  });

  it('retires delivery options', async () => {
    const store = await make();
    const at = `${API}/merchant/stores/${store.id}/delivery-options`;
    const { body } = await muse.http.post(at).set(merchant).send(OPTION).expect(201);
    const patched = await muse.http
      .patch(`${at}/${body.id}`)
      .set(merchant)
      .send({ freeOver: null, countries: ['VE'] })
      .expect(200);
    expect(patched.body).toEqual({ ...body, freeOver: null, countries: ['VE'] });
    await muse.http.patch(`${at}/${body.id}`).set(merchant).send({ minDays: 7 }).expect(422);
    await muse.http.delete(`${at}/${body.id}`).set(merchant).expect(204);
    await muse.http.delete(`${at}/${body.id}`).set(merchant).expect(404);
    expect((await muse.http.get(`${API}/stores/${store.id}`)).body.deliveryOptions).toEqual([]);
  });

  it.each([
    [{ ...BODY, name: '   ' }, '/name'],
    [{ ...BODY, currency: 'usd' }, '/currency'],
    [{ ...BODY, country: 'Venezuela' }, '/country'],
    [{ ...BODY, support: { email: 'no' } }, '/support/email'],
    [{ ...BODY, support: null, payable: true }, '/payable'],
    [{ ...BODY, ownerUserId: randomUUID() }, '/ownerUserId'],
  ])('refuses %j', async (body, pointer) => {
    const answer = await muse.http.post(`${API}/merchant/stores`).set(merchant).send(body).expect(400);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  it.each([
    [{ ...PARTNER, tier: 'direct' }, 400],
    [{ ...PARTNER, hosts: [] }, 400],
    [{ ...PARTNER, hosts: ['https://shop.example'] }, 400],
    [{ ...PARTNER, url: undefined }, 400],
    [{ ...PARTNER, url: 'http://shop.example' }, 422],
    [{ ...PARTNER, deliveryOptions: [{ ...OPTION, price: { amount: 5, currency: 'EUR' } }] }, 422],
    [
      { ...PARTNER, cartLink: { template: 'https://evil.example/{items}', item: '{sku}:{quantity}', separator: ',' } },
      422,
    ],
  ])('refuses the partner store %j', async (body, status) => {
    await muse.http.post(`${API}/admin/stores`).set(admin).send(body).expect(status);
  });

  it('lets admins alone add and change partner stores', async () => {
    const store = await makePartner({ ...PARTNER, platform: 'shopify', linkRequired: true, deliveryOptions: [OPTION] });
    expect(store).toMatchObject({
      kind: 'partner',
      tier: 'redirect',
      platform: 'shopify',
      linkRequired: true,
      deliveryOptions: [OPTION],
    });
    const at = `${API}/admin/stores/${store.id}`;
    const patched = await muse.http
      .patch(at)
      .set(admin)
      .send({ tier: 'headless', automationPolicy: 'forbidden', linkRequired: false })
      .expect(200);
    expect(patched.body).toMatchObject({
      tier: 'headless',
      automationPolicy: 'forbidden',
      linkRequired: false,
      platform: 'shopify',
    });
    // A browser is let in only by an agreement, at a route of its own.
    const letIn = await muse.http.patch(at).set(admin).send({ automationPolicy: 'allowed' }).expect(422);
    expect(letIn.body.code).toBe('agreement_needed');
    const own = await make();
    await muse.http.patch(`${API}/admin/stores/${own.id}`).set(admin).send({ name: 'x' }).expect(404);
    await muse.http.patch(`${API}/merchant/stores/${store.id}`).set(admin).send({ name: 'x' }).expect(404);
    for (const headers of [merchant, guest]) {
      await muse.http.post(`${API}/admin/stores`).set(headers).send(PARTNER).expect(403);
      await muse.http.patch(at).set(headers).send({ name: 'x' }).expect(403);
    }
    await muse.http.post(`${API}/admin/stores`).send(PARTNER).expect(401);
    await muse.http.patch(at).send({ name: 'x' }).expect(401);
  });

  it("answers another's store like an unknown one", async () => {
    const store = await make();
    const { body: option } = await muse.http
      .post(`${API}/merchant/stores/${store.id}/delivery-options`)
      .set(merchant)
      .send(OPTION);
    const mine = await make(other);
    const calls: ['patch' | 'post' | 'delete', string, object?][] = [
      ['patch', '', { name: 'x' }],
      ['post', '/delivery-options', OPTION],
      ['patch', `/delivery-options/${option.id}`, { name: 'x' }],
      ['delete', `/delivery-options/${option.id}`],
    ];
    for (const [verb, path, body] of calls) {
      const call = (id: string, headers: Headers) =>
        muse.http[verb](`${API}/merchant/stores/${id}${path}`).set(headers).send(body);
      const [foreign, unknown] = [await call(store.id, other), await call(randomUUID(), other)];
      expect([foreign.status, unknown.status]).toEqual([404, 404]);
      expect([foreign.body.code, foreign.body.detail]).toEqual([unknown.body.code, unknown.body.detail]);
      expect((await call(store.id, admin)).status).toBe(404);
      expect((await call(store.id, guest)).status).toBe(403);
      expect((await call(store.id, {})).status).toBe(401);
    }
    await muse.http
      .patch(`${API}/merchant/stores/${mine.id}/delivery-options/${option.id}`)
      .set(other)
      .send({ name: 'x' })
      .expect(404);
    await muse.http.patch(`${API}/merchant/stores/not-an-id`).set(merchant).send({}).expect(400);
    await muse.http.post(`${API}/merchant/stores`).set(guest).send(BODY).expect(403);
    await muse.http.post(`${API}/merchant/stores`).send(BODY).expect(401);
    await muse.http.get(`${API}/merchant/stores`).set(guest).expect(403);
    await muse.http.get(`${API}/merchant/stores`).expect(401);
  });

  it.each(['XXX', 'XTS', 'XAU', 'XDR', 'XUA'])('are not opened in %s, which nobody pays in', async (currency) => {
    const sent = { ...BODY, currency };
    const { body } = await muse.http.post(`${API}/merchant/stores`).set(merchant).send(sent).expect(400);
    expect(body.errors).toMatchObject([{ pointer: '/currency' }]);
  });
});
