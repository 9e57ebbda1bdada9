import type { NewEvent } from '../platform/events';
import type { Side } from './conversation-row';

/** What conversations say: ids, and which side did it. */
export const CONVERSATION_OPENED = 'conversation.opened';
/** Somebody wrote words, or asked about goods; orders and what happens to them have events of their own. */
export const CONVERSATION_MESSAGE = 'conversation.message';
export const CONVERSATION_BLOCKED = 'conversation.blocked';
export const CONVERSATION_UNBLOCKED = 'conversation.unblocked';
/** Of an unclaimed store, with something unread: somebody else has to be told. */
export const CONTACT_CHANGED = 'conversation.contact_changed';
/** Things are sealed for another key of this side, or for none. */
export const CONVERSATION_KEY_CHANGED = 'conversation.key_changed';
export const CONVERSATION_REPORTED = 'conversation.reported';
/** Of the report of this side, with support's finding as code. */
export const CONVERSATION_REPORT_DECIDED = 'conversation.report_decided';

export function conversationEvent(
  type: string,
  { id, storeId }: { id: string; storeId: string },
  payload: { side?: Side; messageId?: string; code?: string } = {},
): NewEvent {
  return { type, aggregateId: id, payload: { conversationId: id, storeId, ...payload } };
}
