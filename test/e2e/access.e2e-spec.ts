import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningApp } from '../support/app';
import { startPaying } from '../support/paying';
import { ACCESS, AT_STORES, ROUTES, addressOf, type Expected, type Route, type Who } from '../support/routes';
import { DOCUMENT } from '../support/contract';
import { sql, API, CONTACT, addVariant, begin, type Body, type Shopper } from '../support/shopper';
import { makeWorld, type World } from '../support/world';

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

const SECRET = /password|hash|secret|token/i;
/** Members of answers that are called like a secret, by the form of answer, and why each may be there. */
const SHOWN: Record<string, string> = {
  'GuestResponse.accessToken': "is what a guest asked for: the caller's own, and only in that answer",
  'SignedInResponse.accessToken': "is what whoever signs in asked for: the caller's own, and only in that answer",
  'SignedInResponse.refreshToken': 'is what whoever signs in asked for: works once, and only its hash is kept',
  'NewApiKeyResponse.token':
    'is the key that its owner has just made or replaced: shown this once, only its hash is kept',
  'SetupResponse.clientSecret':
    "lets the user's own browser give the provider one method to keep: kept nowhere, asked of the provider each time",
  'ActionResponse.clientSecret':
    "lets the payer's own browser finish one payment with the provider: of a store or a session, `action`",
  'OrderAccessResponse.token':
    'is what its holder is the buyer of a sealed order by: told to whoever placed it, and only its hash is kept',
  'OrderActionResponse.clientSecret': 'is the same for the payment of one order',
};
const SHOWN_NAMES = new Set(Object.keys(SHOWN).map((member) => member.split('.')[1]));

/** Fails for a member that is named like a secret and not among those. */
function noSecrets(route: string, body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  for (const [name, member] of Object.entries(body)) {
    if (SECRET.test(name) && !SHOWN_NAMES.has(name)) throw new Error(`${route} shows ${name}`);
    noSecrets(route, member);
  }
}

/** The same token, whose time ran out an hour ago. */
function expiredOf(authorization: string, secret: string): string {
  const [head, claims] = authorization.replace('Bearer ', '').split('.') as [string, string];
  const { iat, ...rest } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { iat: number };
  const past = Buffer.from(JSON.stringify({ ...rest, iat: iat - 7_200, exp: iat - 3_600 })).toString('base64url');
  return `Bearer ${head}.${past}.${createHmac('sha256', secret).update(`${head}.${past}`).digest('base64url')}`;
}

describe('Access', () => {
  let muse: RunningApp;
  let world: World;

  beforeAll(async () => {
    ({ muse } = await startPaying());
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
  const callers = (): Record<Exclude<Who, 'owner' | 'nobody' | 'expired'>, Shopper> => {
    const { guest, user, buyer, shop, otherShop, support, admin } = world;
    return { guest, user, buyer, shopMerchant: shop.merchant, merchant: otherShop.merchant, support, admin };
  };
  const ownerOf = ({ by }: Route): Shopper =>
    by === 'link'
      ? world.contact
      : by === 'merchant'
        ? world.shop.merchant
        : by === 'admin' || by === 'support'
          ? world.admin
          : world.buyer;
  const headersOf = (who: Who, row: Route): Record<string, string> => {
    if (who === 'nobody') return {};
    const { headers } = who === 'owner' || who === 'expired' ? ownerOf(row) : callers()[who];
    if (who === 'expired' && row.by === 'link') return { authorization: `Bearer mct_${'A'.repeat(43)}` };
    return who === 'expired'
      ? { authorization: expiredOf(headers['authorization']!, muse.config.JWT_SECRET!) }
      : headers;
  };
  /** Those of whom the table says this, the owner and whoever has no token left out. */
  const those = (row: Route, expected: Expected): Shopper[] =>
    Object.entries(callers()).flatMap(([who, caller]) => (ACCESS[row.by][who as Who] === expected ? [caller] : []));
  /** What a problem says, besides which request it was. */
  const essence = ({ status, body }: { status: number; body: Body }) => {
    return { ...body, requestId: undefined, instance: undefined, answered: status };
  };
  /** Everything that strangers might have changed. */
  const belongings = async () => {
    const { buyer, shop, session, orderId, handoffId } = world;
    const ofBuyer = ['/cart', `/checkout/sessions/${session.id}`, `/orders/${orderId}`, `/orders/${orderId}/history`];
    ofBuyer.push(
      `/orders/${orderId}/returns`,
      ...[`/orders/${orderId}/reports`, `/orders/${orderId}/rating`],
      `/handoffs/${handoffId}`,
      `/conversations/${world.conversationId}`,
      `/conversations/${world.conversationId}/messages`,
      '/me',
      '/me/addresses',
      '/me/api-keys',
      '/payment-methods',
      '/integrations',
    );
    const ofMerchant = [
      '/merchant/stores',
      `/merchant/stores/${shop.storeId}/products`,
      `/merchant/stores/${shop.storeId}/inventory`,
    ];
    ofMerchant.push(
      `/merchant/stores/${shop.storeId}/coupons`,
      `/merchant/stores/${shop.storeId}/orders`,
      `/merchant/stores/${shop.storeId}/payment-account`,
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

  it('is as the table says, for every route and every caller', async () => {
    // What takes away comes last, and an account last of all: whoever comes after finds less.
    const takesAway = (route: string) =>
      route === 'DELETE /me' ? 2 : /^DELETE|\/(cancel|abandon)$/.test(route) ? 1 : 0;
    const ordered = Object.entries(ROUTES).sort(([a], [b]) => takesAway(a) - takesAway(b));
    const shut = async (route: string, row: Route, who: Who, expected: Expected) => {
      const answer = await send(route, row.ids?.(world) ?? {}, row.body?.(world), headersOf(who, row));
      const { status } = answer;
      noSecrets(route, answer.body);
      // Whoever met a fault of ours was neither let in nor kept out.
      const isShut = status === 401 || status === 403 || (status === 404 && row.ids && !takesAway(route));
      const got = isShut || status >= 500 ? status : 'in';
      expect([route, who, got]).toEqual([route, who, takesAway(route) && status === 404 ? 'in' : expected]);
    };
    for (const [route, row] of ordered) {
      const isStream = route.endsWith('/events');
      const isOver = route === 'POST /auth/logout' || route === 'POST /auth/refresh' || route === 'POST /auth/login';
      for (const [who, said] of Object.entries(ACCESS[row.by]) as [Who, Expected][]) {
        const expected = said === 404 && !row.ids ? 'in' : said;
        // Another's stays shut here; what it answers is compared below. A stream that opens does not end, and erasing
        // everybody would leave nobody to ask. Public sign-in answers 401 to a wrong password, whoever asks.
        if ((isStream || route === 'DELETE /me' || isOver) && expected === 'in') continue;
        await shut(route, row, who, expected);
        // It ends the tokens that the other routes are asked with.
        if (route === 'POST /auth/logout-everywhere') await sql(muse, 'UPDATE users SET credentials_at = NULL');
      }
    }
  }, 120_000);

  it('shows nothing by the name of a secret but what the document says and why', () => {
    const seen = new Set<string>();
    for (const [name, { properties = {} }] of Object.entries(DOCUMENT.components.schemas)) {
      if (name.endsWith('Request') || name.endsWith('Dto')) continue;
      for (const property of Object.keys(properties)) if (SECRET.test(property)) seen.add(`${name}.${property}`);
    }
    expect([...seen].sort()).toEqual(Object.keys(SHOWN).sort());
  });

  it('is refused to roles that may never use a route', async () => {
    for (const [route, row] of Object.entries(ROUTES)) {
      for (const outsider of those(row, 403)) {
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
      for (const stranger of those(row, 404)) {
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

  describe('of merchants', () => {
    /** Routes of a store that its merchant alone may use. */
    const ofStores = () =>
      Object.entries(ROUTES).filter(([, { by, ids }]) => by === 'merchant' && ids?.(world).storeId);
    const namesThing = (row: Route) => Object.keys(row.ids!(world)).length > 1;

    it('is settled for each route of a store', () => {
      const named = Object.keys(ROUTES).filter((route) => route.includes('/merchant/stores/{storeId}'));
      expect(
        ofStores()
          .map(([route]) => route)
          .sort(),
      ).toEqual(named.sort());
      expect(named.length).toBeGreaterThan(50);
    });

    it.each(Object.entries(AT_STORES).filter(([, { thing }]) => thing === 404))(
      'opens no thing of a store to %s',
      async (_, { who, storeOf }) => {
        const before = await belongings();
        for (const [route, row] of ofStores().filter(([, one]) => namesThing(one))) {
          const ids = row.ids!(world);
          const unknown = Object.fromEntries(Object.keys(ids).map((name) => [name, randomUUID()]));
          const [storeId, { headers }, body] = [storeOf(world), who(world), row.body?.(world)];
          const theirs = await send(route, { ...ids, storeId }, body, headers);
          expect([route, theirs.status]).toEqual([route, 404]);
          // As a thing that is not there, whether the store is their own or not.
          expect([route, essence(theirs)]).toEqual([
            route,
            essence(await send(route, { ...unknown, storeId }, body, headers)),
          ]);
        }
        expect(await belongings()).toEqual(before);
      },
    );

    it.each(Object.entries(AT_STORES))('lets in, and keeps out of a store, %s', async (_, { who, storeOf, store }) => {
      for (const [route, row] of ofStores()) {
        // A stream that opens does not end. What takes away comes by another test, once.
        if (namesThing(row) || route.startsWith('DELETE')) continue;
        const answer = await send(route, { storeId: storeOf(world) }, row.body?.(world), who(world).headers);
        const { status } = answer;
        expect([route, [401, 403, 404].includes(status) || status >= 500 ? status : 'in']).toEqual([route, store]);
      }
    });

    it('gives the merchant of two stores what is of the one, and not of the other', async () => {
      const { shop, secondShop, orderId } = world;
      const listed = async (storeId: string): Promise<string[]> => {
        const { body } = await shop.merchant.get(`/merchant/stores/${storeId}/orders`).expect(200);
        return body.data.map((order: Body) => order.id);
      };
      expect(await listed(shop.storeId)).toContain(orderId);
      expect(await listed(secondShop.storeId)).toEqual([]);
      const { body: talks } = await shop.merchant
        .get(`/merchant/stores/${secondShop.storeId}/conversations`)
        .expect(200);
      expect(talks.data).toEqual([]);
      const { body: stores } = await shop.merchant.get('/merchant/stores').expect(200);
      const own = stores.data.map((store: Body) => store.id);
      expect(own).toEqual(expect.arrayContaining([shop.storeId, secondShop.storeId]));
      expect(own).not.toContain(world.otherShop.storeId);
    });
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
      'POST /payment-methods setupId': (setupId) => ['/payment-methods', { setupId }],
      'PUT /checkout/sessions/{id}/payment paymentMethodId': (paymentMethodId, { sessionId }) => [
        ...([`/checkout/sessions/${sessionId}/payment`, { paymentMethodId }] as [string, object]),
      ],
    };
    const foreignIdOf = (name: string): string =>
      ({
        itemIds: world.itemId,
        addressId: world.addressId,
        deliveryOptionId: world.shop.deliveryIds[0],
        paymentMethodId: world.paymentMethodId,
        setupId: world.paymentSetupId,
      })[name] as string;
    /** Ids of what everybody may see, and of items that another spec looks at. */
    const ELSEWHERE = [
      ...['POST /cart/items variantId', 'POST /cart/items storeId', 'POST /cart/items/batch variantId'],
      ...['POST /cart/items/batch storeId', 'POST /orders/{id}/return itemId', 'POST /orders/{id}/pay paymentMethodId'],
      'POST /found-orders/{id}/follow handoffId',
      ...[
        'POST /merchant/stores/{storeId}/orders/{orderId}/refunds itemId',
        'POST /merchant/stores/{storeId}/orders/{orderId}/ship itemId',
        'POST /merchant/stores/{storeId}/orders/{orderId}/changes itemId',
        'POST /merchant/stores/{storeId}/orders/{orderId}/changes variantId',
        'POST /merchant/stores/{storeId}/orders/{orderId}/returns/{returnId}/receive itemId',
        'POST /orders/{id}/changes/{changeId}/pay paymentMethodId',
        'POST /orders/{id}/return variantId',
        'POST /admin/orders/{orderId}/refunds itemId',
        ...['POST /conversations storeId', 'POST /conversations/{id}/read messageId'],
        'POST /merchant/stores/{storeId}/conversations/{conversationId}/read messageId',
        'POST /store-links/conversation/read messageId',
        // The store's own ids, not Muse's: what its shoppers have there is asked with their own account.
        'PUT /admin/stores/{storeId}/connection clientId',
        'PUT /checkout/sessions/{id}/stores/{storeId} storeAddressId',
        'PUT /checkout/sessions/{id}/stores/{storeId} storeInstrumentId',
      ],
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
