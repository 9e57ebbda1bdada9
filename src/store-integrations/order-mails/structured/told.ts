import { carrierOf, detectCarrier, normalNumber, trackingLink } from '../../carriers';
import type { MailFinding, MailKind } from '../finding';
import { minorDigits } from '../../../platform/money';
import { bare, type Thing, type Value } from './linked-data';

/** What structured data says of one order; null: it does not say. */
export interface Told {
  by: Thing['by'];
  kind: MailKind | null;
  storeName: string | null;
  orderNumber: string | null;
  total: MailFinding['total'];
  items: MailFinding['items'];
  estimatedDelivery: MailFinding['estimatedDelivery'];
  parcels: MailFinding['parcels'];
}

const STATUS: Record<string, MailKind> = {
  OrderProcessing: 'ordered',
  OrderPaymentDue: 'ordered',
  OrderInTransit: 'shipped',
  OrderDelivered: 'delivered',
  OrderCancelled: 'cancelled',
  OrderReturned: 'returned',
  OrderProblem: 'exception',
};
/** Of money that there is. */
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
/** As a shopper may give it, too: HandoffOrderedRequest. */
const ORDER_NUMBER = /^[\p{L}\p{N}#][\p{L}\p{N} #._/-]{0,99}$/u;

/** Orders, each with its parcels; a parcel whose order is not among them tells of its own. */
export function toldBy(things: Thing[]): Told[] {
  const all = things.flatMap((thing) => [thing, ...within(thing)]);
  const parcels = all.filter(({ type }) => type === 'ParcelDelivery');
  const orders = all.filter(
    ({ type, of }) =>
      type === 'Order' &&
      (of.orderStatus ?? of.acceptedOffer ?? of.price ?? of.orderedItem ?? of.merchant ?? of.seller),
  );
  const told = new Map<string, Told>();
  const keep = (one: Told) => {
    const known = told.get(one.orderNumber ?? '');
    told.set(one.orderNumber ?? '', known ? together(known, one) : one);
  };
  orders.slice(0, 20).forEach((order) => keep(ofOrder(order)));
  parcels.slice(0, 40).forEach((parcel) => keep(ofParcel(parcel)));
  return [...told.values()];
}

function ofOrder(order: Thing): Told {
  const currency = text(order, 'priceCurrency') ?? '';
  const isReal = CURRENCIES.has(currency);
  const price = isReal ? cents(text(order, 'price') ?? text(order, 'totalPrice'), currency) : null;
  const offers = things(order, 'acceptedOffer');
  const goods =
    offers.length > 0
      ? offers.flatMap((offer) => itemOf(offer))
      : things(order, 'orderedItem').flatMap((item) => itemOf(item));
  return {
    by: order.by,
    kind: STATUS[bare(text(order, 'orderStatus') ?? '')] ?? null,
    storeName:
      nameOf(order, 'merchant') ??
      nameOf(order, 'seller') ??
      offers.map((offer) => nameOf(offer, 'seller')).find(Boolean) ??
      null,
    orderNumber: numberOf(order, 'orderNumber') ?? numberOf(order, 'confirmationNumber'),
    total: price === null ? null : { cents: price, currency },
    items: goods,
    estimatedDelivery: null,
    parcels: [],
  };
}

function ofParcel(parcel: Thing): Told {
  const order = things(parcel, 'partOfOrder')[0];
  const name = nameOf(parcel, 'carrier') ?? nameOf(parcel, 'provider');
  const number = text(parcel, 'trackingNumber');
  const carrier = name
    ? (carrierOf(name) ?? name)
    : number
      ? (detectCarrier(number, { isLabelled: true })?.carrier ?? null)
      : null;
  const trackingNumber = number && normalNumber(number);
  const until = dayOf(text(parcel, 'expectedArrivalUntil'));
  const from = dayOf(text(parcel, 'expectedArrivalFrom')) ?? until;
  const url = text(parcel, 'trackingUrl');
  return {
    by: parcel.by,
    kind:
      STATUS[bare(text(parcel, 'deliveryStatus') ?? (order && text(order, 'orderStatus')) ?? '')] ??
      (trackingNumber ? 'shipped' : null),
    storeName: (order && (nameOf(order, 'merchant') ?? nameOf(order, 'seller'))) ?? null,
    orderNumber: (order && numberOf(order, 'orderNumber')) ?? null,
    total: null,
    items: things(parcel, 'itemShipped').flatMap((item) => itemOf(item)),
    estimatedDelivery: from ? { from, to: until && until >= from ? until : from } : null,
    parcels: trackingNumber
      ? [
          {
            carrier,
            trackingNumber,
            trackingUrl:
              (carrier && trackingLink(carrier, trackingNumber)) ?? (url && /^https:\/\//i.test(url) ? url : null),
          },
        ]
      : [],
  };
}

function itemOf(offer: Thing): MailFinding['items'] {
  const product = things(offer, 'itemOffered')[0] ?? things(offer, 'orderedItem')[0] ?? offer;
  const name = text(product, 'name') ?? text(offer, 'name');
  if (!name) return [];
  const amount = things(offer, 'eligibleQuantity')[0];
  const count = Number(
    text(offer, 'orderQuantity') ?? (amount ? text(amount, 'value') : text(offer, 'eligibleQuantity')) ?? 1,
  );
  const currency = text(offer, 'priceCurrency') ?? '';
  const unitPriceCents = CURRENCIES.has(currency) ? cents(text(offer, 'price'), currency) : null;
  return [
    {
      name: name.slice(0, 160),
      quantity: Number.isInteger(count) && count > 0 && count <= 500 ? count : 1,
      unitPriceCents,
    },
  ];
}

function together(a: Told, b: Told): Told {
  return {
    ...a,
    kind: a.kind === 'ordered' || a.kind === null ? (b.kind ?? a.kind) : a.kind,
    storeName: a.storeName ?? b.storeName,
    total: a.total ?? b.total,
    items: a.items.length > 0 ? a.items : b.items,
    estimatedDelivery: a.estimatedDelivery ?? b.estimatedDelivery,
    parcels: [
      ...a.parcels,
      ...b.parcels.filter((one) => !a.parcels.some((other) => other.trackingNumber === one.trackingNumber)),
    ],
  };
}

function within(thing: Thing, depth = 0): Thing[] {
  if (depth > 6) return [];
  return Object.values(thing.of)
    .flat()
    .filter(isThing)
    .flatMap((one) => [one, ...within(one, depth + 1)]);
}

function isThing(value: Value): value is Thing {
  return typeof value !== 'string';
}

function things(thing: Thing, name: string): Thing[] {
  return (thing.of[name] ?? []).filter(isThing);
}

function text(thing: Thing, name: string): string | null {
  const value = thing.of[name]?.find((one) => typeof one === 'string' && one.trim() !== '');
  return typeof value === 'string' ? value.trim() : null;
}

function numberOf(thing: Thing, name: string): string | null {
  const number = text(thing, name);
  return number !== null && ORDER_NUMBER.test(number) ? number : null;
}

function nameOf(thing: Thing, name: string): string | null {
  const one = thing.of[name]?.[0];
  return one === undefined ? null : typeof one === 'string' ? one : text(one, 'name');
}

/** Machines write "1234.50"; some put a sign before it. */
function cents(written: string | null, currency: string): number | null {
  const plain = written
    ?.replace(/[^\d.,]/g, '')
    .replace(/,(?=\d{3}\b)/g, '')
    .replace(',', '.');
  const amount = plain ? Number(plain) : Number.NaN;
  const minor = Math.round(amount * 10 ** minorDigits(currency));
  return Number.isSafeInteger(minor) && minor >= 0 && minor <= 1_000_000_000 ? minor : null;
}

function dayOf(written: string | null): string | null {
  const day = written?.slice(0, 10) ?? '';
  return /^20\d\d-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : null;
}
