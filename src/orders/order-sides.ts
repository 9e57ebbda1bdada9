import { Injectable } from '@nestjs/common';
import { MANUAL_METHODS } from '../payments';
import { statement, type Tx } from '../platform/database';

/** Whom an order concerns, and what of it decides whether they are told of something. */
export interface SidesOfOrder {
  orderId: string;
  number: string;
  storeId: string;
  /** The user or guest who bought; null of a sealed order, which names nobody. */
  buyerId: string | null;
  /** Null of a partner store, and of one whose merchant has left. */
  ownerId: string | null;
  /** The store was paid without Muse, and says so. */
  isPaidByHand: boolean;
  /** How many of the two sides have marked it complete. */
  marks: number;
  /** Who said that it arrived. */
  deliveredBy: string | null;
}

const BY_HAND = MANUAL_METHODS.map((method) => `'${method}'`).join(', ');
const SIDES = statement(
  'orders.sides',
  `SELECT asked.id, o.id AS "orderId", o.muse_order_id AS number, o.store_id AS "storeId", coalesce(o.buyer_user_id, o.buyer_guest_id) AS "buyerId",
          CASE WHEN s.kind = 'merchant' THEN s.owner_user_id END AS "ownerId", coalesce(o.payment_method IN (${BY_HAND}), false) AS "isPaidByHand",
          num_nonnulls(o.buyer_completed_at, o.merchant_completed_at) AS marks,
          (SELECT e.actor FROM order_events e WHERE e.order_id = o.id AND e.type = 'delivered' ORDER BY e.id DESC LIMIT 1) AS "deliveredBy"
     FROM unnest($1::uuid[]) AS asked (id)
     JOIN orders o ON o.id = coalesce((SELECT c.order_id FROM order_changes c WHERE c.id = asked.id), asked.id) JOIN stores s ON s.id = o.store_id`,
);

/** The two sides of an order, for whoever tells them of it. */
@Injectable()
export class OrderSides {
  /** By its id, or by that of a change under which payments knows it. Undefined for an unknown order. Opens nothing that is sealed. */
  async of(tx: Tx, orderId: string): Promise<SidesOfOrder | undefined> {
    return tx.rowOf<SidesOfOrder & { id: string }>(SIDES, orderId);
  }
}
