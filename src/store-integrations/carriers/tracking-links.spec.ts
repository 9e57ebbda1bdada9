import { CARRIERS, carrierOfHost, type CarrierCode } from './carriers';
import { numberInLink, trackingLink } from './tracking-links';

describe('A link to where a parcel can be followed', () => {
  it.each(Object.entries(CARRIERS).filter(([, { page }]) => page !== null))(
    'leads to the page of %s',
    (code, { name, page }) => {
      const link = trackingLink(name, 'AB 12/3?4')!;
      expect(link).toBe(`${page}AB12%2F3%3F4`);
      const { protocol, hostname } = new URL(link);
      expect([protocol, code === 'amazon' || code === 'dhl_ecommerce' || carrierOfHost(hostname)]).toEqual([
        'https:',
        expect.anything(),
      ]);
    },
  );

  it('leads to whom the number names where the carrier is not known, and nowhere for bare digits', () => {
    expect(trackingLink('Nordstrom', '1Z5R89390357567127')).toContain('ups.com');
    expect(trackingLink('the boutique’s own van', '790535312317')).toBeNull();
    expect(trackingLink('MRW', '790535312317')).toBeNull();
  });

  it.each([
    [
      'ups',
      '1Z5R89390357567127',
      'https://www.ups.com/track?loc=en_US&tracknum=1Z5R89390357567127&requester=ST/trackdetails',
    ],
    [
      'ups',
      '1Z5R89390357567127',
      'https://wwwapps.ups.com/WebTracking/track?track=yes&trackNums=1Z5R89390357567127%0D%0A',
    ],
    [
      'usps',
      '9400111201080805483016',
      'https://tools.usps.com/go/TrackConfirmAction?qtc_tLabels1=9400111201080805483016',
    ],
    [
      'usps',
      '9400111201080805483016',
      'https://tools.usps.com/go/TrackConfirmAction_input?origTrackNum=9400%201112%200108%200805%204830%2016',
    ],
    [
      'fedex',
      '790535312317',
      'https://www.fedex.com/apps/fedextrack/?action=track&trackingnumber=790535312317&cntry_code=us',
    ],
    ['fedex', '790535312317', 'https://www.fedex.com/fedextrack/?trknbr=790535312317&trkqual=2459'],
    ['dhl', '3318810025', 'https://www.dhl.com/us-en/home/tracking.html?tracking-id=3318810025&submit=1'],
    ['royal_mail', 'RB123456785GB', 'https://www.royalmail.com/track-your-item#/tracking-results/RB123456785GB'],
    [
      'canada_post',
      '1234567890123452',
      'https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor=1234567890123452',
    ],
    ['ontrac', 'C11031500001879', 'https://www.ontrac.com/tracking/?number=C11031500001879'],
    ['lasership', 'LX17635036', 'https://www.lasership.com/track/LX17635036'],
    [
      'correos',
      'XYZ12345678',
      'https://www.correos.es/es/es/herramientas/localizador/envios/detalle?tracking-number=XYZ12345678',
    ],
  ] satisfies [CarrierCode, string, string][])('of %s carries the number %s', (carrier, trackingNumber, url) => {
    expect(numberInLink(url)).toEqual({ carrier, trackingNumber });
  });

  it('carries none where it leads elsewhere, or to a page without one', () => {
    for (const url of [
      'https://www.ups.com/us/en/Home.page',
      'https://www.fedex.com/en-us/customer-support.html?phone=18004633339',
      'https://ups.com.evil.example/track?tracknum=1Z5R89390357567127',
      'https://store.example/orders/790535312317',
      'not an address',
      'https://www.ups.com/%E0%A4%A',
    ])
      expect([url, numberInLink(url)]).toEqual([url, null]);
  });
});
