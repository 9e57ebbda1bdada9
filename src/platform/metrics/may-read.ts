import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an Authorization header bears the token; takes the same time whatever it bears. No token set: everybody may. */
export function mayRead(authorization: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return true;
  // Of one length, so that they can be compared, and so that the length tells nothing either.
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`));
}
