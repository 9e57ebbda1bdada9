import type { SandboxStore } from '../store';
import { fulfilled, type Order, type OrderLine } from '../world/orders';
import { postalOf, shown } from './checkouts';
import { ORDER, type UcpVersion } from './versions';

const DAY_MS = 86_400_000;

/** The order as UCP shows it: a whole snapshot, the same by webhook and when it is asked for. */
export function orderBody(store: SandboxStore, order: Order): Record<string, unknown> {
  const version = order.protocolVersion as UcpVersion;
  return {
    ucp: { version, capabilities: shown([ORDER], version) },
    ...{ id: order.id, label: order.number, checkout_id: order.checkoutId },
    permalink_url: `${store.baseUrl}/orders/${order.number}`,
    currency: 'USD',
    line_items: order.lines.map((line) => lineOf(order, line)),
    fulfillment: {
      expectations: [
        {
          ...{ id: 'exp_1', method_type: 'shipping', destination: postalOf(order.destination) },
          line_items: order.lines.map(({ id, original: quantity }) => ({ id, quantity })),
          description: order.option.description,
          fulfillable_on: store.clock.iso(order.placedAt + order.option.maxDays * DAY_MS),
        },
      ],
      events: order.events.map(({ id, at, move, text }) => ({
        ...{ id, occurred_at: store.clock.iso(at), type: move, description: text },
        line_items: order.lines.map((line) => ({ id: line.id, quantity: line.original })),
        ...(move === 'processing' || move === 'canceled'
          ? {}
          : { carrier: order.carrier, tracking_number: order.trackingNumber, tracking_url: order.trackingUrl }),
      })),
    },
    ...(order.adjustments.length === 0
      ? {}
      : { adjustments: order.adjustments.map((one) => adjustmentOf(store, one)) }),
    totals: [
      { type: 'subtotal', amount: order.subtotal },
      ...(order.discount > 0 ? [{ type: 'discount', amount: -order.discount }] : []),
      { type: 'fulfillment', display_text: order.option.title, amount: order.shipping },
      { type: 'tax', amount: order.tax },
      { type: 'total', amount: order.total },
    ],
  };
}

function lineOf(order: Order, line: OrderLine) {
  const done = fulfilled(order, line);
  const status =
    line.quantity === 0 ? 'removed' : done === line.quantity ? 'fulfilled' : done > 0 ? 'partial' : 'processing';
  return {
    ...{ id: line.id, item: { id: line.sku, title: line.title, price: line.cents }, status },
    quantity: { original: line.original, total: line.quantity, fulfilled: done },
    totals: [
      { type: 'subtotal', amount: line.cents * line.quantity },
      { type: 'total', amount: line.cents * line.quantity },
    ],
  };
}

function adjustmentOf(store: SandboxStore, { id, at, type, cents, lines, text }: Order['adjustments'][number]) {
  return {
    ...{ id, type, occurred_at: store.clock.iso(at), status: 'completed', description: text },
    ...(lines.length === 0 ? {} : { line_items: lines.map((line) => ({ id: line.id, quantity: -line.quantity })) }),
    totals: [{ type: 'total', amount: -cents }],
  };
}
