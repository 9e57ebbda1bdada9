import type { GroupLine, NoQuote, PlacedFigures, Problem, StoreGroup, StoreQuote } from '../../checkout-strategy';
import type { DeliveryQuote } from '../../delivery';
import type { Reads } from '../../recipes';
import { derivedId, noQuote } from '../oauth-api/remote-quote';

/** Where a store's page does not say how long it takes. */
const DAYS = { minDays: 3, maxDays: 10 };
const MOST_DAYS = 365;

/** What a store's review page says, as the quote of a group. One whose amounts do not add up is none. */
export function pageQuoteOf(group: StoreGroup, read: Reads): StoreQuote | NoQuote {
  const { store, lines } = group;
  const { total, subtotal } = read;
  if (typeof total !== 'number') return noQuote('bad_answer', `${store.name} did not say what it comes to.`);
  const prices = unitPricesOf(lines, read);
  const goods = lines.reduce((sum, line, index) => sum + prices[index]! * line.quantity, 0);
  if (typeof subtotal === 'number' && subtotal !== goods)
    return noQuote('bad_answer', `${store.name} gave prices that do not add up.`);
  const figures = figuresOf(store.name, goods, total, read);
  const { shippingCents, taxCents, discountCents } = figures;
  if (Math.min(total, shippingCents, taxCents, discountCents) < 0 || discountCents > goods)
    return noQuote('bad_answer', `${store.name} gave amounts that do not add up.`);
  const deliveryOptions = deliveriesOf(group, read);
  const wanted = deliveryOptions.find(({ id }) => id === group.deliveryOptionId);
  const chosen = wanted ?? deliveryOptions.find(({ priceCents }) => priceCents === shippingCents);
  return {
    ...{ unitPricesCents: prices, deliveryOptions, deliveryOptionId: chosen?.id ?? null, ...figures },
    problems: [...priceProblems(group, prices), ...instrumentOf(group, read)],
  };
}

/** The parts of a total as a page says them. What none of them explains takes something off, or is asked for beside. */
export function figuresOf(storeName: string, subtotalCents: number, totalCents: number, read: Reads): PlacedFigures {
  const [told, shippingCents, taxCents] = [read.discount ?? 0, read.shipping ?? 0, read.tax ?? 0];
  const rest = totalCents - (subtotalCents - told + shippingCents + taxCents);
  const fees = rest > 0 ? [{ code: 'store_fees', name: `Fees of ${storeName}`, amountCents: rest }] : [];
  return { subtotalCents, discountCents: told + Math.max(0, -rest), shippingCents, fees, taxCents, totalCents };
}

/** A line that the store has none of, or the whole where nobody knows which: shown as it would be bought, with what is in the way. */
export function soldOutQuoteOf(group: StoreGroup, line: GroupLine | null): StoreQuote {
  const { store, lines } = group;
  const subtotalCents = lines.reduce((sum, one) => sum + (one === line ? 0 : one.unitPriceCents * one.quantity), 0);
  const detail = line ? `${line.productName} is sold out.` : `Something of this is sold out at ${store.name}.`;
  const at = { storeId: store.id, ...(line && { itemId: line.itemId, available: 0 }) };
  return {
    unitPricesCents: lines.map((one) => one.unitPriceCents),
    ...{ subtotalCents, discountCents: 0, shippingCents: 0, fees: [], taxCents: 0, totalCents: subtotalCents },
    ...{ deliveryOptions: [], deliveryOptionId: null },
    problems: [{ code: 'out_of_stock', severity: 'blocking', ...at, detail }],
  };
}

const plain = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim().toLowerCase();

/** By SKU, then by name, then by place; what is not told is as it was agreed. */
function unitPricesOf(lines: readonly GroupLine[], { lines: told = [], subtotal }: Reads): number[] {
  const left = [...told];
  const take = (fits: (one: (typeof told)[number]) => boolean) => {
    const index = left.findIndex(fits);
    return index === -1 ? null : left.splice(index, 1)[0]!;
  };
  const found = lines.map(
    (line) =>
      take((one) => one.sku !== null && one.sku !== undefined && one.sku === (line.externalId ?? line.productSku)) ??
      take((one) => plain(one.name) !== '' && plain(one.name) === plain(line.productName)),
  );
  const rest = found.filter((one) => one === null).length === left.length ? left : [];
  const prices = lines.map((line, index) => (found[index] ?? rest.shift())?.unitPrice ?? line.unitPriceCents);
  const [only] = lines;
  const isOne = lines.length === 1 && typeof subtotal === 'number' && subtotal % only!.quantity === 0;
  return isOne ? [subtotal / only!.quantity] : prices;
}

function deliveriesOf({ store }: StoreGroup, { deliveryOptions = [] }: Reads): DeliveryQuote[] {
  const options = new Map<string, DeliveryQuote>();
  for (const { name, price, minDays, maxDays } of deliveryOptions) {
    if (!name || typeof price !== 'number' || price < 0) continue;
    const days = daysOf(minDays ?? maxDays ?? DAYS.minDays, maxDays ?? minDays ?? DAYS.maxDays);
    const id = derivedId('delivery', store.id, name);
    options.set(name, { id, ref: name, name: name.slice(0, 100), priceCents: price, ...days });
  }
  return [...options.values()].sort(
    (a, b) => a.priceCents - b.priceCents || a.maxDays - b.maxDays || (a.id < b.id ? -1 : 1),
  );
}

/** A page that promises the impossible promises nothing: there is no day in a million years. */
function daysOf(minDays: number, maxDays: number): { minDays: number; maxDays: number } {
  const isPossible = minDays >= 0 && minDays <= maxDays && maxDays <= MOST_DAYS;
  return isPossible ? { minDays, maxDays } : DAYS;
}

function priceProblems({ store, lines }: StoreGroup, prices: readonly number[]): Problem[] {
  return lines.flatMap(({ itemId, productName, unitPriceCents }, index): Problem[] => {
    const now = prices[index]!;
    if (now === unitPriceCents) return [];
    const up = now > unitPriceCents;
    return [
      {
        ...{ code: 'price_changed', severity: up ? 'warning' : 'info', storeId: store.id, itemId },
        detail: `The price of ${productName} has gone ${up ? 'up' : 'down'}.`,
        was: { amount: unitPriceCents, currency: store.currency },
        now: { amount: now, currency: store.currency },
      },
    ];
  });
}

const BRANDS = /\b(visa|mastercard|american express|amex|discover|maestro|diners|jcb|unionpay|paypal)\b/i;

/** What the store will charge: brand and last four digits, and nothing else of what its page says. */
function instrumentOf({ store }: StoreGroup, { instrument }: Reads): Problem[] {
  const last4 = /(?<!\d)(\d{4})(?!\d)(?!.*\d)/.exec(instrument ?? '')?.[1] ?? null;
  const brand = BRANDS.exec(instrument ?? '')?.[1]?.toLowerCase() ?? null;
  if (last4 === null && brand === null) return [];
  const words = [brand ?? 'what you saved there', ...(last4 === null ? [] : [`ending in ${last4}`])].join(' ');
  const detail = `${store.name} charges ${words}.`;
  return [{ code: 'charged_at_store', severity: 'info', storeId: store.id, detail, brand, last4 }];
}
