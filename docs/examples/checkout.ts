// The shortest whole checkout: a guest buys from several stores at once. Its types come from Muse's own document:
//   npm install openapi-fetch && npm install --save-dev openapi-typescript
//   npx openapi-typescript http://127.0.0.1:3000/api/docs-json -o muse-api.d.ts
import createClient from 'openapi-fetch';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { components, paths } from './muse-api.js';

type Problem = components['schemas']['ProblemDto'];

/** What Muse answered; its problem documents (RFC 9457) are thrown. */
async function sent<T>(call: Promise<{ data?: T; error?: Problem }>): Promise<T> {
  const { data, error } = await call;
  if (data === undefined) throw new Error(`${error?.code}: ${error?.detail} (request ${error?.requestId})`);
  return data;
}

const muse = createClient<paths>({ baseUrl: process.env['MUSE_URL'] ?? 'http://127.0.0.1:3000' });

// 1. Anybody may begin as a guest. The token says who is calling from here on; keep it like a password.
const { accessToken } = await sent(muse.POST('/api/v1/guests'));
muse.use({ onRequest: ({ request }) => request.headers.set('Authorization', `Bearer ${accessToken}`) });

// 2. Something in stock from each of three stores.
const { data: products } = await sent(
  muse.GET('/api/v1/products', { params: { query: { inStock: true, limit: 100 } } }),
);
const perStore = new Map(products.map((product) => [product.store.id, product]));
const variants = [...perStore.values()]
  .slice(0, 3)
  .flatMap(({ variants }) => variants.find(({ inStock }) => inStock) ?? []);

// 3. One cart for all of them. Every answer is the whole cart, so the last one is what the shopper sees.
for (const { id } of variants) {
  await sent(
    muse.POST('/api/v1/cart/items', {
      // Sent again after a lost answer, the same key adds nothing a second time.
      params: { header: { 'Idempotency-Key': randomUUID() } },
      body: { variantId: id, quantity: 1 },
    }),
  );
}

// 4. A session freezes prices and holds stock for half an hour; one address serves all stores.
const { id } = await sent(muse.POST('/api/v1/checkout/sessions', { body: {} }));
const session = await sent(
  muse.PUT('/api/v1/checkout/sessions/{id}/shipping', {
    params: { path: { id } },
    body: {
      address: {
        name: 'Ana Pérez',
        line1: '350 Fifth Avenue',
        city: 'New York',
        region: 'NY',
        postalCode: '10118',
        country: 'US',
      },
      contact: { email: 'ana.perez@example.com' },
    },
  }),
);

// 5. Place it for the total that the shopper saw: had it moved, nothing would be bought (409 total_changed).
let status = await sent(
  muse.POST('/api/v1/checkout/sessions/{id}/place', {
    params: { path: { id }, header: { 'Idempotency-Key': randomUUID() } },
    body: { expectedTotal: session.total },
  }),
);

// 6. Each store goes its own way, and one that fails does not stop the others. (…/events streams the same.)
while (status.status === 'processing') {
  await sleep(250);
  status = await sent(muse.GET('/api/v1/checkout/sessions/{id}/status', { params: { path: { id } } }));
}
for (const store of status.stores) {
  console.log(store.name, store.status, store.order?.number ?? store.continueUrl ?? store.failure?.code);
}

// 7. One order per store that took it.
const { data: orders } = await sent(muse.GET('/api/v1/orders', { params: { query: { checkoutSessionId: id } } }));
for (const { number, store, total, status: state } of orders) {
  console.log(number, store.name, `${total.amount} ${total.currency}`, state);
}
