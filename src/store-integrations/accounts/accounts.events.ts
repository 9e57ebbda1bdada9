import type { NewEvent } from '../../platform/events';

/** A user has linked an account at a store, or linked it again: what waited for that may go on. */
export const ACCOUNT_LINKED = 'store_account.linked';
/** A grant holds no more: the user has to link the account again. */
export const RELINK_NEEDED = 'store_account.relink_needed';
/** An account is linked no more. */
export const ACCOUNT_UNLINKED = 'store_account.unlinked';

export function accountEvent(
  type: typeof ACCOUNT_LINKED | typeof RELINK_NEEDED | typeof ACCOUNT_UNLINKED,
  { accountId, storeId, userId }: { accountId: string; storeId: string; userId: string },
): NewEvent {
  return { type, aggregateId: accountId, payload: { storeId, userId } };
}
