import { Injectable } from '@nestjs/common';
import { PublicKeyResponse, PublicKeys, PublicKeysResponse, type Caller, type PublishKeyRequest } from '../identity';
import { Database } from '../platform/database';
import { StoreDirectory } from './store-directory';

/** Keys that stores publish, so that buyers can seal for them. Errors: NotFound (another's store), KeyIdTaken, KeyLimitReached. */
@Injectable()
export class StoreKeys {
  constructor(
    private readonly database: Database,
    private readonly directory: StoreDirectory,
    private readonly keys: PublicKeys,
  ) {}

  /** For everybody. Throws NotFound for an unknown or closed store. */
  async list(storeId: string): Promise<PublicKeysResponse> {
    await this.directory.activeStore(storeId);
    return PublicKeysResponse.of(await this.keys.list({ kind: 'store', id: storeId }));
  }

  /** For who runs it, once it is closed too. */
  async listOwn(caller: Caller, storeId: string): Promise<PublicKeysResponse> {
    await this.directory.ownedStore(this.database, caller, storeId);
    return PublicKeysResponse.of(await this.keys.list({ kind: 'store', id: storeId }));
  }

  async publish(caller: Caller, storeId: string, body: PublishKeyRequest): Promise<PublicKeyResponse> {
    const key = await this.database.transaction(async (tx) => {
      await this.directory.lockOwnedStore(tx, caller, storeId);
      return this.keys.publish(tx, { kind: 'store', id: storeId }, body);
    });
    return PublicKeyResponse.of(key);
  }

  async retire(caller: Caller, storeId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.directory.lockOwnedStore(tx, caller, storeId);
      await this.keys.retire(tx, { kind: 'store', id: storeId });
    });
  }
}
