import { v7 as uuidv7 } from 'uuid';
import { parcelMayMove, trackingLink, type OrderSnapshot, type SnapshotParcel } from '../../store-integrations';
import type { ParcelRow } from '../order-row';

type ParcelStatus = ParcelRow['status'];

/** A parcel as it is known. */
export interface KnownParcel {
  id: string;
  /** Null: it was not told of by a store's interface. */
  storeKey: string | null;
  carrier: string;
  trackingNumber: string;
  trackingUrl: string | null;
  status: ParcelStatus;
  events: { id: string; storeKey: string | null; status: string }[];
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

/** What is to be written so that the parcels are as the store tells. */
export interface ParcelChanges {
  parcels: Omit<KnownParcel, 'events' | 'hasItems'>[];
  events: {
    id: string;
    parcelId: string;
    storeKey: string;
    at: string;
    status: string;
    detail: string;
    location: string | null;
  }[];
  contents: { parcelId: string; itemId: string; quantity: number }[];
  items: { id: string; shipped: number }[];
  /** Parcels that have left now. */
  left: Pick<KnownParcel, 'id' | 'carrier' | 'trackingNumber'>[];
  /** The latest of all: what the order shows as its own. */
  latest: Pick<KnownParcel, 'carrier' | 'trackingNumber'> | null;
}

const LEFT: ReadonlySet<ParcelStatus> = new Set([
  ...(['in_transit', 'out_for_delivery', 'delivered', 'exception', 'returned'] as const),
]);

/**
 * Parcels and their events, united by the store's keys: what was told before makes nothing new, and no parcel goes backwards.
 * Where the store names no carrier it carries itself, and where there is no number its own key is one. Plain function.
 */
export function parcelChanges(
  known: readonly KnownParcel[],
  items: readonly KnownItem[],
  told: OrderSnapshot['parcels'],
  storeName: string,
): ParcelChanges {
  const changes: ParcelChanges = { parcels: [], events: [], contents: [], items: [], left: [], latest: null };
  const numbers = new Map(known.map((parcel) => [numberOf(parcel), parcel.id]));
  const shipped = new Map(items.map(({ id }) => [id, 0]));
  for (const parcel of told) {
    const before =
      known.find(({ storeKey }) => storeKey === parcel.key) ??
      known.find((one) => one.storeKey === null && one.trackingNumber === parcel.trackingNumber);
    const after = afterTelling(before, parcel, storeName, numbers);
    if (!before || !isSame(before, after)) changes.parcels.push(after);
    changes.events.push(...newEvents(before, after.id, parcel));
    if (LEFT.has(after.status)) {
      if (!before || !LEFT.has(before.status)) changes.left.push(after);
      takeUnits(parcel.lines, items, shipped).forEach(({ itemId, quantity }) => {
        if (!before?.hasItems) changes.contents.push({ parcelId: after.id, itemId, quantity });
      });
    }
    changes.latest = after;
  }
  for (const item of items) {
    const units = shipped.get(item.id)!;
    if (units > item.shipped) changes.items.push({ id: item.id, shipped: units });
  }
  return changes;
}

/** Whether there is anything to write. */
export function isNothing({ parcels, events, contents, items }: ParcelChanges): boolean {
  return parcels.length + events.length + contents.length + items.length === 0;
}

function afterTelling(
  before: KnownParcel | undefined,
  told: SnapshotParcel,
  storeName: string,
  numbers: Map<string, string>,
): ParcelChanges['parcels'][number] {
  const id = before?.id ?? uuidv7();
  const carrier = told.carrier ?? before?.carrier ?? storeName;
  const named = { carrier, trackingNumber: told.trackingNumber ?? before?.trackingNumber ?? told.key };
  // Two parcels of one number: the second is known by the store's key.
  const owner = numbers.get(numberOf(named)) ?? id;
  const { trackingNumber } = owner === id ? named : { trackingNumber: `${named.trackingNumber} (${told.key})` };
  numbers.set(numberOf({ carrier, trackingNumber }), id);
  const trackingUrl = told.trackingUrl ?? before?.trackingUrl ?? trackingLink(carrier, trackingNumber);
  const status = !before || parcelMayMove(before.status, told.status) ? told.status : before.status;
  return { id, storeKey: told.key, carrier, trackingNumber, trackingUrl, status };
}

function isSame(before: KnownParcel, after: ParcelChanges['parcels'][number]): boolean {
  const members = ['storeKey', 'carrier', 'trackingNumber', 'trackingUrl', 'status'] as const;
  return members.every((name) => before[name] === after[name]);
}

function newEvents(before: KnownParcel | undefined, parcelId: string, { events }: SnapshotParcel) {
  const keys = new Set(before?.events.map(({ storeKey }) => storeKey));
  // Noted here when the order had arrived: now the store tells of it itself.
  const own = before?.events.filter(({ storeKey }) => storeKey === null) ?? [];
  return events
    .filter(({ key }) => !keys.has(key))
    .map(({ key: storeKey, at, status, detail, location }) => {
      const noted = own.find((one) => one.status === status);
      if (noted) own.splice(own.indexOf(noted), 1);
      return { id: noted?.id ?? uuidv7(), parcelId, storeKey, at, status, detail, location };
    });
}

/** Which of the order's units a parcel's lines are, as far as there are any left. */
function takeUnits(
  lines: SnapshotParcel['lines'],
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

function numberOf({ carrier, trackingNumber }: Pick<KnownParcel, 'carrier' | 'trackingNumber'>): string {
  return JSON.stringify([carrier, trackingNumber]);
}
