import type { OrderSnapshot } from '../../store-integrations';
import { isNothing, parcelChanges, type KnownItem, type KnownParcel, type ParcelChanges } from './store-parcels';

type Told = OrderSnapshot['parcels'][number];

const told = (key: string, more: Partial<Told> = {}): Told => ({
  ...{
    key,
    carrier: 'UPS',
    trackingNumber: `1Z-${key}`,
    trackingUrl: null,
    status: 'in_transit',
    events: [],
    lines: [],
  },
  ...more,
});
const seen = (key: string, status: Told['status'] = 'in_transit') => ({
  ...{ key, at: '2026-11-26T12:00:00.000Z', status, detail: 'Seen', location: null },
});
const item = (id: string, externalId: string, quantity: number, shipped = 0): KnownItem => ({
  ...{ id, externalId, productSku: null, quantity, shipped },
});

/** What is known once the changes are written. */
function written(known: KnownParcel[], changes: ParcelChanges): KnownParcel[] {
  const parcels = new Map(known.map((parcel) => [parcel.id, parcel]));
  for (const parcel of changes.parcels) {
    const { events = [], hasItems = false } = parcels.get(parcel.id) ?? {};
    parcels.set(parcel.id, { ...parcel, events, hasItems });
  }
  for (const { id, parcelId, storeKey, status } of changes.events) {
    const parcel = parcels.get(parcelId)!;
    const others = parcel.events.filter((one) => one.id !== id);
    parcels.set(parcelId, { ...parcel, events: [...others, { id, storeKey, status }] });
  }
  for (const { parcelId } of changes.contents) parcels.set(parcelId, { ...parcels.get(parcelId)!, hasItems: true });
  return [...parcels.values()];
}

describe('What a store tells of parcels', () => {
  it('makes nothing new when it is told again', () => {
    const items = [item('i1', 'WM-1', 2)];
    const parcels = [told('a', { events: [seen('e1'), seen('e2')], lines: [{ externalId: 'WM-1', quantity: 1 }] })];
    const first = parcelChanges([], items, parcels, 'Walmart');
    expect(first.parcels).toHaveLength(1);
    expect(first.events.map(({ storeKey }) => storeKey)).toEqual(['e1', 'e2']);
    expect(first.contents).toEqual([{ parcelId: first.parcels[0]!.id, itemId: 'i1', quantity: 1 }]);
    expect(first.items).toEqual([{ id: 'i1', shipped: 1 }]);
    const again = parcelChanges(written([], first), [item('i1', 'WM-1', 2, 1)], parcels, 'Walmart');
    expect([isNothing(again), again.left]).toEqual([true, []]);
  });

  it('says of each parcel once that it has left', () => {
    const waiting = parcelChanges([], [], [told('a', { status: 'pre_transit' })], 'Walmart');
    expect(waiting.left).toEqual([]);
    const known = written([], waiting);
    expect(parcelChanges(known, [], [told('a')], 'Walmart').left).toHaveLength(1);
  });

  it('lets no parcel go backwards', () => {
    const known = written([], parcelChanges([], [], [told('a', { status: 'delivered' })], 'Walmart'));
    expect(isNothing(parcelChanges(known, [], [told('a', { status: 'in_transit' })], 'Walmart'))).toBe(true);
  });

  it('tells two parcels of one number apart, and names what has neither carrier nor number', () => {
    const same = [told('a', { trackingNumber: '1Z' }), told('b', { trackingNumber: '1Z' })];
    const { parcels } = parcelChanges([], [], same, 'Walmart');
    expect(parcels.map(({ trackingNumber }) => trackingNumber)).toEqual(['1Z', '1Z (b)']);
    const [bare] = parcelChanges([], [], [told('f-1', { carrier: null, trackingNumber: null })], 'Walmart').parcels;
    expect(bare).toMatchObject({ carrier: 'Walmart', trackingNumber: 'f-1', trackingUrl: null });
    const known = written([], parcelChanges([], [], same, 'Walmart'));
    expect(isNothing(parcelChanges(known, [], same, 'Walmart'))).toBe(true);
  });

  it('takes the place of what was noted here when the order had arrived', () => {
    const [parcel] = written([], parcelChanges([], [], [told('a')], 'Walmart'));
    const noted = {
      ...parcel!,
      status: 'delivered' as const,
      events: [{ id: 'n', storeKey: null, status: 'delivered' }],
    };
    const later = told('a', { status: 'delivered', events: [seen('e9', 'delivered')] });
    expect(parcelChanges([noted], [], [later], 'Walmart').events).toMatchObject([{ id: 'n', storeKey: 'e9' }]);
  });

  it('counts no unit twice, and none that was not ordered', () => {
    const items = [item('i1', 'WM-1', 2), item('i2', 'WM-1', 1), item('i3', 'WM-2', 1)];
    const lines = [
      { externalId: 'WM-1', quantity: 5 },
      { externalId: 'WM-9', quantity: 1 },
    ];
    const { items: shipped, contents } = parcelChanges([], items, [told('a', { lines }), told('b', { lines })], 'W');
    expect(shipped).toEqual([
      { id: 'i1', shipped: 2 },
      { id: 'i2', shipped: 1 },
    ]);
    expect(contents.map(({ itemId, quantity }) => [itemId, quantity])).toEqual([
      ['i1', 2],
      ['i2', 1],
    ]);
  });
});
