import fc from 'fast-check';
import { carriersInText, numbersInText } from './numbers-in-text';

const found = (text: string, carriers: Parameters<typeof numbersInText>[1] = {}) =>
  numbersInText(text, carriers).map(({ carrier, trackingNumber }) => `${carrier} ${trackingNumber}`);

describe('Tracking numbers in a text', () => {
  it.each([
    ['Your package is on its way! Tracking number: 1Z 5R8 939 03 5756 7127', ['ups 1Z5R89390357567127']],
    ['Número de seguimiento: 9400 1112 0108 0805 4830 16. Gracias por tu compra.', ['usps 9400111201080805483016']],
    ['USPS Tracking® 420 22153 9101 0268 3733 1000 0395 21', ['usps 420221539101026837331000039521']],
    ['Carrier: FedEx\nTracking ID: 7905 3531 2317', ['fedex 790535312317']],
    ['Shipped with DHL Express, waybill 3318810025, due Friday', ['dhl 3318810025']],
    ['Votre colis RB 123 456 785 GB est en route (Royal Mail)', ['royal_mail RB123456785GB']],
    ['Two parcels: 1Z5R89390357567127, TBA502887274000.', ['ups 1Z5R89390357567127', 'amazon TBA502887274000']],
    ['1Z5R89390357567127 and again 1z5r89390357567127', ['ups 1Z5R89390357567127']],
    ['Your Canada Post tracking number is 1234567890123452.', ['canada_post 1234567890123452']],
    ['Guía DHL: 3318810025', ['dhl 3318810025']],
  ])('are found with what stands beside them: %s', (text, numbers) => {
    expect(found(text)).toEqual(numbers);
  });

  it.each([
    'Order number: 790535312317. Shipped with FedEx soon.',
    'Pedido nº 3318810025, lo enviaremos con DHL.',
    'Call FedEx at 1-800-463-3339 or 18004633339.',
    'FedEx customer service: +1 8004633339',
    'Paid 1764164102 on 1764164102000, card 4111111111111111',
    'Track your order 112-7905353-1231700 at https://store.example/o/790535312317',
    'Thank you for your order 790535312317!',
    'Our sign-ups and follow-ups: 790535312317',
    'Order 3318810025: track it with your account number 3318810036, DHL',
  ])('are not: %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('of bare digits count in a mail of their carrier beside the word for them', () => {
    const text = 'Tracking number\n\n790535312317\nShip date Nov 26';
    expect(found(text)).toEqual([]);
    expect(found(text, { carriers: ['fedex'] })).toEqual(['fedex 790535312317']);
    expect(found('Reference 790535312317', { carriers: ['fedex'] })).toEqual([]);
  });

  it('do not take their carriers from other words', () => {
    expect(carriersInText('Zoom in, sign-ups, gls, a post about Hermes bags, sus correos electrónicos')).toEqual([]);
    expect(carriersInText('Sent by UPS or Fedex; US Postal Service; Correos')).toEqual([
      'ups',
      'usps',
      'fedex',
      'correos',
    ]);
  });

  it('are looked for in bounded time, in any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => Array.isArray(numbersInText(text))));
    const began = process.cpuUsage();
    for (const text of [
      '1'.repeat(400_000),
      '1 '.repeat(200_000),
      '3318810025 '.repeat(40_000),
      '1Z '.repeat(150_000),
      'A1'.repeat(200_000),
    ])
      expect(numbersInText(text, { carriers: ['dhl'] }).length).toBeLessThan(3);
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(10);
  });
});
