import type { DeliveryQuote } from '../../delivery';
import type { AnswerReader } from '../answer-reader';
import type { BasketAddress, RemoteOrderRef, StoreAddress, StoreMessage } from '../store-api';
import { discountCodeAt } from '../discount-code';
import { codeFrom } from '../store-code';
import { StoreFault } from '../store-fault';
import { readTotals, totalOf, type Figures } from './totals';

const STATUSES = [
  'incomplete',
  'requires_escalation',
  'ready_for_complete',
  'complete_in_progress',
  'completed',
  'canceled',
] as const;

/** A UCP checkout as the store answers it, with the store's ids of everything: what the next request has to name. */
export interface SeenCheckout extends Figures {
  id: string;
  status: (typeof STATUSES)[number];
  currency: string;
  lines: SeenLine[];
  /** How goods are brought; methods of other kinds are the shopper's to choose at the store. */
  shipping: SeenMethod[];
  messages: SeenMessage[];
  /** Null where the store says nothing of discounts. */
  discounts: { code: string | null; title: string; amountCents: number }[] | null;
  continueUrl: string | null;
  expiresAt: Date | null;
  instruments: SeenInstrument[];
  /** Ids of handlers, by their name. */
  handlers: [name: string, ids: string[]][];
  order: RemoteOrderRef | null;
}

export interface SeenLine {
  id: string;
  externalId: string;
  quantity: number;
  unitPriceCents: number;
}

export interface SeenMethod {
  id: string;
  lineIds: string[];
  selectedDestinationId: string | null;
  destinations: StoreAddress[];
  groups: { id: string; selectedOptionId: string | null; options: DeliveryQuote[] }[];
}

export interface SeenMessage extends Omit<StoreMessage, 'itemId'> {
  /** The place in the lines of what it is about. */
  line: number | null;
}

/** What was taken off. An amount that is none makes the answer unreadable: the totals say what is paid. */
function readDiscounts(discounts: AnswerReader): SeenCheckout['discounts'] {
  if (!discounts.isThere) return null;
  return discounts
    .at('applied')
    .list()
    .map((applied) => ({
      code: applied.at('code').textOrNull(),
      title: applied.at('title').textOrNull() ?? 'Discount',
      amountCents: applied.at('amount').amount(),
    }));
}

export interface SeenInstrument {
  id: string;
  handlerId: string;
  type: string;
  brand: string | null;
  last4: string | null;
  isSelected: boolean;
}

/** Throws BadAnswer, and StoreFault `refused` for goods that are not sold by the piece. */
export function readCheckout(answer: AnswerReader, mayBeHttp: boolean, now: Date): SeenCheckout {
  const status = answer.at('status').oneOf(STATUSES);
  const continueUrl = answer.at('continue_url').safeUrl(mayBeHttp);
  if (status === 'requires_escalation' && continueUrl === null) throw answer.not('an escalation with its address');
  const order = answer.at('order');
  if ((status === 'completed') !== order.isThere) throw answer.not('completed if and only if there is an order');
  return {
    id: answer.at('id').id(),
    status,
    currency: answer.at('currency').currency(),
    lines: answer.at('line_items').list().map(readLine),
    ...readTotals(answer.at('totals')),
    shipping: answer
      .at('fulfillment')
      .at('methods')
      .list()
      .filter((method) => method.at('type').id() === 'shipping')
      .map((method) => readMethod(method, now)),
    messages: answer
      .at('messages')
      .list()
      .map((message) => readMessage(message, answer.at('discounts').at('codes'))),
    discounts: readDiscounts(answer.at('discounts')),
    continueUrl,
    expiresAt: answer.at('expires_at').timeOrNull(),
    instruments: answer.at('payment').at('instruments').list().map(readInstrument),
    handlers: answer
      .at('ucp')
      .at('payment_handlers')
      .entries()
      .map(([name, handlers]) => [name, handlers.list().map((handler) => handler.at('id').id())]),
    order: order.isThere ? readOrderRef(order, mayBeHttp) : null,
  };
}

export function readOrderRef(order: AnswerReader, mayBeHttp: boolean): RemoteOrderRef {
  const id = order.at('id').id();
  return {
    id,
    number: order.at('label').textOrNull() ?? id,
    url: order.at('permalink_url').safeUrl(mayBeHttp),
  };
}

function readLine(line: AnswerReader): SeenLine {
  const item = line.at('item');
  assertByThePiece(item);
  const quantity = line.at('quantity').amount();
  return {
    id: line.at('id').id(),
    externalId: item.at('id').id(),
    quantity,
    unitPriceCents: item.at('price').amount(),
  };
}

/** A quantity of grams that is taken for one of pieces would be the wrong order: UCP's default unit is the piece (C62). */
export function assertByThePiece(item: AnswerReader): void {
  const unit = item.at('quantity_unit');
  if (!unit.isThere) return;
  const scale = unit.at('scale');
  if (unit.at('unit').id() === 'C62' && (!scale.isThere || scale.integer() === 0)) return;
  throw new StoreFault('refused', 'sold_by_measure', 'The store sells these goods by measure, not by the piece.');
}

function readMethod(method: AnswerReader, now: Date): SeenMethod {
  return {
    id: method.at('id').id(),
    lineIds: method
      .at('line_item_ids')
      .list()
      .map((id) => id.id()),
    selectedDestinationId: method.at('selected_destination_id').idOrNull(),
    destinations: readDestinations(method),
    groups: method
      .at('groups')
      .list()
      .map((group) => ({
        id: group.at('id').id(),
        selectedOptionId: group.at('selected_option_id').idOrNull(),
        options: group
          .at('options')
          .list()
          .map((option) => readOption(option, now)),
      })),
  };
}

function readDestinations(method: AnswerReader): StoreAddress[] {
  const selected = method.at('selected_destination_id').idOrNull();
  return method
    .at('destinations')
    .list()
    .map((destination) => {
      const id = destination.at('id').id();
      return { id, isDefault: id === selected, ...readAddress(destination) };
    });
}

function readAddress(address: AnswerReader): BasketAddress {
  return {
    firstName: address.at('first_name').textOrNull(),
    lastName: address.at('last_name').textOrNull(),
    line1: address.at('street_address').textOrNull() ?? '',
    line2: address.at('extended_address').textOrNull(),
    city: address.at('address_locality').textOrNull() ?? '',
    region: address.at('address_region').textOrNull(),
    postalCode: address.at('postal_code').textOrNull(),
    country: address.at('address_country').textOrNull() ?? '',
    phone: address.at('phone_number').textOrNull(),
  };
}

const DAY_MS = 86_400_000;
/** Of an option that names no day. */
const UNTOLD_DAYS = { minDays: 1, maxDays: 14 };
const MOST_DAYS = 365;

function readOption(option: AnswerReader, now: Date): DeliveryQuote {
  const priceCents = totalOf(option.at('totals'));
  if (priceCents < 0) throw option.not('an option with a price');
  const earliest = daysTo(option.at('earliest_fulfillment_time').timeOrNull(), now);
  const latest = daysTo(option.at('latest_fulfillment_time').timeOrNull(), now);
  const maxDays = latest ?? earliest;
  return {
    id: option.at('id').id(),
    name: option.at('title').textOrNull() ?? 'Delivery',
    priceCents,
    ...(maxDays === null ? UNTOLD_DAYS : { minDays: Math.min(earliest ?? 0, maxDays), maxDays }),
  };
}

/** Calendar days (UTC) from now on; what is over is today. */
function daysTo(time: Date | null, now: Date): number | null {
  if (time === null) return null;
  const day = (of: Date) => Math.floor(of.getTime() / DAY_MS);
  return Math.min(Math.max(day(time) - day(now), 0), MOST_DAYS);
}

const SEVERITIES = ['recoverable', 'requires_buyer_input', 'requires_buyer_review', 'unrecoverable'] as const;
const LINE = /^\$\.line_items\[(\d{1,4})\]/;

function readMessage(message: AnswerReader, codes: AnswerReader): SeenMessage {
  const type = message.at('type').oneOf(['error', 'warning', 'info']);
  const severity = message.at('severity');
  const path = message.at('path').textOrNull();
  const line = path === null ? null : LINE.exec(path)?.[1];
  const discountCode = discountCodeAt(path, codes);
  return {
    type,
    severity: type === 'error' && severity.isThere ? severity.oneOf(SEVERITIES) : null,
    code: codeFrom(message.at('code').textOrNull(), type),
    detail: wordsOf(message),
    line: line === null || line === undefined ? null : Number(line),
    ...(discountCode !== null && { discountCode }),
  };
}

/** A disclosure has to be shown with where it is from, and with its sign: words have room for the addresses of both. */
function wordsOf(message: AnswerReader): string {
  const content = message.at('content').text();
  if (message.at('presentation').textOrNull() !== 'disclosure') return content;
  return [content, message.at('image_url').safeUrl(), message.at('url').safeUrl()].filter(Boolean).join(' ');
}

function readInstrument(instrument: AnswerReader): SeenInstrument {
  const display = instrument.at('display');
  const last4 = display.at('last_digits').textOrNull();
  const selected = instrument.at('selected');
  return {
    id: instrument.at('id').id(),
    handlerId: instrument.at('handler_id').id(),
    type: instrument.at('type').id(),
    brand: display.at('brand').textOrNull()?.slice(0, 50) ?? null,
    // Whatever else stands there is more of a card than Muse may know.
    last4: last4 !== null && /^\d{4}$/.test(last4) ? last4 : null,
    isSelected: selected.isThere && selected.flag(),
  };
}
