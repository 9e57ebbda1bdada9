import { MalformedRates, readRates } from './exchange-rate-source';

describe('readRates', () => {
  it('reads rates as text and as numbers', () => {
    const text = '{ "base": "USD", "rates": { "VES": "36.512345678901", "EUR": 0.92 }, "date": "2026-11-22" }';
    expect(readRates(text)).toEqual({ base: 'USD', rates: { VES: '36.512345678901', EUR: '0.92' } });
  });

  it.each([
    'no json',
    'null',
    '[]',
    '{}',
    '{ "base": "usd", "rates": { "VES": "1" } }',
    '{ "base": "USD", "rates": {} }',
    '{ "base": "USD", "rates": ["1"] }',
    '{ "base": "USD", "rates": { "ves": "1" } }',
    '{ "base": "USD", "rates": { "VES": "0" } }',
    '{ "base": "USD", "rates": { "VES": -1 } }',
    '{ "base": "USD", "rates": { "VES": 1e30 } }',
    '{ "base": "USD", "rates": { "VES": 1e-9 } }',
    '{ "base": "USD", "rates": { "VES": "1,5" } }',
    '{ "base": "USD", "rates": { "VES": null } }',
    '{ "base": "USD", "rates": { "EUR": "1", "VES": "x" } }',
  ])('refuses %s whole', (text) => {
    expect(() => readRates(text)).toThrow(MalformedRates);
  });
});
