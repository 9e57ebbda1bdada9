import { dayIn, momentIn, statusInWords } from './reading';

describe('What carriers write', () => {
  it.each([
    ['2026-11-26T10:00:00-05:00', '2026-11-26T15:00:00.000Z'],
    ['2026-11-26T10:00:00-0500', '2026-11-26T15:00:00.000Z'],
    ['2026-11-26T10:00:00Z', '2026-11-26T10:00:00.000Z'],
    ['2026-11-26 10:00', '2026-11-26T10:00:00.000Z'],
    ['2026-11-26', '2026-11-26T00:00:00.000Z'],
  ])('is a moment: %s', (text, moment) => expect(momentIn(text)?.toISOString()).toBe(moment));

  it('is none where it is no time', () => {
    for (const text of [null, '', 'today', '2026-13-45', '26.11.2026', '2026-11-26T99:00:00Z'])
      expect(momentIn(text)).toBeNull();
    expect([dayIn('2026-11-26T23:59:00'), dayIn('soon'), dayIn('2026-19-01')]).toEqual(['2026-11-26', null, null]);
  });

  it.each([
    [
      'out_for_delivery',
      'Out For Delivery Today|On FedEx vehicle for delivery|Shipment is out with courier for delivery|En reparto',
    ],
    ['delivered', 'DELIVERED|Delivered, Left with Individual|Entregado'],
    [
      'exception',
      'Delivery attempted; recipient not home|Delivery exception|Notice Left (No Authorized Recipient Available)|Held at customs|Not delivered',
    ],
    ['returned', 'Returned to shipper.|Returning package to shipper|Returned to Sender|Return to sender processed'],
    [
      'pre_transit',
      'Shipping Label Created, USPS Awaiting Item|Shipper created a label, UPS has not received the package yet.|Shipment information received',
    ],
    ['in_transit', 'Departed from Facility|Arrived at hub|Clearance processing complete'],
  ])('means %s by its words', (status, all) => {
    for (const words of all.split('|')) expect([words, statusInWords(words)]).toEqual([words, status]);
  });
});
