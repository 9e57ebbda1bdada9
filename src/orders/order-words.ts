import { Injectable } from '@nestjs/common';
import { KeyDestroyed, Vault, openJson, sealJson, type SealedJson } from '../platform/crypto';
import type { Tx } from '../platform/database';

/** A key as a statement joined it. */
interface JoinedKey {
  keySubjectId: string | null;
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

/**
 * What people write about an order: sealed under the data key that its private parts lie under, so that it goes with the
 * buyer. `place` says where it stands (`table:row:field`).
 */
@Injectable()
export class OrderWords {
  constructor(private readonly vault: Vault) {}

  /** Null for nothing said, and where the buyer's key is destroyed: then nothing is kept. */
  async seal(tx: Tx, keySubjectId: string, place: string, value: unknown): Promise<SealedJson | null> {
    if (value === undefined || value === null) return null;
    try {
      return sealJson(await this.vault.keyFor(tx, keySubjectId), place, value);
    } catch (error) {
      if (error instanceof KeyDestroyed) return null;
      throw error;
    }
  }

  /** Null once the key is destroyed, or nothing was said. */
  open<T>({ keySubjectId, wrapped, masterKeyId }: JoinedKey, place: string, sealed: SealedJson | null): T | null {
    if (!sealed || keySubjectId === null || wrapped === null || masterKeyId === null) return null;
    return openJson<T>(this.vault.unwrap(keySubjectId, wrapped, masterKeyId), place, sealed);
  }
}
