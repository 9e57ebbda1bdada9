import { v5 as uuidv5 } from 'uuid';
import type { GroupLine, NoQuote, Problem, StoreGroup, StoreQuote } from '../../checkout-strategy';
import type { DeliveryQuote } from '../../delivery';
import type { RemoteCheckout, StoreMessage } from '../../protocols/store-api';

/** Of ids that Muse derives for what is a store's; any constant does, as long as it stays. */
const NAMESPACE = '5b0c1f0e-6a53-4c8e-9a57-0d2d3c1a7f44';

/** The same for the same parts, after a crash too. */
export const derivedId = (...parts: (string | number)[]): string => uuidv5(parts.join('\n'), NAMESPACE);

/**
 * What a store's own checkout says, as the quote of a group. A store whose amounts do not add up has given none. `takesTokens`:
 * it can be paid with a token of a payment method in Muse.
 */
export function quoteOf(group: StoreGroup, remote: RemoteCheckout, takesTokens = false): StoreQuote | NoQuote {
  const { store } = group;
  const { subtotalCents, discountCents, shippingCents, fees, taxCents, totalCents } = remote;
  const sum =
    subtotalCents - discountCents + shippingCents + fees.reduce((all, fee) => all + fee.amountCents, 0) + taxCents;
  if (sum !== totalCents) return noQuote('bad_answer', `${store.name} gave amounts that do not add up.`);
  if (remote.currency !== store.currency)
    return noQuote('bad_answer', `${store.name} asks for ${remote.currency}, not ${store.currency}.`);
  const lines = new Map(remote.lines.map((line) => [line.itemId, line]));
  const deliveryOptions = remote.deliveryOptions
    .map((option): DeliveryQuote => ({ ...option, id: derivedId('delivery', store.id, option.id), ref: option.id }))
    .sort((a, b) => a.priceCents - b.priceCents || a.maxDays - b.maxDays || (a.id < b.id ? -1 : 1));
  const chosen = deliveryOptions.find(({ ref }) => ref === remote.deliveryOptionId);
  return {
    unitPricesCents: group.lines.map((line) => lines.get(line.itemId)?.unitPriceCents ?? line.unitPriceCents),
    ...{ subtotalCents, discountCents, shippingCents, fees, taxCents, totalCents, deliveryOptions },
    deliveryOptionId: chosen?.id ?? null,
    problems: [
      ...group.lines.flatMap((line) => lineProblem(group, line, lines.get(line.itemId))),
      ...remote.messages.flatMap((message) => said(group, message)),
      ...refusedCodes(group, remote),
      ...howItEnds(group, remote, takesTokens),
    ],
    storeDiscounts: remote.discounts ?? [],
    takesTokens,
  };
}

/** What stands in the way of buying these lines as they were agreed: a code and words, or nothing. */
export function shortOf(
  lines: readonly Pick<GroupLine, 'itemId' | 'productName' | 'quantity' | 'externalId'>[],
  remote: RemoteCheckout,
): { code: 'out_of_stock' | 'stock_short'; detail: string } | null {
  for (const { itemId, productName, quantity, externalId } of lines) {
    const line = remote.lines.find((one) => one.itemId === itemId || one.itemId === externalId);
    if (!line || line.available === 0) return { code: 'out_of_stock', detail: `${productName} is sold out.` };
    if (line.quantity < quantity || (line.available !== null && line.available < quantity))
      return { code: 'stock_short', detail: `The store no longer has ${quantity} of ${productName}.` };
  }
  return null;
}

/** The first thing that the store says is wrong. */
export function faultOf({ messages }: Pick<RemoteCheckout, 'messages'>): StoreMessage | undefined {
  return messages.find(({ type }) => type === 'error');
}

export function noQuote(code: string, detail: string): NoQuote {
  return { unquoted: 'unavailable', code, detail };
}

function lineProblem(
  { store }: StoreGroup,
  line: GroupLine,
  remote: RemoteCheckout['lines'][number] | undefined,
): Problem[] {
  const at = { storeId: store.id, itemId: line.itemId };
  const name = line.productName;
  if (!remote || remote.available === 0)
    return [{ code: 'out_of_stock', severity: 'blocking', ...at, detail: `${name} is sold out.`, available: 0 }];
  const problems: Problem[] = [];
  const left = Math.min(remote.available ?? line.quantity, remote.quantity);
  if (left < line.quantity) {
    const detail = `Only ${left} of ${name} are left.`;
    problems.push({ code: 'stock_short', severity: 'blocking', ...at, detail, available: left });
  }
  if (remote.unitPriceCents !== line.unitPriceCents) {
    const up = remote.unitPriceCents > line.unitPriceCents;
    problems.push({
      ...{ code: 'price_changed', severity: up ? 'warning' : 'info', ...at },
      detail: `The price of ${name} has gone ${up ? 'up' : 'down'}.`,
      was: { amount: line.unitPriceCents, currency: store.currency },
      now: { amount: remote.unitPriceCents, currency: store.currency },
    });
  }
  return problems;
}

/**
 * In the store's words. An error stands in the way, but for one that will be gone once the address is there, and one that the
 * shopper can only put right at the store: that is not for now.
 */
function said(
  { store, lines, shopper }: StoreGroup,
  { type, severity, code, detail, itemId, discountCode }: StoreMessage,
): Problem[] {
  // Of a code there is one of ours, by the code.
  if (discountCode) return [];
  // Of a line there is a problem of ours already, with what is left or what it costs.
  if (itemId !== null && lines.some((line) => line.itemId === itemId) && /stock|price|quantity/.test(code)) return [];
  const hasAddress = shopper !== undefined && (shopper.address !== null || shopper.storeAddressId !== null);
  const blocks =
    type === 'error' && hasAddress && (severity === 'recoverable' || severity === 'unrecoverable' || severity === null);
  const ours = blocks ? 'blocking' : type === 'info' ? 'info' : 'warning';
  if (type === 'error' && !hasAddress && severity !== 'unrecoverable') return [];
  return [{ code: storesOwn(code), severity: ours, storeId: store.id, ...(itemId && { itemId }), detail }];
}

/** Codes that took nothing off, and why, as far as the store says. */
function refusedCodes({ store, shopper }: StoreGroup, { discounts, messages }: RemoteCheckout): Problem[] {
  const same = (one: string | null | undefined, other: string) => one?.toUpperCase() === other.toUpperCase();
  return (shopper?.discountCodes ?? []).flatMap((discountCode): Problem[] => {
    if (discounts?.some(({ code }) => same(code, discountCode))) return [];
    const told = messages.find((message) => same(message.discountCode, discountCode));
    const untold = discounts
      ? `${store.name} does not take ${discountCode}.`
      : `${store.name} takes no discount codes from Muse.`;
    const storeCode = told?.code ?? (discounts ? 'discount_code_invalid' : 'discount_codes_not_taken');
    const of = { storeId: store.id, discountCode, storeCode };
    return [{ code: 'discount_code_refused', severity: 'warning', ...of, detail: told?.detail || untold }];
  });
}

/** How the shopper will have to finish, where that is not in Muse. */
function howItEnds({ store }: StoreGroup, { status, instruments }: RemoteCheckout, takesTokens: boolean): Problem[] {
  const { id: storeId, name } = store;
  if (status === 'escalation') {
    const detail = `${name} will ask you to finish on its own site.`;
    return [{ code: 'go_on_at_store', severity: 'info', storeId, detail }];
  }
  if (instruments.length > 0) return [];
  const detail = takesTokens
    ? `${name} takes a card that you choose in Muse; without one you finish on its own site.`
    : `${name} has no means of payment of yours on file: you finish on its own site.`;
  return [{ code: 'pay_at_store', severity: 'info', storeId, detail }];
}

/** A code that is the store's, told apart from ours. */
export function storesOwn(code: string): string {
  return `store_${code
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60)}`;
}
