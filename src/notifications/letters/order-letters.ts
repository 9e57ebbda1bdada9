import type { OrderResponse } from '../../orders';
import type { Language } from '../../platform/http';
import type { Money } from '../../platform/money';
import { countryIn, daysIn, momentIn, moneyIn } from './format';
import { safeUrl, type Letter, type LetterBlock, type LetterRow } from './letter';
import { ORDER_WORDS } from './order-words';

/** What an order's letters show of it. */
export type OrderFacts = Pick<
  OrderResponse,
  | 'number'
  | 'storeOrderNumber'
  | 'store'
  | 'settlement'
  | 'items'
  | 'subtotal'
  | 'discount'
  | 'shipping'
  | 'fees'
  | 'tax'
  | 'total'
  | 'totalIn'
  | 'shippingAddress'
  | 'estimatedDelivery'
  | 'parcels'
>;

/** What happened to an order that its buyer is written to about. */
export type OrderNews =
  | 'placed'
  | 'shipped'
  | 'delivered'
  | 'cancelled'
  | 'not_confirmed'
  | 'change_proposed'
  | 'return_approved'
  | 'return_refused'
  | 'return_received'
  | 'exchange_placed';

/** What an order costs, and would cost with a change that is proposed. */
export interface TotalsOfChange {
  before: Money;
  after: Money;
}

/** What of an order stands in the mail, beside its number. */
const SHOWS: Record<OrderNews, (language: Language, order: OrderFacts, totals?: TotalsOfChange) => LetterBlock[]> = {
  placed: confirmation,
  shipped: (language, order) => [...parcels(language, order), ...arrival(language, order)],
  delivered: goods,
  cancelled: goods,
  not_confirmed: goods,
  change_proposed: change,
  return_approved: () => [],
  return_refused: () => [],
  return_received: () => [],
  exchange_placed: (language, order) => [...goods(language, order), ...arrival(language, order)],
};

/** Tells a buyer what happened to an order; `link` opens it, for whoever holds it. `totals`: of a change that is proposed. */
export function orderLetter(
  news: OrderNews,
  language: Language,
  order: OrderFacts,
  link: string,
  totals?: TotalsOfChange,
): Letter {
  const words = ORDER_WORDS[language];
  const { number, store } = order;
  const blocks: LetterBlock[] = [
    { type: 'text', text: words[news].text(store.name) },
    { type: 'table', rows: numbers(language, order) },
    ...SHOWS[news](language, order, totals),
  ];
  blocks.push({ type: 'link', label: words.look, url: link }, { type: 'text', text: words.linkNote });
  blocks.push(...support(language, order));
  return { language, subject: words[news].subject(number, store.name), blocks, footer: words.footer };
}

/** Tells a merchant of a new order: what, and for how much; not who ordered it, nor where it goes. */
export function merchantOrderLetter(language: Language, order: OrderFacts): Letter {
  const words = ORDER_WORDS[language];
  const { subject, text, footer } = words.merchantOrder;
  const blocks: LetterBlock[] = [
    { type: 'text', text: text(order.store.name) },
    { type: 'table', rows: numbers(language, order) },
    ...goods(language, order),
    { type: 'table', rows: sums(language, order) },
  ];
  return { language, subject: subject(order.number, order.store.name), blocks, footer };
}

/** Tells a merchant that somebody wants to send something back: of which order, and nothing of who it is. */
export function merchantReturnLetter(language: Language, order: OrderFacts): Letter {
  const words = ORDER_WORDS[language];
  const { subject, text } = words.merchantReturn;
  const blocks: LetterBlock[] = [
    { type: 'text', text: text(order.store.name) },
    { type: 'table', rows: numbers(language, order) },
  ];
  const { name } = order.store;
  return { language, subject: subject(order.number, name), blocks, footer: words.merchantOrder.footer };
}

/** What a merchant has little left of. */
export interface LowStock {
  storeName: string;
  product: string;
  sku: string;
  size: string | null;
  color: string | null;
  available: number;
  threshold: number;
}

/** Tells a merchant that stock has fallen to its alert threshold. */
export function lowStockLetter(language: Language, stock: LowStock): Letter {
  const { subject, text, left, threshold, footer } = ORDER_WORDS[language].low;
  const name = kindOf(stock.product, stock);
  const blocks: LetterBlock[] = [
    { type: 'text', text: text(stock.storeName) },
    { type: 'lines', lines: [name, stock.sku] },
    {
      type: 'table',
      rows: [
        { label: left, value: String(stock.available), strong: true },
        { label: threshold, value: String(stock.threshold) },
      ],
    },
  ];
  return { language, subject: subject(name), blocks, footer };
}

/** A filled cart that waits at a store. */
export interface WaitingCart {
  storeName: string;
  continueUrl: string;
  expiresAt: Date;
  currency: string;
  items: { productName: string; size: string | null; color: string | null; quantity: number; unitPriceCents: number }[];
}

/** Reminds a shopper who has not finished at a store. */
export function handoffLetter(language: Language, cart: WaitingCart): Letter {
  const words = ORDER_WORDS[language];
  const { subject, text, until, link, done, footer } = words.handoff;
  const rows = cart.items.map(({ productName, quantity, unitPriceCents, ...kind }) => ({
    label: `${quantity} × ${kindOf(productName, kind)}`,
    value: moneyIn(language, { amount: unitPriceCents * quantity, currency: cart.currency }),
  }));
  const blocks: LetterBlock[] = [
    { type: 'text', text: text(cart.storeName) },
    { type: 'table', rows },
    { type: 'text', text: until(momentIn(language, cart.expiresAt)) },
    { type: 'link', label: link(cart.storeName), url: cart.continueUrl },
    { type: 'text', text: done },
  ];
  return { language, subject: subject(cart.storeName), blocks, footer };
}

function numbers(language: Language, { number, storeOrderNumber, store }: OrderFacts): LetterRow[] {
  const words = ORDER_WORDS[language];
  const rows: LetterRow[] = [{ label: words.number, value: number }];
  if (storeOrderNumber) rows.push({ label: words.storeNumber(store.name), value: storeOrderNumber });
  return rows;
}

function confirmation(language: Language, order: OrderFacts): LetterBlock[] {
  const words = ORDER_WORDS[language];
  const payment = { label: words.payment, value: words.settlement[order.settlement] };
  return [
    ...goods(language, order),
    { type: 'table', rows: [...sums(language, order), payment] },
    ...arrival(language, order),
    ...address(language, order),
  ];
}

function change(language: Language, _order: OrderFacts, totals?: TotalsOfChange): LetterBlock[] {
  if (!totals) return [];
  const words = ORDER_WORDS[language];
  const rows = [
    { label: words.totalBefore, value: moneyIn(language, totals.before) },
    { label: words.totalAfter, value: moneyIn(language, totals.after), strong: true },
  ];
  return [{ type: 'table', rows }];
}

function goods(language: Language, { items }: OrderFacts): LetterBlock[] {
  const rows = items.map(({ productName, quantity, lineTotal, size, color }) => ({
    label: `${quantity} × ${kindOf(productName, { size, color })}`,
    value: moneyIn(language, lineTotal),
  }));
  return [
    { type: 'heading', text: ORDER_WORDS[language].items },
    { type: 'table', rows },
  ];
}

function kindOf(name: string, { size, color }: { size: string | null; color: string | null }): string {
  const kind = [size, color].filter(Boolean).join(', ');
  return kind ? `${name} (${kind})` : name;
}

/** Discounts, fees and tax stand there only where there are any; delivery always, even when it is free. */
function sums(language: Language, order: OrderFacts): LetterRow[] {
  const words = ORDER_WORDS[language];
  const { subtotal, discount, shipping, fees, tax, total, totalIn } = order;
  const row = (label: string, amount: typeof total) => ({ label, value: moneyIn(language, amount) });
  return [
    row(words.subtotal, subtotal),
    ...(discount.amount > 0 ? [row(words.discount, { ...discount, amount: -discount.amount })] : []),
    row(words.shipping, shipping),
    ...fees.map(({ name, amount }) => row(name, amount)),
    ...(tax.amount > 0 ? [row(words.tax, tax)] : []),
    { ...row(words.total, total), strong: true },
    ...Object.values(totalIn).map((other) => row(words.totalIn(other.currency), other)),
  ];
}

function arrival(language: Language, { estimatedDelivery }: OrderFacts): LetterBlock[] {
  const words = ORDER_WORDS[language];
  if (!estimatedDelivery) return [{ type: 'text', text: words.noEstimate }];
  return [{ type: 'table', rows: [{ label: words.arrives, value: daysIn(language, estimatedDelivery) }] }];
}

function address(language: Language, { shippingAddress }: OrderFacts): LetterBlock[] {
  if (!shippingAddress) return [];
  const { name, line1, line2, city, region, postalCode, country } = shippingAddress;
  const place = [city, [region, postalCode].filter(Boolean).join(' ')].filter(Boolean).join(', ');
  const lines = [name, line1, line2, place, countryIn(language, country)].filter((line) => line !== null);
  return [
    { type: 'heading', text: ORDER_WORDS[language].address },
    { type: 'lines', lines },
  ];
}

function parcels(language: Language, order: OrderFacts): LetterBlock[] {
  const words = ORDER_WORDS[language];
  return order.parcels.flatMap(({ carrier, trackingNumber, trackingUrl }): LetterBlock[] => {
    const url = safeUrl(trackingUrl);
    return [
      { type: 'heading', text: words.parcel },
      {
        type: 'table',
        rows: [
          { label: words.carrier, value: carrier },
          { label: words.trackingNumber, value: trackingNumber },
        ],
      },
      ...(url ? [{ type: 'link', label: words.follow, url } as const] : []),
    ];
  });
}

function support(language: Language, { store }: OrderFacts): LetterBlock[] {
  const words = ORDER_WORDS[language];
  const { email, phone, url } = store.support;
  const lines = [email, phone, safeUrl(url)].filter((line): line is string => Boolean(line));
  if (lines.length === 0) return [{ type: 'text', text: words.noSupport(store.name) }];
  return [
    { type: 'heading', text: words.support(store.name) },
    { type: 'lines', lines },
  ];
}
