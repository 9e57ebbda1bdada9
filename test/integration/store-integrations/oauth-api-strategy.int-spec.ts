import { checkoutStrategyContract } from '../../../src/store-integrations/checkout-strategy.contract';
import { OauthApiStrategy } from '../../../src/store-integrations/strategies/oauth-api/oauth-api.strategy';
import { startApp } from '../../support/app';
import { ScriptedStores, openApiStore, runQuotes, withStores } from '../../support/api-stores';
import { ADDRESS, addDescribed, type Shopper } from '../../support/shopper';
import { harnessFor } from '../../support/strategy-harness';

describe('A store that is spoken to by its own interface', () => {
  checkoutStrategyContract(async () => {
    const stores = new ScriptedStores();
    const muse = await startApp({ MUSE_ROLE: 'api' }, withStores(stores));
    const strategy = muse.app.get(OauthApiStrategy, { strict: false });
    const openStore = async () => {
      const store = await openApiStore(muse);
      stores.takesGuests.add(store.id);
      return { storeId: store.id, fill: (shopper: Shopper) => addDescribed(shopper, store, { quantity: 2 }) };
    };
    const quote = (sessionId: string) => runQuotes(muse, sessionId);
    const ordersAtStore = (storeId: string) => stores.ordersOf(storeId).length;
    const harness = harnessFor(muse, strategy, 'placed', openStore, ordersAtStore, quote);
    return {
      ...harness,
      secrets: [...harness.secrets, 'SECRET-TOKEN'],
      raisePrice: (placement) => {
        stores.priceCents.set((placement as unknown as { side: { storeId: string } }).side.storeId, 2000);
        return Promise.resolve();
      },
      group: async () => {
        const group = await harness.group();
        const address = { ...ADDRESS, line2: null, phone: null, lat: null, lng: null };
        const shopper = {
          storeCheckoutId: '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f',
          userId: null,
          address,
          contact: null,
        };
        const chosen = {
          storeAddressId: null,
          storeInstrumentId: null,
          discountCodes: [],
          deliveryOptionRef: null,
          paymentMethodId: null,
        };
        const lines = group.lines.map((line) => ({ ...line, externalId: line.productSku }));
        return { ...group, lines, shopper: { ...shopper, ...chosen, until: new Date(Date.now() + 5_000) } };
      },
    };
  });
});
