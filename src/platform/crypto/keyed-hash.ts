import { createHmac } from 'node:crypto';
import { DataKey } from './data-key';

/** HMAC-SHA256: what can be guessed (an address, an e-mail), so that a dump of the database does not tell it. */
export function keyedHash(key: DataKey, text: string): Buffer {
  return createHmac('sha256', DataKey.bytesOf(key)).update(text).digest();
}
