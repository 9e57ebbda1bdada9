import { checkoutStrategyContract } from '../../../src/store-integrations/checkout-strategy.contract';
import { startApp } from '../../support/app';
import { openPartner } from '../../support/market';
import { PLACED, ScriptedStrategy, withStrategies } from '../../support/scripted-strategy';
import { addDescribed, sql, type Shopper } from '../../support/shopper';
import { harnessFor } from '../../support/strategy-harness';

// The double of an outside store, so that the contract is known to hold for one whose orders cannot be looked up.
describe('A store whose other side cannot be asked again', () => {
  checkoutStrategyContract(async () => {
    const strategy = new ScriptedStrategy('headless', false);
    const muse = await startApp({ MUSE_ROLE: 'api' }, withStrategies(strategy));
    const openStore = async () => {
      const partner = await openPartner(muse, { tier: 'headless' });
      strategy.will(partner.id, async () => {
        const [{ status }] = await sql(muse, 'SELECT status FROM stores WHERE id = $1', [partner.id]);
        return status === 'active' ? PLACED : { type: 'rejected', code: 'store_closed', detail: 'Closed.' };
      });
      return { storeId: partner.id, fill: (shopper: Shopper) => addDescribed(shopper, partner, { quantity: 2 }) };
    };
    return harnessFor(muse, strategy, 'placed', openStore, (storeId) => strategy.askedOf(storeId).length);
  });
});
