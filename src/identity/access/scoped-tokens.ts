import { Injectable, SetMetadata } from '@nestjs/common';

/** Who holds a token that opens one thing, to look at, and nothing else: a link in a mail. No caller, and nobody's account. */
export interface TokenHolder {
  readonly kind: 'token';
  /** Id of the token; what it opens is for the module that gave it. */
  readonly id: string;
}

export const TOKEN_OF_KEY = 'muse:takes-token-of';

/** A route that takes, besides callers, the holders of tokens of this kind; every other route answers them 401. */
export const TakesTokenOf = (scope: string) => SetMetadata(TOKEN_OF_KEY, scope);

interface Scope {
  name: string;
  prefix: string;
  find: (token: string) => Promise<TokenHolder | undefined>;
}

/** Modules above register the tokens that they give, by the prefix that these can be known by. */
@Injectable()
export class ScopedTokens {
  private readonly scopes: Scope[] = [];

  /** `find` looks a token up; undefined for one that is unknown, expired or revoked. */
  register(name: string, prefix: string, find: Scope['find']): void {
    if (this.scopes.some((scope) => scope.prefix.startsWith(prefix) || prefix.startsWith(scope.prefix)))
      throw new Error(`Two kinds of token begin with ${prefix}`);
    this.scopes.push({ name, prefix, find });
  }

  /** The kind of a bearer token, by its prefix; undefined for those of users and guests. */
  kindOf(token: string): { name: string; find: () => Promise<TokenHolder | undefined> } | undefined {
    const scope = this.scopes.find(({ prefix }) => token.startsWith(prefix));
    return scope && { name: scope.name, find: () => scope.find(token) };
  }
}
