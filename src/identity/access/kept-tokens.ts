import { hashToken, randomToken } from '../../platform/crypto';
import { statement, sweeping, type Database, type Reader, type Statement } from '../../platform/database';
import type { TokenHolder } from './link-tokens';

/**
 * The tokens of links of one kind, as a table keeps them (`id`, `token_hash`, `expires_at`, `revoked_at`). Guarantees: only
 * hashes are kept; each use looks the token up, so a revoked one ends at once.
 */
export class KeptTokens {
  private readonly form: RegExp;
  private readonly find: Statement;
  private readonly old: Statement;

  constructor(
    readonly prefix: string,
    table: string,
  ) {
    this.form = new RegExp(`^${prefix}[A-Za-z0-9_-]{43}$`);
    const holds = `token_hash = $1 AND revoked_at IS NULL AND expires_at > now()`;
    this.find = statement(`${table}.find`, `SELECT id FROM ${table} WHERE ${holds}`);
    this.old = sweeping(`${table}.forget_old`, table, 'expires_at < now()');
  }

  /** A new one. */
  make(): string {
    return randomToken(this.prefix);
  }

  /** The one that 32 secret bytes make, for whoever has to give the same again. */
  of(secret: Buffer): string {
    return this.prefix + secret.toString('base64url');
  }

  /** Undefined for one that is unknown, expired or revoked. `beforeLookUp` is asked before the database is, and may throw. */
  async holderOf(reader: Reader, token: string, beforeLookUp?: () => void): Promise<TokenHolder | undefined> {
    if (!this.form.test(token)) return undefined;
    beforeLookUp?.();
    const found = await reader.maybeOne<{ id: string }>(this.find, [hashToken(token)]);
    return found && { kind: 'token', id: found.id };
  }

  /** Deletes those that have run out. */
  forgetOld(database: Database): Promise<void> {
    return database.sweep(this.old);
  }
}
