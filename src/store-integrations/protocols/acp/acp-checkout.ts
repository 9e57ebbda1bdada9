import type { BasketLine, RemoteCheckout, StoreInstrument, StoreMessage } from '../store-api';
import { BadAnswer, type AnswerReader } from '../answer-reader';
import { discountCodeAt } from '../discount-code';
import { codeFrom } from '../store-code';
import { deliveryOptionsOf, selectionOf } from './acp-delivery';
import { handlersOf, type AcpHandler } from './acp-handlers';
import { integerOrNull, orderNumber } from './acp-read';
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

const MOST_STOCK = 1_000_000;

/** What a session is read by. */
export interface AcpReading {
  /** What was asked for, to give lines their place; null where nobody knows: then goods go by the store's ids. */
  lines: BasketLine[] | null;
  /** Whether links may be http: of the sandbox alone. */
  mayBeHttp: boolean;
  /** The store's, as ISO 4217 writes it. */
  currency: string;
  now: Date;
  /** Whether saved cards are usable that the store would rather see a delegated token for: see acp-options.ts. */
  savedByReference: boolean;
}

/** A checkout session, as ACP has it, in the terms of the seam. Throws BadAnswer. */
export function checkoutOf(session: AnswerReader, by: AcpReading): RemoteCheckout {
  const status = STATUSES.get(session.at('status').id());
  if (!status) throw new BadAnswer('$.status', 'a known status');
  const currency = session.at('currency').id().toUpperCase();
  if (currency !== by.currency) throw new BadAnswer('$.currency', 'the currency of the store');
  const items = placed(session.at('line_items').list().map(lineOf), by.lines);
  const foreign = items.filter(({ itemId, line }) => itemId === null && line.unitCents > 0);
  const own = items.filter((item) => item.itemId !== null);
  const goodsCents = own.reduce((sum, { line }) => sum + line.unitCents * line.quantity, 0);
  const totals = totalsOf(session.at('totals'));
  // Goods that nobody asked for are shown for what they are: something that the store puts on the bill.
  const extra = foreign.map(({ line }) => ({
    ...{ code: 'added', name: line.name ?? 'Added by the store', amountCents: line.unitCents * line.quantity },
  }));
  const extraCents = extra.reduce((sum, fee) => sum + fee.amountCents, 0);
  const sums = addUp(totals, goodsCents + extraCents);
  const messages = session
    .at('messages')
    .list()
    .map((message) => messageOf(message, items, by.lines, session.at('discounts').at('codes')));
  const gone = new Set(messages.flatMap(({ code, itemId }) => (code === 'out_of_stock' && itemId ? [itemId] : [])));
  const deliveryOptions = deliveryOptionsOf(session.at('fulfillment_options'), by.now);
  const handlers = handlersOf(session.at('capabilities').at('payment').at('handlers'));
  const orderJson = session.at('order');
  return {
    id: session.at('id').id(),
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
    deliveryOptionId: selectionOf(session.at('selected_fulfillment_options')).optionIds[0] ?? null,
    messages: [...messages, ...refusedCodes(session, messages)],
    ...discountsOf(session.at('discounts')),
    continueUrl: session.at('continue_url').safeUrl(by.mayBeHttp),
    expiresAt: session.at('expires_at').timeOrNull(),
    instruments: instrumentsOf(handlers, by.savedByReference),
    delegatedTo: delegatedTo(handlers),
    order: orderJson.isThere ? orderRefOf(orderJson, by.mayBeHttp) : null,
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
export function lineOf(json: AnswerReader): AcpLine {
  const quantity = json.at('quantity').integer();
  if (quantity < 1 || quantity > 100_000) throw new BadAnswer(json.at('quantity').path, 'a quantity');
  const sums = totalsOf(json.at('totals'));
  const whole = sums.base ?? sums.subtotal;
  const unitCents =
    integerOrNull(json.at('unit_amount')) ??
    integerOrNull(json.at('item').at('unit_amount')) ??
    (whole === null ? null : whole / quantity);
  if (unitCents === null || !Number.isSafeInteger(unitCents) || unitCents < 0)
    throw new BadAnswer(json.at('unit_amount').path, 'a price');
  const isOut = json.at('availability_status').textOrNull() === 'out_of_stock';
  return {
    lineId: json.at('id').id(),
    externalId: json.at('item').at('id').id(),
    quantity,
    unitCents,
    available: isOut ? 0 : stockOf(json.at('available_quantity')),
    name: json.at('name').textOrNull(),
  };
}

/** Nobody has less than nothing, and who has more than anybody orders has enough. */
function stockOf(json: AnswerReader): number | null {
  const stock = integerOrNull(json);
  return stock === null || stock > MOST_STOCK ? null : Math.max(stock, 0);
}

interface Placed {
  line: AcpLine;
  itemId: string | null;
  /** Where it stands in the store's list. */
  at: number;
}

/**
 * The store's lines, in the order of the basket where there is one; then what nobody asked for. Lines of the same goods may
 * have become one at the store, and units of one line be told in several.
 */
function placed(lines: AcpLine[], basket: BasketLine[] | null): Placed[] {
  if (!basket) return lines.map((line, at) => ({ line, itemId: line.externalId, at }));
  const left = lines.map(({ quantity }) => quantity);
  const taken = (at: number, quantity: number): AcpLine => {
    left[at]! -= quantity;
    return { ...lines[at]!, quantity };
  };
  const found = basket.flatMap(({ itemId, externalId, quantity }): Placed[] => {
    const fits = (at: number) => lines[at]!.externalId === externalId && left[at]! > 0;
    const exact = lines.findIndex((line, at) => fits(at) && line.quantity === quantity);
    const at = exact >= 0 ? exact : lines.findIndex((_, index) => fits(index));
    if (at < 0) return [];
    const line = taken(at, Math.min(quantity, left[at]!));
    // The store took fewer into its checkout than it was asked for: so many there are.
    const available = line.quantity < quantity ? (line.available ?? line.quantity) : line.available;
    return [{ itemId, at, line: { ...line, available } }];
  });
  const others = lines.flatMap((_, at) => (left[at]! > 0 ? [{ itemId: null, at, line: taken(at, left[at]!) }] : []));
  return [...found, ...others];
}

const SEVERITIES = ['recoverable', 'requires_buyer_input', 'requires_buyer_review'] as const;

function messageOf(
  json: AnswerReader,
  items: Placed[],
  basket: BasketLine[] | null,
  codes: AnswerReader,
): StoreMessage {
  const type = json.at('type').id();
  if (type !== 'error' && type !== 'warning' && type !== 'info')
    throw new BadAnswer(json.at('type').path, 'a known kind of message');
  const resolution = json.at('resolution').textOrNull();
  const discountCode = discountCodeAt(json.at('param').textOrNull(), codes);
  return {
    type,
    severity: SEVERITIES.find((severity) => severity === resolution) ?? null,
    code: codeFrom(json.at('code').textOrNull(), type),
    detail: json.at('content').textOrNull() ?? '',
    itemId: itemAt(json.at('param').textOrNull(), items, basket),
    ...(discountCode !== null && { discountCode }),
  };
}

function discountsOf(discounts: AnswerReader): Pick<RemoteCheckout, 'discounts'> {
  if (!discounts.isThere) return {};
  const applied = discounts.at('applied').list();
  return {
    discounts: applied.map((one) => {
      const code = one.at('code').textOrNull();
      const title = one.at('coupon').at('name').textOrNull() ?? code ?? 'Discount';
      return { code, title, amountCents: one.at('amount').amount() };
    }),
  };
}

/** Codes that were refused, where no message says so already. */
function refusedCodes(session: AnswerReader, messages: StoreMessage[]): StoreMessage[] {
  const told = new Set(messages.map(({ discountCode }) => discountCode));
  return session
    .at('discounts')
    .at('rejected')
    .list()
    .flatMap((rejected): StoreMessage[] => {
      const discountCode = rejected.at('code').textOrNull();
      if (discountCode === null || told.has(discountCode)) return [];
      const code = codeFrom(rejected.at('reason').textOrNull(), 'discount_code_invalid');
      const detail = rejected.at('message').textOrNull() ?? '';
      return [{ type: 'warning', severity: null, code, detail, itemId: null, discountCode }];
    });
}

/**
 * The line that a JSONPath means: `$.line_items[2].item.id` is the third of the answer. Some write `$.items[2]`: what was
 * asked for.
 */
function itemAt(path: string | null, items: Placed[], basket: BasketLine[] | null): string | null {
  const [, list, digits] = /^\$\.(line_items|items)\[(\d{1,4})\]/.exec(path ?? '') ?? [];
  if (digits === undefined) return null;
  const at = Number(digits);
  const theirs = items.find((item) => item.at === at)?.itemId ?? null;
  const asked = basket?.[at]?.itemId ?? null;
  return list === 'line_items' ? (theirs ?? asked) : (asked ?? theirs);
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

function orderRefOf(json: AnswerReader, mayBeHttp: boolean): RemoteCheckout['order'] {
  return {
    id: json.at('id').id(),
    number: orderNumber(json),
    url: json.at('permalink_url').safeUrl(mayBeHttp),
  };
}
