import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { BasketLine, RemoteAvailability } from '../protocols/store-api';
import { FollowedCalls } from './followed-calls';

const CALL_MS = 10_000;

/**
 * What of some goods can be had at a store now: the ability checkAvailability. It is asked in nobody's name, so a store never
 * learns of it what lies in whose cart, and what it says holds for everybody.
 */
@Injectable()
export class StoreAvailability {
  constructor(private readonly calls: FollowedCalls) {}

  /** Undefined where the store does not tell, or Muse is not connected to it. Throws StoreFault. */
  async check(storeId: string, lines: BasketLine[], currency: string): Promise<RemoteAvailability[] | undefined> {
    const call = { storeId, userId: null, key: randomUUID(), timeoutMs: CALL_MS };
    const made = await this.calls.make(call, async (store) => {
      if (!store.availability || !(await store.offers()).has('availability')) return undefined;
      return store.availability(lines, currency);
    });
    return made?.answer;
  }
}
