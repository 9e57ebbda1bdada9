import { createCipheriv, createDecipheriv } from 'node:crypto';
import { SealBroken } from './crypto.errors';
import { randomBytes } from './random-bytes';

const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface Sealed {
  iv: Buffer;
  ciphertext: Buffer;
  tag: Buffer;
}

/** AES-256-GCM with a fresh random 96-bit iv; `aad` says where the value belongs and must be given again to open it. */
export function encrypt(key: Buffer, aad: string, plain: Buffer): Sealed {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(aad));
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { iv, ciphertext, tag: cipher.getAuthTag() };
}

/** Throws SealBroken for another key, another place, or any changed byte. */
export function decrypt(key: Buffer, aad: string, { iv, ciphertext, tag }: Sealed): Buffer {
  // Node 20 takes a tag of 4 bytes unless told the length; an iv of another length changes the scheme.
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) throw new SealBroken();
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(aad));
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    throw new SealBroken();
  }
}
