import { openJson, sealJson, type DataKey, type SealedJson } from '../../platform/crypto';
import { statement, type Reader, type Tx } from '../../platform/database';

/** What is secret of a linked account, by name. */
export type SecretName = 'access_token' | 'refresh_token' | 'credentials' | 'cookie_jar';

/** Of which account a secret is. */
export interface SecretPlace {
  accountId: string;
  storeId: string;
}

const KEEP = statement(
  'accounts.keep_secret',
  `INSERT INTO store_secrets (account_id, name, sealed) VALUES ($1, $2, $3)
   ON CONFLICT (account_id, name) DO UPDATE SET sealed = excluded.sealed, made_at = now()`,
);
const FORGET = statement(
  'accounts.forget_secrets',
  `DELETE FROM store_secrets WHERE account_id = $1 AND ($2::text[] IS NULL OR name = ANY ($2))`,
);
const ALL = statement('accounts.secrets_of', `SELECT name, sealed FROM store_secrets WHERE account_id = $1`);

/** Puts a secret under the key of the user whose account it is. */
export function sealSecret(key: DataKey, place: SecretPlace, name: SecretName, value: string): SealedJson {
  return sealJson(key, aad(place, name), value);
}

/** Throws SealBroken for a value of another account, user, store, name or key, and for any changed byte. */
export function openSecret(key: DataKey, place: SecretPlace, name: SecretName, sealed: SealedJson): string {
  return openJson<string>(key, aad(place, name), sealed);
}

export function keepSecret(tx: Tx, key: DataKey, place: SecretPlace, name: SecretName, value: string): void {
  tx.write(KEEP, [place.accountId, name, JSON.stringify(sealSecret(key, place, name, value))]);
}

/** Null: all of them. */
export function forgetSecrets(tx: Tx, accountId: string, names: SecretName[] | null): void {
  tx.write(FORGET, [accountId, names]);
}

export async function sealedSecrets(reader: Reader, accountId: string): Promise<Map<string, SealedJson>> {
  const rows = await reader.rows<{ name: string; sealed: SealedJson }>(ALL, [accountId]);
  return new Map(rows.map(({ name, sealed }) => [name, sealed]));
}

// The user and the key's id are bound by sealJson itself.
function aad({ accountId, storeId }: SecretPlace, name: string): string {
  return JSON.stringify(['store_secrets', accountId, storeId, name]);
}
