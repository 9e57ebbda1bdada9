import { randomInt } from 'node:crypto';
import type { Address } from './people';

export const MOVES = ['processing', 'shipped', 'delivered'] as const;
export type OrderStatus = (typeof MOVES)[number] | 'cancelled';

export interface OrderLine {
  sku: string;
  title: string;
  size: string | null;
  color: string | null;
  quantity: number;
  cents: number;
}

/** What a shop has sold. Amounts in cents. */
export interface Order {
  number: string;
  accountId: string;
  placedAt: string;
  lines: OrderLine[];
  subtotal: number;
  shipping: number;
  tax: number;
  total: number;
  address: Address;
  delivery: string;
  /** The card, as the shop calls it. */
  paidBy: string;
  status: OrderStatus;
  estimatedFrom: string;
  estimatedTo: string;
  parcel: { carrier: string; trackingNumber: string; trackingUrl: string } | null;
  /** What tells one submission of a review page from another. */
  checkout: string;
}

/** The book of orders: the ledger that tests hold Muse against. */
export class Orders {
  private orders: Order[] = [];

  all(): Order[] {
    return this.orders;
  }

  /** Newest first, as a shop lists them. */
  of(accountId: string): Order[] {
    return this.orders.filter((order) => order.accountId === accountId).toReversed();
  }

  byNumber(accountId: string, number: string): Order | undefined {
    return this.orders.find((order) => order.number === number && order.accountId === accountId);
  }

  byCheckout(checkout: string): Order | undefined {
    return this.orders.find((order) => order.checkout === checkout);
  }

  add(order: Order): void {
    this.orders.push(order);
  }

  /** One move on, or to where it is said. */
  advance(order: Order, to?: OrderStatus): void {
    if (order.status === 'cancelled') return;
    const at = MOVES.indexOf(order.status);
    order.status = to ?? MOVES[Math.min(at + 1, MOVES.length - 1)]!;
    if (order.status === 'processing' || order.status === 'cancelled') return;
    const trackingNumber = `1Z999AA1${randomInt(1_000_000_000, 9_999_999_999)}`;
    order.parcel ??= {
      ...{ carrier: 'UPS', trackingNumber, trackingUrl: `https://www.ups.com/track?tracknum=${trackingNumber}` },
    };
  }

  reset(): void {
    this.orders = [];
  }

  restore(orders: Order[]): void {
    this.orders = orders;
  }
}
