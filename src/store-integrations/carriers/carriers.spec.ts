import { CARRIERS, carrierName, carrierOf, carrierOfHost, type CarrierCode } from './carriers';

describe('The name of a carrier', () => {
  it.each([
    [
      'ups',
      [
        'UPS',
        'ups',
        'U.P.S.',
        'UPS Ground',
        'UPS® 2nd Day Air',
        'United Parcel Service',
        'Shipped by UPS',
        'UPS-Mail Innovations',
      ],
    ],
    ['usps', ['USPS', 'USPS Priority Mail', 'U.S. Postal Service', 'United States Postal Service', 'US Mail']],
    ['fedex', ['FedEx', 'FEDEX', 'Fed Ex', 'FedEx Home Delivery', 'Federal Express', 'fedex_ground']],
    ['dhl', ['DHL', 'DHL Express', 'DHL Express Worldwide', 'Deutsche Post', 'DHL Paket']],
    [
      'dhl_ecommerce',
      ['DHL eCommerce', 'DHL e-commerce', 'dhl_ecommerce', 'DHL Global Mail', 'DHL eCommerce SmartMail Parcel'],
    ],
    ['ontrac', ['OnTrac', 'ON TRAC', 'ontrac ground']],
    ['lasership', ['LaserShip', 'Laser Ship']],
    ['amazon', ['Amazon', 'Amazon Logistics', 'AMZL', 'AMZL_US']],
    ['canada_post', ['Canada Post', 'canadapost', 'Canada Post / Postes Canada']],
    ['royal_mail', ['Royal Mail', 'ROYALMAIL', 'Royal Mail Tracked 24', 'Parcelforce']],
    ['correos', ['Correos', 'Correos Express']],
    ['laposte', ['La Poste', 'Colissimo', 'Chronopost']],
    ['post', ['Post']],
    ['zoom', ['ZOOM']],
  ] satisfies [CarrierCode, string[]][])('is %s, by whatever it is called', (code, names) => {
    for (const name of names) expect([name, carrierOf(name)]).toEqual([name, code]);
  });

  it.each([
    'Walmart',
    'Groups Inc',
    'Uppsala Cargo',
    'Zoom Video',
    'Posters and more',
    'the boutique’s own van',
    '',
    '…',
    '—',
  ])('is not known: %j', (name) => {
    expect(carrierOf(name)).toBeNull();
    expect(carrierName(` ${name} `)).toBe(name);
  });

  it('has one normal form', () => {
    expect(['ups ground', 'dhl_ecommerce', 'AMZL US', 'fedex'].map(carrierName)).toEqual([
      'UPS',
      'DHL eCommerce',
      'Amazon Logistics',
      'FedEx',
    ]);
    for (const { name } of Object.values(CARRIERS)) expect(carrierName(carrierName(name))).toBe(name);
  });

  it('is told by the host of its site and mail, and by no look-alike', () => {
    expect(carrierOfHost('www.ups.com')).toBe('ups');
    expect(carrierOfHost('TOOLS.USPS.COM.')).toBe('usps');
    expect(carrierOfHost('fedex.com')).toBe('fedex');
    expect(carrierOfHost('mydhl.express.dhl.com')).toBe('dhl');
    for (const host of [
      'ups.com.example',
      'myups.com',
      'usps-track.com',
      'com',
      '',
      'amazon.com',
      'fedex.com.evil.org',
    ])
      expect([host, carrierOfHost(host)]).toEqual([host, null]);
  });
});
