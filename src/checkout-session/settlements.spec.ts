import type { PayNow, Session, StoreCheckout } from './session';
import { chargeOf, paymentCurrencyOf, settle, settlementOptionsOf } from './settlements';

type Sold = Pick<
  StoreCheckout,
  'storeId' | 'name' | 'tier' | 'included' | 'currency' | 'settlement' | 'settlementChosen' | 'payNow' | 'totalCents'
> & { problems: StoreCheckout['problems'] };

const PAYABLE: PayNow = { payable: true, reason: null };
const store = (storeId: string, overrides: Partial<Sold> = {}): StoreCheckout =>
  ({
    ...{ storeId, name: storeId, tier: 'direct', included: true, currency: 'USD', settlement: 'pay_later' },
    ...{ settlementChosen: false, payNow: PAYABLE, totalCents: 1500, problems: [] },
    ...overrides,
  }) as Sold as StoreCheckout;
const session = (stores: StoreCheckout[], currency = 'USD') => ({ stores, currency }) as Session;

describe('How stores of a session are paid', () => {
  it('is now unless the shopper chose otherwise, where the store can be paid', () => {
    const of = session([store('a'), store('b', { settlementChosen: true })]);
    settle(of);
    expect(of.stores.map(({ settlement, problems }) => [settlement, problems])).toEqual([
      ['pay_now', []],
      ['pay_later', []],
    ]);
    expect(settlementOptionsOf(of, of.stores[1]!)).toEqual(['pay_now', 'pay_later']);
  });

  it.each<[PayNow | null, string]>([
    [null, 'not_onboarded'],
    [{ payable: false, reason: 'not_onboarded' }, 'not_onboarded'],
    [{ payable: false, reason: 'not_enabled' }, 'not_enabled'],
    [{ payable: false, reason: 'wrong_currency' }, 'wrong_currency'],
  ])('is later where the store cannot be paid (%j), whatever was chosen, and says why: %s', (payNow, reason) => {
    const of = session([store('a', { payNow, settlement: 'pay_now', settlementChosen: true })]);
    settle(of);
    expect(of.stores[0]).toMatchObject({
      ...{ settlement: 'pay_later', settlementChosen: false },
      problems: [{ code: 'pay_now_not_offered', severity: 'info', storeId: 'a', reason }],
    });
  });

  it('is later where no card can be asked for what the store costs, and does not decide the currency of the others', () => {
    const payNow = { ...PAYABLE, unit: 10 };
    const indivisible = store('kwd', { currency: 'KWD', payNow, totalCents: 1505 });
    const of = session([indivisible, store('usd')], 'KWD');
    settle(of);
    expect(of.stores.map(({ settlement }) => settlement)).toEqual(['pay_later', 'pay_now']);
    expect(indivisible.problems).toMatchObject([{ code: 'pay_now_not_offered', reason: 'amount_not_chargeable' }]);
    expect(paymentCurrencyOf(of)).toBe('USD');
    const divisible = session([store('kwd', { currency: 'KWD', payNow, totalCents: 1500 })], 'KWD');
    settle(divisible);
    expect(chargeOf(divisible)).toMatchObject({ currency: 'KWD', amountCents: 1500 });
  });

  it('is at the store for a partner, without a word about it', () => {
    const of = session([store('a', { tier: 'redirect', settlement: 'at_store', payNow: null })]);
    settle(of);
    expect(of.stores[0]).toMatchObject({ settlement: 'at_store', problems: [] });
    expect(chargeOf(of)).toBeNull();
  });

  it('shares one currency: the session’s where a store has it, else that of the first; stores in another are paid later', () => {
    const mixed = [store('eur', { currency: 'EUR' }), store('usd'), store('other', { currency: 'EUR' })];
    const ofUsd = session(mixed);
    expect(paymentCurrencyOf(ofUsd)).toBe('USD');
    settle(ofUsd);
    expect(ofUsd.stores.map((one) => one.settlement)).toEqual(['pay_later', 'pay_now', 'pay_later']);
    expect(ofUsd.stores[0]!.problems).toMatchObject([{ code: 'pay_now_not_offered', reason: 'other_currency' }]);
    expect(paymentCurrencyOf(session(mixed, 'VES'))).toBe('EUR');
  });

  it('does not look at stores that are left out, which may be paid now once they are in', () => {
    const of = session([store('out', { included: false, currency: 'EUR' }), store('in')]);
    expect(paymentCurrencyOf(of)).toBe('USD');
    expect(paymentCurrencyOf(session([store('out', { included: false, currency: 'EUR' })]))).toBeNull();
    expect(settlementOptionsOf(session([of.stores[0]!]), of.stores[0]!)).toEqual(['pay_now', 'pay_later']);
  });

  it('charges the sum of what is due now, and nothing for what costs nothing', () => {
    const now = { settlement: 'pay_now' } as const;
    const of = session([
      store('a', now),
      store('b', { ...now, totalCents: 995 }),
      store('free', { ...now, totalCents: 0 }),
      store('later'),
      store('out', { ...now, included: false }),
    ]);
    expect(chargeOf(of)).toEqual({
      ...{ currency: 'USD', amountCents: 2495 },
      shares: [
        { storeId: 'a', amountCents: 1500 },
        { storeId: 'b', amountCents: 995 },
      ],
    });
    expect(chargeOf(session([store('free', { ...now, totalCents: 0 })]))).toBeNull();
  });
});
