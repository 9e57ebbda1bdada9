import { TOLD_TYPES, threadEventOf } from './thread-events';

const occurredAt = new Date('2026-11-22T10:15:30Z');
const told = (type: string, payload: Record<string, unknown> = {}) => threadEventOf({ type, occurredAt, payload });
const newsFor = (type: string, payload: Record<string, unknown> = {}) => {
  const { countsForBuyer, countsForMerchant } = told(type, payload);
  return [countsForBuyer, countsForMerchant];
};
const BUYER = [true, false];
const MERCHANT = [false, true];
const BOTH = [true, true];
const NOBODY = [false, false];

describe('What a conversation tells of its orders', () => {
  it.each<[string, Record<string, unknown>, boolean[]]>([
    ['order.confirmed', {}, BUYER],
    ['order.shipped', {}, BUYER],
    ['order.cancelled', { by: 'buyer' }, MERCHANT],
    ['order.cancelled', { by: 'merchant' }, BUYER],
    ['order.cancelled', { by: 'system' }, BOTH],
    ['order.cancelled', {}, BOTH],
    ['order.delivered', {}, BUYER],
    ['order.delivered', { by: 'buyer' }, MERCHANT],
    ['order.marked_complete', { side: 'buyer' }, MERCHANT],
    ['order.marked_complete', { side: 'merchant' }, BUYER],
    ['order.marked_complete', { side: 'buyer', byTimer: true }, BOTH],
    ['order.change_proposed', {}, BUYER],
    ['order.change_accepted', {}, MERCHANT],
    ['order.change_applied', {}, BOTH],
    ['order.change_applied', { atOnce: true }, NOBODY],
    ['order.return_requested', {}, MERCHANT],
  ])('counts %s %j for those who did not do it', (type, payload, expected) =>
    expect(newsFor(type, payload)).toEqual(expected),
  );

  it('is news for somebody, whatever it is', () => {
    for (const type of TOLD_TYPES) expect([type, newsFor(type).includes(true)]).toEqual([type, true]);
  });

  it('keeps codes, ids and amounts, and nothing else of a payload', () => {
    const payload = { storeId: 's', carrier: 'UPS', parcelId: 'p', note: 'Ana lives here', code: 'x', totalAfter: 5 };
    expect(told('order.shipped', payload).event).toEqual({
      ...{ type: 'order.shipped', occurredAt: '2026-11-22T10:15:30.000Z' },
      ...{ carrier: 'UPS', parcelId: 'p', code: 'x', totalAfter: 5 },
    });
  });
});
