import type { Reader } from '../../../platform/database';
import type { StoreAccess } from '../../checkout-strategy';
import type { StoreApi, StoreCall } from '../../protocols/store-api';

/** How the tier gets at stores that are connected, and at the accounts that shoppers have linked there. */
export abstract class StoreWays {
  /** Of these stores: those with a connection that is on, and whether they serve this shopper (null: a guest) now. */
  abstract access(reader: Reader, userId: string | null, storeIds: string[]): Promise<Map<string, StoreAccess>>;

  /**
   * What one call to the store is made with; null where it has no connection, or not for this shopper. Throws StoreFault
   * (throttled, relink, unavailable).
   */
  abstract call(
    storeId: string,
    userId: string | null,
    idempotencyKey: string,
    timeoutMs: number,
  ): Promise<{ api: StoreApi; call: StoreCall } | null>;
}
