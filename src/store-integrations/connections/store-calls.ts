import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database';
import { StoreAccounts } from '../accounts/store-accounts';
import { StoreApiRegistry } from '../protocols/store-api.registry';
import type { StoreApi, StoreCall } from '../protocols/store-api';
import { StoreFault } from '../protocols/store-fault';
import { Connections } from './connections';

/** A store's interface, and one call to it that may be made now. */
export interface ReadyCall {
  api: StoreApi;
  call: StoreCall;
  /** Whether the store's interface serves whom the call is for: their account is linked, or it takes guests. */
  isServed: boolean;
}

/**
 * Makes calls to stores: which interface speaks to it, as whom, and whether it may be asked again yet. To be made right
 * before it is used, once for each thing that is asked of the store: each counts against what the store allows in a minute.
 */
@Injectable()
export class StoreCalls {
  constructor(
    private readonly database: Database,
    private readonly connections: Connections,
    private readonly accounts: StoreAccounts,
    private readonly registry: StoreApiRegistry,
  ) {}

  /**
   * Null where the store is not connected. `userId` null, or of somebody who has linked no account: the call's
   * `accessToken` is null. Throws StoreFault `throttled`, and `unavailable` where nobody speaks to that store.
   */
  async of(
    storeId: string,
    userId: string | null,
    idempotencyKey: string,
    timeoutMs: number,
  ): Promise<ReadyCall | null> {
    const taken = await this.connections.takeCall(this.database, storeId);
    if (!taken) return null;
    const { connection, waitMs } = taken;
    const { store } = connection;
    const api = this.registry.for(store);
    if (waitMs !== null) {
      const detail = `${store.name} is asked as often as it allows; again in a moment.`;
      throw new StoreFault('throttled', 'calls_per_minute', detail, waitMs);
    }
    const access = userId === null ? null : await this.accounts.accessTo(connection, userId);
    const call: StoreCall = { store, accessToken: null, idempotencyKey, timeoutMs, ...access };
    return { api, call, isServed: access !== null || connection.takesGuests };
  }
}
