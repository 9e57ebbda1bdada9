import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { MoneyDto } from './money.dto';
import { money } from './money';

const faults = (value: object) => validateSync(plainToInstance(MoneyDto, value)).map((error) => error.property);

describe('MoneyDto', () => {
  it('takes whole minor units of a known currency', () => {
    expect(faults({ amount: 8900, currency: 'USD' })).toEqual([]);
    expect(faults({ amount: 0, currency: 'VES' })).toEqual([]);
    expect(faults({ amount: 1_000_000_000, currency: 'KWD' })).toEqual([]);
  });

  it.each([
    [{ amount: 1.5, currency: 'USD' }, ['amount']],
    [{ amount: -1, currency: 'USD' }, ['amount']],
    [{ amount: 1_000_000_001, currency: 'USD' }, ['amount']],
    [{ amount: '1', currency: 'USD' }, ['amount']],
    [{ amount: 1, currency: 'usd' }, ['currency']],
    [{ amount: 1, currency: 'QQQ' }, ['currency']],
    [{}, ['amount', 'currency']],
  ])('refuses %j', (value, properties) => {
    expect(faults(value)).toEqual(properties);
  });
});

describe('money', () => {
  it('refuses a sum that is no safe integer', () => {
    expect(() => money(2 ** 53, 'USD')).toThrow(RangeError);
    expect(money(5, 'USD')).toEqual({ amount: 5, currency: 'USD' });
  });
});
