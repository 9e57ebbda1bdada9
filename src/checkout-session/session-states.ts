/** Where the part of one store stands. */
export type StoreCheckoutStatus =
  | ('quoting' | 'waiting' | 'processing' | 'placed' | 'action_required')
  | ('continue_at_store' | 'contacted' | 'needs_attention' | 'failed' | 'cancelled');

export type SessionStatus =
  | ('pending' | 'expired' | 'cancelled')
  | ('processing' | 'action_required' | 'needs_attention' | 'completed' | 'partially_completed' | 'failed');

const DONE: ReadonlySet<StoreCheckoutStatus> = new Set(['placed', 'continue_at_store', 'contacted']);
const OPEN: ReadonlySet<StoreCheckoutStatus> = new Set(['quoting', 'waiting', 'processing']);

/**
 * What a session that was placed amounts to, from its included stores (DESIGN, section 7). A session's own action, such
 * as choosing another card, comes before everything.
 */
export function deriveStatus(stores: readonly StoreCheckoutStatus[], ownAction: boolean): SessionStatus {
  if (ownAction) return 'action_required';
  if (stores.some((status) => OPEN.has(status))) return 'processing';
  if (stores.includes('action_required')) return 'action_required';
  if (stores.includes('needs_attention')) return 'needs_attention';
  const done = stores.filter((status) => DONE.has(status)).length;
  if (done === 0) return 'failed';
  return done === stores.length ? 'completed' : 'partially_completed';
}

/** Nothing more will happen to it by itself. */
export function isFinal(status: SessionStatus): boolean {
  return status === 'completed' || status === 'partially_completed' || status === 'failed';
}
