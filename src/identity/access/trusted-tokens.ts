import { hashToken } from '../../platform/crypto';
import type { Caller } from '../caller';

const TRUST_MS = 30_000;
const TRUSTED_TOKENS = 20_000;

/**
 * Opaque tokens that this process has looked up, trusted for 30 s. Whoever is ended in this process is taken here no more
 * at once, in the others within those 30 s.
 */
export class TrustedTokens {
  // Insertion order is order of expiry, so the first entries are always the oldest.
  private readonly trusted = new Map<string, { caller: Caller; of: string; until: number }>();
  private readonly ended = new Map<string, number>();

  /**
   * Who a token belongs to: as this process knows, or else as `find` finds by its hash, and which `of` that is to be ended
   * by. `beforeLookUp` is asked before that, and may throw.
   */
  async lookUp(
    token: string,
    find: (hash: Buffer) => Promise<{ of: string; caller: Caller } | undefined>,
    beforeLookUp?: () => void,
  ): Promise<Caller | undefined> {
    const hash = hashToken(token);
    const known = this.known(hash);
    if (known) return known;
    beforeLookUp?.();
    const found = await find(hash);
    return found && this.trust(hash, found.of, found.caller) ? found.caller : undefined;
  }

  /** Trusts a token (by its hash) of `of`, unless that was ended meanwhile; gives whether it does. */
  trust(hash: Buffer, of: string, caller: Caller): boolean {
    if (this.ended.has(of)) return false;
    this.trusted.set(hash.toString('base64'), { caller, of, until: Date.now() + TRUST_MS });
    if (this.trusted.size > TRUSTED_TOKENS) this.trusted.delete(this.trusted.keys().next().value!);
    return true;
  }

  /** To be called once the end has committed: no token of this one is taken here any more. */
  end(of: string): void {
    const now = Date.now();
    for (const [id, until] of this.ended) {
      if (until > now) break;
      this.ended.delete(id);
    }
    // A look-up that began before the commit may still be on its way; longer than any statement may run.
    this.ended.set(of, now + 2 * TRUST_MS);
  }

  /** Looks every token of this one up again. */
  doubt(of: string): void {
    for (const [key, known] of this.trusted) if (known.of === of) this.trusted.delete(key);
  }

  private known(hash: Buffer): Caller | undefined {
    const key = hash.toString('base64');
    const known = this.trusted.get(key);
    if (known !== undefined && known.until > Date.now() && !this.ended.has(known.of)) return known.caller;
    this.trusted.delete(key);
    return undefined;
  }
}
