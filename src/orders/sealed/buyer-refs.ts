import { Injectable } from '@nestjs/common';
import { Vault, keyedHash, type DataKey } from '../../platform/crypto';

/**
 * By what the buyer of a sealed order is counted once at a store: an HMAC of shopper and store under a key of the server. Muse
 * can make it again for somebody who comes with an account; a dump of its database tells nobody's. Limit: with another newest
 * master key it is another one.
 */
@Injectable()
export class BuyerRefs {
  private readonly key: DataKey;

  constructor(vault: Vault) {
    this.key = vault.serverKey('buyer refs');
  }

  of(shopperId: string, storeId: string): Buffer {
    return keyedHash(this.key, JSON.stringify([shopperId, storeId]));
  }
}
