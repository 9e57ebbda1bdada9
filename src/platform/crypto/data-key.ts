import { createHmac, hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/**
 * The key that one subject's data is sealed under. It never shows its bytes to a log or to JSON.
 * `older` are keys that the same name stood for before a rotation: they open, they never seal.
 */
export class DataKey {
  readonly #bytes: Buffer;
  /** Which key this is, not secret: it is stored in every sealed value and bound into it. */
  readonly id: string;

  constructor(
    readonly subjectId: string,
    bytes: Buffer,
    readonly older: readonly DataKey[] = [],
  ) {
    if (bytes.length !== KEY_BYTES) throw new RangeError(`A data key has ${KEY_BYTES} bytes`);
    this.#bytes = bytes;
    this.id = createHmac('sha256', bytes).update('muse data key id').digest('base64url').slice(0, 11);
  }

  /** The raw bytes, for the functions of this folder only. */
  static bytesOf(key: DataKey): Buffer {
    return key.#bytes;
  }

  /** This key or the older one with that id. */
  named(id: string): DataKey | undefined {
    return id === this.id ? this : this.older.find((key) => key.id === id);
  }

  toJSON(): string {
    return '[data key]';
  }
}

/** A key for one purpose, derived from a longer-lived one (HKDF-SHA256). */
export function deriveKey(from: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', from, Buffer.alloc(0), `muse ${purpose}`, KEY_BYTES));
}
