import { countryIn, daysIn, momentIn, moneyIn } from './format';

/** Spaces of any kind as one: versions of ICU differ there. */
const spaced = (text: string) => text.replace(/\s+/gu, ' ');

describe('moneyIn', () => {
  it.each([
    ['en', 35193, 'USD', '$351.93'],
    ['es', 123456, 'USD', '1234,56 US$'],
    ['en', 5000, 'JPY', '¥5,000'],
    ['en', 7, 'CLP', 'CLP 7'],
    ['en', 12345, 'KWD', 'KWD 12.345'],
    ['en', 1500, 'IQD', 'IQD 1.500'],
    ['en', 5, 'USD', '$0.05'],
    ['en', -500, 'USD', '-$5.00'],
    ['en', 0, 'VES', 'VES 0.00'],
    ['en', 9007199254740991, 'USD', '$90,071,992,547,409.91'],
  ] as const)('writes in %s: %i %s', (language, amount, currency, written) => {
    expect(spaced(moneyIn(language, { amount, currency }))).toBe(written);
  });
});

describe('dates', () => {
  it('stand in the order of the language, and one day stands alone', () => {
    expect(daysIn('en', { from: '2026-11-25', to: '2026-11-25' })).toBe('November 25, 2026');
    expect(daysIn('es', { from: '2026-11-25', to: '2026-11-25' })).toBe('25 de noviembre de 2026');
    expect(spaced(daysIn('en', { from: '2026-11-25', to: '2026-11-28' }))).toBe('November 25 – 28, 2026');
    expect(spaced(daysIn('es', { from: '2026-12-30', to: '2027-01-02' }))).toMatch(/^30 de diciembre de 2026.*2027$/);
  });

  it('do not move with the time zone of the process', () => {
    expect(momentIn('en', new Date('2026-11-25T23:30:00Z'))).toMatch(/^November 25, 2026.*11:30\sPM UTC$/);
    expect(momentIn('es', new Date('2026-11-25T23:30:00Z'))).toMatch(/^25 de noviembre de 2026.*23:30 UTC$/);
  });
});

describe('countryIn', () => {
  it('names a country, or gives its code back', () => {
    expect([countryIn('en', 'US'), countryIn('es', 'US'), countryIn('en', 'ZZ')]).toEqual([
      ...['United States', 'Estados Unidos', 'Unknown Region'],
    ]);
  });
});
