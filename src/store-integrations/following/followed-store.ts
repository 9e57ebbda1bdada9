import type { BasketLine, RemoteAvailability, RemoteOrder, StoreAbility } from '../protocols/store-api';

/** How an order at a store is asked about. */
export type AskedBy = 'api' | 'browser';

/**
 * What can be asked of a store about orders and goods, in one shopper's name: by its interface, or by going through its pages.
 * Errors: StoreFault only.
 */
export interface FollowedStore {
  offers(): Promise<ReadonlySet<StoreAbility>>;
  /** `checkoutId`: the store's checkout that it was made from. Null where the store does not know it. */
  order?(orderId: string, checkoutId: string | null): Promise<RemoteOrder | null>;
  cancelOrder?(orderId: string, reason: string | null): Promise<RemoteOrder>;
  returnOrder?(
    orderId: string,
    lines: { externalId: string; quantity: number; reason: string }[],
  ): Promise<RemoteOrder>;
  availability?(lines: BasketLine[], currency: string): Promise<RemoteAvailability[]>;
}

/** Stores whose order pages a browser reads. */
export abstract class StorePages {
  /** Null where no recipe says how, or nobody's account could be used. */
  abstract of(storeId: string, userId: string | null): Promise<FollowedStore | null>;
}
