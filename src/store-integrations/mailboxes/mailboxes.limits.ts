import type { Limit } from '../../platform/http';

/** Each has Muse sign in at a mail server. */
export const MAILBOX_LINKS_PER_CALLER = { name: 'mailbox-links', most: 20, perSeconds: 600, by: 'caller' } as const;

/** So often an address is tried, whoever gives it: Muse is no way to guess passwords by many accounts. */
export const TRIES_OF_AN_ADDRESS: Limit = { name: 'mailbox-addresses', most: 20, perSeconds: 86_400 };

/** Of one shopper. */
export const MOST_MAILBOXES = 5;
export const MOST_FOLDERS = 5;
export const MOST_SENDERS = 100;
/** How far back the first look goes, unless the shopper says otherwise. */
export const BACKLOG_DAYS = 30;
