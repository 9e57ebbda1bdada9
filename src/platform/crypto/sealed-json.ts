import { decrypt, encrypt } from './aes-gcm';
import { SealBroken } from './crypto.errors';
import { DataKey } from './data-key';

/** A value under a data key, as it is stored in a jsonb column; binary members are base64. */
export interface SealedJson {
  /** Version of this form. */
  v: 1;
  /** Id of the data key. */
  k: string;
  iv: string;
  ct: string;
  tag: string;
}

/**
 * Seals any JSON value. `aad` names its place as `table:row:field`; together with subject and key id it is bound into
 * the seal, so that a value moved to another row, field or person does not open.
 */
export function sealJson(key: DataKey, aad: string, value: unknown): SealedJson {
  const plain = Buffer.from(JSON.stringify(value ?? null));
  const { iv, ciphertext, tag } = encrypt(DataKey.bytesOf(key), bound(key, aad), plain);
  return {
    v: 1,
    k: key.id,
    iv: iv.toString('base64'),
    ct: ciphertext.toString('base64'),
    tag: tag.toString('base64'),
  };
}

/** Opens what sealJson sealed for the same place. Throws SealBroken for anything else. */
export function openJson<T>(key: DataKey, aad: string, sealed: SealedJson): T {
  const own = sealed.v === 1 ? key.named(sealed.k) : undefined;
  if (!own) throw new SealBroken();
  const plain = decrypt(DataKey.bytesOf(own), bound(own, aad), {
    iv: Buffer.from(sealed.iv, 'base64'),
    ciphertext: Buffer.from(sealed.ct, 'base64'),
    tag: Buffer.from(sealed.tag, 'base64'),
  });
  return JSON.parse(plain.toString('utf8')) as T;
}

// A JSON array keeps the parts apart whatever characters they hold.
function bound(key: DataKey, aad: string): string {
  return JSON.stringify([1, key.subjectId, key.id, aad]);
}
