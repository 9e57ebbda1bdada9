import fc from 'fast-check';
import { parcelNumber } from '../../store-integrations';
import type { ParcelStatus, ToldBy, ToldEvent, ToldParcel } from './told';
import { seenOnce } from './parcel-sightings';
import {
  haveAll,
  isNothing,
  parcelChanges,
  type KnownItem,
  type KnownParcel,
  type OfOrder,
  type ParcelChanges,
} from './told-parcels';

const told = (key: string, more: Partial<ToldParcel> = {}): ToldParcel => ({
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
const seen = (key: string, status: ParcelStatus = 'in_transit'): ToldEvent => ({
  ...{ key, at: '2026-11-26T12:00:00.000Z', status, detail: 'Seen', location: null },
});
const item = (id: string, externalId: string, quantity: number, shipped = 0): KnownItem => ({
  ...{ id, externalId, productSku: null, quantity, shipped },
});
const AT_STORE: OfOrder = { storeName: 'Walmart', isDirect: false };
const byStore = (known: KnownParcel[], items: KnownItem[], parcels: ToldParcel[]) =>
  parcelChanges(known, items, 'store', parcels, AT_STORE);

/** What is known once the changes are written. */
function written(known: KnownParcel[], changes: ParcelChanges): KnownParcel[] {
  const parcels = new Map(known.map((parcel) => [parcel.id, parcel]));
  for (const { id, into } of changes.joined) {
    const moved = parcels.get(id)!.events;
    parcels.delete(id);
    parcels.set(into, { ...parcels.get(into)!, events: [...parcels.get(into)!.events, ...moved] });
  }
  for (const parcel of changes.parcels) {
    const { events = [], hasItems = false } = parcels.get(parcel.id) ?? {};
    parcels.set(parcel.id, { ...parcel, events, hasItems });
  }
  for (const { parcelId, ...event } of changes.events) {
    const parcel = parcels.get(parcelId)!;
    parcels.set(parcelId, { ...parcel, events: [...parcel.events, event] });
  }
  for (const { parcelId } of changes.contents) parcels.set(parcelId, { ...parcels.get(parcelId)!, hasItems: true });
  return [...parcels.values()];
}

describe('What a store tells of parcels', () => {
  it('makes nothing new when it is told again', () => {
    const items = [item('i1', 'WM-1', 2)];
    const parcels = [told('a', { events: [seen('e1'), seen('e2')], lines: [{ externalId: 'WM-1', quantity: 1 }] })];
    const first = byStore([], items, parcels);
    expect(first.parcels).toHaveLength(1);
    expect(first.events.map(({ storeKey }) => storeKey)).toEqual(['e1', 'e2']);
    expect(first.contents).toEqual([{ parcelId: first.parcels[0]!.id, itemId: 'i1', quantity: 1 }]);
    expect(first.items).toEqual([{ id: 'i1', shipped: 1 }]);
    const again = byStore(written([], first), [item('i1', 'WM-1', 2, 1)], parcels);
    expect([isNothing(again), again.left]).toEqual([true, []]);
  });

  it('says of each parcel once that it has left', () => {
    const waiting = byStore([], [], [told('a', { status: 'pre_transit' })]);
    expect(waiting.left).toEqual([]);
    const known = written([], waiting);
    expect(byStore(known, [], [told('a')]).left).toHaveLength(1);
  });

  it('lets no parcel go backwards', () => {
    const known = written([], byStore([], [], [told('a', { status: 'delivered' })]));
    expect(isNothing(byStore(known, [], [told('a', { status: 'in_transit' })]))).toBe(true);
  });

  it('tells two parcels of one number apart, and names what has neither carrier nor number', () => {
    const same = [told('a', { trackingNumber: '1Z' }), told('b', { trackingNumber: '1Z' })];
    const { parcels } = byStore([], [], same);
    expect(parcels.map(({ trackingNumber }) => trackingNumber)).toEqual(['1Z', '1Z (b)']);
    const [bare] = byStore([], [], [told('f-1', { carrier: null, trackingNumber: null })]).parcels;
    expect(bare).toMatchObject({ carrier: 'Walmart', trackingNumber: 'f-1', trackingUrl: null });
    const known = written([], byStore([], [], same));
    expect(isNothing(byStore(known, [], same))).toBe(true);
  });

  it('takes the place of what was noted here when the order had arrived', () => {
    const [parcel] = written([], byStore([], [], [told('a')]));
    const noted = {
      ...parcel!,
      status: 'delivered' as const,
      events: [
        {
          id: 'n',
          storeKey: null,
          source: 'here',
          at: '2026-11-26T18:00:00.000Z',
          status: 'delivered',
          detail: 'Delivered',
          location: null,
        } as const,
      ],
    };
    const later = told('a', { status: 'delivered', events: [seen('e9', 'delivered')] });
    const [after] = written([noted], byStore([noted], [], [later]));
    expect(seenOnce(after!.events)).toMatchObject([{ storeKey: 'e9' }]);
  });

  it('counts no unit twice, and none that was not ordered', () => {
    const items = [item('i1', 'WM-1', 2), item('i2', 'WM-1', 1), item('i3', 'WM-2', 1)];
    const lines = [
      { externalId: 'WM-1', quantity: 5 },
      { externalId: 'WM-9', quantity: 1 },
    ];
    const { items: shipped, contents } = byStore([], items, [told('a', { lines }), told('b', { lines })]);
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

const SOURCES: ToldBy[] = ['store', 'mail', 'carrier'];
const STATUSES: ParcelStatus[] = [
  'pre_transit',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'exception',
  'returned',
];
const RANK: Record<ParcelStatus, number> = {
  ...{ unknown: 0, pre_transit: 1, in_transit: 2, out_for_delivery: 3, exception: 3, delivered: 4, returned: 5 },
};
/** Three parcels, as their numbers are written here and there. */
const NUMBERS = [
  ['1Z5R89390357567127', '1z 5r8 939 03 5756 7127', '1Z5R89390357567127'],
  ['9101026837331000039521', '420 22153 9101 0268 3733 1000 0395 21', '9101026837331000039521'],
  ['QX-77', 'qx77', 'QX 77'],
];
const NAMES = ['UPS', 'United Parcel Service', 'USPS Priority Mail', 'the boutique’s van', null];

interface Telling {
  source: ToldBy;
  parcel: ToldParcel;
}

/** What stores, mails and carriers say. A store's word on a parcel is one, as StoreOrders has united it. */
const tellings = fc
  .record({
    hasStore: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    storeWord: fc.array(fc.record({ status: fc.constantFrom(...STATUSES), name: fc.constantFrom(...NAMES) }), {
      minLength: 3,
      maxLength: 3,
    }),
    said: fc.array(
      fc.record({
        source: fc.constantFrom(...SOURCES),
        of: fc.nat({ max: 2 }),
        form: fc.nat({ max: 2 }),
        name: fc.constantFrom(...NAMES),
        hasUrl: fc.boolean(),
        events: fc.array(
          fc.record({ status: fc.constantFrom(...STATUSES), hour: fc.nat({ max: 60 }), place: fc.nat({ max: 1 }) }),
          { maxLength: 3 },
        ),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ hasStore, storeWord, said }): Telling[] =>
    said
      .map((one) => ({ ...one, source: one.source === 'store' && !hasStore[one.of]! ? ('mail' as const) : one.source }))
      .map(({ source, of, form, name, hasUrl, events }): Telling => {
        const isStore = source === 'store';
        const [number, status] = [NUMBERS[of]![isStore ? 0 : form]!, isStore ? storeWord[of]!.status : 'unknown'];
        return {
          source,
          parcel: {
            ...{
              key: isStore ? `f-${of}` : null,
              carrier: isStore ? storeWord[of]!.name : name,
              trackingNumber: number,
            },
            ...{ trackingUrl: hasUrl && !isStore ? `https://track.example/${form}` : null, status, lines: [] },
            events: events.map(({ status: eventStatus, hour, place }) => ({
              key: isStore ? `${eventStatus} ${hour} ${place}` : null,
              at: new Date(Date.UTC(2026, 10, 20, hour)).toISOString(),
              ...{ status: eventStatus, detail: `Seen at ${place}`, location: null },
            })),
          },
        };
      }),
  );

function heard(all: readonly Telling[], each: (before: KnownParcel[], after: KnownParcel[]) => void = () => undefined) {
  let known: KnownParcel[] = [];
  for (const { source, parcel } of all) {
    const after = written(known, parcelChanges(known, [], source, [parcel], AT_STORE));
    each(known, after);
    known = after;
  }
  return known;
}

/** Without the ids that they were given as they came. */
function shown(known: readonly KnownParcel[]) {
  return known
    .map(({ id: _id, events, ...parcel }) => ({
      ...parcel,
      events: seenOnce(events).map(({ id: _event, ...event }) => event),
      all: events.map(({ id: _event, ...event }) => JSON.stringify(event)).sort(),
    }))
    .sort((a, b) => (a.trackingNumber < b.trackingNumber ? -1 : 1));
}

describe('What several tell of parcels', () => {
  it('comes to the same parcels and the same events, in any order, any number of times and by any mix of tellers', () => {
    fc.assert(
      fc.property(
        tellings.chain((all) => {
          const again = fc.array(fc.constantFrom(...all), { maxLength: 5 });
          const shuffled = again.chain((more) =>
            fc.shuffledSubarray([...all, ...more], { minLength: all.length + more.length }),
          );
          return fc.tuple(fc.constant(all), shuffled);
        }),
        ([all, other]) => {
          expect(shown(heard(other))).toEqual(shown(heard(all)));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('makes nothing new when it is told again, and one parcel of each number', () => {
    fc.assert(
      fc.property(tellings, (all) => {
        const known = heard(all);
        for (const { source, parcel } of all) {
          const again = parcelChanges(known, [], source, [parcel], AT_STORE);
          expect([isNothing(again), again.moved, again.left]).toEqual([true, [], []]);
        }
        expect(known).toHaveLength(
          new Set(all.map(({ parcel }) => NUMBERS.findIndex((forms) => forms.includes(parcel.trackingNumber!)))).size,
        );
      }),
    );
  });

  it('never leads backwards but out of an exception, and from where it ended nowhere', () => {
    fc.assert(
      fc.property(tellings, (all) => {
        heard(all, (before, after) => {
          for (const { trackingNumber, status, events } of before) {
            const now = after.find((one) => parcelNumber(one.trackingNumber) === parcelNumber(trackingNumber))!;
            if (RANK[status] >= RANK.delivered) expect(RANK[now.status]).toBeGreaterThanOrEqual(RANK[status]);
            const wasException = status === 'exception' || now.events.some((one) => one.status === 'exception');
            if (!wasException) expect(RANK[now.status]).toBeGreaterThanOrEqual(RANK[status]);
            expect(now.events.length).toBeGreaterThanOrEqual(events.length);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('is shown along the time, and one arrival of each parcel', () => {
    fc.assert(
      fc.property(tellings, (all) => {
        for (const { events } of shown(heard(all))) {
          expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort());
          const arrivals = events.filter(({ status }) => status === 'delivered').map(({ source }) => source);
          expect(new Set(arrivals).size).toBeLessThanOrEqual(1);
          const end = events.findIndex(({ status }) => status === 'delivered' || status === 'returned');
          const later = end < 0 ? [] : events.slice(end).filter(({ at }) => at !== events[end]!.at);
          expect(later.every(({ status }) => status === 'delivered' || status === 'returned')).toBe(true);
        }
      }),
    );
  });

  it('joins what the store knew by a key of its own with what a mail told by its number', () => {
    const byMail = {
      ...told('', { key: null, trackingNumber: '1Z5R89390357567127', carrier: 'UPS' }),
      events: [seen('', 'out_for_delivery')].map((one) => ({ ...one, key: null })),
    };
    const unnamed = told('f-1', { carrier: null, trackingNumber: null, status: 'pre_transit' });
    const named = told('f-1', { carrier: 'UPS Ground', trackingNumber: '1Z5R89390357567127' });
    const ways = [
      ['mail', 'unnamed', 'named'],
      ['unnamed', 'mail', 'named'],
      ['unnamed', 'named', 'mail'],
    ].map((way) =>
      heard(
        way.map((one) =>
          one === 'mail'
            ? { source: 'mail' as const, parcel: byMail }
            : { source: 'store' as const, parcel: one === 'named' ? named : unnamed },
        ),
      ),
    );
    for (const known of ways) {
      expect(shown(known)).toEqual(shown(ways[0]!));
      expect(known).toMatchObject([{ storeKey: 'f-1', carrier: 'UPS Ground', status: 'out_for_delivery' }]);
    }
  });

  it('of an order in Muse is about the parcels that its merchant sent, and no others', () => {
    const order: OfOrder = { storeName: 'Ana’s', isDirect: true };
    const mail = { ...told('', { key: null, trackingNumber: '1Z5R89390357567127' }) };
    expect(isNothing(parcelChanges([], [], 'mail', [mail], order))).toBe(true);
    const sent: KnownParcel = {
      ...{
        id: 'p',
        storeKey: null,
        carrier: 'ups ground',
        trackingNumber: '1z5r89390357567127',
        trackingUrl: 'https://own.example/1',
      },
      ...{
        status: 'in_transit',
        storeStatus: null,
        storeCarrier: null,
        storeUrl: null,
        toldCarrier: null,
        toldUrl: null,
        hasItems: true,
      },
      events: [
        {
          id: 'e',
          storeKey: null,
          source: 'here',
          at: '2026-11-25T12:00:00.000Z',
          status: 'in_transit',
          detail: 'Handed to ups ground',
          location: null,
        },
      ],
    };
    const arrived = { ...mail, carrier: 'UPS', events: [{ ...seen('', 'delivered'), key: null }] };
    const changes = parcelChanges([sent], [], 'carrier', [arrived], order);
    expect(changes.all).toMatchObject([
      {
        id: 'p',
        carrier: 'ups ground',
        trackingNumber: '1z5r89390357567127',
        trackingUrl: 'https://own.example/1',
        status: 'delivered',
      },
    ]);
    expect(haveAll('delivered', changes.all)).toBe(true);
  });

  it('without a number is about the only parcel under way', () => {
    const bare = {
      ...told('', { key: null, trackingNumber: null }),
      events: [{ ...seen('', 'out_for_delivery'), key: null }],
    };
    const known = heard([{ source: 'mail', parcel: told('', { key: null }) }]);
    expect(parcelChanges(known, [], 'mail', [bare], AT_STORE).moved).toMatchObject([{ status: 'out_for_delivery' }]);
    const two = heard([
      { source: 'mail', parcel: told('x', { key: null }) },
      { source: 'mail', parcel: told('y', { key: null }) },
    ]);
    expect(isNothing(parcelChanges(two, [], 'mail', [bare], AT_STORE))).toBe(true);
  });

  it('is one event where two tell the same within a time, in the words of whoever knows best', () => {
    const event = (source: ToldBy, hour: number, status: ParcelStatus, detail: string) => ({
      ...{ source, status, detail, location: null, at: new Date(Date.UTC(2026, 10, 20, hour)).toISOString() },
    });
    const once = seenOnce([
      event('mail', 9, 'out_for_delivery', 'Arriving today'),
      event('store', 8, 'out_for_delivery', 'Out for delivery'),
      event('carrier', 7, 'out_for_delivery', 'On the vehicle'),
      event('mail', 40, 'delivered', 'Your parcel was delivered'),
      event('carrier', 12, 'delivered', 'Left at the front door'),
      event('carrier', 1, 'in_transit', 'Departed'),
      event('carrier', 2, 'in_transit', 'Arrived at the hub'),
      event('mail', 30, 'in_transit', 'Shipped'),
      event('mail', 8, 'in_transit', 'Your order has shipped'),
    ]);
    expect(once.map(({ detail }) => detail)).toEqual([
      'Departed',
      'Arrived at the hub',
      'On the vehicle',
      'Left at the front door',
    ]);
  });
});
