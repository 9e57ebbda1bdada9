import { Injectable } from '@nestjs/common';
import { Breakers } from '../breaker/breakers';
import { StoreCalls, type ReadyCall } from '../connections/store-calls';
import { StoreFault } from '../protocols/store-fault';

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
  ) {}

  /**
   * Undefined where Muse is not connected to the store. Throws StoreFault `throttled` where it must not be asked now, and
   * `relink` (NOT_LINKED) where it must not be asked for this user. `userId` null: in nobody's name.
   */
  async make<T>(
    storeId: string,
    userId: string | null,
    key: string,
    timeoutMs: number,
    ask: (ready: ReadyCall) => Promise<T>,
  ): Promise<{ answer: T } | undefined> {
    const passage = await this.breakers.pass(storeId, TIER);
    if (!passage) throw new StoreFault('throttled', 'known_down', 'The store does not answer at present.', DOWN_MS);
    const ready = await this.calls.of(storeId, userId, key, timeoutMs);
    if (!ready) return undefined;
    if (userId !== null && !ready.isServed) throw new StoreFault('relink', NOT_LINKED, 'The account is not linked.');
    return { answer: await this.breakers.through(storeId, TIER, passage, () => ask(ready)) };
  }
}
