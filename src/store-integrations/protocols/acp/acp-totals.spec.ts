import { AnswerReader } from '../answer-reader';
import { addUp, totalsOf } from './acp-totals';

const read = (...entries: [type: string, amount: unknown][]) =>
  totalsOf(
    AnswerReader.parse(
      Buffer.from(JSON.stringify(entries.map(([type, amount]) => ({ type, display_text: type, amount })))),
    ),
  );
const added = (goodsCents: number, ...entries: [string, number][]) => addUp(read(...entries), goodsCents);

describe('the totals of an ACP checkout', () => {
  it('are what the goods cost, less what is taken off, and what comes on top', () => {
    const sums = added(
      5000,
      ['subtotal', 5000],
      ['discount', 1000],
      ['fulfillment', 599],
      ['tax', 40],
      ['total', 4639],
    );
    expect(sums).toEqual({
      ...{ subtotalCents: 5000, discountCents: 1000, shippingCents: 599, fees: [], taxCents: 40, totalCents: 4639 },
    });
  });

  it('take discounts of lines for what they are, however many there are', () => {
    const goods: [string, number][] = [
      ['items_base_amount', 209_800],
      ['items_discount', 41_960],
      ['items_discount', 500],
    ];
    const sums = added(
      209_800,
      ...goods,
      ['subtotal', 167_340],
      ['fulfillment', 1999],
      ['tax', 13_470],
      ['total', 182_809],
    );
    expect(sums).toMatchObject({ subtotalCents: 209_800, discountCents: 42_460, totalCents: 182_809 });
  });

  it('may have a discount that the subtotal, or the delivery, contains already', () => {
    const contained = added(
      1100,
      ['items_base_amount', 1100],
      ['discount', 50],
      ['subtotal', 1050],
      ['tax', 105],
      ['fulfillment', 150],
      ['total', 1305],
    );
    expect(contained).toMatchObject({ subtotalCents: 1100, discountCents: 50, totalCents: 1305 });
    expect(added(5697, ['subtotal', 5697], ['fulfillment', 0], ['discount', 599], ['total', 5697])).toMatchObject({
      ...{ discountCents: 0, totalCents: 5697 },
    });
  });

  it('have fees, gift wrap and tips by name, and the shopper’s credit taken off', () => {
    const sums = added(
      300,
      ['subtotal', 300],
      ['fee', 50],
      ['gift_wrap', 100],
      ['tip', 10],
      ['store_credit', -60],
      ['total', 400],
    );
    expect(sums.fees.map(({ code, amountCents }) => [code, amountCents])).toEqual([
      ...[
        ['fee', 50],
        ['gift_wrap', 100],
        ['tip', 10],
      ],
    ]);
    expect(sums).toMatchObject({ discountCents: 60, totalCents: 400 });
  });

  it.each<[string, number, [string, number][]]>([
    [
      'do not add up',
      300,
      [
        ['subtotal', 300],
        ['tax', 30],
        ['total', 331],
      ],
    ],
    [
      'leave out what they charge',
      300,
      [
        ['subtotal', 300],
        ['total', 400],
      ],
    ],
    ['have no total', 300, [['subtotal', 300]]],
    [
      'have two totals',
      300,
      [
        ['subtotal', 300],
        ['total', 300],
        ['total', 300],
      ],
    ],
    [
      'charge more for the goods than the lines say',
      300,
      [
        ['subtotal', 400],
        ['total', 400],
      ],
    ],
    [
      'give delivery for less than nothing',
      300,
      [
        ['subtotal', 300],
        ['fulfillment', -100],
        ['total', 200],
      ],
    ],
    [
      'have a kind of money that nobody knows',
      300,
      [
        ['subtotal', 300],
        ['duty', 5],
        ['total', 305],
      ],
    ],
  ])('are refused where they %s', (_, goods, entries) => {
    expect(() => added(goods, ...entries)).toThrow(/^\$/);
  });

  it('are whole numbers', () => {
    expect(() => read(['total', 1.5])).toThrow(/an integer/);
    expect(() => read(['total', '300'])).toThrow(/an integer/);
  });
});
