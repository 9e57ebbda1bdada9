import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp, type RunningApp } from '../support/app';
import { ROUTES, addressOf, type Route } from '../support/routes';
import { API, CONTACT, addVariant, begin, type Body, type Shopper } from '../support/shopper';
import { makeWorld, type World } from '../support/world';

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

describe('Access', () => {
  let muse: RunningApp;
  let world: World;

  beforeAll(async () => {
    muse = await startApp();
    world = await makeWorld(muse);
  });

  const send = (
    route: string,
    ids: Record<string, string>,
    body: object | undefined,
    headers: Record<string, string>,
  ) => {
    const [verb, path] = addressOf(route, ids);
    return muse.http[verb](`${API}${path}`)
      .set({ 'idempotency-key': randomUUID(), ...headers })
      .send(body);
  };
  /** Everybody who may use the route, but not for what is another's. */
  const strangers = ({ by }: Route): Shopper[] => {
    const merchants = [world.otherShop.merchant, world.user, world.admin, world.support];
    if (by === 'anybody') return [world.guest, world.shop.merchant, ...merchants];
    return by === 'user' || by === 'merchant' ? merchants : [];
  };
  const outsiders = ({ by }: Route): Shopper[] => {
    const { guest, user, shop, support } = world;
    if (by === 'user' || by === 'merchant') return [guest];
    if (by === 'support') return [guest, user, shop.merchant];
    return by === 'admin' ? [guest, user, shop.merchant, support] : [];
  };
  /** What a problem says, besides which request it was. */
  const essence = ({ status, body }: { status: number; body: Body }) => {
    return { ...body, requestId: undefined, instance: undefined, answered: status };
  };
  /** Everything that strangers might have changed. */
  const belongings = async () => {
    const { buyer, shop, session, orderId, handoffId } = world;
    const ofBuyer = ['/cart', `/checkout/sessions/${session.id}`, `/orders/${orderId}`, `/orders/${orderId}/history`];
    ofBuyer.push(`/orders/${orderId}/returns`, `/handoffs/${handoffId}`, '/me', '/me/addresses', '/me/api-keys');
    const ofMerchant = [
      '/merchant/stores',
      `/merchant/stores/${shop.storeId}/products`,
      `/merchant/stores/${shop.storeId}/inventory`,
    ];
    ofMerchant.push(
      `/merchant/stores/${shop.storeId}/coupons`,
      `/merchant/stores/${shop.storeId}/orders`,
      `/stores/${world.partner.id}`,
    );
    const read = async (who: Shopper, path: string) => [path, (await who.get(path).expect(200)).body];
    return Promise.all([
      ...ofBuyer.map((path) => read(buyer, path)),
      ...ofMerchant.map((path) => read(shop.merchant, path)),
    ]);
  };

  it('is settled for every documented route, and for no other', async () => {
    const { paths } = (await muse.http.get('/api/docs-json').expect(200)).body as { paths: Record<string, object> };
    const documented = Object.entries(paths).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path.replace(API, '')}`),
    );
    expect(Object.keys(ROUTES).sort()).toEqual(documented.sort());
  });

  it('needs a token on every route that is not public, and the document says so', async () => {
    const { paths } = (await muse.http.get('/api/docs-json').expect(200)).body;
    for (const [route, { by, ids, body }] of Object.entries(ROUTES)) {
      const [verb, path] = route.split(' ') as [string, string];
      const security: object[] = paths[`${API}${path}`][verb.toLowerCase()].security;
      const open = security.length === 0 || security.some((one) => Object.keys(one).length === 0);
      expect([route, open]).toEqual([route, by === 'public']);
      if (by === 'public') continue;
      for (const authorization of [undefined, 'Bearer nonsense', `Bearer mg_${'A'.repeat(43)}`, 'Basic YTpi']) {
        const headers = authorization === undefined ? {} : { authorization };
        const answer = await send(route, ids?.(world) ?? {}, body?.(world), headers as Record<string, string>);
        expect([route, authorization, answer.status, answer.body.code]).toEqual([
          route,
          authorization,
          401,
          'unauthenticated',
        ]);
      }
    }
  });

  it('is refused to roles that may never use a route', async () => {
    for (const [route, row] of Object.entries(ROUTES)) {
      for (const outsider of outsiders(row)) {
        const answer = await send(route, row.ids?.(world) ?? {}, row.body?.(world), outsider.headers);
        expect([route, answer.status, answer.body.code]).toEqual([route, 403, 'forbidden']);
      }
    }
  });

  it("answers another's resource with the same body as an unknown one, whoever asks, and leaves it as it was", async () => {
    const before = await belongings();
    for (const [route, row] of Object.entries(ROUTES)) {
      if (!row.ids || row.by === 'public') continue;
      const foreign = row.ids(world);
      const unknown = Object.fromEntries(Object.keys(foreign).map((name) => [name, randomUUID()]));
      const body = row.body?.(world);
      for (const stranger of strangers(row)) {
        // A merchant may of course read, and ship, the orders of their own store.
        if (stranger === world.shop.merchant && row.by === 'merchant') continue;
        const [theirs, none] = [
          await send(route, foreign, body, stranger.headers),
          await send(route, unknown, body, stranger.headers),
        ];
        expect([route, essence(theirs)]).toEqual([route, essence(none)]);
        expect([route, theirs.status, theirs.body.code]).toEqual([route, 404, 'not_found']);
      }
    }
    expect(await belongings()).toEqual(before);
  });

  it("does not open another's goods by way of one's own store", async () => {
    const before = await belongings();
    const { merchant, storeId } = world.otherShop;
    for (const [route, row] of Object.entries(ROUTES)) {
      const ids = row.ids?.(world) ?? {};
      if (row.by !== 'merchant' || Object.keys(ids).length < 2) continue;
      const unknown = Object.fromEntries(Object.keys(ids).map((name) => [name, randomUUID()]));
      const body = row.body?.(world);
      const theirs = await send(route, { ...ids, storeId }, body, merchant.headers);
      expect([route, theirs.status]).toEqual([route, 404]);
      expect(essence(theirs)).toEqual(essence(await send(route, { ...unknown, storeId }, body, merchant.headers)));
    }
    expect(await belongings()).toEqual(before);
  });

  it("does not open another's session by way of one's own", async () => {
    const { guest, otherShop, itemId, shop } = world;
    await addVariant(guest, otherShop.variantIds[0]);
    const { id } = await begin(guest);
    for (const path of [`items/${itemId}`, `items/${randomUUID()}`, `stores/${shop.storeId}`, `stores/${randomUUID()}`])
      await guest
        .put(`/checkout/sessions/${id}/${path}`, path.startsWith('items') ? { quantity: 1 } : { note: 'x' })
        .expect(404);
  });

  describe("by ids in bodies: another's answers like an unknown one", () => {
    /** By route and the name of the id. */
    const BODIES: Record<string, (id: string, own: { sessionId: string; storeId: string }) => [string, object]> = {
      'POST /checkout/sessions itemIds': (id) => ['/checkout/sessions', { itemIds: [id] }],
      'PUT /checkout/sessions/{id}/shipping addressId': (addressId, { sessionId }) => [
        ...([`/checkout/sessions/${sessionId}/shipping`, { addressId, contact: CONTACT }] as [string, object]),
      ],
      'PUT /checkout/sessions/{id}/stores/{storeId} addressId': (addressId, { sessionId, storeId }) => [
        ...([`/checkout/sessions/${sessionId}/stores/${storeId}`, { addressId }] as [string, object]),
      ],
      'PUT /checkout/sessions/{id}/stores/{storeId} deliveryOptionId': (deliveryOptionId, { sessionId, storeId }) => [
        ...([`/checkout/sessions/${sessionId}/stores/${storeId}`, { deliveryOptionId }] as [string, object]),
      ],
      'PUT /checkout/sessions/{id}/payment paymentMethodId': (paymentMethodId, { sessionId }) => [
        ...([`/checkout/sessions/${sessionId}/payment`, { paymentMethodId }] as [string, object]),
      ],
    };
    const foreignIdOf = (name: string): string =>
      ({
        itemIds: world.itemId,
        addressId: world.addressId,
        deliveryOptionId: world.shop.deliveryIds[0],
        // There are none yet.
        paymentMethodId: world.session.id,
      })[name] as string;
    /** Ids of what everybody may see, and of items that another spec looks at. */
    const ELSEWHERE = [
      ...['POST /cart/items variantId', 'POST /cart/items storeId', 'POST /cart/items/batch variantId'],
      ...['POST /cart/items/batch storeId', 'POST /orders/{id}/return itemId'],
    ];

    it('covers every id that a documented body takes', () => {
      const document = JSON.parse(readFileSync(join(__dirname, '../../openapi.json'), 'utf8'));
      const found: string[] = [];
      const visit = (route: string, schema: Schema | undefined, depth = 0): void => {
        if (!schema || depth > 6) return;
        if (schema.$ref) return visit(route, document.components.schemas[schema.$ref.split('/').pop()!], depth + 1);
        for (const part of [schema.items, ...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.allOf ?? [])])
          visit(route, part, depth + 1);
        for (const [name, property] of Object.entries(schema.properties ?? {})) {
          if (/[a-z]Ids?$/.test(name) && name !== 'externalId') found.push(`${route} ${name}`);
          visit(route, property, depth + 1);
        }
      };
      for (const [path, verbs] of Object.entries(document.paths as Record<string, Record<string, Body>>))
        for (const [verb, operation] of Object.entries(verbs))
          visit(
            `${verb.toUpperCase()} ${path.replace(API, '')}`,
            operation.requestBody?.content?.['application/json']?.schema,
          );
      expect([...Object.keys(BODIES), ...ELSEWHERE].sort()).toEqual([...new Set(found)].sort());
    });

    it.each(Object.keys(BODIES))('%s', async (row) => {
      const before = await belongings();
      const [verb, , name] = row.split(' ') as [string, string, string];
      const { user, otherShop } = world;
      await addVariant(user, otherShop.variantIds[0]);
      const own = { sessionId: (await begin(user)).id, storeId: otherShop.storeId };
      const call = async (id: string) => {
        const [path, body] = BODIES[row]!(id, own);
        return verb === 'POST' ? user.post(path, body) : user.put(path, body);
      };
      const [theirs, none] = [await call(foreignIdOf(name)), await call(randomUUID())];
      expect(theirs.status).toBeGreaterThanOrEqual(400);
      expect(theirs.status).toBeLessThan(500);
      expect(essence(theirs)).toEqual(essence(none));
      expect(await belongings()).toEqual(before);
    });
  });
});
