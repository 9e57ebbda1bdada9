import { LANGUAGES } from '../../platform/http';
import { KINDS, worded, type Facts } from './words';

const facts: Facts = {
  ...{ side: 'buyer', store: 'Casa Lola', goods: 'Linen shirt (M)', orderNumber: 'M-7K3QF-92XTB' },
  ...{ amount: { amount: 900, currency: 'USD' }, was: { amount: 1000, currency: 'USD' }, available: 3, threshold: 5 },
};

describe('A notification', () => {
  it.each(KINDS)('of kind %s is worded in each language for each side, with nothing left open', (kind) => {
    for (const side of ['buyer', 'merchant'] as const) {
      const texts = LANGUAGES.map((language) => worded(language, kind, { ...facts, side }));
      for (const { title, body } of texts) {
        expect(title).toMatch(/M-7K3QF-92XTB|Casa Lola|Linen shirt|your mailbox|tu buzón/);
        expect(body).not.toBe('');
        expect(title + body).not.toMatch(/undefined|null|NaN|\[object/);
      }
      expect(new Set(texts.map(({ title }) => title)).size).toBe(LANGUAGES.length);
    }
  });

  it.each(KINDS)('of kind %s can be told without anything but the store', (kind) => {
    const bare: Facts = { side: 'buyer', store: 'Casa Lola', goods: '' };
    for (const language of LANGUAGES) {
      const { title, body } = worded(language, kind, bare);
      expect(title + body).not.toMatch(/undefined|null|NaN|\[object/);
    }
  });

  it('says amounts in the way of its language', () => {
    const { body: english } = worded('en', 'change_proposed', facts);
    const { body: spanish } = worded('es', 'change_proposed', facts);
    expect(english).toBe('Casa Lola proposes a change: $9.00 in the place of $10.00. Accept or refuse it.');
    expect(spanish.replace(/\s/gu, ' ')).toBe(
      'Casa Lola propone un cambio: 9,00 US$ en lugar de 10,00 US$. Acéptalo o recházalo.',
    );
  });

  it('of a kind that this version does not know says that there is news', () => {
    expect(worded('en', 'order_sung', facts)).toEqual({ title: 'News of order M-7K3QF-92XTB', body: '' });
    expect(worded('es', 'store_danced', { ...facts, orderNumber: undefined }).title).toBe('Novedades de Casa Lola');
  });
});
