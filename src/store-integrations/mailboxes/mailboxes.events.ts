import type { NewEvent } from '../../platform/events';

/** Muse is let into a mailbox no more: its owner has to link it again. */
export const MAILBOX_RELINK_NEEDED = 'mailbox.relink_needed';

export function relinkNeeded(mailboxId: string, userId: string): NewEvent {
  return { type: MAILBOX_RELINK_NEEDED, aggregateId: mailboxId, payload: { userId, mailboxId } };
}
