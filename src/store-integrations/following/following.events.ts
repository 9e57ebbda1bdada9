/** A store's word on an order there has changed, or what it can do about it. { storeOrderId, storeId }: Muse's ids; the row says what. */
export const STORE_ORDER_CHANGED = 'store_order.changed';
