import type { BasketLine, RemoteCheckout, StoreInstrument, StoreMessage } from '../store-api';
import { Unreadable, type JsonReader } from '../json-reader';
import { shopperUrl } from '../store-http';
import { deliveryOptionsOf, selectionOf } from './acp-delivery';
import { handlersOf, type AcpHandler } from './acp-handlers';
import { addUp, totalsOf } from './acp-totals';

/** Every status of ACP 2026-04-17, and what it means for whoever buys. */
const STATUSES = new Map<string, RemoteCheckout['status']>([
  ['incomplete', 'incomplete'],
  ['not_ready_for_payment', 'incomplete'],
  ['requires_escalation', 'escalation'],
  // The card's bank wants to see its owner, and Muse has no place for that: the shopper goes on at the store.
  ['authentication_required', 'escalation'],
  ['ready_for_payment', 'ready'],
  ['pending_approval', 'in_progress'],
  ['complete_in_progress', 'in_progress'],
  ['in_progress', 'in_progress'],
  ['completed', 'completed'],
  ['canceled', 'canceled'],
  ['expired', 'expired'],
]);

/** What a session is read by. */
export interface AcpReading {
  /** What was asked for, to give lines their place; null where nobody knows: then goods go by the store's ids. */
  lines: BasketLine[] | null;
  baseUrl: string;
  /** The store's, as ISO 4217 writes it. */
  currency: string;
  now: Date;
  /** Whether saved cards are usable that the store would rather see a delegated token for: see acp-options.ts. */
  savedByReference: boolean;
}

/** A checkout session, as ACP has it, in the terms of the seam. Throws Unreadable. */
export function checkoutOf(session: JsonReader, by: AcpReading): RemoteCheckout {
  const status = STATUSES.get(session.get('status').text(50));
  if (!status) throw new Unreadable('$.status', 'a known status');
  const currency = session.get('currency').text(3).toUpperCase();
  if (currency !== by.currency) throw new Unreadable('$.currency', 'the currency of the store');
  const items = placed(session.get('line_items').list().map(lineOf), by.lines);
  const foreign = items.filter(({ itemId, line }) => itemId === null && line.unitCents > 0);
  const own = items.filter((item) => item.itemId !== null);
  const goodsCents = own.reduce((sum, { line }) => sum + line.unitCents * line.quantity, 0);
  const totals = totalsOf(session.get('totals'));
  // Goods that nobody asked for are shown for what they are: something that the store puts on the bill.
  const extra = foreign.map(({ line }) => ({
    ...{ code: 'added', name: line.name ?? 'Added by the store', amountCents: line.unitCents * line.quantity },
  }));
  const extraCents = extra.reduce((sum, fee) => sum + fee.amountCents, 0);
  const sums = addUp(totals, goodsCents + extraCents);
  const messages = session
    .get('messages')
    .list()
    .map((message) => messageOf(message, items, by.lines));
  const gone = new Set(messages.flatMap(({ code, itemId }) => (code === 'out_of_stock' && itemId ? [itemId] : [])));
  const deliveryOptions = deliveryOptionsOf(session.get('fulfillment_options'), by.now);
  const handlers = handlersOf(session.get('capabilities').get('payment').get('handlers'));
  const orderJson = session.get('order');
  return {
    id: session.get('id').text(255),
    status,
    currency,
    lines: own.map(({ itemId, line }) => ({
      ...{ itemId: itemId!, quantity: line.quantity, unitPriceCents: line.unitCents },
      available: gone.has(itemId!) ? 0 : line.available,
    })),
    ...sums,
    subtotalCents: sums.subtotalCents - extraCents,
    fees: [...sums.fees, ...extra],
    deliveryOptions: deliveryOptions.map(({ type: _, ...option }) => option),
    deliveryOptionId: selectionOf(session.get('selected_fulfillment_options')).optionIds[0] ?? null,
    messages,
    continueUrl: shopperUrl(session.get('continue_url').textOrNull(2_000), by.baseUrl),
    expiresAt: session.get('expires_at').momentOrNull(),
    instruments: instrumentsOf(handlers, by.savedByReference),
    delegatedTo: delegatedTo(handlers),
    order: orderJson.isAbsent ? null : orderRefOf(orderJson, by.baseUrl),
  };
}

export interface AcpLine {
  lineId: string;
  externalId: string;
  quantity: number;
  unitCents: number;
  available: number | null;
  name: string | null;
}

/** A line of a session. Its price per unit is told in one of four ways. */
export function lineOf(json: JsonReader): AcpLine {
  const quantity = json.get('quantity').integer();
  if (quantity < 1 || quantity > 100_000) throw new Unreadable(json.get('quantity').place, 'a quantity');
  const sums = totalsOf(json.get('totals'));
  const whole = sums.base ?? sums.subtotal;
  const unitCents =
    json.get('unit_amount').integerOrNull() ??
    json.get('item').get('unit_amount').integerOrNull() ??
    (whole === null ? null : whole / quantity);
  if (unitCents === null || !Number.isSafeInteger(unitCents) || unitCents < 0)
    throw new Unreadable(json.get('unit_amount').place, 'a price');
  const isOut = json.get('availability_status').textOrNull(50) === 'out_of_stock';
  return {
    lineId: json.get('id').text(255),
    externalId: json.get('item').get('id').text(255),
    quantity,
    unitCents,
    available: isOut ? 0 : json.get('available_quantity').integerOrNull(),
    name: json.get('name').wordsOrNull(100),
  };
}

interface Placed {
  line: AcpLine;
  itemId: string | null;
}

/** The store's lines, in the order of the basket where there is one; then what is in no basket. */
function placed(lines: AcpLine[], basket: BasketLine[] | null): Placed[] {
  if (!basket) return lines.map((line) => ({ line, itemId: line.externalId }));
  const left = [...lines];
  const found = basket.flatMap(({ itemId, externalId, quantity }) => {
    // Of two lines of the same goods the one that fits better is the one.
    const fits = left.findIndex((line) => line.externalId === externalId && line.quantity === quantity);
    const at = fits >= 0 ? fits : left.findIndex((line) => line.externalId === externalId);
    if (at < 0) return [];
    const [line] = left.splice(at, 1) as [AcpLine];
    // The store took fewer into its checkout than it was asked for: so many there are.
    return [
      { itemId, line: line.quantity < quantity ? { ...line, available: line.available ?? line.quantity } : line },
    ];
  });
  return [...found, ...left.map((line) => ({ line, itemId: null }))];
}

const SEVERITIES = ['recoverable', 'requires_buyer_input', 'requires_buyer_review'] as const;

function messageOf(json: JsonReader, items: Placed[], basket: BasketLine[] | null): StoreMessage {
  const type = json.get('type').text(20);
  if (type !== 'error' && type !== 'warning' && type !== 'info')
    throw new Unreadable(json.get('type').place, 'a known kind of message');
  const resolution = json.get('resolution').textOrNull(50);
  return {
    type,
    severity: SEVERITIES.find((severity) => severity === resolution) ?? null,
    code: json.get('code').textOrNull(100) ?? type,
    detail: json.get('content').wordsOrNull() ?? '',
    itemId: itemAt(json.get('param').textOrNull(200), items, basket),
  };
}

/**
 * The line that a JSONPath means: `$.line_items[2].item.id` is the third of the answer. Some write `$.items[2]`: what was
 * asked for.
 */
function itemAt(path: string | null, items: Placed[], basket: BasketLine[] | null): string | null {
  const [, list, digits] = /^\$\.(line_items|items)\[(\d{1,4})\]/.exec(path ?? '') ?? [];
  if (digits === undefined) return null;
  const at = Number(digits);
  if (list === 'line_items') return items[at]?.itemId ?? basket?.[at]?.itemId ?? null;
  return basket?.[at]?.itemId ?? items[at]?.itemId ?? null;
}

function instrumentsOf(handlers: AcpHandler[], byReference: boolean): StoreInstrument[] {
  return handlers
    .filter((handler) => handler.saved !== null && (!handler.needsToken || byReference))
    .map(({ id, saved }, index) => ({
      ...{ id: saved!.methodId ?? id, brand: saved!.brand, last4: saved!.last4 },
      isDefault: index === 0,
    }));
}

function delegatedTo(handlers: AcpHandler[]): Record<string, string> {
  const first: Record<string, string> = {};
  for (const { id, provider, takesTokens } of handlers) if (takesTokens && provider) first[provider] ??= id;
  return first;
}

function orderRefOf(json: JsonReader, baseUrl: string): RemoteCheckout['order'] {
  const id = json.get('id').text(255);
  return {
    id,
    number:
      json.get('order_number').wordsOrNull(100) ??
      json.get('confirmation').get('confirmation_number').wordsOrNull(100) ??
      id,
    url: shopperUrl(json.get('permalink_url').textOrNull(2_000), baseUrl),
  };
}
