import type { NewEvent } from '../platform/events';

/** A user account began. */
export const registered = (userId: string): NewEvent => ({ type: 'identity.registered', aggregateId: userId });

/** A guest turned out to be this user; what was the guest's is the user's now. */
export const guestClaimed = (userId: string, guestId: string): NewEvent => ({
  type: 'identity.guest_claimed',
  aggregateId: userId,
  payload: { guestId },
});

/** A refresh token came a second time: somebody holds a copy, and its whole family was ended. */
export const refreshReused = (userId: string): NewEvent => ({
  type: 'identity.refresh_token_reused',
  aggregateId: userId,
});

/** An account was closed and its person forgotten. */
export const erased = (userId: string): NewEvent => ({ type: 'identity.erased', aggregateId: userId });

/** A user asked for another mail to prove their address by; `identity.registered` asks for the first. */
export const verificationRequested = (userId: string): NewEvent => ({
  type: 'identity.verification_requested',
  aggregateId: userId,
});

/** The address of an account proved to be its user's. */
export const emailVerified = (userId: string): NewEvent => ({
  type: 'identity.email_verified',
  aggregateId: userId,
});

/** Somebody asked for a link to set this account's password anew. */
export const passwordResetRequested = (userId: string): NewEvent => ({
  type: 'identity.password_reset_requested',
  aggregateId: userId,
});

/** An account has another password: by a mailed link (`reset`), or by its user who knew the present one (`change`). */
export const passwordChanged = (userId: string, by: 'reset' | 'change'): NewEvent => ({
  type: 'identity.password_changed',
  aggregateId: userId,
  payload: { by },
});

/** A user made an API key, rotated it or ended it. */
export const apiKeyEvent = (what: 'made' | 'rotated' | 'ended', userId: string, keyId: string): NewEvent => ({
  type: `identity.api_key_${what}`,
  aggregateId: userId,
  payload: { keyId },
});

/** What is sealed for this user or store is sealed for another key from now on; null: for none. */
export const keyChanged = (subjectKind: 'user' | 'store', subjectId: string, kid: string | null): NewEvent => ({
  type: 'identity.key_changed',
  aggregateId: subjectId,
  payload: { subjectKind, subjectId, kid },
});
