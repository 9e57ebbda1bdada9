import type { DeliveryQuote } from '../../delivery';
import type { BasketLine, RemoteCheckout } from '../store-api';
import type { SeenCheckout, SeenMessage } from './checkout-answer';
import { choose } from './checkout-request';

/** Handlers of delegated tokens, by how their names begin. */
const PROVIDERS: Record<string, string> = { stripe: 'com.stripe' };
/** What says that a line cannot be had, or not as many. */
const GONE = new Set(['out_of_stock', 'item_unavailable', 'not_found']);

/**
 * A checkout in the words of the seam. `basket` gives lines their place and Muse's ids; without one (a checkout that is
 * only looked up) a line's id is what the store calls the goods.
 */
export function remoteCheckout(seen: SeenCheckout, basket: BasketLine[] | null, now: Date): RemoteCheckout {
  const lines = basket ? linesOf(basket, seen) : linesAsTheyAre(seen);
  const itemIds = new Map(lines.flatMap(({ itemId, at }) => (at === null ? [] : [[at, itemId]])));
  const isExpired = seen.status === 'canceled' && seen.expiresAt !== null && seen.expiresAt <= now;
  const { deliveryOptions, deliveryOptionId } = delivery(seen);
  return {
    id: seen.id,
    status: isExpired ? 'expired' : STATUS[seen.status],
    currency: seen.currency,
    lines: lines.flatMap(({ at, ...line }) => (at === null ? [] : [line])),
    subtotalCents: seen.subtotalCents,
    discountCents: seen.discountCents,
    shippingCents: seen.shippingCents,
    fees: seen.fees,
    taxCents: seen.taxCents,
    totalCents: seen.totalCents,
    deliveryOptions,
    deliveryOptionId,
    messages: seen.messages.map(({ line, ...message }) => ({
      ...message,
      itemId: line === null ? null : (itemIds.get(line) ?? null),
    })),
    ...(seen.discounts && { discounts: seen.discounts }),
    continueUrl: seen.continueUrl,
    expiresAt: seen.expiresAt,
    instruments: seen.instruments.map(({ id, brand, last4, isSelected }) => ({
      id,
      brand,
      last4,
      isDefault: isSelected,
    })),
    addresses: seen.shipping[0]?.destinations ?? [],
    delegatedTo: delegates(seen),
    order: seen.order,
  };
}

const STATUS: Record<SeenCheckout['status'], RemoteCheckout['status']> = {
  incomplete: 'incomplete',
  requires_escalation: 'escalation',
  ready_for_complete: 'ready',
  complete_in_progress: 'in_progress',
  completed: 'completed',
  canceled: 'canceled',
};

/** `at`: the place among the store's lines; null where the store has left it out. */
type Placed = RemoteCheckout['lines'][number] & { at: number | null };

function linesOf(basket: BasketLine[], seen: SeenCheckout): Placed[] {
  const free = new Set(seen.lines.keys());
  return basket.map(({ itemId, externalId, quantity }) => {
    const same = [...free].filter((at) => seen.lines[at]!.externalId === externalId);
    const at = same.find((place) => seen.lines[place]!.quantity === quantity) ?? same[0] ?? null;
    if (at === null) return { itemId, quantity, unitPriceCents: 0, available: 0, at };
    free.delete(at);
    const line = seen.lines[at]!;
    return {
      itemId,
      quantity,
      unitPriceCents: line.unitPriceCents,
      available: availableOf(line, at, quantity, seen),
      at,
    };
  });
}

/** Null: as many as are wanted, and nobody says how many there are. */
function availableOf(line: { quantity: number }, at: number, wanted: number, seen: SeenCheckout): number | null {
  if (line.quantity < wanted) return line.quantity;
  return seen.messages.some((message) => isShortage(message) && message.line === at) ? 0 : null;
}

const isShortage = ({ type, code }: SeenMessage) => type === 'error' && GONE.has(code);

function linesAsTheyAre(seen: SeenCheckout): Placed[] {
  return seen.lines.map(({ externalId, quantity, unitPriceCents }, at) => ({
    ...{ itemId: externalId, quantity, unitPriceCents, available: null, at },
  }));
}

/**
 * One list of options for all that the store brings. Where it comes in several groups, an option of the first stands for
 * the same one of the others, or for their cheapest.
 */
function delivery(seen: SeenCheckout): { deliveryOptions: DeliveryQuote[]; deliveryOptionId: string | null } {
  const [first, ...others] = seen.shipping.flatMap(({ groups }) => groups).filter(({ options }) => options.length > 0);
  if (!first) return { deliveryOptions: [], deliveryOptionId: null };
  const beside = (wanted: string): DeliveryQuote[] =>
    others.flatMap((group) => group.options.find(({ id }) => id === choose(group, wanted)) ?? []);
  const deliveryOptions = first.options.map((option) => {
    const all = [option, ...beside(option.id)];
    return {
      ...option,
      priceCents: all.reduce((sum, { priceCents }) => sum + priceCents, 0),
      minDays: Math.max(...all.map(({ minDays }) => minDays)),
      maxDays: Math.max(...all.map(({ maxDays }) => maxDays)),
    };
  });
  const isOffered = first.options.some(({ id }) => id === first.selectedOptionId);
  return { deliveryOptions, deliveryOptionId: isOffered ? first.selectedOptionId : null };
}

function delegates({ handlers }: SeenCheckout): Record<string, string> {
  const found = Object.entries(PROVIDERS).flatMap(([provider, prefix]) => {
    const handler = handlers.find(
      ([name, ids]) => (name === prefix || name.startsWith(`${prefix}.`)) && ids.length > 0,
    );
    return handler ? [[provider, handler[1][0]!]] : [];
  });
  return Object.fromEntries(found) as Record<string, string>;
}
