import { Injectable } from '@nestjs/common';
import { PublicKeys, PublicKeysResponse, type Caller } from '../../identity';
import { Database, statement } from '../../platform/database';
import { NotFound } from '../../platform/http';
import { StoreDirectory } from '../../stores';

const BUYER_OF = statement(
  'orders.buyer_of_store_order',
  `SELECT buyer_user_id AS "userId" FROM orders WHERE store_id = $1 AND id = $2`,
);

/** The keys that the buyer of an order has published, for its merchant. */
@Injectable()
export class BuyerKeys {
  constructor(
    private readonly database: Database,
    private readonly stores: StoreDirectory,
    private readonly keys: PublicKeys,
  ) {}

  /** None of a guest, and none of a sealed order, which says its buyer's key to the store alone. Throws NotFound. */
  async ofOrder(caller: Caller, storeId: string, orderId: string): Promise<PublicKeysResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    const order = await this.database.maybeOne<{ userId: string | null }>(BUYER_OF, [storeId, orderId]);
    if (!order) throw new NotFound('order');
    return PublicKeysResponse.of(order.userId === null ? [] : await this.keys.list({ kind: 'user', id: order.userId }));
  }
}
