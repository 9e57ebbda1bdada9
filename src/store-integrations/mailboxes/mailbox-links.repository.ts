import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, statement, sweeping, type Tx } from '../../platform/database';

/** So long a shopper may take at the provider. */
const LIFE = `interval '10 minutes'`;
/** Longer than the provider's answer may take. */
const LEASE = `interval '40 seconds'`;

const ADD = statement(
  'mailbox_links.add',
  `INSERT INTO mailbox_links (id, state_hash, user_id, provider, sealed, return_to, consent_version, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, now() + ${LIFE}) RETURNING expires_at AS "expiresAt"`,
);
const DROP_OLDEST = statement(
  'mailbox_links.drop_oldest',
  `DELETE FROM mailbox_links WHERE id IN (SELECT id FROM mailbox_links WHERE user_id = $1 ORDER BY id DESC OFFSET 9)`,
);
const OF_STATE = statement(
  'mailbox_links.of_state',
  `SELECT id, status, provider, sealed, consent_version AS "consentVersion", begun_at AS "begunAt", expires_at <= now() AS "isExpired",
          lease_until > clock_timestamp() AS "isHeld" FROM mailbox_links WHERE state_hash = $1 AND user_id = $2 FOR NO KEY UPDATE`,
);
const CLAIM = statement(
  'mailbox_links.claim',
  `UPDATE mailbox_links SET status = 'exchanging', lease_token = $2, lease_until = clock_timestamp() + ${LEASE} WHERE id = $1`,
);
const END = statement(
  'mailbox_links.end',
  `UPDATE mailbox_links SET status = $3, lease_token = NULL, lease_until = NULL WHERE id = $1 AND lease_token = $2 RETURNING id`,
);
const WHERE_TO = statement(
  'mailbox_links.where_to',
  `SELECT return_to AS "returnTo" FROM mailbox_links WHERE state_hash = $1 AND provider = $2 AND expires_at > now()`,
);
const FORGET = statement('mailbox_links.forget', `DELETE FROM mailbox_links WHERE user_id = $1`);
const FORGET_OLD = sweeping('mailbox_links.forget_old', 'mailbox_links', `expires_at < now() - interval '1 day'`);

export interface MailboxLinkRow {
  id: string;
  status: 'begun' | 'exchanging' | 'linked' | 'failed';
  provider: string;
  sealed: SealedJson;
  consentVersion: string;
  begunAt: Date;
  isExpired: boolean;
  isHeld: boolean | null;
}

/** Every statement on mailboxes that are being linked by OAuth. */
@Injectable()
export class MailboxLinksRepository {
  constructor(private readonly database: Database) {}

  /** Gives until when it may be finished. */
  async add(
    tx: Tx,
    link: {
      id: string;
      stateHash: Buffer;
      userId: string;
      provider: string;
      sealed: SealedJson;
      returnTo: string | null;
      consentVersion: string;
    },
  ): Promise<Date> {
    const { id, stateHash, userId, provider, sealed, returnTo, consentVersion } = link;
    tx.write(DROP_OLDEST, [userId]);
    const values = [id, stateHash, userId, provider, JSON.stringify(sealed), returnTo, consentVersion];
    return (await tx.maybeOne<{ expiresAt: Date }>(ADD, values))!.expiresAt;
  }

  /** Locked; undefined for a state that nobody was given, or another. */
  ofState(tx: Tx, stateHash: Buffer, userId: string): Promise<MailboxLinkRow | undefined> {
    return tx.maybeOne<MailboxLinkRow>(OF_STATE, [stateHash, userId]);
  }

  /** Of one that ofState() has locked and found free. */
  claim(tx: Tx, id: string, lease: string): void {
    tx.write(CLAIM, [id, lease]);
  }

  /** False where it is gone, or another has it by now. */
  async end(tx: Tx, id: string, lease: string, status: 'begun' | 'linked' | 'failed'): Promise<boolean> {
    return (await tx.maybeOne(END, [id, lease, status])) !== undefined;
  }

  whereTo(stateHash: Buffer, provider: string): Promise<{ returnTo: string | null } | undefined> {
    return this.database.maybeOne(WHERE_TO, [stateHash, provider]);
  }

  forget(tx: Tx, userId: string): void {
    tx.write(FORGET, [userId]);
  }

  async forgetOld(): Promise<void> {
    await this.database.sweep(FORGET_OLD);
  }
}
