import { checkoutStrategyContract } from '../../../src/store-integrations/checkout-strategy.contract';
import { HeadlessStrategy } from '../../../src/store-integrations/strategies/headless/headless.strategy';
import { startApp } from '../../support/app';
import { runQuotes } from '../../support/api-stores';
import { ScriptedAutomation, openBrowserStore, withAutomation } from '../../support/scripted-automation';
import { ADDRESS, CONTACT, addDescribed, customer, type Shopper } from '../../support/shopper';
import { harnessFor } from '../../support/strategy-harness';

describe('A store that is gone through by a browser', () => {
  checkoutStrategyContract(async () => {
    const automation = new ScriptedAutomation();
    const muse = await startApp({ MUSE_ROLE: 'api' }, withAutomation(automation));
    const strategy = muse.app.get(HeadlessStrategy, { strict: false });
    const openStore = async () => {
      const store = await openBrowserStore(muse);
      return { storeId: store.id, fill: (shopper: Shopper) => addDescribed(shopper, store, { quantity: 2 }) };
    };
    const quote = (sessionId: string) => runQuotes(muse, sessionId);
    const ordersAtStore = (storeId: string) => automation.ordersOf(storeId).length;
    const buyer = () => customer(muse);
    const harness = harnessFor(muse, strategy, 'placed', openStore, ordersAtStore, quote, buyer);
    return {
      ...harness,
      raisePrice: (placement) => {
        automation.priceCents.set((placement as unknown as { side: { storeId: string } }).side.storeId, 2000);
        return Promise.resolve();
      },
      group: async () => {
        const group = await harness.group();
        const shopper = {
          storeCheckoutId: '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f',
          userId: '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e60',
          address: { ...ADDRESS, line2: null, phone: null, lat: null, lng: null },
          contact: CONTACT,
          ...{
            storeAddressId: null,
            storeInstrumentId: null,
            discountCodes: [],
            deliveryOptionRef: null,
            paymentMethodId: null,
          },
          until: new Date(Date.now() + 5_000),
        };
        return { ...group, shopper };
      },
    };
  });
});
