import { disclosuresOf } from './disclosures';
import type { StoreCheckout } from './session';

const said = (stores: StoreCheckout[], of: Partial<Parameters<typeof disclosuresOf>[0]> = {}) =>
  disclosuresOf({
    ...{
      stores,
      sealed: false,
      shopperPrivacy: 'standard',
      takesAffiliateLinks: true,
      locale: null,
      shopperLocale: null,
    },
    ...of,
  });
const store = (storeId: string, overrides: Partial<StoreCheckout>) =>
  ({ storeId, name: `Shop ${storeId}`, included: true, ...overrides }) as StoreCheckout;

describe('what a shopper is told before placing', () => {
  it('is that there are several sellers, and for each how it is paid', () => {
    const stores = [store('a', { settlement: 'pay_later' }), store('b', { settlement: 'at_store' })];
    stores.push(store('c', { settlement: 'pay_now' }));
    const told = said(stores);
    expect(told.map(({ code, storeId }) => [code, storeId])).toEqual([
      ['separate_sellers', undefined],
      ['pay_later', 'a'],
      ['finish_at_store', 'b'],
      ['pay_now', 'c'],
    ]);
    expect(told[2]!.text).toContain('Shop b');
    for (const { version } of told) expect(version).toBeGreaterThan(0);
  });

  it('is, where a merchant store is among them, that Muse does not arbitrate: once, however many there are', () => {
    const merchants = ['a', 'b'].map((id) => store(id, { settlement: 'pay_later', tier: 'direct' }));
    const codes = (stores: StoreCheckout[]) => said(stores).map(({ code }) => code);
    expect(codes(merchants)).toEqual(['separate_sellers', 'no_arbitration', 'pay_later', 'pay_later']);
    const leftOut = { ...merchants[0]!, included: false };
    const partner = store('c', { settlement: 'at_store', tier: 'redirect' });
    expect(codes([leftOut, partner])).toEqual(['separate_sellers', 'finish_at_store']);
    expect(codes([{ ...partner, servedBy: 'oauth_api' }])).toEqual(['separate_sellers', 'bought_for_you']);
  });

  it('says nothing of a store that is left out', () => {
    const stores = [store('a', { settlement: 'pay_later', included: false })];
    expect(said(stores).map(({ code }) => code)).toEqual(['separate_sellers']);
  });

  it('is that a link earns Muse something, exactly where it does, in the shopper’s language', () => {
    const plain = { settlement: 'at_store', tier: 'redirect', handoffId: null, handoff: null } as const;
    const earning = store('a', { ...plain, affiliate: true });
    const notes = (...stored: Parameters<typeof said>) =>
      said(...stored).flatMap(({ code, storeId, text }) => (code === 'affiliate_link' ? [[storeId, text]] : []));
    expect(notes([earning, store('b', { ...plain, affiliate: false })])).toEqual([
      ['a', expect.stringContaining('earn a commission from Shop a')],
    ]);
    expect(notes([earning], { shopperLocale: 'es' })).toEqual([['a', expect.stringContaining('comisión de Shop a')]]);
    expect(notes([earning], { locale: 'es', shopperLocale: 'en' })[0]![1]).toContain('comisión');
    const tells = { kind: 'cart', warnings: [], productLinks: [], carries: ['email'] } as StoreCheckout['handoff'];
    const silent: Parameters<typeof said>[] = [
      [[earning], { sealed: true }],
      [[earning], { shopperPrivacy: 'paranoid' }],
      [[earning], { takesAffiliateLinks: false }],
      [[{ ...earning, included: false }]],
      [[{ ...earning, servedBy: 'oauth_api' }]],
      [[{ ...earning, shareAtStore: true, handoff: tells }]],
    ];
    for (const [stores, of] of silent) expect(notes(stores, of)).toEqual([]);
    expect(notes([{ ...earning, handoff: tells }])).toHaveLength(1);
    expect(notes([{ ...earning, servedBy: 'headless', handoffId: 'h' }])).toHaveLength(1);
  });
});
