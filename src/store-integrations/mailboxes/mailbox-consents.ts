import { Injectable } from '@nestjs/common';
import { statement, type Reader, type Tx } from '../../platform/database';

/** What Muse asks leave for before it reads a shopper's mail. A change of the text is a new version. */
export const MAILBOX_CONSENT = {
  version: '2026-11',
  text:
    'Muse signs in to your mailbox and looks through the folders that you choose for mails about orders: confirmations, shipping notices, refunds. Of other mails it reads sender and subject only. ' +
    'It changes nothing in your mailbox, marks nothing as read, and keeps no mails: only what they say of your orders, and what it signs in with, both encrypted. You can take this back at any time: Muse then destroys what it signs in with.',
} as const;

export const FORWARDING_CONSENT = {
  version: '2026-11',
  text:
    'You get a mail address at Muse for yourself alone. Whatever you have sent there is read by a program that looks for orders. The mails are not kept: only what they say of your orders, encrypted. ' +
    'You can give the address up, or have another in its place, at any time.',
} as const;

export type MailPurpose = 'mailbox' | 'mail_forwarding';

const GIVE = statement(
  'mailbox_consents.give',
  `INSERT INTO mailbox_consents (user_id, purpose, subject_id, text_version, given_at) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (subject_id) WHERE withdrawn_at IS NULL DO UPDATE SET text_version = excluded.text_version, given_at = excluded.given_at`,
);
const WITHDRAW = statement(
  'mailbox_consents.withdraw',
  `UPDATE mailbox_consents SET withdrawn_at = greatest(now(), given_at) WHERE subject_id = $1 AND withdrawn_at IS NULL`,
);
const FORGET = statement('mailbox_consents.forget', `DELETE FROM mailbox_consents WHERE user_id = $1`);
const EXPORT = statement(
  'mailbox_consents.export',
  `SELECT id, purpose, text_version AS version, given_at AS "givenAt", withdrawn_at AS "withdrawnAt"
     FROM mailbox_consents WHERE user_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
);

export interface MailConsentRow {
  id: string;
  purpose: MailPurpose;
  version: string;
  givenAt: Date;
  withdrawnAt: Date | null;
}

/** Records of what shoppers agreed to about their mail: they stay, taken back, until the account is closed. */
@Injectable()
export class MailboxConsents {
  give(
    tx: Tx,
    given: { userId: string; purpose: MailPurpose; subjectId: string; version: string; givenAt: Date },
  ): void {
    tx.write(GIVE, [given.userId, given.purpose, given.subjectId, given.version, given.givenAt]);
  }

  withdraw(tx: Tx, subjectId: string): void {
    tx.write(WITHDRAW, [subjectId]);
  }

  forget(tx: Tx, userId: string): void {
    tx.write(FORGET, [userId]);
  }

  exported(reader: Reader, userId: string, after: string | null, limit: number): Promise<MailConsentRow[]> {
    return reader.rows<MailConsentRow>(EXPORT, [userId, after, limit]);
  }
}
