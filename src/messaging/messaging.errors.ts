import { whenBroken } from '../platform/database';
import { DomainError, InvalidField } from '../platform/http';

/** 409: one side has blocked the other. */
export class ConversationBlocked extends DomainError {
  constructor(blockedBy: string[]) {
    super('conversation_blocked', 409, 'One side has blocked this conversation; nobody can write in it.', {
      blockedBy,
    });
  }
}

/** 409: the buyer closed the account, or the store is closed. */
export class ConversationClosed extends DomainError {
  constructor() {
    super('conversation_closed', 409, 'The other side is no longer there; nobody can write in this conversation.');
  }
}

/** 422: words of a sealed conversation come as a JWE, which Muse cannot read. */
export class MessageMustBeSealed extends DomainError {
  constructor() {
    super(
      'message_must_be_sealed',
      422,
      'This conversation is sealed: send the message as a JWE to the other side.',
      {},
      [{ pointer: '/jwe', detail: 'is required; body must be left out' }],
    );
  }
}

whenBroken('conversations_pkey', () => new InvalidField('/id', 'is taken: choose another'));
