import type { AnswerReader } from '../../answer-reader';
import type {
  Basket,
  BasketAddress,
  BasketLine,
  RemoteAvailability,
  RemoteCheckout,
  RemoteOrder,
  RemoteOrderStatus,
  RemoteParcelStatus,
  StoreAddress,
  StoreInstrument,
  StoreMessage,
} from '../../store-api';
import { codeFrom } from '../../store-code';

/** Between Marlow's JSON and the seam: pure, so that a unit spec can show each turn of it. */

const ORDERS = {
  packing: 'processing',
  sent: 'shipped',
  arrived: 'delivered',
  cancelled: 'cancelled',
  returned: 'returned',
} as const;
const MOVES = new Map<string, RemoteParcelStatus>([
  ['shipped', 'in_transit'],
  ['in_transit', 'out_for_delivery'],
  ['delivered', 'delivered'],
]);

export function basketJson({ lines, buyer, address, storeAddressId, deliveryOptionId }: Basket): object {
  const to = storeAddressId ? { saved: storeAddressId } : address && { address: addressJson(address) };
  return {
    lines: lines.map(({ externalId, quantity }) => ({ sku: externalId, count: quantity })),
    ...(buyer && { email: buyer.email }),
    ...(to && { to }),
    ...(deliveryOptionId !== null && { delivery: deliveryOptionId }),
  };
}

function addressJson({ firstName, lastName, line1, line2, city, region, postalCode, country }: BasketAddress): object {
  return {
    ...{ name: [firstName, lastName].filter(Boolean).join(' ') || 'Customer', street: line1, town: city, country },
    ...(line2 && { extra: line2 }),
    ...(region && { region }),
    code: postalCode ?? '-',
  };
}

/** `lines`: what was asked for, in that order; null where nobody knows. Throws BadAnswer. */
export function checkoutOf(json: AnswerReader, lines: BasketLine[] | null, mayBeHttp: boolean): RemoteCheckout {
  const state = json.at('state').oneOf(['open', 'buying', 'bought', 'closed'] as const);
  const theirs = json.at('lines').list().map(lineOf);
  const itemIdOf = (at: number) => lines?.[at]?.itemId ?? theirs[at]?.sku ?? null;
  const missing = json.at('missing').list();
  const messages = missing.map((entry) => messageOf(entry, itemIdOf));
  const isTheirs = missing.some((entry) => entry.at('here').flag());
  const delivery = json.at('delivery').list();
  const order = json.at('order');
  return {
    id: json.at('id').id(),
    status: statusOf(state, { isComplete: messages.length === 0, isTheirs }),
    currency: json.at('currency').currency(),
    lines: theirs.map(({ count, price, left }, at) => ({
      ...{ itemId: itemIdOf(at)!, quantity: count, unitPriceCents: price, available: left },
    })),
    subtotalCents: json.at('goods').amount(),
    discountCents: json.at('off').amount(),
    shippingCents: json.at('shipping').amount(),
    fees: [],
    taxCents: json.at('tax').amount(),
    totalCents: json.at('total').amount(),
    deliveryOptions: delivery.map((option) => {
      const [minDays = 0, maxDays = minDays] = option
        .at('days')
        .list()
        .map((days) => days.amount());
      const [id, name] = [option.at('id').id(), option.at('title').text()];
      return { id, name, priceCents: option.at('price').amount(), minDays, maxDays };
    }),
    deliveryOptionId:
      delivery
        .find((option) => option.at('chosen').flag())
        ?.at('id')
        .id() ?? null,
    messages,
    continueUrl: json.at('page').safeUrl(mayBeHttp),
    expiresAt: json.at('until').timeOrNull(),
    instruments: json.at('cards').list().map(cardOf),
    delegatedTo: {},
    order: order.isThere
      ? { id: order.at('number').id(), number: order.at('number').id(), url: order.at('page').safeUrl(mayBeHttp) }
      : null,
  };
}

function statusOf(
  state: 'open' | 'buying' | 'bought' | 'closed',
  { isComplete, isTheirs }: { isComplete: boolean; isTheirs: boolean },
): RemoteCheckout['status'] {
  if (state === 'open') return isTheirs ? 'escalation' : isComplete ? 'ready' : 'incomplete';
  return ({ bought: 'completed', buying: 'in_progress', closed: 'canceled' } as const)[state];
}

function lineOf(json: AnswerReader): { sku: string; count: number; price: number; left: number } {
  const [count, price, left] = [json.at('count').amount(), json.at('price').amount(), json.at('left').amount()];
  return { sku: json.at('sku').id(), count, price, left };
}

function messageOf(json: AnswerReader, itemIdOf: (at: number) => string | null): StoreMessage {
  const line = json.at('line');
  return {
    type: 'error',
    severity: json.at('here').flag() ? 'requires_buyer_input' : 'recoverable',
    code: codeFrom(json.at('what').text(), 'refused'),
    detail: json.at('message').text(),
    itemId: line.isThere ? itemIdOf(line.amount()) : null,
  };
}

export function cardOf(json: AnswerReader): StoreInstrument {
  const last4 = json.at('last4').textOrNull();
  return {
    ...{ id: json.at('id').id(), brand: json.at('brand').textOrNull(), isDefault: json.at('first').flag() },
    // Whatever a store sends, no more of a card than four digits.
    last4: last4 !== null && /^\d{4}$/.test(last4) ? last4 : null,
  };
}

export function addressOf(json: AnswerReader): StoreAddress {
  const [firstName = '', ...rest] = json.at('name').text().split(' ');
  return {
    ...{ id: json.at('id').id(), isDefault: json.at('first').flag(), firstName, lastName: rest.join(' ') || null },
    ...{ line1: json.at('street').text(), line2: json.at('extra').textOrNull(), city: json.at('town').text() },
    ...{ region: json.at('region').textOrNull(), postalCode: json.at('code').textOrNull() },
    country: json.at('country').id(),
  };
}

/** A snapshot without anything personal. Throws BadAnswer. */
export function orderOf(json: AnswerReader, mayBeHttp: boolean): RemoteOrder {
  const number = json.at('number').id();
  const state = json.at('state').oneOf(Object.keys(ORDERS) as (keyof typeof ORDERS)[]);
  return {
    ...{ id: number, number, checkoutId: json.at('basket').idOrNull() },
    status: ORDERS[state] satisfies RemoteOrderStatus,
    parcels: json
      .at('parcels')
      .list()
      .map((parcel) => ({
        key: parcel.at('number').id(),
        carrier: parcel.at('carrier').textOrNull(),
        trackingNumber: parcel.at('number').id(),
        trackingUrl: parcel.at('link').safeUrl(mayBeHttp),
        status:
          parcel.at('state').oneOf(['on_its_way', 'arrived']) === 'arrived'
            ? ('delivered' as const)
            : ('in_transit' as const),
        events: parcel
          .at('log')
          .list()
          .map((entry) => ({
            key: entry.at('id').id(),
            at: entry.at('at').time(),
            status: MOVES.get(entry.at('what').id()) ?? ('unknown' as const),
            detail: entry.at('text').text(),
            location: null,
          })),
        lines: parcel
          .at('lines')
          .list()
          .map((line) => ({ externalId: line.at('sku').id(), quantity: line.at('count').amount() })),
      })),
    estimatedDelivery: null,
    totalCents: json.at('total').amount(),
    currency: json.at('currency').currency(),
    refundedCents: json.at('refunded').amount(),
    updatedAt: json.at('changed').timeOrNull(),
  };
}

/** What the shop does not know is not to be had. */
export function availabilityOf(json: AnswerReader, lines: BasketLine[]): RemoteAvailability[] {
  const goods = json.at('goods').list();
  const found = new Map(goods.map((good) => [good.at('sku').id(), good]));
  return lines.map(({ itemId, externalId }) => {
    const good = found.get(externalId);
    if (!good) return { itemId, priceCents: null, available: 0 };
    return { itemId, priceCents: good.at('price').amount(), available: good.at('left').amount() };
  });
}

/** The shop's words for why something comes back; a shopper writes their own. */
export function reasonOf(reason: string): 'damaged' | 'wrong' | 'unwanted' | 'other' {
  const words = reason.toLowerCase();
  if (/damag|broken|defect/.test(words)) return 'damaged';
  if (/wrong|not as described|not_as_described|mistake/.test(words)) return 'wrong';
  return /mind|unwanted|fit|small|large|size/.test(words) ? 'unwanted' : 'other';
}
