import { Injectable } from '@nestjs/common';
import { Vault, openJson, type SealedJson, type SealedJwe } from '../platform/crypto';
import { statement, type Tx } from '../platform/database';
import type { OrderInstructionsResponse } from './dto/order.response';
import type { CheckoutMethod } from './order-states';
import { placeOf } from './orders.service';

// Locked, so that a sign-in that claims the guest, or another event of the order, waits until it has its conversation.
const TO_CONVERSE = statement(
  'orders.to_converse',
  `SELECT o.id, o.muse_order_id AS number, o.store_id AS "storeId", o.checkout_method AS "checkoutMethod", o.conversation_id AS "conversationId",
          coalesce(o.buyer_user_id, o.buyer_guest_id) AS "buyerId", o.buyer_ref AS "buyerRef", o.sealed_parts->'note' AS "sealedNote", o.currency, o.total_cents AS "totalCents",
          o.key_subject_id AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId", o.instructions,
          (SELECT json_agg(json_build_object('productName', i.product_name, 'productSku', i.product_sku, 'size', i.size, 'color', i.color,
             'quantity', i.quantity, 'unitPriceCents', i.unit_price_cents, 'totalPriceCents', i.total_price_cents) ORDER BY i.position)
             FROM order_items i WHERE i.order_id = o.id) AS items
     FROM orders o LEFT JOIN data_keys k ON k.subject_id = o.key_subject_id WHERE o.id = ANY ($1::uuid[]) ORDER BY o.id FOR NO KEY UPDATE OF o`,
);
const JOIN = statement(
  'orders.join_conversation',
  `UPDATE orders o SET conversation_id = j.conversation_id FROM unnest($1::uuid[], $2::uuid[]) AS j (id, conversation_id) WHERE o.id = j.id`,
);
const MOVE = statement(
  'orders.move_conversation',
  `UPDATE orders SET conversation_id = $2 WHERE id = ANY ($1::uuid[])`,
);

/** What of an order a conversation begins with. Minor units of `currency`. */
export interface OrderToConverse {
  id: string;
  number: string;
  storeId: string;
  checkoutMethod: CheckoutMethod;
  conversationId: string | null;
  /** Null where the order names nobody. */
  buyerId: string | null;
  /** Of a sealed order: by what its buyer is known at this store. */
  buyerRef: Buffer | null;
  currency: string;
  totalCents: number;
  items: {
    productName: string;
    productSku: string | null;
    size: string | null;
    color: string | null;
    quantity: number;
    unitPriceCents: number;
    totalPriceCents: number;
  }[];
  /** What the buyer told the store; null too once the buyer's key is destroyed. */
  note: string | null;
  /** The same of a sealed order. */
  sealedNote: SealedJwe | null;
  /** The buyer's own data key is there, and not destroyed. */
  hasBuyersKey: boolean;
}

type Row = Omit<OrderToConverse, 'note' | 'hasBuyersKey'> & {
  keySubjectId: string | null;
  wrapped: Buffer | null;
  masterKeyId: string | null;
  instructions: SealedJson | null;
};

/** Which conversation an order belongs to: told by the module above, shown with the order. */
@Injectable()
export class OrderConversations {
  constructor(private readonly vault: Vault) {}

  /** The order, locked; undefined for an unknown one. */
  async toConverse(tx: Tx, orderId: string): Promise<OrderToConverse | undefined> {
    const row = await tx.rowOf<Row>(TO_CONVERSE, orderId);
    if (!row) return undefined;
    const { keySubjectId, wrapped, masterKeyId, instructions, ...facts } = row;
    const order = { ...facts, hasBuyersKey: keySubjectId === facts.buyerId && wrapped !== null };
    if (!instructions || keySubjectId === null || wrapped === null || masterKeyId === null)
      return { ...order, note: null };
    const key = this.vault.unwrap(keySubjectId, wrapped, masterKeyId);
    const { note } = openJson<OrderInstructionsResponse>(key, placeOf(orderId, 'instructions'), instructions);
    return { ...order, note };
  }

  /** Of an order that toConverse() has locked. Its version stays: nobody who read it before has to read it again. */
  joinConversation(tx: Tx, orderId: string, conversationId: string): void {
    tx.add(JOIN, [[orderId], [conversationId]]);
  }

  /** Orders of one conversation belong to another. */
  async moveConversation(tx: Tx, orderIds: string[], conversationId: string): Promise<void> {
    await tx.run(MOVE, [orderIds, conversationId]);
  }
}
