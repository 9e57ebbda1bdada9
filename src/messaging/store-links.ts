import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LinkTokens, type Caller, type TokenHolder } from '../identity';
import { hashToken, randomToken } from '../platform/crypto';
import { Database, statement, sweeping, type Tx } from '../platform/database';
import { Events } from '../platform/events';
import { NotFound } from '../platform/http';
import { Jobs } from '../platform/jobs';
import { UnclaimedStores, type ManagedStoreResponse } from '../stores';
import { CONTACT_CHANGED, conversationEvent } from './messaging.events';

/** What the tokens of a store's contact are called where a route says that it takes them. */
export const STORE_LINK = 'store-link';
const PREFIX = 'mct_';
const TOKEN = /^mct_[A-Za-z0-9_-]{43}$/;
const FORGET_EVERY_MS = 60 * 60 * 1000;
/** Whoever has not read what the last mail told of is not written to again for so long. */
const TELL_AGAIN_AFTER = '24 hours';

const ADD = statement(
  'messaging.add_access_token',
  `INSERT INTO conversation_access_tokens (conversation_id, token_hash, expires_at) VALUES ($1, $2, now() + interval '180 days')`,
);
const FIND = statement(
  'messaging.access_token',
  `SELECT t.id, c.store_id AS "storeId" FROM conversation_access_tokens t JOIN conversations c ON c.id = t.conversation_id
    WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > now()`,
);
const REVOKE_OF_STORE = statement(
  'messaging.revoke_access_tokens_of_store',
  `UPDATE conversation_access_tokens t SET revoked_at = now() FROM conversations c
    WHERE c.id = t.conversation_id AND c.store_id = $1 AND t.revoked_at IS NULL`,
);
// Locks the store against a change of contact: what is mailed goes to whom it is then.
const TO_TELL = statement(
  'messaging.to_tell_contact',
  `WITH s AS (SELECT id, name, contact_email FROM stores WHERE id = $2 AND contact_email IS NOT NULL AND status = 'active' FOR SHARE)
   UPDATE conversations c SET told_seq = last_seq, told_at = now() FROM s
    WHERE c.id = $1 AND c.store_id = s.id AND c.for_merchant > c.merchant_read AND c.merchant_blocked_at IS NULL
      AND (c.merchant_read_seq >= c.told_seq OR c.told_at < now() - interval '${TELL_AGAIN_AFTER}')
   RETURNING s.name AS "storeName", s.contact_email AS email`,
);
const TELL_AGAIN = statement(
  'messaging.tell_new_contact',
  `UPDATE conversations SET told_seq = 0, told_at = NULL
    WHERE store_id = $1 AND joined_into IS NULL AND for_merchant > merchant_read RETURNING id`,
);
const NOT_TOLD = statement(
  'messaging.contact_not_told',
  `UPDATE conversations SET told_seq = 0, told_at = NULL WHERE id = $1`,
);
const FORGET_OLD = sweeping('messaging.forget_old_access_tokens', 'conversation_access_tokens', `expires_at < now()`);

/** Whom to write to about a conversation of an unclaimed store. */
export interface ContactToTell {
  storeId: string;
  storeName: string;
  email: string;
}

/**
 * The links by which contacts of unclaimed stores take part: each opens one conversation on the store's side, for 180 days,
 * until the contact changes or the store is claimed, which whoever holds one may do. Only hashes are kept; each use looks
 * the token up, so that a revoked one ends at once.
 */
@Injectable()
export class StoreLinks implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly linkTokens: LinkTokens,
    private readonly unclaimed: UnclaimedStores,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.linkTokens.register(STORE_LINK, PREFIX, (...asked) => this.holderOf(...asked));
    this.jobs.every(FORGET_EVERY_MS, 'old store links', () => this.database.sweep(FORGET_OLD));
  }

  /** A new token; this is the only time that it is seen. */
  async issue(tx: Tx, conversationId: string): Promise<string> {
    const token = randomToken(PREFIX);
    await tx.run(ADD, [conversationId, hashToken(token)]);
    return token;
  }

  /**
   * The contact to write to of what is unread, noted as written to. Undefined where there is none: the store is somebody's,
   * it has read all, it has blocked the buyer, or it has not read yet what it was last written to about.
   */
  async contactToTell(tx: Tx, conversationId: string, storeId: string): Promise<ContactToTell | undefined> {
    const row = await tx.maybeOne<Omit<ContactToTell, 'storeId'>>(TO_TELL, [conversationId, storeId]);
    return row && { storeId, ...row };
  }

  /** After contactToTell: nobody was written to after all. */
  async notTold(tx: Tx, conversationId: string): Promise<void> {
    await tx.run(NOT_TOLD, [conversationId]);
  }

  /** The store of a link becomes the caller's, with all its conversations; its links end. Throws NotFound, StoreLimitReached. */
  async claim(tx: Tx, caller: Caller, token: string): Promise<ManagedStoreResponse> {
    const found = TOKEN.test(token) ? await tx.maybeOne<{ storeId: string }>(FIND, [hashToken(token)]) : undefined;
    if (!found) throw new NotFound('store link');
    const store = await this.unclaimed.claim(tx, caller, found.storeId);
    await tx.run(REVOKE_OF_STORE, [found.storeId]);
    return store;
  }

  /** Somebody else is written to from now on, of what is unread too; the links that were mailed end. Throws NotFound. */
  async changeContact(tx: Tx, storeId: string, email: string): Promise<ManagedStoreResponse> {
    const store = await this.unclaimed.changeContact(tx, storeId, email);
    await tx.run(REVOKE_OF_STORE, [storeId]);
    const unread = await tx.rows<{ id: string }>(TELL_AGAIN, [storeId]);
    await this.events.publish(tx, ...unread.map(({ id }) => conversationEvent(CONTACT_CHANGED, { id, storeId })));
    return store;
  }

  private async holderOf(token: string, beforeLookUp: () => void): Promise<TokenHolder | undefined> {
    if (!TOKEN.test(token)) return undefined;
    beforeLookUp();
    const found = await this.database.maybeOne<{ id: string }>(FIND, [hashToken(token)]);
    return found && { kind: 'token', id: found.id };
  }
}
