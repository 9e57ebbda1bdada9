import { UNREADABLE, moneyIn, readValue } from './read-value';

const USD = { currency: 'USD' };

describe('an amount', () => {
  it.each([
    ['$89.00', 8_900],
    ['Total: $1,234.50', 123_450],
    ['USD 12', 1_200],
    ['$ 5.95 plus tax', 595],
    ['-$5.00', -500],
    ['−$5.00', -500],
    ['($5.00)', -500],
    ['1 234.50', 123_450],
    ['$0.00', 0],
  ])('%s', (text, cents) => {
    expect(moneyIn(text, USD)).toBe(cents);
  });

  it('is written as the shop writes it, in its currency', () => {
    expect(moneyIn('1.234,50 €', { currency: 'EUR', decimal: ',' })).toBe(123_450);
    expect(moneyIn('¥1,234', { currency: 'JPY' })).toBe(1_234);
    expect(moneyIn('12.345 KWD', { currency: 'KWD' })).toBe(12_345);
  });

  it.each(['', 'free', '$10.00 $12.00', 'was $10.00, now $8.00', '$1.2.3', '$10.5', '$1.234', '$9999999999999.00'])(
    'is not guessed: %s',
    (text) => {
      expect(moneyIn(text, USD)).toBeNull();
    },
  );
});

describe('a reading', () => {
  it('has nothing in it that cannot be written down', () => {
    const text = { as: 'text' } as const;
    expect(readValue('A\u0000-1\ud800\u202e', text, USD)).toBe('A-1\ufffd');
    expect(readValue('\u0000', text, USD)).toBeNull();
  });

  it.each(['Dec 3, 1066', '+275760-09-13T00:00:00Z', 'Dec 3, 9999'])('is of no day that is none: %s', (said) => {
    for (const as of ['date', 'time'] as const) expect(readValue(said, { as }, USD)).toBe(UNREADABLE);
  });

  it.each(['https://ada:secret@shop.example/', 'javascript:alert(1)', '/orders/1'])('is no address: %s', (said) => {
    expect(readValue(said, { as: 'url' }, USD)).toBe(UNREADABLE);
  });

  it.each([
    ['Dec 3, 2026', '2026-12-03'],
    ['Thursday, December 3rd, 2026', '2026-12-03'],
    ['2026-12-03', '2026-12-03'],
    ['2026-12-03T23:30:00Z', '2026-12-03'],
    ['3 December 2026', '2026-12-03'],
  ])('of a day: %s', (text, day) => {
    expect(readValue(text, { as: 'date' }, USD)).toBe(day);
  });

  it('of a time is RFC 3339', () => {
    expect(readValue('2026-12-03T10:00:00+01:00', { as: 'time' }, USD)).toBe('2026-12-03T09:00:00.000Z');
    expect(readValue('Dec 3, 2026 10:15 AM', { as: 'time' }, USD)).toBe('2026-12-03T10:15:00.000Z');
  });

  it('of a day without a year, of two numbers, of a script for an address is unreadable', () => {
    expect(readValue('December 3', { as: 'date' }, USD)).toBe(UNREADABLE);
    expect(readValue('2 of 3', { as: 'integer' }, USD)).toBe(UNREADABLE);
    expect(readValue('javascript:alert(1)', { as: 'url' }, USD)).toBe(UNREADABLE);
    expect(readValue('soon', { as: 'money' }, USD)).toBe(UNREADABLE);
  });

  it('of words means what the recipe says; other words mean nothing', () => {
    const words = { 'On its  way': 'shipped' };
    expect(readValue(' on its way', { as: 'text', words }, USD)).toBe('shipped');
    expect(readValue('lost at sea', { as: 'text', words }, USD)).toBeNull();
    expect(readValue('FREE', { as: 'money', words: { free: '0' } }, USD)).toBe(0);
  });

  it('of nothing is nothing', () => {
    expect(readValue(null, { as: 'text' }, USD)).toBeNull();
    expect(readValue('', { as: 'money' }, USD)).toBeNull();
  });
});
