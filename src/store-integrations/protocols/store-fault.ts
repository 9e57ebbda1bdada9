/**
 * What went wrong with a store, by what may be done about it.
 * - `refused`: the store said no, and nothing happened. Never another tier: it would say no there too, or should.
 * - `unavailable`: nothing happened there, for certain (no connection, 503 before any effect, no such endpoint). The next tier may try.
 * - `throttled`: nothing happened; again after `retryAfterMs`.
 * - `conflict`: the same key is being worked on, or was used for something else: ask what became of it.
 * - `relink`: the shopper's account there must be linked again.
 * - `unknown`: it may have happened (no answer after the request was sent, an answer that cannot be read). Ask before anything else.
 */
export type StoreFaultKind = 'refused' | 'unavailable' | 'throttled' | 'conflict' | 'relink' | 'unknown';

/** `unavailable` for one shopper: the store has answered that it sells to nobody without an account, or their sign-in could not be renewed. */
const OF_ONE_SHOPPER = new Set(['identity_required', 'login_required', 'invalid_token', 'unauthorized', 'no_token']);

/** The only error of a StoreApi. `message` and `code` hold no secret and nothing personal: they are logged. */
export class StoreFault extends Error {
  constructor(
    readonly kind: StoreFaultKind,
    /** Stable, of the store or of Muse: `out_of_stock`, `connect_failed`, `bad_answer`. */
    readonly code: string,
    /** For people, in the store's words where it gave any; text. */
    readonly detail: string,
    readonly retryAfterMs: number | null = null,
    /** The line that it is about, where it is about one. */
    readonly itemId: string | null = null,
  ) {
    super(`${kind}: ${code}`);
    this.name = 'StoreFault';
  }

  /** Whether it counts against the store: whoever is refused, put off, or has to sign in first, has had an answer. */
  get isOfStore(): boolean {
    return this.kind === 'unknown' || (this.kind === 'unavailable' && !OF_ONE_SHOPPER.has(this.code));
  }
}
