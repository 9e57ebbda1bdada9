import { hiddenTexts } from './hidden-texts';

describe('What nobody may see in a trail', () => {
  const hidden = hiddenTexts(
    {
      credentials: { username: 'ana.reyes@shop.example', password: 'a passphrase' },
      address: {
        ...{ name: 'Ana Maria Reyes', line1: '2100 Guadalupe St', city: 'Austin', region: 'TX', country: 'US' },
        ...{ postalCode: '78705', phone: '+1 512 555 0199' },
      },
      contact: { email: 'other@example.com' },
    },
    ['314159'],
  );

  it.each([
    ...['ana.reyes@shop.example', 'a passphrase', '2100 Guadalupe St', '78705', 'other@example.com', '314159'],
    // What pages make of it.
    ...['Ana', 'Reyes', 'other', '(512) 555-0199', '512-555-0199', '5125550199', '15125550199'],
  ])('holds %s', (text) => expect(hidden).toContain(text));

  it('holds nothing empty', () => expect(hidden).not.toContain(''));
});
