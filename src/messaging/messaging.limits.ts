import type { Limit } from '../platform/http';

/** A talk has bursts; whoever writes more than that is a program. */
export const MESSAGES: Limit = { name: 'messages', most: 60, perSeconds: 600 };

/** Each may write to a store that was never asked: enough for whoever compares, not for whoever advertises. */
export const OPENINGS: Limit = { name: 'conversations', most: 20, perSeconds: 3_600 };

/** Support reads each. */
export const REPORTS: Limit = { name: 'message-reports', most: 20, perSeconds: 3_600 };

/** Guessing a token is hopeless; this makes it slow, too. */
export const CLAIMS: Limit = { name: 'store-claims', most: 20, perSeconds: 3_600 };
