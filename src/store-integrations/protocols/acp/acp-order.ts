import type { RemoteOrder, RemoteOrderStatus, RemoteParcelStatus } from '../store-api';
import type { AnswerReader } from '../answer-reader';
import { integerOrNull, orderNumber } from './acp-read';
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
 * rest of the order says, as the protocol asks. Throws BadAnswer.
 */
export function orderOf(
  json: AnswerReader,
  { currency, mayBeHttp, goods = new Map() }: { currency: string; mayBeHttp: boolean; goods?: Map<string, string> },
): RemoteOrder {
  const lines = json
    .at('line_items')
    .list()
    .map((line) => orderLineOf(line, goods));
  const shipments = json.at('fulfillments').list().map(shipmentOf);
  const adjustments = json.at('adjustments').list().map(adjustmentOf);
  const totals = totalsOf(json.at('totals'));
  const done = adjustments.filter(({ status }) => status === 'completed');
  const given = done.filter(({ type }) => GIVES_BACK.has(type)).reduce((sum, { amount }) => sum + amount, 0);
  const parcels = shipments.filter(({ type, isCancelled }) => type === 'shipping' && !isCancelled);
  const ofLine = new Map(lines.map(({ lineId, externalId }) => [lineId, externalId]));
  return {
    id: json.at('id').id(),
    number: orderNumber(json),
    checkoutId: json.at('checkout_session_id').idOrNull(),
    status: statusOf(json.at('status').textOrNull(), lines, shipments, done),
    parcels: parcels.map(({ key, status, json: parcel, contents }) => ({
      key,
      carrier: parcel.at('carrier').textOrNull(),
      trackingNumber: parcel.at('tracking_number').textOrNull(),
      trackingUrl: parcel.at('tracking_url').safeUrl(mayBeHttp),
      status: status ?? 'unknown',
      events: parcel.at('events').list().map(eventOf),
      lines: contents.map(({ lineId, quantity }) => ({ externalId: ofLine.get(lineId) ?? lineId, quantity })),
    })),
    estimatedDelivery: estimateOf(
      json,
      parcels.map((parcel) => parcel.json),
    ),
    totalCents: totals.total ?? totals.subtotal ?? 0,
    currency,
    refundedCents: totals.refunded ?? given,
    updatedAt: latest([...shipments.flatMap(({ moments }) => moments), ...adjustments.map(({ at }) => at)]),
  };
}

function orderLineOf(json: AnswerReader, goods: Map<string, string>): OrderLine {
  const lineId = json.at('id').id();
  const ordered = json.at('quantity').at('ordered').integer();
  return {
    lineId,
    externalId: goods.get(lineId) ?? json.at('product_id').textOrNull() ?? lineId,
    ordered,
    current: json.at('quantity').at('current').integer(),
  };
}

function shipmentOf(json: AnswerReader) {
  const stated = json.at('status').textOrNull();
  const events = json.at('events').list();
  const told = events.map((event) => event.at('type').id());
  const last = stated === null ? told.at(-1) : stated;
  return {
    json,
    key: json.at('id').id(),
    type: json.at('type').id(),
    status: last === undefined ? null : (PARCELS.get(last) ?? null),
    isCancelled: last === 'canceled',
    moments: events.map((event) => event.at('occurred_at').time()),
    contents: json
      .at('line_items')
      .list()
      .map((line) => ({ lineId: line.at('id').id(), quantity: line.at('quantity').integer() })),
  };
}

function eventOf(json: AnswerReader): RemoteOrder['parcels'][number]['events'][number] {
  const type = json.at('type').id();
  return {
    key: json.at('id').id(),
    at: json.at('occurred_at').time(),
    status: PARCELS.get(type) ?? 'unknown',
    detail: json.at('description').textOrNull() ?? type.replaceAll('_', ' '),
    location: json.at('location').textOrNull(),
  };
}

function adjustmentOf(json: AnswerReader) {
  return {
    type: json.at('type').id(),
    status: json.at('status').id(),
    at: json.at('occurred_at').time(),
    amount: Math.abs(integerOrNull(json.at('amount')) ?? 0),
    units: json
      .at('line_items')
      .list()
      .reduce((sum, line) => sum + line.at('quantity').integer(), 0),
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

/** The order's own word; where it has none, from the first to the last day that a parcel says. */
function estimateOf(order: AnswerReader, parcels: AnswerReader[]): RemoteOrder['estimatedDelivery'] {
  const own = order.at('estimated_delivery');
  const given = own.isThere
    ? [own]
    : parcels.map((parcel) => parcel.at('estimated_delivery')).filter(({ isThere }) => isThere);
  if (given.length === 0) return null;
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  return {
    from: day(Math.min(...given.map((one) => one.at('earliest').time().getTime()))),
    to: day(Math.max(...given.map((one) => one.at('latest').time().getTime()))),
  };
}

function latest(moments: Date[]): Date | null {
  return moments.length === 0 ? null : new Date(Math.max(...moments.map((at) => at.getTime())));
}
