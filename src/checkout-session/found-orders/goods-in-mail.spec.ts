import fc from 'fast-check';
import { goodsInMail } from './goods-in-mail';

const shirt = { name: 'Linen shirt', quantity: 2, unitPriceCents: 1500 };

describe('Amounts of an order that a mail tells of', () => {
  it('are those of the goods and the total, and what lies between has a place of its own', () => {
    expect(goodsInMail({ items: [shirt], total: { cents: 3595, currency: 'EUR' } }, 'Order', 'USD')).toEqual({
      ...{ items: [shirt], currency: 'EUR', subtotalCents: 3000, discountCents: 0, otherCents: 595, totalCents: 3595 },
    });
  });

  it('are a discount where the total is less than the goods', () => {
    const { discountCents, otherCents } = goodsInMail(
      { items: [shirt], total: { cents: 2500, currency: 'USD' } },
      'Order',
      'USD',
    );
    expect([discountCents, otherCents]).toEqual([500, 0]);
  });

  it('are of one nameless thing where no goods are named, and of the goods alone where there is no total', () => {
    const nameless = goodsInMail({ items: [], total: { cents: 900, currency: 'USD' } }, 'Order 7', 'USD');
    expect(nameless).toMatchObject({ items: [{ name: 'Order 7', quantity: 1, unitPriceCents: 900 }], totalCents: 900 });
    expect(goodsInMail({ items: [shirt], total: null }, 'Order', 'CAD')).toMatchObject({
      ...{ currency: 'CAD', totalCents: 3000, otherCents: 0, discountCents: 0 },
    });
  });

  it('add up, whatever a mail says', () => {
    const price = fc.option(fc.integer({ min: -100, max: 1_000_000 }));
    const item = fc.record({ name: fc.string(), quantity: fc.integer({ min: -1, max: 5_000 }), unitPriceCents: price });
    const total = fc.option(fc.record({ cents: fc.nat(10_000_000), currency: fc.constant('USD') }));
    fc.assert(
      fc.property(fc.array(item, { maxLength: 120 }), total, (items, amount) => {
        const goods = goodsInMail({ items, total: amount }, 'Order', 'USD');
        const sum = goods.items.reduce((all, { quantity, unitPriceCents }) => all + quantity * unitPriceCents, 0);
        expect(sum).toBe(goods.subtotalCents);
        expect(goods.totalCents).toBe(goods.subtotalCents - goods.discountCents + goods.otherCents);
        expect(goods.items.every(({ quantity }) => quantity > 0)).toBe(true);
        expect(Math.min(goods.totalCents, goods.discountCents, goods.otherCents)).toBeGreaterThanOrEqual(0);
        if (amount) expect(goods.totalCents).toBe(amount.cents);
      }),
    );
  });
});
