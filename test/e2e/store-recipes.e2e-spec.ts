import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop } from '../support/market';
import { littleRecipe } from '../support/recipes';
import { makeUser, signIn } from '../support/sellers';
import { API, sql, type Body } from '../support/shopper';

let muse: RunningApp;
let admin: Record<string, string>;
beforeAll(async () => {
  muse = await startApp();
  admin = await signIn(muse, await makeUser(muse, 'admin'));
});

async function openStore() {
  const store = await openPartner(muse, { tier: 'headless' });
  const path = `${API}/admin/stores/${store.id}/recipes`;
  const recipe = littleRecipe(`https://${store.hosts[0]}`);
  const make = (body: object) => muse.http.post(path).set(admin).send(body);
  return { store, path, recipe, make };
}

describe("a store's recipe", () => {
  it('is a draft until it is activated; then it serves alone, and an older one may serve again', async () => {
    const { store, path, recipe, make } = await openStore();
    const first = (await make({ recipe }).expect(201)).body;
    expect(first).toMatchObject({ version: 1, status: 'draft', recipe, activatedAt: null });
    expect(first.flows).toEqual(['signIn', 'quote', 'place', 'orderList', 'track', 'cancel']);
    await make({ recipe: { ...recipe, hosts: ['cdn.example'] } }).expect(201);
    const activate = (version: number) => muse.http.post(`${path}/${version}/activate`).set(admin).expect(200);
    expect((await activate(1)).body).toMatchObject({ version: 1, status: 'active' });
    expect((await activate(2)).body).toMatchObject({ version: 2, status: 'active' });
    await activate(2);
    const list = async () =>
      ((await muse.http.get(path).set(admin).expect(200)).body.data as Body[]).map(({ version, status }) => [
        version,
        status,
      ]);
    expect(await list()).toEqual([
      [2, 'active'],
      [1, 'retired'],
    ]);
    await activate(1);
    expect(await list()).toEqual([
      [2, 'retired'],
      [1, 'active'],
    ]);
    const { body } = await muse.http.get(`${path}/2`).set(admin).expect(200);
    expect(body.recipe.hosts).toEqual(['cdn.example']);
    const told = await sql(
      muse,
      `SELECT payload FROM events WHERE type = 'store_recipe.activated' AND aggregate_id = $1`,
      [store.id],
    );
    expect(told).toHaveLength(3);
  });

  it('is refused with every place of it that is wrong', async () => {
    const { make, recipe } = await openStore();
    const wrong = {
      ...recipe,
      currency: 'dollars',
      sections: { ...recipe.sections, signIn: [{ step: 'x', do: 'guess' }] },
    };
    const { body } = await make({ recipe: wrong }).expect(422);
    expect(body).toMatchObject({
      code: 'invalid_recipe',
      errors: [
        { pointer: '/recipe/currency', detail: expect.any(String) },
        { pointer: '/recipe/sections/signIn/0/do', detail: 'is none of the kinds that there are' },
      ],
    });
    await make({ recipe: 'x' }).expect(400);
    await make({ recipe, note: 'x' }).expect(400);
  });

  it('leads to the hosts of its store only, and never into a private network', async () => {
    const { make, recipe } = await openStore();
    const pointers = async (changed: object) =>
      (await make({ recipe: { ...recipe, ...changed } }).expect(422)).body.errors.map(({ pointer }: Body) => pointer);
    expect(await pointers({ origin: 'https://elsewhere.example' })).toEqual(['/recipe/origin']);
    expect(await pointers({ hosts: ['cdn.example', 'localhost', '10.0.0.1:80', '127.0.0.1:5432'] })).toEqual(
      [1, 2, 3].map((place) => `/recipe/hosts/${place}`),
    );
    const plain = { origin: recipe.origin.replace('https', 'http') };
    expect(await pointers(plain)).toEqual(['/recipe/origin']);
  });

  it('is numbered once each, however many are made at the same time', async () => {
    const { make, recipe } = await openStore();
    const made = await Promise.all(Array.from({ length: 6 }, () => make({ recipe }).expect(201)));
    expect(made.map(({ body }) => body.version).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('serves alone, however many are activated at the same time', async () => {
    const { store, path, recipe, make } = await openStore();
    for (let version = 1; version <= 4; version += 1) await make({ recipe }).expect(201);
    await Promise.all(
      [1, 2, 3, 4].map((version) => muse.http.post(`${path}/${version}/activate`).set(admin).expect(200)),
    );
    const active = await sql(muse, `SELECT version FROM store_recipes WHERE store_id = $1 AND status = 'active'`, [
      store.id,
    ]);
    expect(active).toHaveLength(1);
  });

  it('belongs to partner stores; an unknown version is not found', async () => {
    const { path, recipe, make } = await openStore();
    await make({ recipe }).expect(201);
    for (const version of ['2', '0', '-1', '99999999999'])
      for (const address of [`${path}/${version}`]) await muse.http.get(address).set(admin).expect(404);
    await muse.http.get(`${path}/x`).set(admin).expect(400);
    await muse.http.post(`${path}/7/activate`).set(admin).expect(404);
    const { storeId } = await openShop(muse);
    await muse.http.post(`${API}/admin/stores/${storeId}/recipes`).set(admin).send({ recipe }).expect(404);
  });
});
