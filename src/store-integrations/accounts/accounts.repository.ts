import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, NOT_FLUSHED, statement, type Reader, type Tx } from '../../platform/database';
import type { ChallengeKind } from '../recipes';
import { API_ORIGIN, IN_USE, type LinkSetting } from '../connections/connections';

export type AccountStatus = 'active' | 'relink';

/** An account with the token that is handed out for it, sealed. */
export interface AccessRow {
  id: string;
  userId: string;
  status: AccountStatus;
  /** Of its tokens. */
  version: number;
  /** The grant is of the authorization server and client that the store is connected by now, for the host that it is at. */
  isCurrent: boolean;
  /** No need to ask for another token yet. */
  isFresh: boolean;
  /** It still holds, though perhaps not for a minute. */
  isGood: boolean;
  usedLongAgo: boolean;
  access: SealedJson | null;
  wrapped: Buffer | null;
  masterKeyId: string;
}

const ACCESS = statement(
  'accounts.access',
  `SELECT a.id, a.user_id AS "userId", a.status, a.token_version AS version, a.issuer = $3 AND a.client_id = $4 AND coalesce(a.api_origin = $5, true) AS "isCurrent",
          coalesce(a.refresh_after > now(), true) AS "isFresh",
          coalesce(a.access_expires_at > now() + interval '2 seconds', true) AS "isGood",
          coalesce(a.last_used_at < now() - interval '1 minute', true) AS "usedLongAgo", t.sealed AS access,
          k.wrapped, k.master_key_id AS "masterKeyId"
     FROM store_accounts a JOIN data_keys k ON k.subject_id = a.user_id
     LEFT JOIN store_secrets t ON t.account_id = a.id AND t.name = 'access_token'
    WHERE a.user_id = $1 AND a.store_id = $2 AND a.kind = 'oauth'`,
);
// A use that a crash of Postgres forgets does nobody harm.
const USED = statement(
  'accounts.used',
  `UPDATE store_accounts SET last_used_at = now() WHERE id = $1 AND coalesce(last_used_at < now() - interval '1 minute', true)
   RETURNING ${NOT_FLUSHED} AS commit`,
);
/** Longer than the call may take. */
const REFRESH_LEASE = `interval '20 seconds'`;
const CLAIM = statement(
  'accounts.claim_refresh',
  `WITH a AS (
     UPDATE store_accounts SET refresh_lease = $3, refresh_lease_until = clock_timestamp() + ${REFRESH_LEASE}
      WHERE id = $1 AND token_version = $2 AND status = 'active' AND (refresh_lease_until IS NULL OR refresh_lease_until < clock_timestamp())
     RETURNING id, user_id
   )
   SELECT t.sealed AS refresh, k.wrapped, k.master_key_id AS "masterKeyId"
     FROM a JOIN data_keys k ON k.subject_id = a.user_id
     LEFT JOIN store_secrets t ON t.account_id = a.id AND t.name = 'refresh_token'`,
);
const RELEASE = statement(
  'accounts.release_refresh',
  `UPDATE store_accounts SET refresh_lease = NULL, refresh_lease_until = NULL WHERE id = $1 AND refresh_lease = $2`,
);
/** A token is asked for anew a minute before it ends, or a fifth of its life where that is less. */
const TIMES = (seconds: string): string =>
  `access_expires_at = now() + make_interval(secs => ${seconds}),
   refresh_after = now() + make_interval(secs => ${seconds} - least(60, ${seconds} / 5.0))`;
// By the version and not by the lease: what a late answer brings is the only token that there is, unless another has come.
const REFRESHED = statement(
  'accounts.refreshed',
  `UPDATE store_accounts
      SET token_version = token_version + 1, ${TIMES('$3::float8')}, scopes = coalesce($4, scopes), refresh_lease = NULL, refresh_lease_until = NULL
    WHERE id = $1 AND token_version = $2 AND status = 'active' RETURNING store_id AS "storeId"`,
);
const RELINK = statement(
  'accounts.relink',
  `UPDATE store_accounts
      SET status = 'relink', token_version = token_version + 1, access_expires_at = NULL, refresh_after = NULL, refresh_lease = NULL, refresh_lease_until = NULL
    WHERE id = $1 AND token_version = $2 AND status = 'active' RETURNING store_id AS "storeId", user_id AS "userId"`,
);
const LINK = statement(
  'accounts.link',
  `INSERT INTO store_accounts AS a (user_id, store_id, kind, issuer, client_id, api_origin, scopes, access_expires_at, refresh_after)
   VALUES ($1, $2, 'oauth', $3, $4, $7, $5, now() + make_interval(secs => $6::float8), now() + make_interval(secs => $6 - least(60, $6 / 5.0)))
   ON CONFLICT (user_id, store_id, kind) DO UPDATE
     SET status = 'active', issuer = $3, client_id = $4, api_origin = $7, scopes = $5, token_version = a.token_version + 1, linked_at = now(), ${TIMES('$6::float8')},
         refresh_lease = NULL, refresh_lease_until = NULL
   RETURNING id`,
);
const UNLINK = statement('accounts.unlink', `DELETE FROM store_accounts WHERE id = $1 RETURNING id`);
const LOCK_OF_USER = statement(
  'accounts.lock_of_user',
  `SELECT a.id AS "accountId", a.user_id AS "userId", a.store_id AS "storeId", a.issuer, a.client_id AS "clientId",
          k.wrapped, k.master_key_id AS "masterKeyId"
     FROM store_accounts a LEFT JOIN data_keys k ON k.subject_id = a.user_id
    WHERE a.user_id = $1 AND ($2::uuid IS NULL OR a.store_id = $2) ORDER BY a.id FOR UPDATE OF a`,
);
const LOCK_OF_STORE = statement(
  'accounts.lock_of_store',
  `SELECT a.id AS "accountId", a.user_id AS "userId", a.store_id AS "storeId", a.issuer, a.client_id AS "clientId",
          k.wrapped, k.master_key_id AS "masterKeyId"
     FROM store_accounts a LEFT JOIN data_keys k ON k.subject_id = a.user_id
    WHERE a.store_id = $1 AND a.kind = 'oauth' ORDER BY a.id LIMIT $2 FOR UPDATE OF a SKIP LOCKED`,
);
const LOCK_MOVED = statement(
  'accounts.lock_moved',
  `SELECT a.id AS "accountId", a.user_id AS "userId", a.store_id AS "storeId", a.issuer, a.client_id AS "clientId", a.token_version AS version,
          k.wrapped, k.master_key_id AS "masterKeyId"
     FROM store_accounts a JOIN store_connections c ON c.store_id = a.store_id LEFT JOIN data_keys k ON k.subject_id = a.user_id
    WHERE a.store_id = $1 AND a.status = 'active' AND a.api_origin <> ${API_ORIGIN('c')} ORDER BY a.id LIMIT $2 FOR UPDATE OF a SKIP LOCKED`,
);
/** How things stand between a shopper and a store: `relink` where an account was linked and can be used no more. */
export type LinkStatus = 'linked' | 'not_linked' | 'relink';

const STATUS = (c: string, a: string): string =>
  `CASE WHEN ${a}.id IS NULL THEN 'not_linked'
        WHEN ${a}.status = 'active' AND ${a}.issuer = ${c}.issuer AND ${a}.client_id = ${c}.client_id AND coalesce(${a}.api_origin = ${API_ORIGIN(c)}, true) THEN 'linked'
        ELSE 'relink' END`;

/**
 * Fragment: the LinkStatus of a shopper at a store, for statements that read other things of both; null where no account can
 * be linked there. `storeId` and `shopperId` are SQL. One look by primary key for stores that have no connection.
 */
export const linkStatusOf = (storeId: string, shopperId: string): string =>
  `(SELECT ${STATUS('lc', 'la')} FROM store_connections lc
      LEFT JOIN store_accounts la ON la.user_id = ${shopperId} AND la.store_id = lc.store_id AND la.kind = 'oauth'
     WHERE lc.store_id = ${storeId} AND ${IN_USE('lc')} AND lc.issuer IS NOT NULL)`;

const ACCOUNT = `SELECT a.id, a.store_id AS "storeId", s.name AS "storeName", a.kind, a.scopes,
          CASE WHEN a.kind = 'oauth' THEN ${STATUS('n', 'a')} WHEN a.status = 'active' THEN 'linked' ELSE 'relink' END AS status,
          ARRAY(SELECT t.name FROM store_secrets t WHERE t.account_id = a.id ORDER BY t.name) AS stored,
          a.linked_at AS "linkedAt", a.last_used_at AS "lastUsedAt", c.text_version AS "consentVersion", c.given_at AS "consentGivenAt",
          i.state AS "signInState", i.reason AS "signInReason", i.given_at AS "signInGivenAt", i.proved_at AS "signInProvedAt",
          (SELECT json_build_object('id', h.id, 'kind', h.kind, 'expiresAt', h.expires_at) FROM checkout_challenges h
            WHERE h.subject_id = p.id AND h.about = 'credentials' AND h.status = 'waiting'
              AND least(h.expires_at, h.alive_until) > clock_timestamp() ORDER BY h.id DESC LIMIT 1) AS "signInChallenge"
     FROM store_accounts a JOIN stores s ON s.id = a.store_id
     LEFT JOIN store_connections n ON n.store_id = a.store_id
     LEFT JOIN store_accounts p ON p.user_id = a.user_id AND p.store_id = a.store_id AND p.kind = 'credentials'
     LEFT JOIN store_sign_ins i ON i.account_id = p.id
     LEFT JOIN store_consents c ON c.user_id = a.user_id AND c.store_id = a.store_id AND c.withdrawn_at IS NULL
       AND c.purpose = CASE a.kind WHEN 'oauth' THEN 'store_account' ELSE 'store_credentials' END`;
const LIST = statement(
  'accounts.list',
  `${ACCOUNT} WHERE a.user_id = $1 AND ($2::uuid IS NULL OR a.id < $2) ORDER BY a.id DESC LIMIT $3`,
);
// Where there is an account of each kind, the one that the store's own interface is used by.
const ONE = statement(
  'accounts.one',
  `${ACCOUNT} WHERE a.user_id = $1 AND a.store_id = $2 AND ($3::text IS NULL OR a.kind = $3) ORDER BY a.kind DESC LIMIT 1`,
);

/** A linked account as its owner sees it. */
export interface AccountRow {
  id: string;
  storeId: string;
  storeName: string;
  kind: 'oauth' | 'credentials';
  status: Exclude<LinkStatus, 'not_linked'>;
  scopes: string[];
  /** Names of the secrets that are kept. */
  stored: string[];
  linkedAt: Date;
  lastUsedAt: Date | null;
  consentVersion: string | null;
  consentGivenAt: Date | null;
  /** How the sign-in stands; null where no username and password are kept for the store. */
  signInState: 'proving' | 'proved' | 'unproved' | 'refused' | null;
  signInReason: string | null;
  signInGivenAt: Date | null;
  signInProvedAt: Date | null;
  /** What the store asks while it is tried; `expiresAt` as text. */
  signInChallenge: { id: string; kind: ChallengeKind; expiresAt: string } | null;
}

/** An account that is about to be unlinked, locked. */
export interface EndingRow {
  accountId: string;
  userId: string;
  storeId: string;
  issuer: string | null;
  clientId: string | null;
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

/** A refresh token that this process alone may use now, sealed. */
export interface RefreshClaim {
  refresh: SealedJson | null;
  wrapped: Buffer | null;
  masterKeyId: string;
}

const STATUS_OF = statement(
  'accounts.status_of',
  `SELECT c.store_id AS "storeId", ${STATUS('c', 'a')} AS status
     FROM store_connections c LEFT JOIN store_accounts a ON a.user_id = $1 AND a.store_id = c.store_id AND a.kind = 'oauth'
    WHERE c.store_id = ANY ($2::uuid[]) AND ${IN_USE('c')} AND c.issuer IS NOT NULL`,
);
const STANDS = statement('accounts.stands', `SELECT 1 AS stands FROM store_accounts WHERE id = $1`);

/** Every statement on linked accounts. Lock order: link, account. */
@Injectable()
export class AccountsRepository {
  constructor(private readonly database: Database) {}

  access(
    userId: string,
    storeId: string,
    { issuer, clientId, apiOrigin }: LinkSetting,
  ): Promise<AccessRow | undefined> {
    return this.database.maybeOne<AccessRow>(ACCESS, [userId, storeId, issuer, clientId, apiOrigin]);
  }

  async used(accountId: string): Promise<void> {
    await this.database.rows(USED, [accountId]);
  }

  /** Undefined where somebody else has it, or there are other tokens by now. */
  claimRefresh(accountId: string, version: number, lease: string): Promise<RefreshClaim | undefined> {
    return this.database.maybeOne<RefreshClaim>(CLAIM, [accountId, version, lease]);
  }

  async releaseRefresh(accountId: string, lease: string): Promise<void> {
    await this.database.rows(RELEASE, [accountId, lease]);
  }

  /** Undefined where there are other tokens by now, or none any more. */
  refreshed(
    tx: Tx,
    accountId: string,
    version: number,
    { expiresIn, scopes }: { expiresIn: number | null; scopes: string[] | null },
  ): Promise<{ storeId: string } | undefined> {
    return tx.maybeOne(REFRESHED, [accountId, version, expiresIn, scopes]);
  }

  async stands(tx: Tx, accountId: string): Promise<boolean> {
    return (await tx.maybeOne(STANDS, [accountId])) !== undefined;
  }

  /** Those of the stores at which an account can be linked. */
  statusOf(reader: Reader, shopperId: string, storeIds: string[]): Promise<{ storeId: string; status: LinkStatus }[]> {
    return reader.rows(STATUS_OF, [shopperId, storeIds]);
  }

  /** As refreshed(). */
  relink(tx: Tx, accountId: string, version: number): Promise<{ storeId: string; userId: string } | undefined> {
    return tx.maybeOne(RELINK, [accountId, version]);
  }

  /** Gives the account's id: a new one, or the one that is linked again. */
  async link(
    tx: Tx,
    userId: string,
    storeId: string,
    { issuer, clientId, apiOrigin }: Pick<LinkSetting, 'issuer' | 'clientId' | 'apiOrigin'>,
    { expiresIn, scopes }: { expiresIn: number | null; scopes: string[] },
  ): Promise<string> {
    const values = [userId, storeId, issuer, clientId, scopes, expiresIn, apiOrigin];
    return (await tx.maybeOne<{ id: string }>(LINK, values))!.id;
  }

  /** Its secrets go with it. */
  unlink(tx: Tx, accountId: string): void {
    tx.write(UNLINK, [accountId]);
  }

  /** Locks the accounts of a user, at one store or at all. */
  lockOfUser(tx: Tx, userId: string, storeId: string | null): Promise<EndingRow[]> {
    return tx.rows<EndingRow>(LOCK_OF_USER, [userId, storeId]);
  }

  /** Locks some of a store's accounts that nobody else has. */
  lockOfStore(tx: Tx, storeId: string, limit: number): Promise<EndingRow[]> {
    return tx.rows<EndingRow>(LOCK_OF_STORE, [storeId, limit]);
  }

  /** As lockOfStore(), those that were linked for another host than the store's interface is at. */
  lockMoved(tx: Tx, storeId: string, limit: number): Promise<(EndingRow & { version: number })[]> {
    return tx.rows(LOCK_MOVED, [storeId, limit]);
  }

  /** Newest first. */
  list(reader: Reader, userId: string, before: string | null, limit: number): Promise<AccountRow[]> {
    return reader.rows<AccountRow>(LIST, [userId, before, limit]);
  }

  one(
    reader: Reader,
    userId: string,
    storeId: string,
    kind: AccountRow['kind'] | null = null,
  ): Promise<AccountRow | undefined> {
    return reader.maybeOne<AccountRow>(ONE, [userId, storeId, kind]);
  }
}
