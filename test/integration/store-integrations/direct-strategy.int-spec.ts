import { checkoutStrategyContract } from '../../../src/store-integrations/checkout-strategy.contract';
import { DirectStrategy } from '../../../src/store-integrations/strategies/direct/direct.strategy';
import { startApp } from '../../support/app';
import { openShop } from '../../support/market';
import { addVariant } from '../../support/shopper';
import { harnessFor } from '../../support/strategy-harness';

describe('A merchant store', () => {
  checkoutStrategyContract(async () => {
    const muse = await startApp({ MUSE_ROLE: 'api' });
    return harnessFor(muse, muse.app.get(DirectStrategy, { strict: false }), 'placed', async () => {
      const { storeId, variantIds } = await openShop(muse);
      return { storeId, fill: (shopper) => addVariant(shopper, variantIds[0], 2) };
    });
  });
});
