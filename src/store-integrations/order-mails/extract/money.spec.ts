import { centsOf, habitsOf, isPrice, pricesIn } from './money';

const read = (text: string, dollar = 'USD') =>
  pricesIn(text, { dollar }).map(({ cents, currency, isNegative }) => `${isNegative ? '-' : ''}${cents} ${currency}`);

it.each([
  ['Total: $1,234.56', ['123456 USD']],
  ['1.234,56 €', ['123456 EUR']],
  ['1 234,56 €', ['123456 EUR']],
  ['USD $12.99', ['1299 USD']],
  ['$1,299.00 MXN', ['129900 MXN']],
  ['CA$ 10.00', ['1000 CAD']],
  ['JPY 1200', ['1200 JPY']],
  ['-$5.00 and ($2.50)', ['-500 USD', '-250 USD']],
  ['Qty 2 $4.00 $8.00', ['400 USD', '800 USD']],
  ['Preserving Jars 500ml', []],
  ['Order 112-4471903', []],
])('reads the amounts of %s', (text, expected) => expect(read(text)).toEqual(expected));

it('takes points for thousands where three digits follow, and a currency without cents as it is', () => {
  expect(read('$45.990', 'CLP')).toEqual(['45990 CLP']);
  expect(centsOf('45.990', 'USD')).toBe(4_599_000);
  expect(centsOf('45.99', 'CLP')).toBeNull();
});

it('knows an amount that stands alone from one in a sentence', () => {
  expect(isPrice('$ 12.00', { dollar: 'USD' })).toBe(true);
  expect(isPrice('only $12.00 left', { dollar: 'USD' })).toBe(false);
});

it('reads a dollar by the land that a mail comes from', () => {
  expect(habitsOf(['shop.com.mx'], '').dollar).toBe('MXN');
  expect(habitsOf(['shop.com'], 'Total $10.00 CAD').dollar).toBe('CAD');
  expect(habitsOf(['shop.com'], '').dollar).toBe('USD');
});
