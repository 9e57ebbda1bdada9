import type { SandboxStore } from '../store';
import { hasMoved, quoteOf, tell, type Checkout, type PaidBy, type Quote } from './checkout';
import { newId, orderNumber, secret } from './ids';
import { parcelOf, type Order } from './orders';
import { giveBack, redeem } from './seller';

export type Completion =
  | { is: 'completed'; order: Order }
  | { is: 'in_progress' }
  | { is: 'payment_refused'; code: string }
  /** Nothing happened; what the platform has to know first. */
  | { is: 'not_ready' | 'moved' | 'closed' };

/** The store behind its protocols: checkouts become orders here, and nowhere else. */
export class Shop {
  private checkouts = new Map<string, Checkout>();

  constructor(private readonly store: SandboxStore) {}

  open(of: Pick<Checkout, 'platform' | 'accountId' | 'protocolVersion' | 'webhookUrl'>): Checkout {
    const now = this.store.clock.now();
    const checkout: Checkout = {
      ...of,
      ...{ id: newId('chk'), createdAt: now, expiresAt: now + this.store.options.sessionSeconds * 1000, state: 'open' },
      ...{ lines: [], unknownSkus: [], buyer: {}, destinations: [], destinationId: null, optionId: null, codes: [] },
      ...{ told: {}, mustReview: false, agreed: false, pending: null, orderId: null, sold: null },
      ...{ pageKey: secret('page'), extra: {} },
    };
    this.checkouts.set(checkout.id, checkout);
    return checkout;
  }

  /** As if it had never been: a checkout that could not be made. */
  drop(checkout: Checkout): void {
    this.checkouts.delete(checkout.id);
  }

  /** Only the platform that made it sees it, and only for the shopper that it was made for. */
  find(id: string, platform: string, accountId: string | null): Checkout | null {
    const checkout = this.checkouts.get(id);
    if (!checkout || checkout.platform !== platform || checkout.accountId !== accountId) return null;
    this.expire(checkout);
    return checkout;
  }

  onPage(id: string, key: string): Checkout | null {
    const checkout = this.checkouts.get(id);
    if (checkout?.pageKey !== key) return null;
    this.expire(checkout);
    return checkout;
  }

  quote(checkout: Checkout): Quote {
    return checkout.sold ?? quoteOf(checkout, this.store.catalogue);
  }

  cancel(checkout: Checkout): boolean {
    if (checkout.state !== 'open') return false;
    checkout.state = 'canceled';
    return true;
  }

  /**
   * Buys it, at what the platform was told last; or says why not. A token of the payment provider is turned into money
   * first, and that goes back where the order cannot be made.
   */
  async payAndComplete(checkout: Checkout, payment: PaidBy, idempotencyKey: string, asks: number): Promise<Completion> {
    if (payment.token === undefined) return this.complete(checkout, payment, idempotencyKey, asks);
    if (checkout.state !== 'open' || this.quote(checkout).problems.length > 0 || this.hasMoved(checkout))
      return this.complete(checkout, payment, idempotencyKey, asks);
    checkout.state = 'in_progress';
    const redeemed = await redeem(this.store, checkout, { token: payment.token, idempotencyKey }).finally(() => {
      checkout.state = 'open';
    });
    if ('refused' in redeemed) return { is: 'payment_refused', code: redeemed.refused };
    const done = this.complete(checkout, redeemed.paidBy, idempotencyKey, asks);
    if (done.is !== 'completed' && done.is !== 'in_progress') await giveBack(this.store, redeemed.paidBy);
    return done;
  }

  private hasMoved(checkout: Checkout): boolean {
    return hasMoved(checkout, this.quote(checkout));
  }

  /** Buys what is paid for by the store itself; says why not where it cannot. */
  complete(checkout: Checkout, paidBy: PaidBy, idempotencyKey: string, asks: number): Completion {
    if (checkout.state !== 'open') return { is: 'closed' };
    const quote = this.quote(checkout);
    if (quote.problems.length > 0) return { is: 'not_ready' };
    const moved = hasMoved(checkout, quote);
    tell(checkout, quote);
    if (moved) return { is: 'moved' };
    if (asks > 0) {
      checkout.state = 'in_progress';
      checkout.pending = { asksLeft: asks, work: { idempotencyKey, instrument: paidBy } };
      return { is: 'in_progress' };
    }
    const order = this.orderFrom(checkout, quote, paidBy, idempotencyKey);
    return order ? { is: 'completed', order } : { is: 'not_ready' };
  }

  /** The shopper has agreed on the store's own page, and bought. */
  completeOnPage(checkout: Checkout): Order | null {
    if (checkout.state !== 'open') return null;
    checkout.agreed = true;
    const quote = this.quote(checkout);
    if (quote.problems.length > 0) return null;
    return this.orderFrom(checkout, quote, { kind: 'on_page', brand: null, last4: null }, null);
  }

  /** A completion that is worked on comes to its end after it was asked for so often. */
  asked(checkout: Checkout): void {
    if (checkout.state !== 'in_progress' || !checkout.pending) return;
    if (checkout.pending.asksLeft-- > 1) return;
    const { work } = checkout.pending;
    checkout.pending = null;
    checkout.state = 'open';
    this.orderFrom(checkout, this.quote(checkout), work.instrument, work.idempotencyKey);
  }

  all(): Checkout[] {
    return [...this.checkouts.values()];
  }

  reset(): void {
    this.checkouts.clear();
  }

  restore(checkouts: Checkout[]): void {
    this.checkouts = new Map(checkouts.map((checkout) => [checkout.id, checkout]));
  }

  private orderFrom(checkout: Checkout, quote: Quote, paidBy: PaidBy, idempotencyKey: string | null): Order | null {
    if (quote.problems.length > 0 || !quote.destination || !quote.option) return null;
    if (!this.store.catalogue.take(checkout.lines)) return null;
    const now = this.store.clock.now();
    const order: Order = {
      ...{ id: newId('ord'), number: orderNumber(), checkoutId: checkout.id, platform: checkout.platform },
      ...{ accountId: checkout.accountId, protocolVersion: checkout.protocolVersion, webhookUrl: checkout.webhookUrl },
      ...{ idempotencyKey, placedAt: now, updatedAt: now, destination: quote.destination, option: quote.option },
      lines: quote.lines.map(({ id, sku, quantity, good, subtotal, discount, tax }) => ({
        ...{ id, sku, title: good.title, cents: good.cents, quantity, original: quantity, subtotal, discount, tax },
      })),
      ...{ subtotal: quote.subtotal, discount: quote.discount, shipping: quote.shipping, tax: quote.tax },
      ...{ total: quote.total, paidBy, email: checkout.buyer.email ?? '', ...parcelOf() },
      ...{ move: 'processing', canceled: false, adjustments: [] },
      events: [{ id: newId('fev'), at: now, move: 'processing', text: 'We have your order.' }],
    };
    checkout.state = 'completed';
    checkout.orderId = order.id;
    checkout.sold = structuredClone(quote);
    this.store.orders.add(order);
    return order;
  }

  private expire(checkout: Checkout): void {
    if (checkout.state === 'open' && checkout.expiresAt <= this.store.clock.now()) {
      checkout.state = 'canceled';
      checkout.extra['expired'] = true;
    }
  }
}
