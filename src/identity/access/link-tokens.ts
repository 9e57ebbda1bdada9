import { Injectable, SetMetadata } from '@nestjs/common';

/** Who holds a token that opens one thing, to look at, and nothing else: a link in a mail. No caller, and nobody's account. */
export interface TokenHolder {
  readonly kind: 'token';
  /** Id of the token; what it opens is for the module that gave it. */
  readonly id: string;
}

export const TOKEN_OF_KEY = 'muse:takes-token-of';

/** A route that takes, besides callers, the holders of tokens of this kind; every other route answers them 401. */
export const TakesTokenOf = (kind: string) => SetMetadata(TOKEN_OF_KEY, kind);

interface Kind {
  name: string;
  prefix: string;
  find: (token: string, beforeLookUp: () => void) => Promise<TokenHolder | undefined>;
}

/** Modules above register the tokens of the links that they mail, by the prefix that these can be known by. */
@Injectable()
export class LinkTokens {
  private readonly kinds: Kind[] = [];

  /**
   * `find` looks a token up; undefined for one that is unknown, expired or revoked. It asks `beforeLookUp` before it goes
   * to the database, which may throw.
   */
  register(name: string, prefix: string, find: Kind['find']): void {
    if (this.kinds.some((kind) => kind.prefix.startsWith(prefix) || prefix.startsWith(kind.prefix)))
      throw new Error(`Two kinds of token begin with ${prefix}`);
    this.kinds.push({ name, prefix, find });
  }

  /** The kind of a bearer token, by its prefix; undefined for those of users, guests and API keys. */
  kindOf(token: string): Kind | undefined {
    return this.kinds.find(({ prefix }) => token.startsWith(prefix));
  }
}
