import { createHash } from 'node:crypto';
import type { Clock } from '../world/clock';
import { newId, secret } from '../world/ids';

/** What a shopper allowed a client, and the tokens that came of it. */
export interface Grant {
  id: string;
  clientId: string;
  accountId: string;
  scopes: string[];
  /** The one that is good now. */
  refreshToken: string;
  /** Used up: whoever brings one of them has stolen it, or was stolen from. */
  usedUp: string[];
  accessTokens: { token: string; expiresAt: number }[];
  revoked: boolean;
  refreshes: number;
}

interface Code {
  code: string;
  clientId: string;
  accountId: string;
  redirectUri: string;
  scopes: string[];
  challenge: string;
  expiresAt: number;
  grantId: string | null;
}

export interface Tokens {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  refresh_token: string;
  scope: string;
}

/** An error of the token endpoint, RFC 6749 section 5.2. */
export class OAuthError extends Error {
  constructor(
    readonly code: 'invalid_grant' | 'invalid_client' | 'invalid_request' | 'unsupported_grant_type' | 'invalid_scope',
    readonly description: string,
    readonly status = 400,
  ) {
    super(code);
  }
}

const CODE_MS = 60_000;

/**
 * Codes work once, and once more means the end of what came of them; a refresh token works once, and the same again
 * ends the whole grant (RFC 9700 section 4.14).
 */
export class Grants {
  private grants: Grant[] = [];
  private codes: Code[] = [];
  accessTokenSeconds = 3600;
  revocations = 0;
  reuses = 0;

  constructor(private readonly clock: Clock) {}

  newCode(of: Omit<Code, 'code' | 'expiresAt' | 'grantId'>): string {
    const code = secret('code');
    this.codes.push({ ...of, code, expiresAt: this.clock.now() + CODE_MS, grantId: null });
    return code;
  }

  exchange(clientId: string, code: string, redirectUri: string, verifier: string): Tokens {
    const found = this.codes.find((one) => one.code === code);
    if (!found || found.clientId !== clientId) throw new OAuthError('invalid_grant', 'There is no such code.');
    if (found.grantId !== null) {
      this.revoke(found.grantId);
      throw new OAuthError('invalid_grant', 'The code was used before.');
    }
    if (found.expiresAt <= this.clock.now()) throw new OAuthError('invalid_grant', 'The code has expired.');
    if (found.redirectUri !== redirectUri) throw new OAuthError('invalid_grant', 'It was for another redirect_uri.');
    if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier) || challengeOf(verifier) !== found.challenge)
      throw new OAuthError('invalid_grant', 'The code_verifier is not the one.');
    const grant: Grant = {
      ...{ id: newId('grant'), clientId, accountId: found.accountId, scopes: found.scopes },
      ...{ refreshToken: '', usedUp: [], accessTokens: [], revoked: false, refreshes: 0 },
    };
    found.grantId = grant.id;
    this.grants.push(grant);
    return this.issue(grant);
  }

  refresh(clientId: string, token: string, scope: string | null): Tokens {
    const stolen = this.grants.find(({ usedUp }) => usedUp.includes(token));
    if (stolen) {
      this.reuses++;
      this.revoke(stolen.id);
      throw new OAuthError('invalid_grant', 'The refresh token was used before.');
    }
    const grant = this.grants.find(({ refreshToken }) => refreshToken === token);
    if (!grant || grant.revoked || grant.clientId !== clientId)
      throw new OAuthError('invalid_grant', 'There is no such refresh token.');
    if (scope !== null && scope.split(' ').some((one) => !grant.scopes.includes(one)))
      throw new OAuthError('invalid_scope', 'More than was allowed.');
    grant.usedUp.push(token);
    grant.refreshes++;
    return this.issue(grant);
  }

  /** RFC 7009: what is not known is no error. */
  revokeToken(clientId: string, token: string): void {
    for (const grant of this.grants) {
      if (grant.clientId !== clientId) continue;
      if (grant.refreshToken === token || grant.usedUp.includes(token)) {
        this.revocations++;
        this.revoke(grant.id);
      } else if (grant.accessTokens.some((one) => one.token === token)) {
        this.revocations++;
        grant.accessTokens = grant.accessTokens.filter((one) => one.token !== token);
      }
    }
  }

  /** The store itself ends them: of one account, or all. */
  revokeAll(accountId: string | null): void {
    for (const grant of this.grants) if (accountId === null || grant.accountId === accountId) this.revoke(grant.id);
  }

  /** All access tokens are over, while what refreshes them is not. */
  expireAccess(): void {
    for (const grant of this.grants) grant.accessTokens = [];
  }

  /** Whose a token is, and what it may do. */
  of(token: string): { accountId: string; scopes: string[] } | null {
    for (const grant of this.grants) {
      const found = grant.accessTokens.find((one) => one.token === token);
      if (found) return found.expiresAt > this.clock.now() && !grant.revoked ? grant : null;
    }
    return null;
  }

  all(): Grant[] {
    return this.grants;
  }

  reset(): void {
    this.grants = [];
    this.codes = [];
    this.revocations = 0;
    this.reuses = 0;
  }

  restore(grants: Grant[]): void {
    this.grants = grants;
  }

  private issue(grant: Grant): Tokens {
    const [access_token, refresh_token] = [secret('sat'), secret('srt')];
    const now = this.clock.now();
    grant.refreshToken = refresh_token;
    grant.accessTokens = grant.accessTokens.filter(({ expiresAt }) => expiresAt > now);
    grant.accessTokens.push({ token: access_token, expiresAt: now + this.accessTokenSeconds * 1000 });
    const scope = grant.scopes.join(' ');
    return { access_token, token_type: 'Bearer', expires_in: this.accessTokenSeconds, refresh_token, scope };
  }

  private revoke(id: string): void {
    const grant = this.grants.find((one) => one.id === id);
    if (!grant) return;
    grant.revoked = true;
    grant.accessTokens = [];
  }
}

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
