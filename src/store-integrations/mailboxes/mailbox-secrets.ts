import { openJson, sealJson, type DataKey, type SealedJson } from '../../platform/crypto';
import { statement, type Tx } from '../../platform/database';

export type MailboxSecretName = 'password' | 'access_token' | 'refresh_token';

const KEEP = statement(
  'mailboxes.keep_secret',
  `INSERT INTO mailbox_secrets (mailbox_id, name, sealed) VALUES ($1, $2, $3)
   ON CONFLICT (mailbox_id, name) DO UPDATE SET sealed = excluded.sealed, made_at = now()`,
);
const FORGET = statement('mailboxes.forget_secrets', `DELETE FROM mailbox_secrets WHERE mailbox_id = $1`);

export function keepMailboxSecret(
  tx: Tx,
  key: DataKey,
  mailboxId: string,
  name: MailboxSecretName,
  value: string,
): void {
  tx.write(KEEP, [mailboxId, name, JSON.stringify(sealJson(key, placeOf(mailboxId, name), value))]);
}

export function forgetMailboxSecrets(tx: Tx, mailboxId: string): void {
  tx.write(FORGET, [mailboxId]);
}

/** Throws SealBroken for a value of another mailbox, user, name or key. */
export function openMailboxSecret(
  key: DataKey,
  mailboxId: string,
  name: MailboxSecretName,
  sealed: SealedJson,
): string {
  return openJson<string>(key, placeOf(mailboxId, name), sealed);
}

// The user and the key's id are bound by sealJson itself.
function placeOf(mailboxId: string, name: MailboxSecretName): string {
  return JSON.stringify(['mailbox_secrets', mailboxId, name]);
}
