import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../platform/database';
import { TAKE_ONE } from '../../platform/http';
import { StoreAccounts } from '../accounts/store-accounts';
import { StoreApiRegistry } from '../protocols/store-api.registry';
import type { StoreApi, StoreCall } from '../protocols/store-api';
import { StoreFault } from '../protocols/store-fault';
import { Connections, type Connection } from './connections';

/** By itself: a call that a crash of Postgres forgets does nobody harm, so nobody waits until it is on the disk. */
const TAKE = statement(
  'connections.take_call',
  `WITH taken AS (${TAKE_ONE})
   SELECT taken.drained_at IS NOT NULL AS took,
          extract(epoch FROM coalesce(before.drained_at, now()) - now())::float8 AS "drainsIn", set_config('synchronous_commit', 'off', true)
     FROM (VALUES (1)) AS one LEFT JOIN taken ON true LEFT JOIN rate_counters before ON before.key = $1`,
);
const A_MINUTE = 60;

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
    const connection = await this.connections.of(this.database, storeId);
    if (!connection) return null;
    const api = this.registry.for(connection.store);
    await this.takeOne(connection);
    const access = userId === null ? null : await this.accounts.accessTo(connection, userId);
    const call: StoreCall = { store: connection.store, accessToken: null, idempotencyKey, timeoutMs, ...access };
    return { api, call, isServed: access !== null || connection.takesGuests };
  }

  /** What was agreed with the store, so no RATE_LIMIT_FACTOR widens it. */
  private async takeOne({ store, callsPerMinute }: Connection): Promise<void> {
    const each = A_MINUTE / callsPerMinute;
    const values = [`store-calls ${store.id}`, each, A_MINUTE];
    const { took, drainsIn } = (await this.database.maybeOne<{ took: boolean; drainsIn: number }>(TAKE, values))!;
    if (took) return;
    const waitSeconds = Math.max(0.1, drainsIn + each - A_MINUTE);
    const detail = `${store.name} is asked as often as it allows; again in a moment.`;
    throw new StoreFault('throttled', 'calls_per_minute', detail, Math.ceil(waitSeconds * 1000));
  }
}
