import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, statement, sweeping, type Tx } from '../../platform/database';

/** So long a shopper may take at the store. */
const LIFE = `interval '10 minutes'`;
/** Longer than the store's answer may take. */
const LEASE = `interval '40 seconds'`;

const ADD = statement(
  'links.add',
  `INSERT INTO store_links (id, state_hash, user_id, store_id, issuer, client_id, scopes, verifier, return_to, consent_version, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + ${LIFE}) RETURNING expires_at AS "expiresAt"`,
);
// Who begins and never finishes: only so many at a time are kept.
const DROP_OLDEST = statement(
  'links.drop_oldest',
  `DELETE FROM store_links WHERE id IN (SELECT id FROM store_links WHERE user_id = $1 ORDER BY id DESC OFFSET 19)`,
);
const OF_STATE = statement(
  'links.of_state',
  `SELECT id, status, expires_at <= now() AS "isExpired", lease_until > clock_timestamp() AS "isHeld" FROM store_links
    WHERE state_hash = $1 AND user_id = $2 FOR NO KEY UPDATE`,
);
const CLAIM = statement(
  'links.claim',
  `UPDATE store_links l SET status = 'exchanging', lease_token = $2, lease_until = clock_timestamp() + ${LEASE}
     FROM data_keys k
    WHERE l.id = $1 AND k.subject_id = l.user_id
   RETURNING l.id, l.user_id AS "userId", l.store_id AS "storeId", l.issuer, l.client_id AS "clientId", l.scopes, l.verifier,
             l.consent_version AS "consentVersion", l.begun_at AS "begunAt", k.wrapped, k.master_key_id AS "masterKeyId"`,
);
const END = statement(
  'links.end',
  `UPDATE store_links SET status = $3, lease_token = NULL, lease_until = NULL WHERE id = $1 AND lease_token = $2 RETURNING id`,
);
const IS_LINKED = statement(
  'links.is_linked',
  `SELECT 1 AS linked FROM store_links WHERE id = $1 AND status = 'linked'`,
);
const WHERE_TO = statement(
  'links.where_to',
  `SELECT return_to AS "returnTo" FROM store_links WHERE state_hash = $1 AND expires_at > now()`,
);
const FORGET = statement(
  'links.forget',
  `DELETE FROM store_links WHERE user_id = $1 AND ($2::uuid IS NULL OR store_id = $2)`,
);
const FORGET_OLD = sweeping('links.forget_old', 'store_links', `expires_at < now() - interval '1 day'`);

export interface NewLink {
  id: string;
  stateHash: Buffer;
  userId: string;
  storeId: string;
  issuer: string;
  clientId: string;
  scopes: string[];
  verifier: SealedJson;
  returnTo: string | null;
  consentVersion: string;
}

/** What stands of a state that belongs to the one who asks. */
export interface LinkState {
  id: string;
  status: 'begun' | 'exchanging' | 'linked' | 'failed';
  isExpired: boolean;
  isHeld: boolean | null;
}

/** A link that this request alone is finishing. */
export interface ClaimedLink {
  id: string;
  userId: string;
  storeId: string;
  issuer: string;
  clientId: string;
  scopes: string[];
  verifier: SealedJson;
  consentVersion: string;
  begunAt: Date;
  wrapped: Buffer | null;
  masterKeyId: string;
}

/** Every statement on links under way. */
@Injectable()
export class LinksRepository {
  constructor(private readonly database: Database) {}

  /** Gives until when it may be finished. */
  async add(tx: Tx, link: NewLink): Promise<Date> {
    const { id, stateHash, userId, storeId, issuer, clientId, scopes, verifier, returnTo, consentVersion } = link;
    tx.write(DROP_OLDEST, [userId]);
    const values = [id, stateHash, userId, storeId, issuer, clientId, scopes, JSON.stringify(verifier), returnTo];
    return (await tx.maybeOne<{ expiresAt: Date }>(ADD, [...values, consentVersion]))!.expiresAt;
  }

  /** Locked; undefined for a state that nobody was given, or another. */
  ofState(tx: Tx, stateHash: Buffer, userId: string): Promise<LinkState | undefined> {
    return tx.maybeOne<LinkState>(OF_STATE, [stateHash, userId]);
  }

  /** Of one that ofState() has locked and found free. */
  claim(tx: Tx, linkId: string, lease: string): Promise<ClaimedLink | undefined> {
    return tx.maybeOne<ClaimedLink>(CLAIM, [linkId, lease]);
  }

  /** False where it is gone, or another has it by now. */
  async end(tx: Tx, linkId: string, lease: string, status: 'begun' | 'linked' | 'failed'): Promise<boolean> {
    return (await tx.run(END, [linkId, lease, status])) > 0;
  }

  async isLinked(tx: Tx, linkId: string): Promise<boolean> {
    return (await tx.maybeOne(IS_LINKED, [linkId])) !== undefined;
  }

  /** Where the one who began it waits, whoever asks: the state alone is known to the store's browser. */
  whereTo(stateHash: Buffer): Promise<{ returnTo: string | null } | undefined> {
    return this.database.maybeOne(WHERE_TO, [stateHash]);
  }

  /** Those to one store, or all. */
  forget(tx: Tx, userId: string, storeId: string | null): void {
    tx.write(FORGET, [userId, storeId]);
  }

  async forgetOld(): Promise<void> {
    await this.database.sweep(FORGET_OLD);
  }
}
