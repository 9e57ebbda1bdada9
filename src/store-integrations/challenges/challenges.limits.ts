import type { Limit } from '../../platform/http';

/** Each is typed into a store's page: a shopper who mistypes is let in, a guesser is not. */
export const CHALLENGE_ANSWERS: Limit = { name: 'challenge-answers', most: 30, perSeconds: 3_600 };
