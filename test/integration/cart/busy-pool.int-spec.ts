import { ExchangeRates } from '../../../src/pricing';
import { startApp, type RunningApp } from '../../support/app';
import { makePartnerStore } from '../../support/sellers';
import { begin, addDescribed, described, guest } from '../../support/shopper';

describe('A pool with fewer connections than requests', () => {
  let muse: RunningApp;
  let store: { id: string; hosts: string[] };

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api', DATABASE_POOL: '2' });
    store = await makePartnerStore(muse);
  });

  it('does not lock itself up when carts are written while the exchange rates have to be read', async () => {
    const shoppers = await Promise.all(Array.from({ length: 12 }, () => guest(muse)));
    muse.app.get(ExchangeRates, { strict: false }).forget();
    const answers = await Promise.all(shoppers.map((shopper) => shopper.post('/cart/items', described(store))));
    expect(answers.map((answer) => answer.status)).toEqual(Array(12).fill(200));
  }, 20_000);

  it('does not lock itself up when checkouts begin while the exchange rates have to be read', async () => {
    const shoppers = await Promise.all(Array.from({ length: 12 }, () => guest(muse)));
    for (const shopper of shoppers) await addDescribed(shopper, store);
    muse.app.get(ExchangeRates, { strict: false }).forget();
    const sessions = await Promise.all(shoppers.map((shopper) => begin(shopper)));
    expect(sessions.map((session) => session.status)).toEqual(Array(12).fill('pending'));
  }, 20_000);
});
