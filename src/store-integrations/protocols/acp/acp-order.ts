import type { RemoteOrder, RemoteOrderStatus, RemoteParcelStatus } from '../store-api';
import type { JsonReader } from '../json-reader';
import { shopperUrl } from '../store-http';
import { totalsOf } from './acp-totals';

const STATUSES = new Map<string, RemoteOrderStatus>([
  ['created', 'confirmed'],
  ['confirmed', 'confirmed'],
  ['manual_review', 'processing'],
  ['processing', 'processing'],
  ['shipped', 'shipped'],
  // All of it is with the shopper.
  ['completed', 'delivered'],
  ['canceled', 'cancelled'],
]);

const PARCELS = new Map<string, RemoteParcelStatus>([
  ['pending', 'pre_transit'],
  ['processing', 'pre_transit'],
  ['shipped', 'in_transit'],
  ['in_transit', 'in_transit'],
  ['out_for_delivery', 'out_for_delivery'],
  ['ready_for_pickup', 'out_for_delivery'],
  ['delivered', 'delivered'],
  ['failed', 'exception'],
  ['failed_attempt', 'exception'],
  ['undeliverable', 'exception'],
  ['returned_to_sender', 'returned'],
]);

/** What brings money back to the shopper; a dispute is the bank's, an exchange is goods. */
const GIVES_BACK = new Set(['refund', 'credit', 'return', 'cancellation', 'price_adjustment']);

interface OrderLine {
  lineId: string;
  externalId: string;
  ordered: number;
  current: number;
}

/**
 * An order, as ACP has it, in the terms of the seam: nothing of whom it goes to. `goods`: which goods a line is, where a
 * checkout said so; otherwise the order's own `product_id`. Values that this version does not know are taken for what the
 * rest of the order says, as the protocol asks. Throws Unreadable.
 */
export function orderOf(
  json: JsonReader,
  { currency, baseUrl, goods = new Map() }: { currency: string; baseUrl: string; goods?: Map<string, string> },
): RemoteOrder {
  const id = json.object().get('id').text(255);
  const lines = json
    .get('line_items')
    .list()
    .map((line) => orderLineOf(line, goods));
  const shipments = json.get('fulfillments').list().map(shipmentOf);
  const adjustments = json.get('adjustments').list().map(adjustmentOf);
  const totals = totalsOf(json.get('totals'));
  const done = adjustments.filter(({ status }) => status === 'completed');
  const given = done.filter(({ type }) => GIVES_BACK.has(type)).reduce((sum, { amount }) => sum + amount, 0);
  const parcels = shipments.filter(({ type, isCancelled }) => type === 'shipping' && !isCancelled);
  const ofLine = new Map(lines.map(({ lineId, externalId }) => [lineId, externalId]));
  return {
    id,
    number:
      json.get('order_number').wordsOrNull(100) ??
      json.get('confirmation').get('confirmation_number').wordsOrNull(100) ??
      id,
    checkoutId: json.get('checkout_session_id').textOrNull(255),
    status: statusOf(json.get('status').textOrNull(50), lines, shipments, done),
    parcels: parcels.map(({ key, status, json: parcel, contents }) => ({
      key,
      carrier: parcel.get('carrier').wordsOrNull(100),
      trackingNumber: parcel.get('tracking_number').textOrNull(100),
      trackingUrl: shopperUrl(parcel.get('tracking_url').textOrNull(2_000), baseUrl),
      status: status ?? 'unknown',
      events: parcel.get('events').list().map(eventOf),
      lines: contents.map(({ lineId, quantity }) => ({ externalId: ofLine.get(lineId) ?? lineId, quantity })),
    })),
    estimatedDelivery: estimateOf([json, ...parcels.map((parcel) => parcel.json)]),
    totalCents: totals.total ?? totals.subtotal ?? 0,
    currency,
    refundedCents: totals.refunded ?? given,
    updatedAt: latest([...shipments.flatMap(({ moments }) => moments), ...adjustments.map(({ at }) => at)]),
  };
}

function orderLineOf(json: JsonReader, goods: Map<string, string>): OrderLine {
  const lineId = json.get('id').text(255);
  const ordered = json.get('quantity').get('ordered').integer();
  return {
    lineId,
    externalId: goods.get(lineId) ?? json.get('product_id').textOrNull(255) ?? lineId,
    ordered,
    current: json.get('quantity').get('current').integer(),
  };
}

function shipmentOf(json: JsonReader) {
  const stated = json.get('status').textOrNull(50);
  const events = json.get('events').list();
  const told = events.map((event) => event.get('type').text(50));
  const last = stated === null ? told.at(-1) : stated;
  return {
    json,
    key: json.get('id').text(255),
    type: json.get('type').text(50),
    status: last === undefined ? null : (PARCELS.get(last) ?? null),
    isCancelled: last === 'canceled',
    moments: events.map((event) => event.get('occurred_at').moment()),
    contents: json
      .get('line_items')
      .list()
      .map((line) => ({ lineId: line.get('id').text(255), quantity: line.get('quantity').integer() })),
  };
}

function eventOf(json: JsonReader): RemoteOrder['parcels'][number]['events'][number] {
  const type = json.get('type').text(50);
  return {
    key: json.get('id').text(255),
    at: json.get('occurred_at').moment(),
    status: PARCELS.get(type) ?? 'unknown',
    detail: json.get('description').wordsOrNull() ?? type.replaceAll('_', ' '),
    location: json.get('location').wordsOrNull(200),
  };
}

function adjustmentOf(json: JsonReader) {
  return {
    type: json.get('type').text(50),
    status: json.get('status').text(50),
    at: json.get('occurred_at').moment(),
    amount: Math.abs(json.get('amount').integerOrNull() ?? 0),
    units: json
      .get('line_items')
      .list()
      .reduce((sum, line) => sum + line.get('quantity').integer(), 0),
  };
}

/** What the store says, but that goods which came back are `returned`, and that an unknown word is read from the parcels. */
function statusOf(
  stated: string | null,
  lines: OrderLine[],
  shipments: ReturnType<typeof shipmentOf>[],
  done: ReturnType<typeof adjustmentOf>[],
): RemoteOrderStatus {
  const ordered = lines.reduce((sum, line) => sum + line.ordered, 0);
  const left = lines.reduce((sum, line) => sum + line.current, 0);
  const returned = done.filter(({ type }) => type === 'return').reduce((sum, { units }) => sum + units, 0);
  if (ordered > 0 && (returned >= ordered || (left === 0 && returned > 0))) return 'returned';
  if (ordered > 0 && left === 0) return 'cancelled';
  const known = stated === null ? undefined : STATUSES.get(stated);
  if (known) return known;
  const going = shipments.filter(({ isCancelled }) => !isCancelled).map(({ status }) => status);
  if (going.length > 0 && going.every((status) => status === 'delivered')) return 'delivered';
  const moved = new Set<RemoteParcelStatus | null>(['in_transit', 'out_for_delivery', 'delivered', 'exception']);
  return going.some((status) => moved.has(status)) ? 'shipped' : 'confirmed';
}

/** From the first to the last day that anything says. */
function estimateOf(places: JsonReader[]): RemoteOrder['estimatedDelivery'] {
  const given = places.map((place) => place.get('estimated_delivery')).filter(({ isAbsent }) => !isAbsent);
  // The order's own word first; the parcels' where it has none.
  const [whole] = places[0]?.get('estimated_delivery').isAbsent === false ? given : [];
  const read = (whole ? [whole] : given).map(
    (one) => [one.get('earliest').moment(), one.get('latest').moment()] as const,
  );
  if (read.length === 0) return null;
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  return {
    from: day(Math.min(...read.map(([earliest]) => earliest.getTime()))),
    to: day(Math.max(...read.map(([, to]) => to.getTime()))),
  };
}

function latest(moments: Date[]): Date | null {
  return moments.length === 0 ? null : new Date(Math.max(...moments.map((at) => at.getTime())));
}
