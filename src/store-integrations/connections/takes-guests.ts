import { IN_USE } from './connections';

/**
 * Fragment, for use beside linkStatusOf: whether a store's interface serves who has linked no account; null where it has no
 * connection. `storeId` is SQL. One look by primary key.
 */
export const takesGuestsOf = (storeId: string): string =>
  `(SELECT lc.issuer IS NULL OR lc.options @> '{"guestCheckout": true}' FROM store_connections lc WHERE lc.store_id = ${storeId} AND ${IN_USE('lc')})`;
