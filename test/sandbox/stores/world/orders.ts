import type { DeliveryOption, Destination, PaidBy } from './checkout';
import { newId, trackingNumber } from './ids';

/** How an order moves by itself, step by step. */
export const MOVES = ['processing', 'shipped', 'in_transit', 'delivered'] as const;
export type Move = (typeof MOVES)[number];

export interface OrderLine {
  id: string;
  sku: string;
  title: string;
  cents: number;
  quantity: number;
  /** As many were ordered. */
  original: number;
  subtotal: number;
  discount: number;
  tax: number;
}

export interface OrderEvent {
  id: string;
  at: number;
  move: Move | 'canceled';
  text: string;
}

export interface Adjustment {
  id: string;
  at: number;
  type: 'cancellation' | 'refund' | 'return';
  /** What goes back to the shopper. */
  cents: number;
  lines: { id: string; quantity: number }[];
  text: string;
}

/** An order, in the store's own books. */
export interface Order {
  id: string;
  number: string;
  checkoutId: string;
  platform: string;
  accountId: string | null;
  protocolVersion: string;
  webhookUrl: string | null;
  /** Under which key it was placed; null: by the shopper on the store's own page. */
  idempotencyKey: string | null;
  placedAt: number;
  updatedAt: number;
  lines: OrderLine[];
  destination: Destination;
  option: DeliveryOption;
  subtotal: number;
  discount: number;
  shipping: number;
  tax: number;
  total: number;
  paidBy: PaidBy;
  email: string;
  carrier: string;
  trackingNumber: string;
  trackingUrl: string;
  move: Move;
  canceled: boolean;
  events: OrderEvent[];
  adjustments: Adjustment[];
}

const SAID: Record<Move, string> = {
  processing: 'We are packing your order.',
  shipped: 'Handed to the carrier.',
  in_transit: 'Out for delivery.',
  delivered: 'Left at the front door.',
};

/** The store's orders, and what becomes of them. `onChange` hears of each change, once it is written. */
export class Orders {
  private orders = new Map<string, Order>();
  onChange: (order: Order) => void = () => undefined;
  /** Between two moves; 0: orders move by control only. */
  moveMs = 0;
  private readonly timers = new Set<NodeJS.Timeout>();

  add(order: Order): void {
    this.orders.set(order.id, order);
    this.onChange(order);
    this.plan(order);
  }

  of(id: string): Order | undefined {
    return this.orders.get(id);
  }

  all(): Order[] {
    return [...this.orders.values()];
  }

  /** One move on; false where it has arrived, or was cancelled. */
  advance(order: Order, now: number): boolean {
    const next = MOVES[MOVES.indexOf(order.move) + 1];
    if (!next || order.canceled) return false;
    order.move = next;
    order.updatedAt = now;
    order.events.push({ id: newId('fev'), at: now, move: next, text: SAID[next] });
    this.onChange(order);
    return true;
  }

  cancel(order: Order, now: number): void {
    if (order.canceled) return;
    order.canceled = true;
    order.updatedAt = now;
    order.events.push({ id: newId('fev'), at: now, move: 'canceled', text: 'The order was cancelled.' });
    const lines = order.lines.map(({ id, quantity }) => ({ id, quantity }));
    for (const line of order.lines) line.quantity = 0;
    order.adjustments.push({
      ...{ id: newId('adj'), at: now, type: 'cancellation', cents: order.total, lines },
      text: 'Cancelled before it was shipped.',
    });
    this.onChange(order);
  }

  /** Money back, for goods that came back or for nothing. */
  refund(order: Order, cents: number, now: number, returned: { id: string; quantity: number }[] = []): void {
    order.updatedAt = now;
    for (const { id, quantity } of returned) {
      const line = order.lines.find((one) => one.id === id);
      if (line) line.quantity = Math.max(0, line.quantity - quantity);
    }
    const type = returned.length > 0 ? 'return' : 'refund';
    order.adjustments.push({ id: newId('adj'), at: now, type, cents, lines: returned, text: 'Refunded.' });
    this.onChange(order);
  }

  reset(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.orders.clear();
  }

  restore(orders: Order[]): void {
    this.orders = new Map(orders.map((order) => [order.id, order]));
    for (const order of orders) this.plan(order);
  }

  private plan(order: Order): void {
    if (this.moveMs === 0 || order.canceled || order.move === 'delivered') return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (this.orders.get(order.id) !== order) return;
      if (this.advance(order, Date.now())) this.plan(order);
    }, this.moveMs);
    timer.unref();
    this.timers.add(timer);
  }
}

export function parcelOf(): Pick<Order, 'carrier' | 'trackingNumber' | 'trackingUrl'> {
  const number = trackingNumber();
  return { carrier: 'UPS', trackingNumber: number, trackingUrl: `https://www.ups.com/track?tracknum=${number}` };
}

/** How many of a line have reached the shopper, or their carrier. */
export function fulfilled(order: Order, line: OrderLine): number {
  return order.move === 'processing' ? 0 : line.quantity;
}
