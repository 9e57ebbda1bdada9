import { Injectable } from '@nestjs/common';
import type { Tx } from '../platform/database';
import type { CouponTerms } from '../pricing';
import type { StoreFacts } from '../store-integrations';
import type { LineIdentity } from './cart-line';
import type { CartLine } from './cart-reading';
import { CartRepository } from './cart.repository';

/** Lines of a cart that a session may freeze, and what our tables say of their stores. */
export interface OfferedLines {
  cartId: string;
  shopperCurrency: string | null;
  lines: CartLine[];
  stores: StoreFacts[];
  coupons: CouponTerms[];
}

/** A line as a session froze it. */
export type FrozenLine = LineIdentity & { quantity: number };

/**
 * What checkout does to a cart, always inside its transaction and after it has locked its session.
 * A line that a session is placing is not offered again until that store's outcome is known.
 */
@Injectable()
export class CartCheckout {
  constructor(private readonly carts: CartRepository) {}

  /** Locks the cart and gives the lines that no session is placing; undefined where the shopper has no cart. */
  async offer(tx: Tx, shopperId: string, sessionId: string): Promise<OfferedLines | undefined> {
    const cart = await this.carts.lockForCheckout(tx, shopperId, sessionId);
    if (!cart) return undefined;
    const { id, lines, stores, shopperCurrency, couponCodes } = cart;
    const coupons = couponCodes.flatMap((code) => cart.coupons.filter((coupon) => coupon.code === code));
    const offered = lines.filter((line) => line.checkoutSessionId === null);
    return { cartId: id, shopperCurrency, lines: offered, stores, coupons };
  }

  /**
   * The session has shown the present prices of these lines: they are what the shopper has seen. `gone`: ids of those that
   * could not be had. Nothing is written where nothing is new.
   */
  async pricesSeen(tx: Tx, cartId: string, lines: readonly CartLine[], gone: ReadonlySet<string>): Promise<void> {
    const news = lines.filter(
      ({ id, now, priceCents, wasInStock }) => now && (now.priceCents !== priceCents || wasInStock === gone.has(id)),
    );
    if (news.length === 0) return;
    const ids = news.map((line) => line.id);
    await this.carts.pricesSeen(
      tx,
      cartId,
      ids,
      ids.filter((id) => !gone.has(id)),
    );
  }

  /** These lines are being placed. */
  async markPlacing(tx: Tx, shopperId: string, sessionId: string, lines: FrozenLine[]): Promise<void> {
    await this.carts.markPlacing(tx, shopperId, sessionId, lines);
  }

  /** These codes have been used; markPlacing has locked the cart. */
  async dropCoupons(tx: Tx, shopperId: string, codes: string[]): Promise<void> {
    await this.carts.dropCoupons(tx, shopperId, codes);
  }

  /** These codes were used for nothing, and stand in the cart again, as far as it has room; `free` has locked the cart. */
  async putCouponsBack(tx: Tx, shopperId: string, codes: string[]): Promise<void> {
    await this.carts.putCouponsBack(tx, shopperId, codes);
  }

  /** These lines were not bought after all: they may be offered again. */
  async free(tx: Tx, shopperId: string, sessionId: string, lines: FrozenLine[]): Promise<void> {
    await this.carts.free(tx, shopperId, sessionId, lines);
  }

  /** These lines were ordered or handed off: what was put in since stays. */
  async takeOut(tx: Tx, shopperId: string, sessionId: string, lines: FrozenLine[]): Promise<void> {
    await this.carts.takeOut(tx, shopperId, sessionId, lines);
  }

  /**
   * After free or takeOut, of a session that its shopper began as a guest in `cartId`: what had to wait there for the
   * outcome. `rejected`: nothing was bought of it.
   */
  async bringHome(
    tx: Tx,
    shopperId: string,
    sessionId: string,
    cartId: string,
    lines: FrozenLine[],
    rejected: boolean,
  ): Promise<void> {
    const bought = rejected ? lines.map((line) => ({ ...line, quantity: 0 })) : lines;
    await this.carts.bringHome(tx, shopperId, sessionId, cartId, bought);
  }

  /** These handed-off lines come back, adding up with what is there. */
  async putBack(tx: Tx, shopperId: string, lines: object[]): Promise<void> {
    await this.carts.putBack(tx, shopperId, lines);
  }
}
