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
    const made = await this.calls.make(storeId, null, randomUUID(), CALL_MS, async ({ api, call }) => {
      if (!api.availability || !(await api.offers(call)).has('availability')) return undefined;
      return api.availability(call, lines, currency);
    });
    return made?.answer;
  }
}
