import { randomUUID } from 'node:crypto';
import { readConfig } from '../../../src/platform/config';
import { SafeClient } from '../../../src/platform/http-client';
import { MarlowApi } from '../../../src/store-integrations/protocols/private/marlow/marlow-api';
import type { StoreCall } from '../../../src/store-integrations/protocols/store-api';
import { StoreHttp } from '../../../src/store-integrations/protocols/store-http';
import { afterFile } from '../../support/cleanup';
import { startStore, tokensAt, type StoreSandbox } from '../../support/store-sandbox';
import { storeApiContract } from './store-api.contract';

describe('The worked example of a private adapter, at its store', () => {
  storeApiContract({
    ...{ kind: 'private', sku: (number) => `ML-${number}`, make: (http) => new MarlowApi(http) },
    abilities: ['track', 'cancel', 'return', 'availability', 'addresses', 'instruments'],
  });
});

describe('What only a store with an interface of its own may offer', () => {
  let store: StoreSandbox;
  let api: MarlowApi;
  let token: string;

  beforeAll(async () => {
    store = await startStore('private');
    const client = new SafeClient(readConfig({ NODE_ENV: 'test', SANDBOX_ORIGINS: store.url }));
    afterFile(() => Promise.resolve(client.onModuleDestroy()));
    api = new MarlowApi(new StoreHttp(client));
    token = (await tokensAt(store, 'ana')).access_token;
  });

  const call = (more: Partial<StoreCall> = {}): StoreCall => ({
    store: {
      ...{ id: 's', name: store.name, protocol: 'private', adapter: 'marlow', baseUrl: `${store.url}/shop/v1` },
      ...{ currency: 'USD', country: 'US', options: {}, secrets: { shopKey: 'marlow-shop-key-for-muse' } },
    },
    ...{ accessToken: () => Promise.resolve(token), idempotencyKey: randomUUID(), timeoutMs: 5_000, ...more },
  });
  const bought = async (quantity = 2) => {
    const lines = [{ itemId: 'one', externalId: 'ML-1', quantity }];
    const basket = {
      checkoutId: null,
      currency: 'USD',
      lines,
      buyer: null,
      address: null,
      deliveryOptionId: null,
      discountCodes: [],
    };
    const quote = await api.quote(call(), { ...basket, storeAddressId: 'addr_ana_home' });
    return (await api.complete(call(), quote.id, { type: 'saved', instrumentId: 'card_ana_visa' })).order!.id;
  };

  it('is prices and stock without anybody signed in', async () => {
    const lines = ['ML-1', 'ML-6', 'XX-1'].map((externalId) => ({ itemId: externalId, externalId, quantity: 1 }));
    expect(await api.availability(call({ accessToken: null }), lines)).toEqual([
      { itemId: 'ML-1', priceCents: 1450, available: 200 },
      { itemId: 'ML-6', priceCents: 1900, available: 0 },
      { itemId: 'XX-1', priceCents: null, available: 0 },
    ]);
  });

  it('is what the shopper has saved there', async () => {
    const [home] = await api.addresses(call());
    expect(home).toMatchObject({ id: 'addr_ana_home', isDefault: true, line1: '500 Congress Ave', country: 'US' });
    expect((await api.instruments(call())).map(({ id, last4 }) => [id, last4])).toContainEqual([
      'card_ana_visa',
      '4242',
    ]);
  });

  it('takes no more than was agreed', async () => {
    const lines = [{ itemId: 'one', externalId: 'ML-1', quantity: 1 }];
    const basket = {
      checkoutId: null,
      currency: 'USD',
      lines,
      buyer: null,
      address: null,
      deliveryOptionId: null,
      discountCodes: [],
    };
    const { id, totalCents } = await api.quote(call(), { ...basket, storeAddressId: 'addr_ana_home' });
    const orders = (await store.ledger()).length;
    const paying = (maxCents: number) => ({ type: 'saved' as const, instrumentId: 'card_ana_visa', maxCents });
    await expect(api.complete(call(), id, paying(totalCents - 1))).rejects.toMatchObject({
      kind: 'refused',
      code: 'price_changed',
    });
    expect(await store.ledger()).toHaveLength(orders);
    expect((await api.complete(call(), id, paying(totalCents))).status).toBe('completed');
  });

  it('cancels what has not left yet, once, and nothing that has', async () => {
    const [early, late] = [await bought(), await bought()];
    const cancelling = call();
    for (let times = 0; times < 2; times++)
      expect(await api.cancelOrder(cancelling, early, 'changed my mind')).toMatchObject({
        id: early,
        status: 'cancelled',
      });
    const { id: orderId } = (await store.ledger()).find(({ number }) => number === late)!;
    await store.advance({ orderId, to: 'shipped' });
    await expect(api.cancelOrder(call(), late, null)).rejects.toMatchObject({ kind: 'refused', code: 'too_late' });
    expect((await api.order(call(), late))!.status).toBe('shipped');
  });

  it('takes goods back, once under a key, and no more than there are', async () => {
    const number = await bought(2);
    const lines = [{ externalId: 'ML-1', quantity: 1, reason: 'damaged' }];
    await expect(api.returnOrder(call(), number, lines)).rejects.toMatchObject({ kind: 'refused', code: 'too_early' });
    const { id: orderId } = (await store.ledger()).find((order) => order.number === number)!;
    await store.advance({ orderId, to: 'delivered' });
    const returning = call();
    for (let times = 0; times < 2; times++)
      expect(await api.returnOrder(returning, number, lines)).toMatchObject({
        status: 'delivered',
        refundedCents: 1450,
      });
    await expect(api.returnOrder(call(), number, [{ ...lines[0]!, quantity: 2 }])).rejects.toMatchObject({
      code: 'not_yours',
    });
    expect(await api.returnOrder(call(), number, lines)).toMatchObject({ status: 'returned', refundedCents: 2900 });
  });
});
