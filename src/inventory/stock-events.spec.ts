import { stockEvents } from './stock-events';

const move = (before: number, after: number, alertThreshold: number | null = null) => ({
  variantId: '0190d5a0-0000-7000-8000-000000000001',
  storeId: '0190d5a0-0000-7000-8000-000000000002',
  alertThreshold,
  before,
  after,
});
const types = (before: number, after: number, alertThreshold: number | null = null) =>
  stockEvents(move(before, after, alertThreshold)).map((event) => event.type);

describe('stockEvents', () => {
  it('says nothing while stock stays on the same side', () => {
    expect(types(10, 7)).toEqual([]);
    expect(types(10, 7, 5)).toEqual([]);
    expect(types(4, 3, 5)).toEqual([]);
    expect(types(0, -2)).toEqual([]);
  });

  it('says once that stock has fallen to its threshold', () => {
    expect(types(6, 5, 5)).toEqual(['inventory.low']);
    expect(types(5, 6, 5)).toEqual([]);
  });

  it('says that stock ran out, and that there is some again', () => {
    expect(types(1, 0)).toEqual(['inventory.stock_changed']);
    expect(types(-1, 3)).toEqual(['inventory.stock_changed']);
    expect(types(8, -1, 2)).toEqual(['inventory.low', 'inventory.stock_changed']);
  });

  it('never tells of less than none', () => {
    expect(stockEvents(move(2, -3))[0]?.payload).toMatchObject({ available: 0, inStock: false });
  });
});
