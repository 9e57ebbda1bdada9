import { AnswerReader, BadAnswer } from '../answer-reader';
import { readAvailability } from './catalog-answer';

const LINES = ['a', 'b', 'c', 'd'].map((id) => ({ itemId: `item-${id}`, externalId: id, quantity: 1 }));
const variant = (id: string, changes: object = {}) => ({
  id,
  title: id,
  description: { plain: id },
  price: { amount: 500, currency: 'USD' },
  inputs: [{ id, match: 'exact' }],
  ...changes,
});
const read = (...variants: object[]) =>
  readAvailability(new AnswerReader({ products: [{ id: 'p', variants }] }), LINES, 'USD');

describe('A look-up in a store’s catalogue', () => {
  it('says of each line what it costs and whether there is some', () => {
    expect(
      read(
        variant('a'),
        variant('b', { availability: { available: false, status: 'out_of_stock' } }),
        variant('c', { availability: { available: true }, price: { amount: 7, currency: 'EUR' } }),
      ),
    ).toEqual([
      { itemId: 'item-a', priceCents: 500, available: null },
      { itemId: 'item-b', priceCents: 500, available: 0 },
      { itemId: 'item-c', priceCents: null, available: null },
      { itemId: 'item-d', priceCents: null, available: 0 },
    ]);
  });

  it('answers to other names of the same goods, but not with what only stands for them', () => {
    const found = read(
      variant('x', { inputs: [{ id: 'a' }, { id: 'b', match: 'exact' }] }),
      variant('y', { inputs: [{ id: 'c', match: 'featured' }] }),
    );
    expect(found.map(({ priceCents }) => priceCents)).toEqual([500, 500, null, null]);
  });

  it('is refused for goods that are sold by measure, and for figures that are none', () => {
    expect(() => read(variant('a', { quantity_unit: { unit: 'KGM', display_text: 'kg' } }))).toThrow(
      'refused: sold_by_measure',
    );
    expect(() => read(variant('a', { price: { amount: -1, currency: 'USD' } }))).toThrow(BadAnswer);
  });
});
