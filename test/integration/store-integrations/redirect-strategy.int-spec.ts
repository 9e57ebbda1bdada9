import { checkoutStrategyContract } from '../../../src/store-integrations/checkout-strategy.contract';
import { RedirectStrategy } from '../../../src/store-integrations/strategies/redirect/redirect.strategy';
import { startApp } from '../../support/app';
import { openPartner } from '../../support/market';
import { addDescribed } from '../../support/shopper';
import { harnessFor } from '../../support/strategy-harness';

describe('A store on whose own site shoppers finish', () => {
  checkoutStrategyContract(async () => {
    const muse = await startApp({ MUSE_ROLE: 'api' });
    return harnessFor(muse, muse.app.get(RedirectStrategy, { strict: false }), 'continue_at_store', async () => {
      const partner = await openPartner(muse);
      return { storeId: partner.id, fill: (shopper) => addDescribed(shopper, partner, { quantity: 2 }) };
    });
  });
});
