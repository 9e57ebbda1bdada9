import { randomBytes } from 'node:crypto';

/** An id in Stripe's manner. Accounts say in their ids that they are a double's: these are what people look at. */
export function newId(prefix: string): string {
  const random = randomBytes(24).toString('base64url').replaceAll(/[-_]/g, 'x');
  return prefix === 'acct' ? `acct_Double${random.slice(0, 12)}` : `${prefix}_3D${random.slice(0, 22)}`;
}

/** Seconds since 1970, as all of Stripe's moments. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
