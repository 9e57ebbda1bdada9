import { createHmac, timingSafeEqual } from 'node:crypto';
import { DataKey } from './data-key';

/** HMAC-SHA256: what can be guessed (an address, an e-mail), so that a dump of the database does not tell it. */
export function keyedHash(key: DataKey, text: string): Buffer {
  return createHmac('sha256', DataKey.bytesOf(key)).update(text).digest();
}

/** Whether it is the hash of the text under this key, or under one that the same name stood for before a rotation. */
export function isKeyedHash(key: DataKey, text: string, hash: Buffer): boolean {
  return [key, ...key.older].some((one) => {
    const own = keyedHash(one, text);
    return own.length === hash.length && timingSafeEqual(own, hash);
  });
}
