import { hash } from 'node:crypto';
import { randomBytes } from './random-bytes';

const TOKEN_BYTES = 32;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** An opaque token with 256 random bits, after a prefix that says what it is (`mg_…`). Store only its hash. */
export function randomToken(prefix: string): string {
  return prefix + randomBytes(TOKEN_BYTES).toString('base64url');
}

/** What is stored of a token: plain SHA-256 is enough, since the token itself cannot be guessed. */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** A code for people: Crockford's base 32 (no I, L, O, U), five random bits a character. */
export function randomCode(length: number): string {
  return Array.from(randomBytes(length), (byte) => CROCKFORD[byte & 31]).join('');
}
