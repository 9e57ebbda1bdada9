import type { NewEvent } from '../../platform/events';

/** A store's account at the provider has come to stand otherwise. */
export const ACCOUNT_CHANGED = 'payment.account_changed';
/** An admin has set what the platform keeps of a store's sales; null: what the configuration says. */
export const PLATFORM_FEE_SET = 'payment.platform_fee_set';

export function accountEvent(type: string, storeId: string, payload: Record<string, unknown>): NewEvent {
  return { type, aggregateId: storeId, payload: { storeId, ...payload } };
}
