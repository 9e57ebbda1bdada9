import { Injectable } from '@nestjs/common';
import { ALWAYS, Breakers, type Passage } from '../../breaker/breakers';
import type { StoreApi, StoreCall } from '../../protocols/store-api';
import { StoreFault } from '../../protocols/store-fault';
import { StoreWays } from './store-ways';

const TIER = 'oauth_api';
/** For one call; a conversation may be shorter. */
const CALL_MS = 15_000;

/** One conversation with a store, of any number of calls. */
export interface Asking {
  storeId: string;
  userId: string | null;
  passage: Passage;
  /** By this moment the last answer has to be there. */
  until: Date;
}

/**
 * Calls stores, and tells the breaker how each went. Errors: StoreFault only; whatever else an interface throws is a fault
 * whose outcome nobody knows.
 */
@Injectable()
export class StoreAsking {
  constructor(
    private readonly ways: StoreWays,
    private readonly breakers: Breakers,
  ) {}

  /** Null where the store is known to be down. */
  async begin(storeId: string, userId: string | null, until: Date): Promise<Asking | null> {
    const passage = await this.breakers.pass(storeId, TIER);
    return passage && { storeId, userId, passage, until };
  }

  /** For what must be asked whatever the breaker says: what became of an order. */
  insist(storeId: string, userId: string | null, until: Date): Asking {
    return { storeId, userId, until, passage: ALWAYS };
  }

  async ask<T>(
    asking: Asking,
    idempotencyKey: string,
    call: (api: StoreApi, call: StoreCall) => Promise<T>,
  ): Promise<T> {
    const { storeId, userId, passage, until } = asking;
    const timeoutMs = Math.min(until.getTime() - Date.now(), CALL_MS);
    if (timeoutMs <= 0) throw new StoreFault('unavailable', 'no_time_left', 'The store takes too long.');
    const way = await this.ways.call(storeId, userId, idempotencyKey, timeoutMs);
    // Who must know what became of an order can ask again once the account is linked again.
    const withoutWay = passage === ALWAYS ? 'relink' : 'unavailable';
    if (!way) throw new StoreFault(withoutWay, 'not_connected', 'The store is not connected.');
    return this.breakers.through(storeId, TIER, passage, () => call(way.api, way.call));
  }
}
