import { Injectable } from '@nestjs/common';
import { Vault, keyedHash, type DataKey } from '../platform/crypto';

/** By what a sealed conversation knows its buyer: a keyed hash of buyer and store, which leads to nobody in a dump. */
@Injectable()
export class BuyerReferences {
  private readonly key: DataKey;

  constructor(vault: Vault) {
    this.key = vault.serverKey('buyer refs');
  }

  of(buyerId: string, storeId: string): Buffer {
    return keyedHash(this.key, JSON.stringify([buyerId, storeId]));
  }
}
