import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { minorDigits } from '../../src/platform/money';

describe('Money on the pages of mailed links', () => {
  it('has as many decimals as on the server, in every currency', () => {
    const source = readFileSync(join(__dirname, '../../src/notifications/pages/pages.js'), 'utf8');
    const table = /const DIGITS = (Object\.fromEntries\(\[[\s\S]*?\]\));/.exec(source)![1]!;
    const digits = runInNewContext(table) as Record<string, number>;
    for (const currency of [
      ...Intl.supportedValuesOf('currency'),
      ...Object.keys(digits),
      'CLF',
      'UYW',
      'KWD',
      'JPY',
      'VES',
    ])
      expect([currency, digits[currency] ?? 2]).toEqual([currency, minorDigits(currency)]);
  });
});
