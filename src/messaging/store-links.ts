import { Injectable, type OnModuleInit } from '@nestjs/common';
import { KeptTokens, LinkTokens, type Caller } from '../identity';
import { Vault, hashToken, keyedHash, sealJwe, type DataKey, type SealedJwe } from '../platform/crypto';
import { Database, statement, type Tx } from '../platform/database';
import { Events } from '../platform/events';
import { NotFound } from '../platform/http';
import { Jobs } from '../platform/jobs';
import { UnclaimedStores, type ManagedStoreResponse, type StoreContactDto } from '../stores';
import { CONTACT_CHANGED, conversationEvent } from './messaging.events';

/** What the tokens of a store's contact are called where a route says that it takes them. */
export const STORE_LINK = 'store-link';
const TOKENS = new KeptTokens('mct_', 'conversation_access_tokens');
/** Of an unclaimed store that is reached by its key: so many of its conversations at once, the newest. */
const LINKS_AT_ONCE = 20;
/** In characters of JSON: every link has as many. */
const LENGTH_OF_LINK = 116;
const FORGET_EVERY_MS = 60 * 60 * 1000;
/** Whoever has not read what the last mail told of is not written to again for so long. */
const TELL_AGAIN_AFTER = '24 hours';

const ADD = statement(
  'messaging.add_access_token',
  `INSERT INTO conversation_access_tokens (conversation_id, token_hash, expires_at) VALUES ($1, $2, now() + interval '180 days')`,
);
const STORE_OF = statement(
  'messaging.store_of_access_token',
  `SELECT c.store_id AS "storeId" FROM conversation_access_tokens t JOIN conversations c ON c.id = t.conversation_id WHERE t.id = $1`,
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
// Made again for whoever asks again, they are the same; one that was revoked stays so.
const KEEP = statement(
  'messaging.keep_access_tokens',
  `INSERT INTO conversation_access_tokens AS t (conversation_id, token_hash, expires_at)
   SELECT id, hash, now() + interval '180 days' FROM unnest($1::uuid[], $2::bytea[]) AS k (id, hash)
   ON CONFLICT ON CONSTRAINT conversation_access_tokens_are_one_of_a_kind DO UPDATE SET expires_at = excluded.expires_at WHERE t.revoked_at IS NULL`,
);
const NEWEST_OF_STORE = statement(
  'messaging.newest_of_store',
  `SELECT id FROM conversations WHERE store_id = $1 AND joined_into IS NULL AND last_seq > 0 ORDER BY last_message_id DESC LIMIT $2`,
);

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
  private readonly tokenKey: DataKey;

  constructor(
    private readonly database: Database,
    private readonly linkTokens: LinkTokens,
    private readonly unclaimed: UnclaimedStores,
    private readonly events: Events,
    private readonly jobs: Jobs,
    vault: Vault,
  ) {
    this.tokenKey = vault.serverKey('store links');
  }

  onModuleInit(): void {
    this.linkTokens.register(STORE_LINK, TOKENS.prefix, (...asked) => TOKENS.holderOf(this.database, ...asked));
    this.jobs.every(FORGET_EVERY_MS, 'old store links', () => TOKENS.forgetOld(this.database));
  }

  /** A new token; this is the only time that it is seen. */
  async issue(tx: Tx, conversationId: string): Promise<string> {
    const token = TOKENS.make();
    await tx.run(ADD, [conversationId, hashToken(token)]);
    return token;
  }

  /**
   * Links to the newest conversations of an unclaimed store that is reached by its key, sealed for that key alone: so whoever
   * asks, only its holder can use them. How many there are is not seen from outside. Throws NotFound.
   */
  async sealedLinks(tx: Tx, storeId: string): Promise<SealedJwe> {
    const key = await this.unclaimed.contactKey(tx, storeId);
    const newest = await tx.rows<{ id: string }>(NEWEST_OF_STORE, [storeId, LINKS_AT_ONCE]);
    const links = newest.map(({ id: conversationId }) => {
      const secret = keyedHash(this.tokenKey, JSON.stringify([conversationId, key.kid]));
      return { conversationId, token: TOKENS.of(secret) };
    });
    await tx.run(KEEP, [newest.map(({ id }) => id), links.map(({ token }) => hashToken(token))]);
    const padding = ' '.repeat(LINKS_AT_ONCE * LENGTH_OF_LINK + 2 - JSON.stringify(links).length);
    return sealJwe({ links, padding }, ['muse', storeId, storeId, 'storeLinks'], [key]);
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
    const holder = await TOKENS.holderOf(tx, token);
    if (!holder) throw new NotFound('store link');
    const { storeId } = (await tx.maybeOne<{ storeId: string }>(STORE_OF, [holder.id]))!;
    const store = await this.unclaimed.claim(tx, caller, storeId);
    await tx.run(REVOKE_OF_STORE, [storeId]);
    return store;
  }

  /** Somebody else is written to from now on, of what is unread too; the links of before end. Throws as UnclaimedStores.changeContact. */
  async changeContact(tx: Tx, storeId: string, contact: StoreContactDto): Promise<ManagedStoreResponse> {
    const store = await this.unclaimed.changeContact(tx, storeId, contact);
    await tx.run(REVOKE_OF_STORE, [storeId]);
    const unread = await tx.rows<{ id: string }>(TELL_AGAIN, [storeId]);
    await this.events.publish(tx, ...unread.map(({ id }) => conversationEvent(CONTACT_CHANGED, { id, storeId })));
    return store;
  }
}
