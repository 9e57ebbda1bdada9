import { createHmac } from 'node:crypto';
import { decrypt, encrypt } from './aes-gcm';
import { MasterKeyMissing } from './crypto.errors';
import { deriveKey } from './data-key';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Where master keys come from, newest first: the seam for a key management service, which unwraps them once at start,
 * because nothing may call out while a transaction is open.
 */
export interface MasterKeySource {
  load(): Promise<Buffer[]>;
}

export const MASTER_KEY_SOURCE = Symbol('MasterKeySource');

/** Master keys given in the configuration, newest first, 32 bytes in base64 each. */
export class ConfiguredMasterKeys implements MasterKeySource {
  constructor(private readonly keys: readonly string[]) {}

  async load(): Promise<Buffer[]> {
    return this.keys.map((key) => Buffer.from(key, 'base64'));
  }
}

/** The ring of master keys: the newest wraps, every one of them unwraps. */
export class MasterKeys {
  private readonly byId: ReadonlyMap<string, Buffer>;
  /** Id of the newest; not secret, and no help in finding the key. */
  readonly currentId: string;

  constructor(private readonly newestFirst: readonly Buffer[]) {
    if (newestFirst.length === 0) throw new RangeError('There is no master key');
    if (newestFirst.some((key) => key.length !== 32)) throw new RangeError('A master key has 32 bytes');
    this.byId = new Map(newestFirst.map((key) => [idOf(key), deriveKey(key, 'wrapping')]));
    this.currentId = idOf(newestFirst[0]!);
  }

  wrap(subjectId: string, dataKey: Buffer): { wrapped: Buffer; masterKeyId: string } {
    const { iv, ciphertext, tag } = encrypt(this.byId.get(this.currentId)!, aad(subjectId, this.currentId), dataKey);
    return { wrapped: Buffer.concat([iv, tag, ciphertext]), masterKeyId: this.currentId };
  }

  /** Throws MasterKeyMissing, or SealBroken where the wrapped key is another subject's or was changed. */
  unwrap(subjectId: string, wrapped: Buffer, masterKeyId: string): Buffer {
    const master = this.byId.get(masterKeyId);
    if (!master) throw new MasterKeyMissing(masterKeyId);
    return decrypt(master, aad(subjectId, masterKeyId), {
      iv: wrapped.subarray(0, IV_BYTES),
      tag: wrapped.subarray(IV_BYTES, IV_BYTES + TAG_BYTES),
      ciphertext: wrapped.subarray(IV_BYTES + TAG_BYTES),
    });
  }

  /** Whether there are keys of before, which data keys may still be wrapped by. */
  get hasOlder(): boolean {
    return this.newestFirst.length > 1;
  }

  /** One key per master key for a purpose of the server itself, newest first. */
  derive(purpose: string): Buffer[] {
    return this.newestFirst.map((key) => deriveKey(key, `server ${purpose}`));
  }
}

function idOf(master: Buffer): string {
  return createHmac('sha256', master).update('muse master key id').digest('hex').slice(0, 16);
}

function aad(subjectId: string, masterKeyId: string): string {
  return JSON.stringify(['data_keys', subjectId, masterKeyId]);
}
