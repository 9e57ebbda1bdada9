import type { AnswerReader } from '../answer-reader';
import type { RemoteOrder, RemoteOrderStatus, RemoteParcelStatus } from '../store-api';
import { assertByThePiece } from './checkout-answer';
import { totalOf } from './totals';

type Parcel = RemoteOrder['parcels'][number];

interface Line {
  externalId: string;
  /** What of it is still wanted: returned and cancelled pieces are gone. */
  active: number;
  fulfilled: number;
}

interface Event {
  id: string;
  at: Date;
  status: RemoteParcelStatus;
  isPreparing: boolean;
  isCanceled: boolean;
  lines: [lineId: string, quantity: number][];
  trackingNumber: string | null;
  trackingUrl: string | null;
  carrier: string | null;
  detail: string;
}

/** Words for what happens to a parcel; others say nothing of where it is. */
const STATUS_OF: Record<string, RemoteParcelStatus> = {
  processing: 'pre_transit',
  shipped: 'in_transit',
  in_transit: 'in_transit',
  out_for_delivery: 'out_for_delivery',
  delivered: 'delivered',
  failed_attempt: 'exception',
  undeliverable: 'exception',
  canceled: 'exception',
  returned_to_sender: 'returned',
};

/** An order as the store sees it now, without where it goes and to whom. Throws BadAnswer. */
export function readOrder(answer: AnswerReader, mayBeHttp: boolean): RemoteOrder {
  const id = answer.at('id').id();
  const lines = new Map(answer.at('line_items').list().map(readLine));
  const events = answer
    .at('fulfillment')
    .at('events')
    .list()
    .map((event) => readEvent(event, mayBeHttp))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  const adjustments = answer.at('adjustments').list().map(readAdjustment);
  const parcels = parcelsOf(events, lines);
  const totalCents = readTotal(answer.at('totals'));
  const times = [...events.map(({ at }) => at), ...adjustments.map(({ at }) => at)];
  return {
    id,
    number: answer.at('label').textOrNull() ?? id,
    checkoutId: answer.at('checkout_id').idOrNull(),
    status: statusOf([...lines.values()], events, parcels, adjustments),
    parcels,
    // A store promises in words ("arrives in 5-8 business days"), and names no day.
    estimatedDelivery: null,
    totalCents,
    currency: answer.at('currency').currency(),
    refundedCents: adjustments.reduce((sum, { returnedCents }) => sum + returnedCents, 0),
    updatedAt: times.length === 0 ? null : new Date(Math.max(...times.map((time) => time.getTime()))),
  };
}

function readTotal(totals: AnswerReader): number {
  const total = totals.list().filter((entry) => entry.at('type').id() === 'total');
  if (total.length !== 1) throw totals.not('totals with one total');
  return total[0]!.at('amount').amount();
}

function readLine(line: AnswerReader): [string, Line] {
  assertByThePiece(line.at('item'));
  const quantity = line.at('quantity');
  return [
    line.at('id').id(),
    {
      externalId: line.at('item').at('id').id(),
      active: quantity.at('total').amount(),
      fulfilled: quantity.at('fulfilled').amount(),
    },
  ];
}

function readEvent(event: AnswerReader, mayBeHttp: boolean): Event {
  const type = event.at('type').id();
  return {
    id: event.at('id').id(),
    at: event.at('occurred_at').time(),
    status: STATUS_OF[type] ?? 'unknown',
    isPreparing: type === 'processing' || type === 'canceled',
    isCanceled: type === 'canceled',
    lines: event
      .at('line_items')
      .list()
      .map((line) => [line.at('id').id(), line.at('quantity').amount()]),
    trackingNumber: event.at('tracking_number').textOrNull(),
    trackingUrl: event.at('tracking_url').safeUrl(mayBeHttp),
    carrier: event.at('carrier').textOrNull(),
    detail: event.at('description').textOrNull() ?? type,
  };
}

function readAdjustment(adjustment: AnswerReader): { at: Date; type: string; isDone: boolean; returnedCents: number } {
  const isDone = adjustment.at('status').oneOf(['pending', 'completed', 'failed']) === 'completed';
  const totals = adjustment.at('totals');
  const amount = totals.isThere ? totalOf(totals) : 0;
  const type = adjustment.at('type').id();
  return { at: adjustment.at('occurred_at').time(), type, isDone, returnedCents: isDone && amount < 0 ? -amount : 0 };
}

/** What is on its way together has one tracking number; without, the same goods. */
function parcelsOf(events: Event[], lines: Map<string, Line>): Parcel[] {
  const together = new Map<string, Event[]>();
  for (const event of events) {
    // What is only being prepared is no parcel yet.
    if (event.trackingNumber === null && event.isPreparing) continue;
    const key =
      event.trackingNumber ??
      `lines:${event.lines
        .map(([id]) => id)
        .sort()
        .join(',')}`;
    together.set(key, [...(together.get(key) ?? []), event]);
  }
  return [...together].map(([key, of]) => parcelOf(key.slice(0, 200), of, lines));
}

function parcelOf(key: string, events: Event[], lines: Map<string, Line>): Parcel {
  const last = <T>(of: (event: Event) => T | null): T | null =>
    events.map(of).findLast((value) => value !== null) ?? null;
  const quantities = new Map<string, number>();
  for (const [id, quantity] of events.flatMap((event) => event.lines)) {
    const externalId = lines.get(id)?.externalId;
    if (externalId !== undefined) quantities.set(externalId, Math.max(quantities.get(externalId) ?? 0, quantity));
  }
  return {
    key,
    carrier: last(({ carrier }) => carrier),
    trackingNumber: last(({ trackingNumber }) => trackingNumber),
    trackingUrl: last(({ trackingUrl }) => trackingUrl),
    status: last(({ status }) => (status === 'unknown' ? null : status)) ?? 'unknown',
    events: events.map(({ id, at, status, detail }) => ({ key: id, at, status, detail, location: null })),
    // One that is not sent after all holds nothing.
    lines: events.at(-1)!.isCanceled ? [] : [...quantities].map(([externalId, quantity]) => ({ externalId, quantity })),
  };
}

function statusOf(
  lines: Line[],
  events: Event[],
  parcels: Parcel[],
  adjustments: { type: string; isDone: boolean }[],
): RemoteOrderStatus {
  const wanted = lines.filter(({ active }) => active > 0);
  if (wanted.length === 0) {
    const cameBack = adjustments.some(({ type, isDone }) => isDone && type === 'return');
    return cameBack || parcels.some(({ status }) => status === 'returned') ? 'returned' : 'cancelled';
  }
  if (isBrought(wanted, parcels, (status) => status === 'delivered')) return 'delivered';
  // Goods that are not brought by anybody are there once the store has done its part.
  const isFulfilled = wanted.every(({ active, fulfilled }) => fulfilled >= active);
  if (isFulfilled && parcels.length === 0) return 'delivered';
  if (isFulfilled || isBrought(wanted, parcels, (status) => status !== 'pre_transit' && status !== 'returned'))
    return 'shipped';
  return events.length > 0 || wanted.some(({ fulfilled }) => fulfilled > 0) ? 'processing' : 'confirmed';
}

/** Whether parcels of such a status hold all that is wanted. */
function isBrought(wanted: Line[], parcels: Parcel[], counts: (status: RemoteParcelStatus) => boolean): boolean {
  const brought = parcels.filter(({ status }) => counts(status)).flatMap((parcel) => parcel.lines);
  const sumOf = (externalId: string, of: { externalId: string; quantity: number }[]) =>
    of.reduce((sum, line) => (line.externalId === externalId ? sum + line.quantity : sum), 0);
  const active = wanted.map(({ externalId, active: quantity }) => ({ externalId, quantity }));
  return active.every(({ externalId }) => sumOf(externalId, brought) >= sumOf(externalId, active));
}
