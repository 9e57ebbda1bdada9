import type { CartLine, OfferedLines } from '../cart';
import { InvalidField } from '../platform/http';
import type { CouponTerms } from '../pricing';
import { isGone, type PresentFacts, type StoreFacts } from '../store-integrations';
import type { Present } from './quoting';
import type { Session, SnapshotLine, StoreCheckout } from './session';
import type { SessionCoupon } from './session-prices';

export function chosenLines(lines: CartLine[], itemIds: string[] | null, lenient = false): CartLine[] {
  if (itemIds === null) return lines;
  const chosen = itemIds.map((itemId, index) => {
    const line = lines.find((candidate) => candidate.id === itemId);
    if (!line && !lenient)
      throw new InvalidField(`/itemIds/${index}`, 'must be a line of your cart that is not being ordered already');
    return line;
  });
  return chosen.filter((line) => line !== undefined);
}

export function snapshotOf(line: CartLine): SnapshotLine {
  return {
    itemId: line.id,
    storeId: line.storeId,
    itemKey: line.itemKey,
    variantId: line.variantId,
    brandId: line.brandId,
    brandName: line.brandName,
    productName: line.productName,
    productSku: line.productSku,
    productUrl: line.productUrl,
    productImageUrl: line.productImageUrl,
    size: line.size,
    color: line.color,
    quantity: line.quantity,
    unitPriceCents: line.priceCents,
    originalPriceCents: line.now ? line.now.originalPriceCents : line.originalPriceCents,
    currency: line.currency,
    category: line.category,
    ...(line.variantAtStore && { variantAtStore: line.variantAtStore }),
  };
}

/** The cart's coupons, as far as they are for these lines' stores. */
export function frozenCoupons(coupons: CouponTerms[], lines: CartLine[]): SessionCoupon[] {
  const stores = new Set(lines.map((line) => line.storeId));
  const ours = coupons.filter(({ storeId }) => storeId === null || stores.has(storeId));
  return ours.map((terms) => ({ ...terms, applied: false, problem: null }));
}

/** What was read with the offered lines, as a quote looks at it. */
export function presentOf({ stores, lines }: OfferedLines): Present {
  const variants = lines.flatMap(({ variantId, now }): [string, PresentFacts][] =>
    variantId && now ? [[variantId, now]] : [],
  );
  return { stores: new Map(stores.map((store) => [store.id, store])), variants: new Map(variants) };
}

/** Which goods a session asks for, as a text to compare. */
export function goodsOf({ stores, lines }: Session): string {
  const left = stores.filter((store) => !store.included).map((store) => store.storeId);
  return JSON.stringify([left, lines.map((line) => [line.itemId, line.quantity])]);
}

/** What a store that is asked by a job is asked, as a text to compare: another text, another question. */
export function questionOf(session: Session, store: StoreCheckout): string {
  const { included, deliveryChosen, deliveryOptionId, storeAddressId, storeId, storeDiscountCodes } = store;
  const goods = session.lines.flatMap((line) => (line.storeId === storeId ? [[line.itemId, line.quantity]] : []));
  const to = storeAddressId ?? store.shippingAddress ?? session.shippingAddress;
  return JSON.stringify([
    included,
    goods,
    to,
    session.contact,
    deliveryChosen ? deliveryOptionId : null,
    storeDiscountCodes,
  ]);
}

/** The same of all stores that may be asked by a job, by id. */
export function questionsOf(session: Session): Map<string, string> {
  const stores = session.stores.filter((store) => store.servedBy !== null);
  return new Map(stores.map((store) => [store.storeId, questionOf(session, store)]));
}

/** Items that nobody can buy now. */
export function goneOf({ stores }: Session): Set<string> {
  const gone = stores.flatMap((store) => store.problems.filter((problem) => isGone(problem)));
  return new Set(gone.flatMap((problem) => problem.itemId ?? []));
}

/** Whether everything that a session asks for could be had when it was last looked at. */
export function allHeld({ stores }: Session): boolean {
  return !stores.some((store) => store.problems.some((problem) => isGone(problem) || problem.code === 'stock_short'));
}

/** The stores of these lines, in the order of the cart; everything that a quote says is still to come. */
export function storesOf(lines: CartLine[], facts: StoreFacts[]): StoreCheckout[] {
  const byId = new Map(facts.map((store) => [store.id, store]));
  return [...new Set(lines.map((line) => line.storeId))].map((storeId, position): StoreCheckout => {
    const { name, tier, currency, affiliated } = byId.get(storeId)!;
    return {
      ...{ id: '', storeId, storeVersion: '', name, position, included: true, tier, status: 'waiting', currency },
      ...{ settlement: tier === 'direct' ? 'pay_later' : 'at_store', settlementChosen: false, payNow: null },
      ...{ deliveryOptions: [], deliveryOptionId: null, deliveryChosen: false, quoteStands: false },
      ...{
        subtotalCents: 0,
        discountCents: 0,
        discounts: [],
        shippingCents: 0,
        fees: [],
        taxCents: 0,
        taxIncludedCents: 0,
      },
      ...{ taxLines: [], totalCents: 0, problems: [], shipsToRegion: null },
      ...{ shippingAddress: null, shipsToCountry: null, instructions: null, estimatedFrom: null, estimatedTo: null },
      ...{ message: null, action: null, failure: null, updatedAt: new Date(), orderId: null, orderNumber: null },
      ...{ servedBy: null, link: null, storeAddressId: null, storeInstrumentId: null },
      ...{ storeDiscountCodes: [], storeDiscounts: [] },
      ...{ sealedParts: null, access: null },
      ...{ storeOrderNumber: null, handoffId: null, continueUrl: null, conversationId: null },
      ...{ handoff: null, shareAtStore: false, affiliate: affiliated },
    };
  });
}

export function chooseDelivery(store: StoreCheckout, optionId: string | null): void {
  store.deliveryOptionId = optionId;
  store.deliveryChosen = optionId !== null;
}
