import type { RemoteOrder, RemoteOrderStatus, RemoteParcelStatus } from '../protocols/store-api';
import { isUrl } from '../../platform/http-client';

/** So much of an order is kept at most: a store that tells more, tells it of nobody's order. */
const MOST_PARCELS = 50;
const MOST_EVENTS = 200;
const MOST_LINES = 200;

export interface SnapshotEvent {
  key: string;
  /** RFC 3339 */
  at: string;
  status: RemoteParcelStatus;
  detail: string;
  location: string | null;
}

export type SnapshotParcel = Omit<RemoteOrder['parcels'][number], 'events'> & { events: SnapshotEvent[] };

/** An order at a store as it is kept: what was told of it, merged; moments as text. Nothing of a person. */
export type OrderSnapshot = Omit<RemoteOrder, 'parcels' | 'updatedAt'> & {
  parcels: SnapshotParcel[];
  updatedAt: string | null;
};

/** How far an order has come; the last two are ends. */
const RANK: Record<RemoteOrderStatus, number> = {
  ...{ confirmed: 0, processing: 1, shipped: 2, delivered: 3, returned: 4, cancelled: 5 },
};
/** How far a parcel has come. What went wrong on the way may come right again. */
const PARCEL_RANK: Record<RemoteParcelStatus, number> = {
  ...{ unknown: 0, pre_transit: 1, in_transit: 2, out_for_delivery: 3, exception: 3, delivered: 4, returned: 5 },
};

/** Whether a parcel may go from one status to another: never backwards, but out of an exception. */
export function parcelMayMove(from: RemoteParcelStatus, to: RemoteParcelStatus): boolean {
  if (from === 'exception' && PARCEL_RANK[to] >= PARCEL_RANK.in_transit) return true;
  return PARCEL_RANK[to] >= PARCEL_RANK[from];
}

/** What a store tells, as it is kept: bounded, web addresses by https only, each parcel and event once. */
export function snapshotOf(order: RemoteOrder): OrderSnapshot {
  const parcels = new Map<string, SnapshotParcel>();
  for (const parcel of order.parcels.slice(0, MOST_PARCELS)) {
    const key = cut(parcel.key, 255);
    const events = parcel.events.slice(-MOST_EVENTS).map((event) => ({
      key: cut(event.key, 255),
      at: event.at.toISOString(),
      status: event.status,
      detail: cut(event.detail, 500),
      location: event.location && cut(event.location, 200),
    }));
    parcels.set(key, {
      key,
      carrier: parcel.carrier && cut(parcel.carrier, 100),
      trackingNumber: parcel.trackingNumber && cut(parcel.trackingNumber, 100),
      trackingUrl: webAddress(parcel.trackingUrl),
      status: parcel.status,
      events: unitedEvents([], events),
      lines: parcel.lines.slice(0, MOST_LINES).map(({ externalId, quantity }) => ({
        externalId: cut(externalId, 255),
        quantity,
      })),
    });
  }
  const { id, number, checkoutId, status, estimatedDelivery, totalCents, currency, refundedCents } = order;
  return {
    ...{ id, number: cut(number, 100), status, estimatedDelivery, totalCents, currency, refundedCents },
    checkoutId: checkoutId !== null && checkoutId.length <= 255 ? cut(checkoutId, 255) : null,
    parcels: [...parcels.values()],
    updatedAt: order.updatedAt && order.updatedAt.toISOString(),
  };
}

/**
 * What is known of an order after one more telling of it, in whatever order they come and however often. The store's later
 * word wins; a status goes forward only; parcels and their events are united by key, and what went back never gets less.
 */
export function merged(present: OrderSnapshot | null, told: OrderSnapshot): OrderSnapshot {
  if (present === null) return told;
  const isLater = comesLater(present, told);
  const [older, newer] = isLater ? [present, told] : [told, present];
  return {
    id: present.id,
    number: newer.number,
    checkoutId: newer.checkoutId ?? older.checkoutId,
    status: forward(present.status, told.status),
    estimatedDelivery: newer.estimatedDelivery ?? older.estimatedDelivery,
    totalCents: newer.totalCents,
    currency: newer.currency,
    refundedCents: Math.max(present.refundedCents, told.refundedCents),
    parcels: unitedParcels(present.parcels, told.parcels, isLater),
    updatedAt: latest(present.updatedAt, told.updatedAt),
  };
}

/** By the store's own time where it gives one for both; else by how far each has come. */
function comesLater(present: OrderSnapshot, told: OrderSnapshot): boolean {
  if (present.updatedAt !== null && told.updatedAt !== null && present.updatedAt !== told.updatedAt)
    return told.updatedAt > present.updatedAt;
  return RANK[told.status] >= RANK[present.status];
}

function forward(from: RemoteOrderStatus, to: RemoteOrderStatus): RemoteOrderStatus {
  return RANK[to] > RANK[from] ? to : from;
}

function unitedParcels(present: SnapshotParcel[], told: SnapshotParcel[], isLater: boolean): SnapshotParcel[] {
  const united = new Map(present.map((parcel) => [parcel.key, parcel]));
  for (const parcel of told) {
    const known = united.get(parcel.key);
    if (!known) {
      if (united.size < MOST_PARCELS) united.set(parcel.key, parcel);
      continue;
    }
    const [older, newer] = isLater ? [known, parcel] : [parcel, known];
    united.set(parcel.key, {
      key: parcel.key,
      carrier: newer.carrier ?? older.carrier,
      trackingNumber: newer.trackingNumber ?? older.trackingNumber,
      trackingUrl: newer.trackingUrl ?? older.trackingUrl,
      status: isLater && parcelMayMove(known.status, parcel.status) ? parcel.status : known.status,
      events: unitedEvents(known.events, parcel.events),
      lines: newer.lines.length > 0 ? newer.lines : older.lines,
    });
  }
  return [...united.values()];
}

function unitedEvents(present: SnapshotEvent[], told: SnapshotEvent[]): SnapshotEvent[] {
  const united = new Map(present.map((event) => [event.key, event]));
  for (const event of told) if (!united.has(event.key) && united.size < MOST_EVENTS) united.set(event.key, event);
  return [...united.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.key < b.key ? -1 : 1));
}

function latest(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

/** Text that Postgres takes, so long at most. */
function cut(text: string, most: number): string {
  return text.replaceAll('\0', '').toWellFormed().slice(0, most).toWellFormed();
}

function webAddress(url: string | null): string | null {
  if (url === null || url.length > 2_000 || !isUrl(url)) return null;
  return new URL(url).protocol === 'https:' ? new URL(url).href : null;
}
