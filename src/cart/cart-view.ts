import { convertParts, type DiscountResponse, type RateTable } from '../pricing';
import { money, type Money } from '../platform/money';
import {
  freeDelivery,
  isGone,
  lineProblems,
  quoteDelivery,
  type CheckedLine,
  type CheckoutPlace,
  type LinkStatus,
  type Problem,
  type StoreFacts,
  type StoreLink,
} from '../store-integrations';
import type { CheckoutTier } from '../stores';
import { takeCouponsOff } from './cart-coupons';
import { MAX_LINES, MAX_QUANTITY } from './cart-line';
import type { Cart, CartLine, StoreWay } from './cart-reading';
import { moneyIn } from './money-in';

/** What totals need besides the cart itself. */
export interface ViewContext {
  rates: RateTable;
  /** Of cart totals, where the stores' currencies differ and the shopper chose none. */
  defaultCurrency: string;
  checkoutPlace: (tier: CheckoutTier) => CheckoutPlace;
  /** Whether such stores are served by their own interface only to whom that serves. */
  asksForAccess: boolean;
  linkOf: (store: StoreFacts, status: LinkStatus | null | undefined) => StoreLink | null;
}

/** The cart that a shopper without one sees. */
export function emptyCart(context: ViewContext) {
  const nothing = { lines: [], stores: [], ways: [], leftBehind: null, couponCodes: [], coupons: [] };
  return viewOf({ id: null, version: 0, status: 'open', shopperCurrency: null, ...nothing }, context);
}

/**
 * A cart as clients see it: lines by store, totals by store with delivery, and what has changed or stands in the way.
 * A line that nobody can buy now counts for nothing. Plain function of its arguments.
 */
export function viewOf(cart: Omit<Cart, 'id'> & { id: string | null }, context: ViewContext) {
  const stores = new Map(cart.stores.map((store) => [store.id, store]));
  const byStore = new Map<string, CartLine[]>();
  for (const line of cart.lines) {
    const group = byStore.get(line.storeId);
    if (group) group.push(line);
    else byStore.set(line.storeId, [line]);
  }
  const problems: Problem[] = [];
  const groups = [...byStore].map(([storeId, lines]) => {
    const way = cart.ways.find((one) => one.storeId === storeId);
    return storeView(stores.get(storeId)!, way, lines, context, problems);
  });
  const coupons =
    cart.couponCodes.length === 0
      ? []
      : takeCouponsOff(cart.couponCodes, cart.coupons, groups, stores, problems, context.rates);
  const currencies = new Set(groups.map((group) => group.total.currency));
  const currency = currencies.size === 1 ? [...currencies][0]! : (cart.shopperCurrency ?? context.defaultCurrency);
  const totals = totalsIn(currency, groups, context, problems);
  if (cart.leftBehind) problems.push(notBroughtAlong(cart.leftBehind));
  return {
    id: cart.id,
    version: cart.version,
    status: cart.status,
    currency,
    storeCount: groups.length,
    itemCount: cart.lines.length,
    stores: groups,
    coupons,
    ...totals,
    totalIn: moneyIn(totals.total, context.rates, true),
    problems,
  };
}

function storeView(
  store: StoreFacts,
  way: StoreWay | undefined,
  lines: CartLine[],
  context: ViewContext,
  problems: Problem[],
) {
  const found = lines.flatMap((line) => lineProblems({ store }, checkedLine(line)));
  const gone = new Set(found.filter(isGone).map((problem) => problem.itemId));
  const placing = lines.filter((line) => line.checkoutSessionId !== null).map((line) => beingPlaced(store, line));
  const back = lines.filter((line) => !line.wasInStock && !gone.has(line.id)).map((line) => backInStock(store, line));
  problems.push(...found, ...back, ...placing);
  const { currency } = store;
  const subtotalCents = lines.reduce(
    (sum, line) => (gone.has(line.id) ? sum : sum + presentPrice(line) * line.quantity),
    0,
  );
  const delivery =
    subtotalCents === 0 && gone.size === lines.length
      ? undefined
      : quoteDelivery(store.delivery, subtotalCents, null)[0];
  const shippingCents = delivery?.priceCents ?? 0;
  const free = freeDelivery(store.delivery, subtotalCents);
  const total = money(subtotalCents + shippingCents, currency);
  return {
    storeId: store.id,
    name: store.name,
    tier: store.tier,
    checkout: checkoutPlace(store, way, context),
    link: context.linkOf(store, way?.linkStatus) ?? NO_LINK(store),
    items: lines.map((line) => lineView(line, currency, context)),
    subtotal: money(subtotalCents, currency),
    discount: money(0, currency),
    discounts: [] as DiscountResponse[],
    shipping: money(shippingCents, currency),
    fees: [] as { code: string; name: string; amount: Money }[],
    freeShippingOver: free && money(free.overCents, currency),
    freeShippingGap: free && money(free.gapCents, currency),
    total,
    totalIn: moneyIn(total, context.rates, false),
  };
}

/**
 * Who has linked no account (or given no sign-in) where one is needed finishes on the store's own site; and, as in a checkout, whose grant is dead:
 * they are no guest.
 */
function checkoutPlace({ tier }: StoreFacts, way: StoreWay | undefined, context: ViewContext): CheckoutPlace {
  const { linkStatus = null, takesGuests = false } = way ?? {};
  const isReached = linkStatus === 'linked' || (takesGuests && linkStatus !== 'relink');
  const asks = tier === 'headless' || (tier === 'oauth_api' && context.asksForAccess);
  return context.checkoutPlace(!asks || isReached ? tier : 'redirect');
}

/** Where no account can be linked. */
const NO_LINK = ({ linkRequired: required }: StoreFacts) => ({ required, status: 'not_linked' as const, url: null });

function lineView(line: CartLine, currency: string, context: ViewContext) {
  const unitPrice = money(presentPrice(line), currency);
  const original = line.now ? line.now.originalPriceCents : line.originalPriceCents;
  const available = line.now ? line.now.available + line.held : MAX_QUANTITY;
  return {
    id: line.id,
    variantId: line.variantId,
    productName: line.productName,
    productSku: line.productSku,
    productUrl: line.productUrl,
    productImageUrl: line.productImageUrl,
    brand: line.brandName,
    size: line.size,
    color: line.color,
    quantity: line.quantity,
    maxQuantity: Math.min(available, MAX_QUANTITY),
    unitPrice,
    unitPriceIn: moneyIn(unitPrice, context.rates, false),
    originalPrice: original === null ? null : money(original, currency),
    lineTotal: money(unitPrice.amount * line.quantity, currency),
    inStock: line.now ? line.now.sellable && available > 0 : true,
    lastStockCheck: line.lastStockCheck && rfc3339(line.lastStockCheck),
    addedAt: rfc3339(line.addedAt),
    updatedAt: rfc3339(line.updatedAt),
  };
}

/** A moment as Postgres writes it, in the form of all answers: UTC, milliseconds. A Date would cost as much as the rest of the line. */
function rfc3339(text: string): string {
  // 2026-11-25 20:56:38.123456+00: connections speak UTC.
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, Math.min(23, text.length - '+00'.length)).padEnd(3, '0')}Z`;
}

/** What its store said lately; else a catalogue line costs what its variant costs now, a described one what the client said. */
export function presentPrice(line: Pick<CartLine, 'now' | 'priceCents'>): number {
  return line.now?.priceCents ?? line.priceCents;
}

/** A cart line as lineProblems sees it. */
function checkedLine(line: CartLine): CheckedLine {
  const { id, variantId, productName, quantity, priceCents, now, held } = line;
  return { itemId: id, variantId, productName, quantity, unitPriceCents: priceCents, now, held };
}

function backInStock(store: StoreFacts, line: CartLine): Problem {
  const detail = `${line.productName} is in stock again.`;
  return { code: 'back_in_stock', severity: 'info', storeId: store.id, itemId: line.id, detail };
}

function beingPlaced(store: StoreFacts, line: CartLine): Problem {
  return {
    code: 'being_placed',
    severity: 'info',
    storeId: store.id,
    itemId: line.id,
    detail: `${line.productName} is being ordered from ${store.name}.`,
    checkoutSessionId: line.checkoutSessionId,
  };
}

function notBroughtAlong({ lines, units }: { lines: number; units: number }): Problem {
  const told = [
    ...(lines > 0 ? [`${lines} of its lines (a cart holds at most ${MAX_LINES})`] : []),
    ...(units > 0 ? [`${units} units of lines that are in both (a line holds at most ${MAX_QUANTITY})`] : []),
  ];
  const detail = `Not everything of the cart from before the sign-in found room: left out were ${told.join(' and ')}.`;
  return { code: 'lines_left_behind', severity: 'info', detail, lines, units };
}

/** Sums over the stores; a store in another currency is converted whole, so that its parts still make up its total. */
function totalsIn(
  currency: string,
  groups: ReturnType<typeof storeView>[],
  { rates }: ViewContext,
  problems: Problem[],
) {
  const sums = { net: 0, discount: 0, shipping: 0, offDelivery: 0 };
  for (const { storeId, subtotal, discount, discounts, shipping } of groups) {
    const ofDelivery = discounts.reduce((sum, one) => sum + one.onDelivery.amount, 0);
    const parts = [subtotal.amount + ofDelivery - discount.amount, shipping.amount - ofDelivery];
    const [net, delivery] = convertParts(rates, parts, subtotal.currency, currency) ?? [];
    const off = rates.convert(discount.amount, subtotal.currency, currency);
    const offDelivery = rates.convert(ofDelivery, subtotal.currency, currency);
    if (
      net === undefined ||
      delivery === undefined ||
      !off ||
      !offDelivery ||
      !fits(sums.net + sums.shipping + sums.discount + net + delivery + off.amount)
    ) {
      const detail = `What this store asks for cannot be told in ${currency}: it is missing from the totals.`;
      problems.push({ code: 'rate_missing', severity: 'blocking', storeId, detail });
      continue;
    }
    sums.net += net;
    sums.discount += off.amount;
    sums.shipping += delivery;
    sums.offDelivery += offDelivery.amount;
  }
  return {
    subtotal: money(sums.net + sums.discount - sums.offDelivery, currency),
    discount: money(sums.discount, currency),
    shipping: money(sums.shipping + sums.offDelivery, currency),
    total: money(sums.net + sums.shipping, currency),
  };
}

const fits = Number.isSafeInteger;

export type CartView = ReturnType<typeof viewOf>;
