import { Injectable } from '@nestjs/common';
import { Accounts, PublicKeys, type Caller } from '../identity';
import type { PublicJwk } from '../platform/crypto';
import type { Tx } from '../platform/database';
import { Events } from '../platform/events';
import { InvalidRequest, NotFound } from '../platform/http';
import { ManagedStoreResponse } from './dto/store.response';
import type { StoreContactDto } from './dto/unclaimed-store.request';
import { Store } from './entities/store.entity';
import { StoreDirectory } from './store-directory';
import { StoreLimitReached } from './stores.errors';
import { STORES_PER_MERCHANT } from './stores.service';

export const STORE_CLAIMED = 'store.claimed';

/** Stores that nobody on Muse runs: how they come to somebody, and where their messages go until then. */
@Injectable()
export class UnclaimedStores {
  constructor(
    private readonly directory: StoreDirectory,
    private readonly accounts: Accounts,
    private readonly events: Events,
    private readonly keys: PublicKeys,
  ) {}

  /**
   * The store becomes the caller's, who has proved to be its contact. Of two who claim it at once, one gets it. Throws
   * NotFound (it is somebody's, or was closed), StoreLimitReached, Unauthenticated.
   */
  async claim(tx: Tx, caller: Caller, storeId: string): Promise<ManagedStoreResponse> {
    // As where a store is made: the owner's row first.
    await this.accounts.lockFor(tx, caller);
    const store = await this.lock(tx, storeId);
    if (store.status !== 'active') throw new NotFound('store');
    await this.accounts.addRole(tx, caller.id, 'merchant');
    if ((await tx.repository(Store).countBy({ ownerUserId: caller.id })) >= STORES_PER_MERCHANT)
      throw new StoreLimitReached(STORES_PER_MERCHANT);
    store.ownerUserId = caller.id;
    Object.assign(store, { contactEmail: null, contactKey: false });
    const claimed = await this.save(tx, store);
    await this.events.publish(tx, { type: STORE_CLAIMED, aggregateId: storeId, payload: { storeId } });
    return claimed;
  }

  /**
   * From now on somebody else is written to; a key of the contact before is retired. Throws NotFound (no unclaimed store),
   * InvalidRequest, KeyIdTaken, KeyLimitReached.
   */
  async changeContact(tx: Tx, storeId: string, { email, key }: StoreContactDto): Promise<ManagedStoreResponse> {
    if (email === undefined && key === undefined)
      throw new InvalidRequest([{ pointer: '/email', detail: 'is required unless there is a key' }]);
    const store = await this.lock(tx, storeId);
    const subject = { kind: 'store', id: storeId } as const;
    if (key) await this.keys.publish(tx, subject, key);
    else if (store.contactKey) await this.keys.retire(tx, subject);
    Object.assign(store, { contactEmail: email ?? null, contactKey: key !== undefined });
    return this.save(tx, store);
  }

  /** The active key of whoever is reached by it; nobody becomes the contact instead before the transaction ends. Throws NotFound. */
  async contactKey(tx: Tx, storeId: string): Promise<{ kid: string; jwk: PublicJwk }> {
    const store = await this.lock(tx, storeId);
    const key = (await this.keys.active(tx, 'store', [storeId])).get(storeId);
    if (!store.contactKey || store.status !== 'active' || !key) throw new NotFound('store that is reached by a key');
    return key;
  }

  private async lock(tx: Tx, storeId: string): Promise<Store> {
    const store = await tx.repository(Store).findOne({ where: { id: storeId }, lock: { mode: 'for_no_key_update' } });
    if (!store?.isUnclaimed) throw new NotFound('store');
    return store;
  }

  private async save(tx: Tx, store: Store): Promise<ManagedStoreResponse> {
    store.version += 1;
    store.updatedAt = new Date();
    await tx.repository(Store).save(store);
    const options = (await this.directory.deliveryOptions([store.id], tx)).get(store.id) ?? [];
    return ManagedStoreResponse.of(store, options);
  }
}
