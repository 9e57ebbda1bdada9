import { InvalidField } from '../platform/http';
import { assertDistinctSkus, assertPageOfStore, assertPrices } from './goods-rules';

const usd = (amount: number) => ({ amount, currency: 'USD' });
const pointerOf = (work: () => void): string | undefined => {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidField) return error.errors[0]?.pointer;
    throw error;
  }
  return undefined;
};

describe('assertPrices', () => {
  const store = { currency: 'USD' };

  it('takes prices in the currency of the store', () => {
    expect(pointerOf(() => assertPrices(store, { price: usd(100), originalPrice: usd(100) }, ''))).toBeUndefined();
    expect(pointerOf(() => assertPrices(store, { originalPrice: null }, ''))).toBeUndefined();
    expect(pointerOf(() => assertPrices(store, { price: { amount: 1, currency: 'EUR' } }, '/variants/3'))).toBe(
      '/variants/3/price/currency',
    );
  });

  it('refuses an original price below the price', () => {
    expect(pointerOf(() => assertPrices(store, { price: usd(100), originalPrice: usd(99) }, ''))).toBe(
      '/originalPrice/amount',
    );
  });
});

describe('assertDistinctSkus', () => {
  it('points at the second variant of a SKU', () => {
    expect(pointerOf(() => assertDistinctSkus([{ sku: 'A' }, { sku: 'B' }]))).toBeUndefined();
    expect(pointerOf(() => assertDistinctSkus([{ sku: 'A' }, { sku: 'B' }, { sku: 'A' }]))).toBe('/variants/2/sku');
  });
});

describe('assertPageOfStore', () => {
  const partner = { kind: 'partner' as const, hosts: ['shop.example'] };

  it('takes a page on a host of a partner store', () => {
    expect(pointerOf(() => assertPageOfStore(partner, 'https://shop.example/p/1'))).toBeUndefined();
    expect(pointerOf(() => assertPageOfStore({ kind: 'merchant', hosts: [] }, null))).toBeUndefined();
  });

  it.each(['https://evil.example/p/1', 'https://shop.example@evil.example/', 'https://me:pw@shop.example/'])(
    'refuses %s',
    (url) => {
      expect(pointerOf(() => assertPageOfStore(partner, url))).toBe('/url');
    },
  );

  it('refuses a page of a merchant store', () => {
    expect(pointerOf(() => assertPageOfStore({ kind: 'merchant', hosts: [] }, 'https://shop.example/p/1'))).toBe(
      '/url',
    );
  });
});
