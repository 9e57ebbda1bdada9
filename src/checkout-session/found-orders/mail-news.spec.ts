import type { MailFinding, MailKind } from '../../store-integrations';
import { newsOf } from './mail-news';

const AT = '2026-11-26T12:00:00.000Z';
const parcel = { carrier: 'ups', trackingNumber: '1Z999AA10123456784', trackingUrl: null };
const news = (kind: MailKind, more: Partial<MailFinding> = {}) => {
  const told: MailFinding = {
    ...{ kind, store: { name: 'Old Navy', domain: 'oldnavy.example' }, carrier: null, orderNumber: 'A-1', total: null },
    ...{ items: [], estimatedDelivery: null, parcels: [], isPartial: false, refundedCents: null, clickIds: [] },
    ...{ at: AT, confidence: 0.9, evidence: [], ...more },
  };
  return newsOf({ kind, told });
};

describe('What a mail tells an order', () => {
  it.each<[MailKind, Partial<MailFinding>, object]>([
    ['ordered', {}, { status: null, parcels: [], cancelled: false }],
    ['shipped', { parcels: [parcel] }, { status: 'shipped', parcels: [{ ...parcel, status: 'in_transit' }] }],
    ['shipped', { parcels: [parcel], isPartial: true }, { status: 'processing', parcels: [{ status: 'in_transit' }] }],
    ['shipped', {}, { status: 'shipped', parcels: [] }],
    ['out_for_delivery', {}, { status: null, parcels: [{ trackingNumber: null, status: 'out_for_delivery' }] }],
    ['delivered', { parcels: [parcel] }, { status: null, parcels: [{ ...parcel, status: 'delivered' }] }],
    ['delivered', {}, { status: 'delivered', parcels: [{ trackingNumber: null, status: 'delivered' }] }],
    ['delayed', { parcels: [parcel] }, { status: null, parcels: [{ status: 'pre_transit', events: [] }] }],
    ['exception', { parcels: [parcel] }, { status: null, parcels: [{ status: 'exception' }] }],
    ['cancelled', {}, { cancelled: true, parcels: [] }],
    ['cancelled', { isPartial: true }, { cancelled: false }],
    ['refunded', { refundedCents: 900 }, { refundedCents: 900, status: null, cancelled: false }],
    ['returned', {}, { status: 'returned', parcels: [] }],
  ])('that it is %s, %j', (kind, more, told) => {
    expect(news(kind, more)).toMatchObject({ source: 'mail', at: AT, ...told });
  });

  it('is only of the parcel where a carrier wrote it', () => {
    const by = { carrier: 'ups', parcels: [{ ...parcel, carrier: null }] };
    for (const kind of ['shipped', 'delivered', 'returned'] as const) {
      const { status, parcels } = news(kind, by);
      expect(status).toBeNull();
      expect(parcels).toMatchObject([{ carrier: 'ups', trackingNumber: parcel.trackingNumber }]);
    }
  });

  it('is never that a carrier has cancelled the order, or paid it back', () => {
    for (const kind of ['cancelled', 'refunded', 'returned'] as const)
      expect(news(kind, { carrier: 'ups', refundedCents: 900 })).toMatchObject({
        ...{ cancelled: false, refundedCents: null, status: null },
      });
  });

  it('has days on which it is to come', () => {
    const estimatedDelivery = { from: '2026-11-28', to: '2026-11-30' };
    expect(news('delayed', { estimatedDelivery })).toMatchObject({ estimatedDelivery, parcels: [] });
  });
});
