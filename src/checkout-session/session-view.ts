import { moneyIn } from '../cart';
import type { FieldError } from '../platform/http';
import { money, type Money } from '../platform/money';
import {
  CouponNoteResponse,
  DiscountResponse,
  RateTable,
  TaxLineResponse,
  convertParts,
  type PinnedRate,
} from '../pricing';
import { affiliateDisclosure, type CheckoutPlace, type Problem } from '../store-integrations';
import type { CheckoutTier } from '../stores';
import { disclosuresOf } from './disclosures';
import {
  includedStores,
  isContactOnly,
  languageOf,
  linesOf,
  servingTier,
  shownStatus,
  usesAffiliateLink,
  type Action,
  type OpenedSession,
  type Session,
  type SessionProgress,
  type SnapshotLine,
  type StoreCheckout,
  type StoreProgress,
} from './session';
import { hasAddress, hasContact } from './sealed/sealed-parts';
import { chargeOf, settlementOptionsOf } from './settlements';

/** Where shoppers of a tier finish, as things stand now. */
export type CheckoutPlaceOf = (tier: CheckoutTier) => CheckoutPlace;

type Sums = Pick<Session, 'stores' | 'currency' | 'rates'>;

/** Included stores whose totals no rate leads to the session's currency, or that are too much to be counted with the others. */
export function uncountable({ stores, currency, rates }: Sums): Set<string> {
  const table = RateTable.fromPinned(rates);
  let counted = 0;
  const left = includedStores({ stores }).filter((store) => {
    if (isContactOnly(store)) return false;
    const whole = table.convert(store.totalCents + store.discountCents, store.currency, currency);
    if (!whole || !Number.isSafeInteger(counted + whole.amount)) return true;
    counted += whole.amount;
    return false;
  });
  return new Set(left.map((store) => store.storeId));
}

/**
 * Sums of the included stores, in the session's currency at its pinned rates. A store in another currency is converted
 * whole, so that its parts still make up its total. What cannot be counted is left out: it blocks the session. So is what is
 * only asked about: nothing of it is bought.
 */
export function totalsOf(session: Sums) {
  const { currency, rates } = session;
  const left = uncountable(session);
  const table = RateTable.fromPinned(rates);
  const sums = { net: 0, discount: 0, offDelivery: 0, shipping: 0, fees: 0, tax: 0, taxIncluded: 0 };
  const due = { pay_now: 0, pay_later: 0, at_store: 0 };
  for (const store of includedStores(session)) {
    if (left.has(store.storeId) || isContactOnly(store)) continue;
    const ofFees = store.fees.reduce((sum, fee) => sum + fee.amountCents, 0);
    const ofDelivery = store.discounts.reduce((sum, one) => sum + one.deliveryCents, 0);
    const goodsCents = store.subtotalCents + ofDelivery - store.discountCents;
    const parts = [goodsCents, store.shippingCents - ofDelivery, ofFees, store.taxCents];
    const [net = 0, shipping = 0, fees = 0, tax = 0] = convertParts(table, parts, store.currency, currency) ?? [];
    const converted = (cents: number) => table.convert(cents, store.currency, currency)?.amount ?? 0;
    sums.net += net;
    sums.discount += converted(store.discountCents);
    sums.offDelivery += converted(ofDelivery);
    sums.taxIncluded += converted(store.taxIncludedCents);
    sums.shipping += shipping;
    sums.fees += fees;
    sums.tax += tax;
    due[store.settlement] += net + shipping + fees + tax;
  }
  const in_ = (amount: number) => money(amount, currency);
  return {
    subtotal: in_(sums.net + sums.discount - sums.offDelivery),
    discount: in_(sums.discount),
    shipping: in_(sums.shipping + sums.offDelivery),
    fees: in_(sums.fees),
    tax: in_(sums.tax),
    taxIncluded: in_(sums.taxIncluded),
    total: in_(sums.net + sums.shipping + sums.fees + sums.tax),
    dueNow: in_(due.pay_now),
    dueLater: in_(due.pay_later),
    dueAtStores: in_(due.at_store),
  };
}

const PAYMENT_METHOD = '/paymentMethodId';

/** What must be filled in before this session can be placed: pointers into the session. A store's own site asks for itself. */
export function requiredFields(
  session: Session,
  opened: OpenedSession,
  placeOf: CheckoutPlaceOf,
): { session: string[]; stores: Map<string, string[]> } {
  const inMuse = includedStores(session).filter(
    (store) => placeOf(servingTier(store)) === 'in_muse' && !isContactOnly(store),
  );
  const isSealedFor = (store: StoreCheckout) => session.sealed && store.tier === 'direct';
  // Without a key nothing can be sealed for it: a problem of its own says so.
  const isDumb = ({ problems }: StoreCheckout) => problems.some(({ code }) => code === 'store_has_no_key');
  const homeless = inMuse.filter((store) =>
    isSealedFor(store)
      ? !hasAddress(store.sealedParts) && !isDumb(store)
      : !opened.shippingAddress && !opened.stores.get(store.storeId)?.shippingAddress && store.storeAddressId === null,
  );
  const unreachable = inMuse.filter((store) =>
    isSealedFor(store) ? !hasContact(store.sealedParts) && !isDumb(store) : !session.sealed && !opened.contact,
  );
  const fields: string[] = [];
  if (homeless.length > 0) fields.push('/shippingAddress');
  if (unreachable.length > 0) fields.push('/contact/email');
  if (chargeOf(session) && session.paymentMethodId === null) fields.push(PAYMENT_METHOD);
  return { session: fields, stores: new Map(homeless.map((store) => [store.storeId, ['/shippingAddress']])) };
}

/** What of `requiredFields` and `problems` keeps the session from being placed. */
export function missingOf(
  session: Session,
  opened: OpenedSession,
  placeOf: CheckoutPlaceOf,
): { errors: FieldError[]; problems: Problem[] } {
  const errors = requiredFields(session, opened, placeOf).session.map((pointer) => ({
    pointer,
    detail: 'is required',
  }));
  const stores = includedStores(session);
  if (stores.length === 0) errors.push({ pointer: '/stores', detail: 'at least one store must be included' });
  for (const { storeId, status } of stores)
    if (status === 'quoting') errors.push({ pointer: `/stores/${storeId}`, detail: 'is not quoted yet' });
  return {
    errors,
    problems: stores.flatMap((store) => store.problems.filter((problem) => problem.severity === 'blocking')),
  };
}

/** A session as clients see it. Plain function of its arguments. */
export function viewOf(session: Session, opened: OpenedSession, placeOf: CheckoutPlaceOf) {
  const rates = RateTable.fromPinned(session.rates);
  const required = requiredFields(session, opened, placeOf);
  const totals = totalsOf(session);
  const charge = chargeOf(session);
  const { errors, problems } = missingOf(session, opened, placeOf);
  const ready = errors.length === 0 && problems.length === 0;
  return {
    id: session.id,
    status: session.status,
    expiresAt: session.expiresAt.toISOString(),
    version: session.version,
    steps: [
      {
        name: 'shipping' as const,
        done: required.session.every((pointer) => pointer === PAYMENT_METHOD),
        required: true,
      },
      {
        name: 'payment' as const,
        done: charge === null || session.paymentMethodId !== null,
        required: charge !== null,
      },
      { name: 'review' as const, done: session.placedAt !== null, required: true },
    ],
    readyToPlace: session.status === 'pending' && session.live && ready,
    requiredFields: required.session,
    sealed: session.sealed,
    // Of a sealed checkout nothing is shown, not even what a tier types.
    shippingAddress: session.sealed ? null : opened.shippingAddress,
    billingAddress: session.sealed ? null : (opened.billingAddress ?? opened.shippingAddress),
    contact: opened.contact,
    paymentMethodId: session.paymentMethodId,
    paymentMethod: session.paymentMethod,
    stores: session.stores.map((store) =>
      storeView(session, store, opened, rates, required.stores.get(store.storeId) ?? [], placeOf),
    ),
    coupons: session.coupons.map((coupon) => CouponNoteResponse.of(coupon)),
    ...totals,
    charge: charge && money(charge.amountCents, charge.currency),
    totalIn: moneyIn(totals.total, rates, true),
    rates: session.rates.map(({ id, base, quote, rate, effectiveAt }: PinnedRate) => ({
      id,
      base,
      quote,
      rate,
      effectiveAt,
    })),
    disclosures: disclosuresOf(session),
    problems: [
      ...session.stores.flatMap((store) => store.problems),
      ...session.coupons.flatMap((coupon) => coupon.problem ?? []),
    ],
  };
}

function storeView(
  session: Session,
  store: StoreCheckout,
  opened: OpenedSession,
  rates: RateTable,
  requiredOfStore: string[],
  placeOf: CheckoutPlaceOf,
) {
  const { currency } = store;
  const in_ = (amount: number): Money => money(amount, currency);
  const own = opened.stores.get(store.storeId);
  return {
    storeId: store.storeId,
    name: store.name,
    tier: store.tier,
    checkout: placeOf(servingTier(store)),
    link: store.link,
    included: store.included,
    status: shownStatus(store),
    action: store.action,
    items: linesOf(session, store.storeId).map((line) => lineView(line, rates)),
    requiredFields: requiredOfStore,
    shippingAddress: session.sealed ? null : (own?.shippingAddress ?? opened.shippingAddress),
    sealed: Object.keys(store.sealedParts ?? {}).sort(),
    deliveryOptions: store.deliveryOptions.map(({ id, name, priceCents, minDays, maxDays }) => ({
      id,
      name,
      price: in_(priceCents),
      minDays,
      maxDays,
    })),
    deliveryOptionId: store.deliveryOptionId,
    estimatedDelivery: estimateOf(store),
    storeAddressId: store.storeAddressId,
    storeInstrumentId: store.storeInstrumentId,
    storeDiscountCodes: store.storeDiscountCodes,
    settlement: store.settlement,
    settlementOptions: settlementOptionsOf(session, store),
    note: own?.instructions?.note ?? null,
    gift: own?.instructions?.gift ?? null,
    deliveryNote: own?.instructions?.deliveryNote ?? null,
    subtotal: in_(store.subtotalCents),
    discount: in_(store.discountCents),
    discounts: [
      ...store.discounts.map((discount) => DiscountResponse.of(discount, currency)),
      ...store.storeDiscounts.map((discount) => DiscountResponse.ofStore(discount, currency)),
    ],
    shipping: in_(store.shippingCents),
    fees: store.fees.map(({ code, name, amountCents }) => ({ code, name, amount: in_(amountCents) })),
    tax: in_(store.taxCents),
    taxIncluded: in_(store.taxIncludedCents),
    taxLines: store.taxLines.map((line) => TaxLineResponse.of(line, currency)),
    total: in_(store.totalCents),
    totalIn: moneyIn(in_(store.totalCents), rates, false),
    handoff: store.handoff,
    shareAtStore: store.shareAtStore,
    affiliateDisclosure: affiliateNote(session, store),
    problems: store.problems,
  };
}

function affiliateNote(session: SessionProgress, store: StoreProgress): string | null {
  return usesAffiliateLink(session, store) ? affiliateDisclosure(store.name, languageOf(session)) : null;
}

function lineView(line: SnapshotLine, rates: RateTable) {
  const { currency } = line;
  const unitPrice = money(line.unitPriceCents, currency);
  return {
    id: line.itemId,
    variantId: line.variantId,
    productName: line.productName,
    productSku: line.productSku,
    productUrl: line.productUrl,
    productImageUrl: line.productImageUrl,
    brand: line.brandName,
    size: line.size,
    color: line.color,
    quantity: line.quantity,
    unitPrice,
    unitPriceIn: moneyIn(unitPrice, rates, false),
    originalPrice: line.originalPriceCents === null ? null : money(line.originalPriceCents, currency),
    lineTotal: money(line.unitPriceCents * line.quantity, currency),
    discount: money(line.discountCents ?? 0, currency),
    tax: money(line.taxCents ?? 0, currency),
  };
}

function beforePlacing({ status, name }: StoreProgress): string {
  return status === 'quoting' ? `Asking ${name} what it comes to` : 'Not placed yet';
}

/** How a session goes, store by store. */
export function statusOf(session: SessionProgress, action: Action | null = session.action) {
  return {
    id: session.id,
    status: session.status,
    version: session.version,
    stores: includedStores(session).map((store) => ({
      storeId: store.storeId,
      name: store.name,
      tier: store.tier,
      status: shownStatus(store),
      message: store.message ?? (session.status === 'pending' ? beforePlacing(store) : ''),
      updatedAt: store.updatedAt.toISOString(),
      order:
        store.orderId === null
          ? null
          : { id: store.orderId, number: store.orderNumber!, storeOrderNumber: store.storeOrderNumber },
      conversationId: store.conversationId,
      handoffId: store.handoffId,
      estimatedDelivery: estimateOf(store),
      continueUrl: store.continueUrl,
      handoff: store.handoff,
      affiliateDisclosure: affiliateNote(session, store),
      action: store.action,
      failure: store.failure,
    })),
    action,
    startedAt: session.placedAt && session.placedAt.toISOString(),
    completedAt: session.completedAt && session.completedAt.toISOString(),
  };
}

function estimateOf({ estimatedFrom: from, estimatedTo: to }: StoreProgress): { from: string; to: string } | null {
  return from && to ? { from, to } : null;
}
