import { parcelMayMove } from '../../store-integrations';
import type { ParcelStatus, ToldBy } from './told';

/** What was seen of a parcel, and who says so; `here`: whoever moved the order in Muse. */
export interface Sighting {
  source: ToldBy | 'here';
  /** RFC 3339, UTC */
  at: string;
  status: ParcelStatus;
  detail: string;
  location: string | null;
}

/** How well they know: the carrier saw it. */
const KNOWS: Record<Sighting['source'], number> = { carrier: 3, store: 2, mail: 1, here: 0 };
const HOUR = 3_600_000;
/** Within which time one of another source with the same meaning is the same; a parcel arrives once, whenever it is told. */
const SAME_WITHIN_MS: Record<ParcelStatus, number> = {
  ...{ pre_transit: Infinity, delivered: Infinity, returned: Infinity },
  ...{ in_transit: 3 * HOUR, out_for_delivery: 12 * HOUR, exception: 12 * HOUR, unknown: 3 * HOUR },
};

/**
 * Where a parcel is, by all that was seen of it, whoever saw it and in whatever order it was told: along the time, never
 * backwards but out of an exception. `atStore`: where the store says that it is, if it says so without having seen it.
 */
export function statusOf(sightings: readonly Sighting[], atStore: ParcelStatus | null): ParcelStatus {
  let status: ParcelStatus = 'unknown';
  for (const seen of [...sightings].sort(byTime)) if (parcelMayMove(status, seen.status)) status = seen.status;
  if (atStore === null || atStore === status || !parcelMayMove(status, atStore)) return status;
  // As far as what was seen, and no further: who saw it knows better.
  return parcelMayMove(atStore, status) ? status : atStore;
}

/**
 * What was seen of a parcel, in order, each once: of what several tell with the same meaning within a time, the word of whoever
 * knows best stays, and what they had gone past by then is left out; and after the arrival nothing on the way is shown. The same whatever the order in which it was told.
 */
export function seenOnce<T extends Sighting>(sightings: readonly T[]): T[] {
  const kept: T[] = [];
  for (const seen of [...sightings].sort((a, b) => KNOWS[b.source] - KNOWS[a.source] || byTime(a, b))) {
    const isTold = kept.some((one) => KNOWS[one.source] > KNOWS[seen.source] && saysMore(one, seen));
    if (!isTold) kept.push(seen);
  }
  const arrivals = kept.filter(({ status }) => status === 'delivered' || status === 'returned').map(({ at }) => at);
  const end = arrivals.sort()[0];
  return kept.filter(({ at, status }) => end === undefined || at <= end || isEnd(status)).sort(byTime);
}

/** Whether one means the same as the other, or had seen more by then: a merchant may note late that it was handed over. */
function saysMore(one: Sighting, other: Sighting): boolean {
  if (one.status === other.status) {
    const apartMs = Math.abs(Date.parse(one.at) - Date.parse(other.at));
    return apartMs <= SAME_WITHIN_MS[other.status];
  }
  return one.at <= other.at && !parcelMayMove(one.status, other.status);
}

/** The same of several parcels, as it is shown: all of them along the time. */
export function shownOnce(seen: readonly (Omit<Sighting, 'at'> & { parcelId: string; at: Date })[]) {
  const ofParcel = new Map<string, (Sighting & { parcelId: string })[]>();
  for (const { parcelId, source, at, status, detail, location } of seen) {
    const own = ofParcel.get(parcelId) ?? [];
    own.push({ parcelId, source, at: at.toISOString(), status, detail, location });
    ofParcel.set(parcelId, own);
  }
  return [...ofParcel.values()]
    .flatMap(seenOnce)
    .sort(byTime)
    .map(({ source, ...event }) => ({ ...event, source: source === 'here' ? 'muse' : source }));
}

function isEnd(status: ParcelStatus): boolean {
  return status === 'delivered' || status === 'returned';
}

const AT_ONE_MOMENT: Record<ParcelStatus, number> = {
  ...{ unknown: 0, pre_transit: 1, in_transit: 2, out_for_delivery: 3, exception: 4, delivered: 5, returned: 6 },
};

/** Of one moment, what has come less far goes first; then by words, so that the order is always the same. */
function byTime(a: Sighting, b: Sighting): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  const further = AT_ONE_MOMENT[a.status] - AT_ONE_MOMENT[b.status];
  return (
    further || compare(a.source, b.source) || compare(a.detail, b.detail) || compare(a.location ?? '', b.location ?? '')
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
