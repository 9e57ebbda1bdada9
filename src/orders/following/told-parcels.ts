import { v7 as uuidv7 } from 'uuid';
import {
  carrierName,
  carrierOf,
  detectCarrier,
  parcelMayMove,
  parcelNumber,
  trackingLink,
} from '../../store-integrations';
import { statusOf, type Sighting } from './parcel-sightings';
import type { ParcelStatus, ToldBy, ToldEvent, ToldParcel } from './told';

/** An event as it is known. */
export interface KnownEvent extends Sighting {
  id: string;
  storeKey: string | null;
}

/** A parcel as it is known. */
export interface KnownParcel {
  id: string;
  /** Null: no store's interface told of it. */
  storeKey: string | null;
  carrier: string;
  trackingNumber: string;
  trackingUrl: string | null;
  status: ParcelStatus;
  /** Where its store said last that it is; null where none did. */
  storeStatus: ParcelStatus | null;
  /** How the store names the carrier, and at which address it says that it is followed. */
  storeCarrier: string | null;
  storeUrl: string | null;
  /** What others say of these. */
  toldCarrier: string | null;
  toldUrl: string | null;
  events: KnownEvent[];
  hasItems: boolean;
}

/** An item as a store's parcels name it. */
export interface KnownItem {
  id: string;
  externalId: string | null;
  productSku: string | null;
  quantity: number;
  shipped: number;
}

export type WrittenParcel = Omit<KnownParcel, 'events' | 'hasItems'>;

/** What is to be written so that the parcels are as is told. */
export interface ParcelChanges {
  parcels: WrittenParcel[];
  events: (Omit<KnownEvent, 'source'> & { parcelId: string; source: ToldBy })[];
  contents: { parcelId: string; itemId: string; quantity: number }[];
  items: { id: string; shipped: number }[];
  /** Parcels that turned out to be another one: what was seen of them is that one's. */
  joined: { id: string; into: string }[];
  /** Parcels that have left now. */
  left: Pick<KnownParcel, 'id' | 'carrier' | 'trackingNumber'>[];
  /** Where parcels are now that were not there. */
  moved: { id: string; carrier: string; status: ParcelStatus }[];
  /** The latest of all: what the order shows as its own; null: as before. */
  latest: Pick<KnownParcel, 'carrier' | 'trackingNumber'> | null;
  /** All of them, as they are since. */
  all: WrittenParcel[];
}

/** Of whose order, and what a parcel is called that has no name. */
export interface OfOrder {
  storeName: string;
  /** Its merchant says what is sent: others tell of those parcels, and of no more. */
  isDirect: boolean;
}

const MOST_PARCELS = 50;
/** So many events of a parcel are kept of one teller. */
const MOST_EVENTS = 200;
const LEFT: ReadonlySet<ParcelStatus> = new Set([
  ...(['in_transit', 'out_for_delivery', 'delivered', 'exception', 'returned'] as const),
]);
const ENDS: ReadonlySet<ParcelStatus> = new Set(['delivered', 'returned']);
/**
 * Parcels and what was seen of them, united: by the store's keys, else by number, whatever the carrier is called. Guarantees:
 * told in any order, any number of times and by any mix of tellers it comes to the same parcels and events; no parcel goes
 * backwards. Where nobody names a carrier the number does, else the store carries itself; where there is no number, the store's
 * own key is one. Plain function.
 */
export function parcelChanges(
  known: readonly KnownParcel[],
  items: readonly KnownItem[],
  source: ToldBy,
  told: readonly ToldParcel[],
  order: OfOrder,
): ParcelChanges {
  const changes: ParcelChanges = {
    ...{ parcels: [], events: [], contents: [], items: [], joined: [], left: [], moved: [], latest: null, all: [] },
  };
  const present = new Map(known.map((parcel) => [parcel.id, parcel]));
  const shipped = new Map(items.map(({ id }) => [id, source === 'store' ? 0 : Infinity]));
  for (const parcel of told) {
    const before = source === 'store' ? ofStore(present, parcel, changes) : ofNumber(present, parcel);
    if (!before && (present.size >= MOST_PARCELS || !mayAppear(source, parcel, order))) continue;
    const after = afterTelling(before, parcel, source, present, order);
    const events = newEvents(before, after.id, source, parcel);
    const hasItems = before?.hasItems ?? false;
    const all = [...(before?.events ?? []), ...events];
    after.status = statusOf(all, after.storeStatus);
    present.set(after.id, { ...after, events: all, hasItems });
    changes.events.push(...events);
    if (!before || !isSame(before, after)) changes.parcels.push(after);
    if (!before || before.status !== after.status) changes.moved.push(after);
    if (LEFT.has(after.status)) {
      if (!before || !LEFT.has(before.status)) changes.left.push(after);
      takeUnits(parcel.lines ?? [], items, shipped).forEach(({ itemId, quantity }) => {
        if (!hasItems) changes.contents.push({ parcelId: after.id, itemId, quantity });
      });
    }
    if (!before || source === 'store') changes.latest = after;
  }
  for (const item of items) {
    const units = shipped.get(item.id)!;
    if (source === 'store' && units > item.shipped) changes.items.push({ id: item.id, shipped: units });
  }
  changes.all = [...present.values()];
  return changes;
}

/** Whether there is anything to write. */
export function isNothing({ parcels, events, contents, items, joined }: ParcelChanges): boolean {
  return parcels.length + events.length + contents.length + items.length + joined.length === 0;
}

/** Whether all that is known of has arrived, or come back. */
export function haveAll(end: 'delivered' | 'returned', parcels: readonly Pick<KnownParcel, 'status'>[]): boolean {
  return parcels.length > 0 && parcels.every(({ status }) => status === end);
}

/** Whether any has left. */
export function haveLeft(parcels: readonly Pick<KnownParcel, 'status'>[]): boolean {
  return parcels.some(({ status }) => LEFT.has(status));
}

/** By the store's key; one that others told of by its number is it, and two of which that turns out become one. */
function ofStore(
  present: Map<string, KnownParcel>,
  { key, trackingNumber }: ToldParcel,
  changes: ParcelChanges,
): KnownParcel | undefined {
  const all = [...present.values()];
  const own = all.find(({ storeKey }) => storeKey === key);
  const number = trackingNumber && parcelNumber(trackingNumber);
  const others = all.find((one) => one.storeKey === null && number && parcelNumber(one.trackingNumber) === number);
  if (!own || !others) return own ?? others;
  changes.joined.push({ id: others.id, into: own.id });
  present.delete(others.id);
  return { ...own, ...toldOf(own, others), events: [...own.events, ...others.events] };
}

/** By its number; where none is told, the only one that is still on its way. */
function ofNumber(present: Map<string, KnownParcel>, { trackingNumber }: ToldParcel): KnownParcel | undefined {
  const all = [...present.values()];
  if (trackingNumber) {
    const number = parcelNumber(trackingNumber);
    return all.find((one) => parcelNumber(one.trackingNumber) === number);
  }
  const open = all.filter(({ status }) => !ENDS.has(status));
  return open.length === 1 ? open[0] : undefined;
}

function mayAppear(source: ToldBy, { trackingNumber }: ToldParcel, { isDirect }: OfOrder): boolean {
  if (source === 'store') return true;
  return !isDirect && trackingNumber !== null && parcelNumber(trackingNumber).length > 0;
}

function afterTelling(
  before: KnownParcel | undefined,
  told: ToldParcel,
  source: ToldBy,
  present: Map<string, KnownParcel>,
  { storeName, isDirect }: OfOrder,
): WrittenParcel {
  const id = before?.id ?? uuidv7();
  const isStore = source === 'store';
  const trackingNumber = numberOf(id, before, told, isStore, present);
  const { carrier, trackingUrl: url, key = null, status } = told;
  const kept = keptOf(before, storeName);
  const by = isStore
    ? { ...kept, storeKey: key, storeStatus: forward(kept.storeStatus, status), storeCarrier: carrier, storeUrl: url }
    : { ...kept, ...toldOf(kept, { toldCarrier: carrier && carrierName(carrier).slice(0, 100), toldUrl: url }) };
  const base = { id, trackingNumber, status: before?.status ?? 'unknown', ...by };
  // What the merchant has written on it stands.
  if (before && isDirect) return { ...base, carrier: before.carrier, trackingUrl: before.trackingUrl };
  const detected = detectCarrier(trackingNumber)?.carrier;
  const name = by.storeCarrier ?? by.toldCarrier ?? (detected ? carrierName(detected) : storeName);
  return { ...base, carrier: name, trackingUrl: by.storeUrl ?? trackingLink(name, trackingNumber) ?? by.toldUrl };
}

type Kept = Pick<KnownParcel, 'storeKey' | 'storeStatus' | 'storeCarrier' | 'storeUrl' | 'toldCarrier' | 'toldUrl'>;
const NOTHING: Kept = {
  ...{ storeKey: null, storeStatus: null, storeCarrier: null, storeUrl: null, toldCarrier: null, toldUrl: null },
};

/** What each has said of it so far; of a store's parcels that were written before that was kept, what they are. */
function keptOf(before: KnownParcel | undefined, storeName: string): Kept {
  if (!before) return NOTHING;
  const { storeKey, storeStatus, storeCarrier, storeUrl, toldCarrier, toldUrl } = before;
  if (storeKey === null || storeStatus !== null)
    return { storeKey, storeStatus, storeCarrier, storeUrl, toldCarrier, toldUrl };
  const named = before.carrier === storeName ? null : before.carrier;
  return {
    storeKey,
    storeStatus: before.status,
    storeCarrier: named,
    storeUrl: before.trackingUrl,
    toldCarrier,
    toldUrl,
  };
}

function forward(from: ParcelStatus | null, to: ParcelStatus): ParcelStatus {
  return from === null || parcelMayMove(from, to) ? to : from;
}

type Told = Pick<Kept, 'toldCarrier' | 'toldUrl'>;

/** Of two who name it differently always the same one counts: whoever names a carrier that is known. */
function toldOf(one: Told, other: Told): Told {
  const [carrier, url] = [
    [one.toldCarrier, other.toldCarrier].filter((name) => name !== null),
    [one.toldUrl, other.toldUrl].filter((address) => address !== null),
  ];
  const known = carrier.filter((name) => carrierOf(name) !== null);
  return { toldCarrier: (known.length > 0 ? known : carrier).sort()[0] ?? null, toldUrl: url.sort()[0] ?? null };
}

/** As the store writes it; told by others alone, in its normal form. */
function numberOf(
  id: string,
  before: KnownParcel | undefined,
  { key, trackingNumber }: ToldParcel,
  isStore: boolean,
  present: Map<string, KnownParcel>,
): string {
  if (!isStore) return before?.trackingNumber ?? parcelNumber(trackingNumber!);
  const number = trackingNumber ?? before?.trackingNumber ?? key!;
  // Two parcels of one number: the second is known by the store's key.
  const same = parcelNumber(number);
  const isTaken = [...present.values()].some((one) => one.id !== id && parcelNumber(one.trackingNumber) === same);
  return isTaken ? `${number} (${key})` : number;
}

const COLUMNS = [
  ...(['storeKey', 'carrier', 'trackingNumber', 'trackingUrl', 'status'] as const),
  ...(['storeStatus', 'storeCarrier', 'storeUrl', 'toldCarrier', 'toldUrl'] as const),
];

function isSame(before: KnownParcel, after: WrittenParcel): boolean {
  return COLUMNS.every((name) => before[name] === after[name]);
}

function newEvents(
  before: KnownParcel | undefined,
  parcelId: string,
  source: ToldBy,
  { events }: ToldParcel,
): ParcelChanges['events'] {
  const own = before?.events.filter((one) => one.source === source) ?? [];
  const keys = new Set(own.map(keyOf));
  const found: ParcelChanges['events'] = [];
  for (const event of events) {
    const one = sightingOf(event, source);
    const key = keyOf(one);
    if (keys.has(key) || own.length + found.length >= MOST_EVENTS) continue;
    keys.add(key);
    found.push({ id: uuidv7(), parcelId, ...one });
  }
  return found;
}

function sightingOf({ key, at, status, detail, location }: ToldEvent, source: ToldBy) {
  const moment = new Date(at).toISOString();
  return {
    storeKey: source === 'store' ? (key ?? null) : null,
    source,
    at: moment,
    status,
    detail,
    location: location ?? null,
  };
}

function keyOf({ storeKey, at, status, detail, location }: Omit<KnownEvent, 'id' | 'source'>): string {
  return storeKey === null ? JSON.stringify([at, status, detail, location]) : `key ${storeKey}`;
}

/** Which of the order's units a parcel's lines are, as far as there are any left. */
function takeUnits(
  lines: NonNullable<ToldParcel['lines']>,
  items: readonly KnownItem[],
  shipped: Map<string, number>,
): { itemId: string; quantity: number }[] {
  const taken = new Map<string, number>();
  for (const { externalId, quantity } of lines) {
    let rest = quantity;
    for (const item of items) {
      if (item.externalId !== externalId && item.productSku !== externalId) continue;
      const units = Math.min(rest, item.quantity - shipped.get(item.id)!);
      if (units <= 0) continue;
      shipped.set(item.id, shipped.get(item.id)! + units);
      taken.set(item.id, (taken.get(item.id) ?? 0) + units);
      rest -= units;
    }
  }
  return [...taken].map(([itemId, quantity]) => ({ itemId, quantity }));
}
