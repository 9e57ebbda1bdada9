import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Accounts, type Caller } from '../../identity';
import { Database } from '../../platform/database';
import { NotFound, decodeIdCursor, encodeCursor, page, type PageRequest } from '../../platform/http';
import { StoreCalls, type ReadyCall } from '../connections/store-calls';
import type { StoreAbility } from '../protocols/store-api';
import { StoreFault } from '../protocols/store-fault';
import { AccountsRepository } from './accounts.repository';
import {
  IntegrationListResponse,
  IntegrationResponse,
  StoreAddressResponse,
  StoreInstrumentResponse,
  type StoreAddressesResponse,
  type StoreInstrumentsResponse,
  type UnlinkedResponse,
} from './dto/integration.response';
import { NotOfferedByStore, RelinkRequired, problemOf } from './integrations.errors';
import { Unlinking } from './unlinking';

const TIMEOUT_MS = 8_000;

/**
 * A shopper's linked stores, as they see them themselves.
 * Errors: NotFound for a store at which the caller has linked no account; of the store: RelinkRequired, NotOfferedByStore,
 * StoreRefused, StoreUnavailable.
 */
@Injectable()
export class Integrations {
  constructor(
    private readonly database: Database,
    private readonly users: Accounts,
    private readonly accounts: AccountsRepository,
    private readonly unlinking: Unlinking,
    private readonly calls: StoreCalls,
  ) {}

  async list(caller: Caller, { limit, cursor }: PageRequest): Promise<IntegrationListResponse> {
    const found = await this.accounts.list(this.database, caller.id, decodeIdCursor(cursor) ?? null, limit + 1);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    return IntegrationListResponse.of(rows, nextCursor);
  }

  /** Of one kind, or whichever there is. */
  async show(
    caller: Caller,
    storeId: string,
    kind: 'oauth' | 'credentials' | null = null,
  ): Promise<IntegrationResponse> {
    const row = await this.accounts.one(this.database, caller.id, storeId, kind);
    if (!row) throw new NotFound('linked store');
    return IntegrationResponse.of(row);
  }

  /** Takes back one, or with null all there are. Throws Unauthenticated once the account is closed. */
  async unlink(caller: Caller, storeId: string | null): Promise<UnlinkedResponse> {
    const unlinked = await this.database.transaction(async (tx) => {
      const { id } = await this.users.lockFor(tx, caller);
      return this.unlinking.unlink(tx, id, storeId);
    });
    if (storeId !== null && unlinked.length === 0) throw new NotFound('linked store');
    return { unlinked: [...new Set(unlinked)] };
  }

  async addresses(caller: Caller, storeId: string): Promise<StoreAddressesResponse> {
    const found = await this.asked(caller, storeId, 'addresses', ({ api, call }) => api.addresses?.(call));
    return { data: found.map((address) => StoreAddressResponse.of(address)) };
  }

  async instruments(caller: Caller, storeId: string): Promise<StoreInstrumentsResponse> {
    const found = await this.asked(caller, storeId, 'instruments', ({ api, call }) => api.instruments?.(call));
    return { data: found.map((instrument) => StoreInstrumentResponse.of(instrument)) };
  }

  private async asked<T>(
    caller: Caller,
    storeId: string,
    ability: StoreAbility,
    ask: (ready: ReadyCall) => Promise<T[]> | undefined,
  ): Promise<T[]> {
    if ((await this.show(caller, storeId, 'oauth')).status === 'relink') throw new RelinkRequired();
    try {
      const ready = await this.calls.of(storeId, caller.id, randomUUID(), TIMEOUT_MS);
      if (!ready?.call.accessToken) throw new NotFound('linked store');
      const found = (await ready.api.offers(ready.call)).has(ability) ? ask(ready) : undefined;
      if (found === undefined) throw new NotOfferedByStore(ability);
      return await found;
    } catch (error) {
      throw error instanceof StoreFault ? problemOf(error) : error;
    }
  }
}
