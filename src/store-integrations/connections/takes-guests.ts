import { IN_USE, TAKES_GUESTS } from './connections';

/**
 * Fragment, for use beside linkStatusOf: whether a store's interface serves who has linked no account; null where it has no
 * connection. `storeId` is SQL. One look by primary key.
 */
export const takesGuestsOf = (storeId: string): string =>
  `(SELECT ${TAKES_GUESTS('lc')} FROM store_connections lc WHERE lc.store_id = ${storeId} AND ${IN_USE('lc')})`;
