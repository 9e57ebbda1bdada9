import type { Days, ParcelStatus, Told, ToldEvent, ToldParcel } from './told';

/** Carriers use their numbers again: what happened so long before the purchase happened to another parcel. */
const OLDEST_DAYS = 60;
/** Clocks differ, and not every one knows its time zone. */
const AHEAD_DAYS = 1;
const DAY_MS = 86_400_000;
const MOST_PARCELS = 50;
/** What a status says where its teller has no words for it. */
const WORDS: Record<ParcelStatus, string> = {
  unknown: 'Nothing is known of it yet',
  pre_transit: 'The carrier expects it',
  in_transit: 'On its way',
  out_for_delivery: 'Out for delivery',
  delivered: 'Delivered',
  exception: 'Something went wrong on its way',
  returned: 'On its way back to the sender',
};

/** What is told, with a moment. */
export type Believed = Told & { at: string };

/**
 * What of a telling is believed. A store's word is bounded and read where it came in; of a mail's and a carrier's stay times that
 * can be, days that are some, amounts that the order has, https addresses, and words as long as they are kept; what they say of a whole
 * parcel counts as seen when they said so. Plain function.
 */
export function believable(told: Told, order: { placedAt: Date; totalCents: number }, now: Date): Believed {
  const events = told.parcels.flatMap((parcel) => parcel.events.map((event) => event.at));
  const at = momentOf(told.at, now) ?? latestOf(events, now) ?? now.toISOString();
  const days = told.estimatedDelivery && areDays(told.estimatedDelivery) ? told.estimatedDelivery : null;
  if (told.source === 'store') return { ...told, at, estimatedDelivery: days };
  const refundedCents = told.refundedCents ?? 0;
  const isAmount = Number.isSafeInteger(refundedCents) && refundedCents >= 0 && refundedCents <= order.totalCents;
  const oldest = order.placedAt.getTime() - OLDEST_DAYS * DAY_MS;
  return {
    ...{ ...told, at, estimatedDelivery: days, refundedCents: isAmount ? refundedCents : null },
    parcels: told.parcels.slice(0, MOST_PARCELS).map((parcel) => parcelOf(parcel, at, oldest, now)),
  };
}

function parcelOf(parcel: ToldParcel, at: string, oldest: number, now: Date): ToldParcel {
  const { carrier, trackingNumber, trackingUrl, status, events } = parcel;
  const seen = events.flatMap((event): ToldEvent[] => {
    const moment = momentOf(event.at, now);
    if (moment === null || Date.parse(moment) < oldest) return [];
    const location = event.location ? cut(event.location, 200) : null;
    return [
      { key: null, at: moment, status: event.status, detail: cut(event.detail, 500) || WORDS[event.status], location },
    ];
  });
  const isSeen = status === 'unknown' || events.some((event) => event.status === status);
  return {
    ...{ carrier: carrier && cut(carrier, 100), trackingNumber: trackingNumber && cut(trackingNumber, 100), status },
    trackingUrl: trackingUrl && trackingUrl.length <= 2_000 && /^https:\/\//i.test(trackingUrl) ? trackingUrl : null,
    events: isSeen ? seen : [...seen, { at, status, detail: WORDS[status], location: null }],
  };
}

/** In UTC; null for what is none, and for what is still to come: a mail's date is whatever its sender wrote. */
function momentOf(text: string | null | undefined, now: Date): string | null {
  const moment = text ? Date.parse(text) : NaN;
  return moment <= now.getTime() + AHEAD_DAYS * DAY_MS ? new Date(moment).toISOString() : null;
}

function latestOf(texts: string[], now: Date): string | null {
  return (
    texts
      .flatMap((text) => momentOf(text, now) ?? [])
      .sort()
      .at(-1) ?? null
  );
}

function areDays({ from, to }: Days): boolean {
  return [from, to].every((day) => /^2\d{3}-\d\d-\d\d$/.test(day) && isDay(day)) && from <= to;
}

function isDay(day: string): boolean {
  const moment = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(day);
}

function cut(text: string, most: number): string {
  return text.replaceAll('\0', '').toWellFormed().slice(0, most).toWellFormed();
}
