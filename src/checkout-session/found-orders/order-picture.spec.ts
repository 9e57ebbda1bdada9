import type { MailFinding, MailKind, OpenFinding } from '../../store-integrations';
import { numberKey, pictureOf } from './order-picture';

const finding = (kind: MailKind, minutes: number, more: Partial<MailFinding> = {}, isProved = true): OpenFinding => {
  const at = new Date(Date.UTC(2026, 10, 26, 12, minutes));
  const told: MailFinding = {
    ...{
      kind,
      store: { name: null, domain: 'oldnavy.example' },
      carrier: null,
      orderNumber: null,
      total: null,
      items: [],
    },
    ...{
      estimatedDelivery: null,
      parcels: [],
      isPartial: false,
      refundedCents: null,
      clickIds: [],
      at: at.toISOString(),
    },
    ...{ confidence: 0.9, evidence: [], ...more },
  };
  return {
    ...{ id: `${kind}${minutes}`, userId: 'u', messageId: 'm', kind, storeDomain: 'oldnavy.example', isProved },
    ...{ confidence: Math.round(told.confidence * 100), occurredAt: at, status: 'offered', subjectId: 'f', told },
  };
};
const shirt = { name: 'Linen shirt', quantity: 1, unitPriceCents: 3999 };
const confirmed = finding('ordered', 0, {
  orderNumber: '#a1',
  total: { cents: 5298, currency: 'USD' },
  items: [shirt],
});
const sent = finding('shipped', 5, {
  ...{ items: [{ ...shirt, quantity: 9 }], total: { cents: 1, currency: 'USD' }, clickIds: ['c'], confidence: 0.99 },
});

describe('What several mails tell of one order', () => {
  it('is the confirmation’s goods and total, and the latest state, in whatever order they came', () => {
    for (const mails of [
      [confirmed, sent],
      [sent, confirmed],
    ])
      expect(pictureOf(mails)).toMatchObject({
        ...{ storeOrderNumber: '#a1', total: { cents: 5298 }, items: [shirt], clickIds: ['c'], isConfirmation: true },
        ...{ at: confirmed.occurredAt, latest: 'shipped', latestAt: sent.occurredAt, confidence: 99, isProved: true },
      });
  });

  it('is no confirmation without one, and has no goods of a part that was sent', () => {
    const part = finding('shipped', 1, { items: [shirt], isPartial: true });
    expect(pictureOf([part])).toMatchObject({ isConfirmation: false, items: [], latest: 'shipped' });
  });

  it('is proved only where every mail is', () => {
    expect(pictureOf([confirmed, finding('delivered', 9, {}, false)])?.isProved).toBe(false);
  });

  it('is nothing without mails', () => expect(pictureOf([])).toBeUndefined());
});

describe('A store’s number', () => {
  it.each(['A-1', '#a-1', ' # A-1 ', 'a- 1'])('%j is A-1', (written) => expect(numberKey(written)).toBe('A-1'));
});
