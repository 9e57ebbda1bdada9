import { Injectable } from '@nestjs/common';
import { Breakers } from '../breaker/breakers';
import { StoreCalls, type ReadyCall } from '../connections/store-calls';
import { StoreFault } from '../protocols/store-fault';
import { StorePages, type AskedBy, type FollowedStore } from './followed-store';

const TIER = 'oauth_api';
/** A store that is known to be down is not looked at before. */
const DOWN_MS = 60_000;

/** Of somebody who has unlinked their account: nothing was asked of the store. */
export const NOT_LINKED = 'not_linked';

/**
 * Calls about orders and goods, made outside every request. A store that is known to be down is left alone, as by whoever
 * checks out there, and how each call went is told to the same breaker. Nothing is asked for a user who has no account linked,
 * where the store takes no guests. Errors: StoreFault only.
 */
@Injectable()
export class FollowedCalls {
  constructor(
    private readonly calls: StoreCalls,
    private readonly breakers: Breakers,
    private readonly pages: StorePages,
  ) {}

  /**
   * Undefined where Muse is not connected to the store. Throws StoreFault `throttled` where it must not be asked now, and
   * `relink` (NOT_LINKED) where it must not be asked for this user. `userId` null: in nobody's name.
   */
  async make<T>(
    { storeId, userId, key, timeoutMs, by = 'api' }: FollowedCall,
    ask: (store: FollowedStore) => Promise<T>,
  ): Promise<{ answer: T } | undefined> {
    // Whoever runs a browser looks at the breaker, and tells it.
    if (by === 'browser') {
      const store = await this.pages.of(storeId, userId);
      return store ? { answer: await ask(store) } : undefined;
    }
    const passage = await this.breakers.pass(storeId, TIER);
    if (!passage) throw new StoreFault('throttled', 'known_down', 'The store does not answer at present.', DOWN_MS);
    const ready = await this.calls.of(storeId, userId, key, timeoutMs);
    if (!ready) return undefined;
    if (userId !== null && !ready.isServed) throw new StoreFault('relink', NOT_LINKED, 'The account is not linked.');
    return { answer: await this.breakers.through(storeId, TIER, passage, () => ask(byInterface(ready))) };
  }
}

/** In whose name, and how, a store is asked. */
export interface FollowedCall {
  storeId: string;
  /** Null: in nobody's. */
  userId: string | null;
  /** The same for the same wish, however often it is asked. */
  key: string;
  timeoutMs: number;
  by?: AskedBy;
}

function byInterface({ api, call }: ReadyCall): FollowedStore {
  return {
    offers: () => api.offers(call),
    ...(api.order && { order: (id, checkoutId) => api.order!(call, id, checkoutId) }),
    ...(api.cancelOrder && { cancelOrder: (id, reason) => api.cancelOrder!(call, id, reason) }),
    ...(api.returnOrder && { returnOrder: (id, lines) => api.returnOrder!(call, id, lines) }),
    ...(api.availability && { availability: (lines, currency) => api.availability!(call, lines, currency) }),
  };
}
