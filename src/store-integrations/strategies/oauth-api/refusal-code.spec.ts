import { refusalCodeOf } from './refusal-code';

describe('A store’s word for why it takes no order', () => {
  it.each([
    ['out_of_stock', 'out_of_stock'],
    ['item_unavailable', 'out_of_stock'],
    ['quantity_exceeded', 'stock_short'],
    ['insufficient_stock', 'stock_short'],
    ['PriceChanged', 'price_changed'],
    ['card_declined', 'payment_declined'],
    ['payment_declined', 'payment_declined'],
    ['instrument_unknown', 'payment_declined'],
    ['address_undeliverable', 'address_undeliverable'],
    ['Shipping-Region', 'address_undeliverable'],
    ['eligibility_invalid', 'refused_by_store'],
    ['http_403', 'refused_by_store'],
    ['', 'refused_by_store'],
  ])('%s is %s', (word, code) => {
    expect(refusalCodeOf(word)).toBe(code);
  });
});
