import { randomBytes, randomInt } from 'node:crypto';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** Letters only: digits by chance would now and then be a card's number, which nothing here may hold. */
export function newId(prefix: string): string {
  const random = Array.from(randomBytes(20), (byte) => LETTERS[byte % LETTERS.length]);
  return `${prefix}_${random.join('')}`;
}

/** Something that must not be guessed. */
export function secret(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

export function orderNumber(): string {
  return `${randomInt(2_000_000, 2_999_999)}-${randomInt(10_000_000, 99_999_999)}`;
}

const UPS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A number as UPS gives them, check digit and all; its shipper is letters, for the reason above. */
export function trackingNumber(): string {
  const sign = (at: number) => (at < 6 ? UPS[randomInt(10, 36)] : String(randomInt(10)));
  const body = Array.from({ length: 15 }, (_, at) => sign(at)).join('');
  const sum = [...body].reduce((total, letter, at) => {
    const value = /\d/.test(letter) ? Number(letter) : (letter.charCodeAt(0) - 63) % 10;
    return total + (at % 2 === 0 ? value : value * 2);
  }, 0);
  return `1Z${body}${(10 - (sum % 10)) % 10}`;
}
