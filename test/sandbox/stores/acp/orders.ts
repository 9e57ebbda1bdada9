import type { SandboxStore } from '../store';
import { fulfilled, type Order } from '../world/orders';
import { addressJson } from './address';

const DAY_MS = 86_400_000;
const STATUS = { processing: 'confirmed', shipped: 'shipped', in_transit: 'shipped', delivered: 'completed' } as const;

/** The order as ACP shows it: a whole snapshot. */
export function orderJson(store: SandboxStore, order: Order): Record<string, unknown> {
  const estimated = {
    earliest: store.clock.iso(order.placedAt + order.option.minDays * DAY_MS),
    latest: store.clock.iso(order.placedAt + order.option.maxDays * DAY_MS),
  };
  const refunded = order.adjustments.reduce((total, { cents }) => total + cents, 0);
  const isShipped = order.move !== 'processing';
  return {
    ...{ type: 'order', id: order.id, checkout_session_id: order.checkoutId, order_number: order.number },
    permalink_url: `${store.baseUrl}/orders/${order.number}`,
    ...{ status: order.canceled ? 'canceled' : STATUS[order.move], estimated_delivery: estimated },
    confirmation: { confirmation_number: order.number, confirmation_email_sent: true },
    line_items: order.lines.map((line) => {
      const done = fulfilled(order, line);
      const status = line.quantity === 0 ? 'removed' : done === line.quantity ? 'fulfilled' : 'processing';
      return {
        ...{ id: line.id, title: line.title, product_id: line.sku, status, unit_price: line.cents },
        ...{ quantity: { ordered: line.original, current: line.quantity, fulfilled: done }, subtotal: line.subtotal },
      };
    }),
    fulfillments: [
      {
        ...{ id: 'ful_1', type: 'shipping', status: order.canceled ? 'canceled' : order.move },
        line_items: order.lines.map(({ id, original: quantity }) => ({ id, quantity })),
        ...(isShipped
          ? { carrier: order.carrier, tracking_number: order.trackingNumber, tracking_url: order.trackingUrl }
          : {}),
        ...{ destination: addressJson(order.destination), estimated_delivery: estimated },
        events: order.events.map(({ id, at, move, text }) => ({
          ...{ id, type: move, occurred_at: store.clock.iso(at), description: text },
          ...(move === 'processing' ? {} : { location: 'Dallas, TX' }),
        })),
      },
    ],
    adjustments: order.adjustments.map(({ id, at, type, cents, lines, text }) => ({
      ...{ id, type, occurred_at: store.clock.iso(at), status: 'completed', amount: cents, currency: 'usd' },
      ...{ description: text, ...(lines.length === 0 ? {} : { line_items: lines }) },
    })),
    totals: [
      { type: 'items_base_amount', display_text: 'Item(s) total', amount: order.subtotal },
      ...(order.discount > 0 ? [{ type: 'items_discount', display_text: 'Discount', amount: order.discount }] : []),
      { type: 'subtotal', display_text: 'Subtotal', amount: order.subtotal - order.discount },
      { type: 'fulfillment', display_text: order.option.title, amount: order.shipping },
      { type: 'tax', display_text: 'Tax', amount: order.tax },
      { type: 'total', display_text: 'Total', amount: order.total },
      ...(refunded > 0 ? [{ type: 'amount_refunded', display_text: 'Refunded', amount: refunded }] : []),
    ],
  };
}
