import { codeFrom } from './store-code';

describe('A code of a store', () => {
  it.each(['out_of_stock', 'Z3005', 'payment.declined', 'urn:shop:gone', 'x'.repeat(64)])(
    'is taken as it is: %s',
    (code) => {
      expect(codeFrom(code, 'other')).toBe(code);
    },
  );

  it.each([null, '', 'Ana Reyes is not known', 'ana@example.com', '_', 'Señor', 'a\nb', 'x'.repeat(65)])(
    'is none where it is a text: %j',
    (code) => {
      expect(codeFrom(code, 'other')).toBe('other');
    },
  );
});
