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
