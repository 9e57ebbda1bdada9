import { Injectable } from '@nestjs/common';
import { openJson, sealJson, type DataKey, type SealedJson } from '../../platform/crypto';
import { Database, statement, sweeping, type Reader, type Tx } from '../../platform/database';

/** `proving`: nobody has seen it open yet. `needs_relink`: what opened it is destroyed. */
export type MailboxStatus = 'proving' | 'active' | 'paused' | 'needs_relink';

/** What of a mailbox says whose it is: sealed. */
export interface MailboxSettings {
  address: string;
  username: string;
  /** Domains and addresses whose mails alone are read; none: everybody's. */
  senders: string[];
}

/** A folder that is read, and how far. */
export interface FolderRow {
  id: string;
  sealed: SealedJson;
  uidValidity: string | null;
  lastUid: string;
  failedUid: string | null;
  failures: number;
}

interface Keyed {
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

export interface MailboxRow extends Keyed {
  id: string;
  userId: string;
  kind: 'password' | 'oauth';
  provider: string | null;
  host: string;
  port: number;
  sealed: SealedJson;
  backlogDays: number;
  status: MailboxStatus;
  reason: string | null;
  version: number;
  linkedAt: Date;
  provedAt: Date | null;
  readAt: Date | null;
  folders: FolderRow[];
}

/** One that this process alone watches. */
export interface ClaimedMailbox extends MailboxRow {
  attempts: number;
  /** Null: of a password, or nobody says. */
  tokenExpiresAt: Date | null;
  secrets: Record<string, SealedJson>;
}

export interface NewMailbox {
  id: string;
  userId: string;
  kind: 'password' | 'oauth';
  provider: string | null;
  host: string;
  port: number;
  addressHash: Buffer;
  sealed: SealedJson;
  backlogDays: number;
  tokenExpiresIn: number | null;
}

/** So long a watched mailbox is its worker's without a sign of life. */
const LEASE = `interval '20 seconds'`;
const LIVE = `('proving', 'active')`;
const FOLDERS = `(SELECT coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'sealed', f.sealed, 'uidValidity', f.uid_validity::text, 'lastUid', f.last_uid::text,
                   'failedUid', f.failed_uid::text, 'failures', f.failures) ORDER BY f.position), '[]') FROM mailbox_folders f WHERE f.mailbox_id = m.id) AS folders`;
const COLUMNS = `m.id, m.user_id AS "userId", m.kind, m.provider, m.host, m.port, m.sealed, m.backlog_days AS "backlogDays", m.status, m.reason, m.version,
  m.linked_at AS "linkedAt", m.proved_at AS "provedAt", m.read_at AS "readAt", ${FOLDERS}, k.wrapped, k.master_key_id AS "masterKeyId"`;

const LIST = statement(
  'mailboxes.list',
  `SELECT ${COLUMNS} FROM mailboxes m LEFT JOIN data_keys k ON k.subject_id = m.user_id
    WHERE m.user_id = $1 AND ($2::uuid IS NULL OR m.id > $2) ORDER BY m.id LIMIT $3`,
);
const ONE = statement(
  'mailboxes.one',
  `SELECT ${COLUMNS} FROM mailboxes m LEFT JOIN data_keys k ON k.subject_id = m.user_id WHERE m.id = $1 AND m.user_id = $2`,
);
const LOCK = statement(
  'mailboxes.lock',
  `SELECT id, status, (SELECT count(*)::int FROM mailbox_secrets s WHERE s.mailbox_id = m.id) AS secrets
     FROM mailboxes m WHERE id = $1 AND user_id = $2 FOR NO KEY UPDATE`,
);
const COUNT = statement('mailboxes.count', `SELECT count(*)::int AS count FROM mailboxes WHERE user_id = $1`);
const BY_ADDRESS = statement(
  'mailboxes.by_address',
  `SELECT id FROM mailboxes WHERE user_id = $1 AND address_hash = $2 FOR NO KEY UPDATE`,
);
const ADD = statement(
  'mailboxes.add',
  `INSERT INTO mailboxes (id, user_id, kind, provider, host, port, address_hash, sealed, backlog_days, token_expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + make_interval(secs => $10))`,
);
// Its folders, and how far they were read, stay as they are.
const AGAIN = statement(
  'mailboxes.link_again',
  `UPDATE mailboxes SET kind = $3, provider = $4, host = $5, port = $6, sealed = $8, backlog_days = $9, token_expires_at = now() + make_interval(secs => $10),
          status = 'proving', reason = NULL, version = version + 1, attempts = 0, next_attempt_at = now(), linked_at = now(), lease_token = NULL, lease_until = NULL
    WHERE id = $1 AND user_id = $2 AND address_hash = $7`,
);
const CHANGE = statement(
  'mailboxes.change',
  `UPDATE mailboxes SET sealed = coalesce($2::jsonb, sealed), status = coalesce($3::text, status), version = version + 1, attempts = 0, next_attempt_at = now(),
          lease_token = NULL, lease_until = NULL WHERE id = $1`,
);
const ADD_FOLDER = statement(
  'mailboxes.add_folder',
  `INSERT INTO mailbox_folders (id, mailbox_id, position, sealed) VALUES ($1, $2, $3, $4)`,
);
const DROP_FOLDERS = statement('mailboxes.drop_folders', `DELETE FROM mailbox_folders WHERE mailbox_id = $1`);
// In two steps, out of each other's way: positions are unique at every moment.
const MOVE_FOLDER = statement('mailboxes.move_folder', `UPDATE mailbox_folders SET position = $2 WHERE id = $1`);
const DROP_FOLDER = statement('mailboxes.drop_folder', `DELETE FROM mailbox_folders WHERE id = $1`);
const DELETE = statement('mailboxes.delete', `DELETE FROM mailboxes WHERE id = $1`);
const OF_USER = statement('mailboxes.of_user', `SELECT id FROM mailboxes WHERE user_id = $1 ORDER BY id FOR UPDATE`);

const CLAIM = statement(
  'mailboxes.claim',
  `WITH due AS (
     SELECT id FROM mailboxes
      WHERE status IN ${LIVE} AND next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < clock_timestamp())
        AND NOT (id = ANY ($3::uuid[]))
      ORDER BY next_attempt_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
   ), mine AS (
     UPDATE mailboxes c SET lease_token = $1, lease_until = clock_timestamp() + ${LEASE} FROM due WHERE c.id = due.id RETURNING c.*
   )
   SELECT ${COLUMNS}, m.attempts, m.token_expires_at AS "tokenExpiresAt",
          (SELECT coalesce(jsonb_object_agg(s.name, s.sealed), '{}') FROM mailbox_secrets s WHERE s.mailbox_id = m.id) AS secrets
     FROM mine m LEFT JOIN data_keys k ON k.subject_id = m.user_id`,
);
const WAITING = statement(
  'mailboxes.waiting',
  `SELECT count(*)::int AS count FROM (SELECT FROM mailboxes
    WHERE status IN ${LIVE} AND next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < clock_timestamp()) LIMIT $1) AS due`,
);
// Of all that this process watches, in one statement; what was changed, paused or taken back meanwhile is its own no more.
const RENEW = statement(
  'mailboxes.renew',
  `UPDATE mailboxes SET lease_until = clock_timestamp() + ${LEASE}
    WHERE id = ANY ($2::uuid[]) AND lease_token = $1 AND status IN ${LIVE} RETURNING id, version`,
);
const MINE = `id = $1 AND lease_token = $2 AND version = $3`;
const PROVED = statement(
  'mailboxes.proved',
  `UPDATE mailboxes SET status = 'active', reason = NULL, proved_at = coalesce(proved_at, now()), attempts = 0
    WHERE ${MINE} AND status IN ${LIVE} RETURNING id`,
);
const TOKENS = statement(
  'mailboxes.tokens',
  `UPDATE mailboxes SET token_expires_at = now() + make_interval(secs => $4) WHERE ${MINE} RETURNING id`,
);
const RELEASE = statement(
  'mailboxes.release',
  `UPDATE mailboxes SET lease_token = NULL, lease_until = NULL, next_attempt_at = now() + make_interval(secs => $4), reason = $5,
          attempts = CASE WHEN $6 THEN attempts + 1 ELSE 0 END
    WHERE ${MINE} RETURNING attempts`,
);
const REFUSED = statement(
  'mailboxes.refused',
  `UPDATE mailboxes SET status = 'needs_relink', reason = $4, lease_token = NULL, lease_until = NULL, version = version + 1, attempts = 0
    WHERE ${MINE} RETURNING id`,
);
const OF_MINE = `FROM mailboxes m WHERE m.id = f.mailbox_id AND f.id = $1 AND m.lease_token = $2 AND m.status IN ${LIVE}`;
const OTHER_NUMBERS = statement(
  'mailboxes.other_numbers',
  `UPDATE mailbox_folders f SET uid_validity = $3, last_uid = 0, failed_uid = NULL, failures = 0 ${OF_MINE} RETURNING f.id`,
);
const READ = statement(
  'mailboxes.read',
  `WITH told AS (
     UPDATE mailbox_folders f SET last_uid = greatest(f.last_uid, $4), read_at = now(), failed_uid = NULL, failures = 0 ${OF_MINE} AND f.uid_validity = $3
     RETURNING f.mailbox_id
   ), met AS (
     INSERT INTO mailbox_mails (mailbox_id, hash) SELECT told.mailbox_id, hash FROM told, unnest($5::bytea[]) AS hash ON CONFLICT DO NOTHING
   )
   UPDATE mailboxes SET read_at = now() FROM told WHERE mailboxes.id = told.mailbox_id RETURNING mailboxes.id`,
);
const FAILED_AT = statement(
  'mailboxes.failed_at',
  `UPDATE mailbox_folders f SET failures = CASE WHEN f.failed_uid = $3 THEN f.failures + 1 ELSE 1 END, failed_uid = $3 ${OF_MINE} RETURNING f.failures`,
);
const MET = statement(
  'mailboxes.met',
  `SELECT (SELECT coalesce(array_agg(encode(e.hash, 'hex')), '{}') FROM mailbox_mails e WHERE e.mailbox_id = m.id AND e.hash = ANY ($4::bytea[])) AS met
     FROM mailboxes m WHERE m.id = $1 AND m.lease_token = $2 AND m.version = $3 AND m.status IN ${LIVE}`,
);
const BY_STATUS = statement(
  'mailboxes.by_status',
  `SELECT status, count(*)::int AS count FROM mailboxes GROUP BY status`,
);
const FORGET_MET = sweeping('mailboxes.forget_met', 'mailbox_mails', `met_at < now() - interval '120 days'`);

/** Every statement on mailboxes. Lock order: user, mailbox, folder. */
@Injectable()
export class MailboxesRepository {
  constructor(private readonly database: Database) {}

  list(reader: Reader, userId: string, after: string | null, limit: number): Promise<MailboxRow[]> {
    return reader.rows<MailboxRow>(LIST, [userId, after, limit]);
  }

  one(reader: Reader, id: string, userId: string): Promise<MailboxRow | undefined> {
    return reader.maybeOne<MailboxRow>(ONE, [id, userId]);
  }

  lock(
    tx: Tx,
    id: string,
    userId: string,
  ): Promise<{ id: string; status: MailboxStatus; secrets: number } | undefined> {
    return tx.maybeOne(LOCK, [id, userId]);
  }

  async count(tx: Tx, userId: string): Promise<number> {
    return (await tx.maybeOne<{ count: number }>(COUNT, [userId]))!.count;
  }

  async byAddress(tx: Tx, userId: string, addressHash: Buffer): Promise<string | undefined> {
    return (await tx.maybeOne<{ id: string }>(BY_ADDRESS, [userId, addressHash]))?.id;
  }

  async add(tx: Tx, mailbox: NewMailbox): Promise<void> {
    await tx.run(ADD, valuesOf(mailbox));
  }

  /** In the place of what was linked of this address. */
  async linkAgain(tx: Tx, mailbox: NewMailbox): Promise<void> {
    await tx.run(AGAIN, valuesOf(mailbox));
  }

  /** Null: stays. Whoever watches it begins anew. */
  change(tx: Tx, id: string, { sealed, status }: { sealed: SealedJson | null; status: MailboxStatus | null }): void {
    tx.write(CHANGE, [id, sealed && JSON.stringify(sealed), status]);
  }

  async setFolders(tx: Tx, mailboxId: string, folders: { id: string; sealed: SealedJson }[]): Promise<void> {
    await tx.run(DROP_FOLDERS, [mailboxId]);
    for (const [position, { id, sealed }] of folders.entries())
      tx.write(ADD_FOLDER, [id, mailboxId, position, JSON.stringify(sealed)]);
  }

  /** Other folders, in this order; those with an id are there already, and go on from where they were read to. */
  async replaceFolders(
    tx: Tx,
    mailboxId: string,
    present: string[],
    wanted: { id: string; sealed: SealedJson | null }[],
  ): Promise<void> {
    const kept = new Set(wanted.map(({ id }) => id));
    for (const id of present)
      await (kept.has(id) ? tx.run(MOVE_FOLDER, [id, 1_000 + present.indexOf(id)]) : tx.run(DROP_FOLDER, [id]));
    for (const [position, { id, sealed }] of wanted.entries())
      if (sealed === null) await tx.run(MOVE_FOLDER, [id, position]);
      else await tx.run(ADD_FOLDER, [id, mailboxId, position, JSON.stringify(sealed)]);
  }

  delete(tx: Tx, id: string): void {
    tx.write(DELETE, [id]);
  }

  async ofUser(tx: Tx, userId: string): Promise<string[]> {
    return (await tx.rows<{ id: string }>(OF_USER, [userId])).map(({ id }) => id);
  }

  /** Takes up to `most` that nobody watches, apart from `not`. */
  claim(lease: string, most: number, not: string[]): Promise<ClaimedMailbox[]> {
    return this.database.rows<ClaimedMailbox>(CLAIM, [lease, most, not]);
  }

  /** How many wait for somebody to watch them, `most` at most. */
  async waiting(most: number): Promise<number> {
    return (await this.database.maybeOne<{ count: number }>(WAITING, [most]))!.count;
  }

  /** Those that are still this process's, with their versions. */
  async renew(lease: string, ids: string[]): Promise<Map<string, number>> {
    const rows = await this.database.rows<{ id: string; version: number }>(RENEW, [lease, ids]);
    return new Map(rows.map(({ id, version }) => [id, version]));
  }

  async proved(reader: Reader, { id, version }: Held, lease: string): Promise<boolean> {
    return (await reader.maybeOne(PROVED, [id, lease, version])) !== undefined;
  }

  async tokens(tx: Tx, { id, version }: Held, lease: string, expiresIn: number | null): Promise<boolean> {
    return (await tx.maybeOne(TOKENS, [id, lease, version, expiresIn])) !== undefined;
  }

  /** Watched no more by this process; to be taken up again after so long. Gives how often it failed in a row. */
  async release(
    { id, version }: Held,
    lease: string,
    { afterMs, reason }: { afterMs: number; reason: string | null },
  ): Promise<number | undefined> {
    const row = await this.database.maybeOne<{ attempts: number }>(RELEASE, [
      ...[id, lease, version, afterMs / 1000, reason],
      reason !== null,
    ]);
    return row?.attempts;
  }

  async refused(tx: Tx, { id, version }: Held, lease: string, reason: string): Promise<boolean> {
    return (await tx.maybeOne(REFUSED, [id, lease, version, reason])) !== undefined;
  }

  /** The folder's numbers are others: it is read from the beginning of its window. */
  async otherNumbers(folderId: string, lease: string, uidValidity: bigint): Promise<boolean> {
    return (await this.database.maybeOne(OTHER_NUMBERS, [folderId, lease, String(uidValidity)])) !== undefined;
  }

  /** Read up to a UID; false where it is not this process's any more. */
  async read(folderId: string, lease: string, uidValidity: bigint, lastUid: number, met: Buffer[]): Promise<boolean> {
    const values = [folderId, lease, String(uidValidity), lastUid, met];
    return (await this.database.maybeOne(READ, values)) !== undefined;
  }

  /** How often in a row reading has failed at this mail. */
  async failedAt(folderId: string, lease: string, uid: number): Promise<number> {
    return (await this.database.maybeOne<{ failures: number }>(FAILED_AT, [folderId, lease, uid]))?.failures ?? 0;
  }

  /** Which of these were met before, in hex; undefined where the mailbox is not this process's any more, or is another by now. */
  async met({ id, version }: Held, lease: string, hashes: Buffer[]): Promise<Set<string> | undefined> {
    const row = await this.database.maybeOne<{ met: string[] }>(MET, [id, lease, version, hashes]);
    return row && new Set(row.met);
  }

  byStatus(): Promise<{ status: MailboxStatus; count: number }[]> {
    return this.database.rows(BY_STATUS);
  }

  async forgetOld(): Promise<void> {
    await this.database.sweep(FORGET_MET);
  }
}

export interface Held {
  id: string;
  version: number;
}

function valuesOf(mailbox: NewMailbox): unknown[] {
  const { id, userId, kind, provider, host, port, addressHash, sealed, backlogDays, tokenExpiresIn } = mailbox;
  return [id, userId, kind, provider, host, port, addressHash, JSON.stringify(sealed), backlogDays, tokenExpiresIn];
}

export function sealSettings(key: DataKey, mailboxId: string, settings: MailboxSettings): SealedJson {
  return sealJson(key, JSON.stringify(['mailboxes', mailboxId, 'settings']), settings);
}

export function openSettings(key: DataKey, { id, sealed }: Pick<MailboxRow, 'id' | 'sealed'>): MailboxSettings {
  return openJson<MailboxSettings>(key, JSON.stringify(['mailboxes', id, 'settings']), sealed);
}

export function sealFolder(key: DataKey, folderId: string, name: string): SealedJson {
  return sealJson(key, JSON.stringify(['mailbox_folders', folderId, 'name']), name);
}

export function openFolder(key: DataKey, { id, sealed }: Pick<FolderRow, 'id' | 'sealed'>): string {
  return openJson<string>(key, JSON.stringify(['mailbox_folders', id, 'name']), sealed);
}
