import type { SandboxStore } from '../store';
import { tell, type Checkout, type Destination } from '../world/checkout';
import type { Order } from '../world/orders';
import { continueUrlOf } from '../world/pages';
import { accountOf, type SavedAddress } from '../world/people';

const STATES = { open: 'open', in_progress: 'buying', completed: 'bought', canceled: 'closed' } as const;

/** A basket, as the shop shows it. From now on the prices in it are known. */
export function basketBody(store: SandboxStore, basket: Checkout): Record<string, unknown> {
  const quote = store.shop.quote(basket);
  tell(basket, quote);
  const order = basket.orderId === null ? undefined : store.orders.of(basket.orderId);
  return {
    ...{ id: basket.id, state: STATES[basket.state], currency: 'USD', until: store.clock.iso(basket.expiresAt) },
    lines: quote.lines.map(({ sku, quantity, good, available }) => ({
      ...{ sku, title: good.title, count: quantity, price: good.cents, left: available },
    })),
    delivery: quote.options.map(({ id, title, cents, minDays, maxDays }) => ({
      ...{ id, title, price: cents, days: [minDays, maxDays], chosen: id === quote.option?.id },
    })),
    ...{ goods: quote.subtotal, off: quote.discount, shipping: quote.shipping, tax: quote.tax, total: quote.total },
    missing: quote.problems.map(({ code, text, line, severity }) => ({
      ...{ what: code, message: text, ...(line !== undefined && { line }) },
      here: severity === 'requires_buyer_input' || severity === 'requires_buyer_review',
    })),
    cards: cardsOf(basket.accountId),
    page: continueUrlOf(store, basket),
    ...(order && { order: { number: order.number, page: `${store.baseUrl}/orders/${order.number}` } }),
  };
}

export function cardsOf(accountId: string | null): object[] {
  const account = accountId === null ? undefined : accountOf(accountId);
  return (account?.cards ?? []).map(({ id, brand, last4, isDefault }) => ({ id, brand, last4, first: isDefault }));
}

export function meBody(accountId: string): Record<string, unknown> {
  const { firstName, lastName, addresses } = accountOf(accountId)!;
  return {
    name: `${firstName} ${lastName}`,
    addresses: addresses.map((address) => ({ ...addressBody(address), id: address.id, first: address.isDefault })),
    cards: cardsOf(accountId),
  };
}

function addressBody(address: SavedAddress | Destination): object {
  const { firstName = '', lastName = '', line1, line2, city, region, postalCode, country } = address;
  return {
    ...{ name: `${firstName} ${lastName}`.trim(), street: line1, town: city, code: postalCode, country },
    ...(line2 !== undefined && { extra: line2 }),
    ...(region !== undefined && { region }),
  };
}

/** An order, as the shop shows it. */
export function orderBody(store: SandboxStore, order: Order): Record<string, unknown> {
  const { move, canceled } = order;
  const back = order.adjustments.reduce((sum, { cents }) => sum + cents, 0);
  const isBack = order.lines.every(({ quantity }) => quantity === 0) && !canceled;
  const sent = order.events.filter((event) => event.move !== 'processing' && event.move !== 'canceled');
  return {
    ...{ number: order.number, basket: order.checkoutId, total: order.total, currency: 'USD', refunded: back },
    state: canceled
      ? 'cancelled'
      : isBack
        ? 'returned'
        : move === 'processing'
          ? 'packing'
          : move === 'delivered'
            ? 'arrived'
            : 'sent',
    changed: store.clock.iso(order.updatedAt),
    lines: order.lines.map(({ sku, original, quantity }) => ({ sku, ordered: original, kept: quantity })),
    parcels:
      sent.length === 0
        ? []
        : [
            {
              ...{ carrier: order.carrier, number: order.trackingNumber, link: order.trackingUrl },
              state: move === 'delivered' ? 'arrived' : 'on_its_way',
              log: sent.map((event) => ({
                id: event.id,
                at: store.clock.iso(event.at),
                text: event.text,
                what: event.move,
              })),
              lines: order.lines.map(({ sku, original }) => ({ sku, count: original })),
            },
          ],
  };
}
