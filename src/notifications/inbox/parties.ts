import { Injectable } from '@nestjs/common';
import { CartHolders } from '../../cart';
import { OrderSides, type SidesOfOrder } from '../../orders';
import { statement, type Tx } from '../../platform/database';
import type { DomainEvent } from '../../platform/events';
import { StoreDirectory } from '../../stores';
import { idIn, type News, type Side } from './news';

/** Whom an event concerns, and what it is about. */
export interface Concerned {
  buyers: string[];
  merchant: string | null;
  storeId: string | null;
  order?: SidesOfOrder;
  conversationId?: string;
  variantId?: string;
}

// A sealed conversation names no shopper. One of a guest who signed in may have been joined into the user's.
const OF_CONVERSATION = statement(
  'notifications.parties_of_conversation',
  `SELECT c.id, c.shopper_id AS "shopperId", c.store_id AS "storeId", s.owner_user_id AS "ownerId"
     FROM conversations c JOIN stores s ON s.id = c.store_id
    WHERE c.id = (SELECT coalesce(joined_into, id) FROM conversations WHERE id = $1)`,
);

/** Finds out whom an event concerns, by the rows as they are now. */
@Injectable()
export class Parties {
  constructor(
    private readonly orders: OrderSides,
    private readonly stores: StoreDirectory,
    private readonly holders: CartHolders,
  ) {}

  /** Undefined where what it is about is gone. */
  async of(tx: Tx, about: News['about'], event: DomainEvent): Promise<Concerned | undefined> {
    switch (about) {
      case 'order':
        return this.ofOrder(tx, idIn(event.payload, 'orderId') ?? event.aggregateId);
      case 'conversation':
        return this.ofConversation(tx, idIn(event.payload, 'conversationId') ?? event.aggregateId);
      case 'account':
        return ofAccount(event.payload);
      case 'shopper':
        return ofShopper(event.payload);
      case 'store':
      case 'variant':
        break;
    }
    const storeId = idIn(event.payload, 'storeId') ?? event.aggregateId;
    const variantId = idIn(event.payload, 'variantId');
    const buyers = about === 'variant' ? await this.holders.of(tx, variantId ?? event.aggregateId) : [];
    return { buyers, merchant: await this.ownerOf(tx, storeId), storeId, variantId };
  }

  private async ofOrder(tx: Tx, orderId: string): Promise<Concerned | undefined> {
    const order = await this.orders.of(tx, orderId);
    return order && { ...sides(order.buyerId, order.ownerId), storeId: order.storeId, order };
  }

  private async ofConversation(tx: Tx, conversationId: string): Promise<Concerned | undefined> {
    type Row = { id: string; shopperId: string | null; storeId: string; ownerId: string | null };
    const row = await tx.maybeOne<Row>(OF_CONVERSATION, [conversationId]);
    return row && { ...sides(row.shopperId, row.ownerId), storeId: row.storeId, conversationId: row.id };
  }

  private async ownerOf(tx: Tx, storeId: string): Promise<string | null> {
    const store = (await this.stores.byIds([storeId], tx)).get(storeId);
    return store?.kind === 'merchant' ? store.ownerUserId : null;
  }
}

/** An account at a store is the user's alone. */
function ofAccount(payload: DomainEvent['payload']): Concerned | undefined {
  const [userId, storeId] = [idIn(payload, 'userId'), idIn(payload, 'storeId')];
  return userId === undefined || storeId === undefined ? undefined : { buyers: [userId], merchant: null, storeId };
}

/** What was found for a user alone; its store may be none that Muse sells for. */
function ofShopper(payload: DomainEvent['payload']): Concerned | undefined {
  const [userId, storeId] = [idIn(payload, 'userId'), idIn(payload, 'storeId')];
  return userId === undefined ? undefined : { buyers: [userId], merchant: null, storeId: storeId ?? null };
}

function sides(buyerId: string | null, merchant: string | null): Pick<Concerned, 'buyers' | 'merchant'> {
  return { buyers: buyerId === null ? [] : [buyerId], merchant };
}

/** Who stands on a side. */
export function on(side: Side, { buyers, merchant }: Concerned): string[] {
  if (side === 'buyer') return buyers;
  return merchant === null ? [] : [merchant];
}
