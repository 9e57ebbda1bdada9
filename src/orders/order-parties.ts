import { Injectable } from '@nestjs/common';
import type { Caller, TokenHolder } from '../identity';
import { statement, type Reader, type Tx } from '../platform/database';
import type { CheckoutMethod, OrderStatus } from './order-states';

/** Whoever may act on an order: a shopper or merchant, or who holds a token that stands for its buyer. */
export type OrderActor = Caller | TokenHolder;
export type OrderSide = 'buyer' | 'merchant';

/** An order as those know it who share it. */
export interface SharedOrder {
  id: string;
  storeId: string;
  status: OrderStatus;
  checkoutMethod: CheckoutMethod;
  /** When both sides were done with it, if they are. */
  completedAt: Date | null;
  /** Null: a guest, or nobody whom Muse knows. */
  buyerUserId: string | null;
  isBuyer: boolean;
  isMerchant: boolean;
  /** The database's clock. */
  now: Date;
}

const IS_MERCHANT = `(s.kind = 'merchant' AND s.owner_user_id = $1)`;
const IS_BUYER = {
  shopper: `coalesce(o.buyer_user_id = $1, o.buyer_guest_id = $1, false)`,
  token: `EXISTS (SELECT FROM order_access_tokens t
    WHERE t.id = $1 AND t.order_id = o.id AND t.acts AND t.revoked_at IS NULL AND t.expires_at > now())`,
};
const shared = (isBuyer: string, isMerchant: string, lock = '') =>
  `SELECT o.id, o.store_id AS "storeId", o.order_status AS status, o.checkout_method AS "checkoutMethod", o.completed_at AS "completedAt",
          o.buyer_user_id AS "buyerUserId", ${isBuyer} AS "isBuyer", coalesce(${isMerchant}, false) AS "isMerchant", clock_timestamp() AS now
     FROM orders o JOIN stores s ON s.id = o.store_id WHERE o.id = $2 AND (${isBuyer} OR ${isMerchant}) ${lock}`;
const OF_SHOPPER = statement('orders.shared_by_shopper', shared(IS_BUYER.shopper, IS_MERCHANT));
const OF_TOKEN = statement('orders.shared_by_token', shared(IS_BUYER.token, 'false'));
const LOCK = 'FOR NO KEY UPDATE OF o';
const LOCK_OF_SHOPPER = statement('orders.lock_shared_by_shopper', shared(IS_BUYER.shopper, IS_MERCHANT, LOCK));
const LOCK_OF_TOKEN = statement('orders.lock_shared_by_token', shared(IS_BUYER.token, 'false', LOCK));

/** Who is buyer and who merchant of an order, for modules above that let both sides do something. */
@Injectable()
export class OrderParties {
  /** The order, if the actor is one of its sides. */
  look(reader: Reader, { kind, id }: OrderActor, orderId: string): Promise<SharedOrder | undefined> {
    return reader.maybeOne(kind === 'token' ? OF_TOKEN : OF_SHOPPER, [id, orderId]);
  }

  /** The same, and whatever both sides do about it waits for this transaction. */
  lock(tx: Tx, { kind, id }: OrderActor, orderId: string): Promise<SharedOrder | undefined> {
    return tx.maybeOne(kind === 'token' ? LOCK_OF_TOKEN : LOCK_OF_SHOPPER, [id, orderId]);
  }
}
