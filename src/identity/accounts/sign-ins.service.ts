import { Injectable } from '@nestjs/common';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import type { Language } from '../../platform/http';
import { ACCESS_SECONDS, AccessTokens } from '../access/access-tokens';
import { GuestTokens } from '../access/guest-tokens';
import { PasswordRules } from '../access/password-rules';
import { Passwords } from '../access/passwords';
import { RefreshTokens } from '../access/refresh-tokens';
import { SignInThrottle } from '../access/sign-in-throttle';
import type { Caller } from '../caller';
import type { LoginRequest } from '../dto/login.request';
import type { RegisterRequest } from '../dto/register.request';
import { InvalidCredentials, RefreshTokenInvalid } from '../identity.errors';
import { guestClaimed, refreshReused, registered } from '../identity.events';
import { Accounts } from './accounts.service';
import { ClaimRegistry } from './claim-registry';
import type { UserRow } from './user-row';

const CLAIM = statement(
  'identity.claim_guest',
  `UPDATE guests SET claimed_by = $2, claimed_at = now() WHERE id = $1 AND claimed_at IS NULL RETURNING id`,
);

/** What a sign-in hands out; both tokens are shown this once. */
export interface SignedIn {
  user: UserRow;
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
}

/** Registering, signing in, staying signed in, signing out. */
@Injectable()
export class SignIns {
  constructor(
    private readonly database: Database,
    private readonly accounts: Accounts,
    private readonly passwords: Passwords,
    private readonly rules: PasswordRules,
    private readonly throttle: SignInThrottle,
    private readonly access: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly guests: GuestTokens,
    private readonly claims: ClaimRegistry,
    private readonly events: Events,
  ) {}

  /**
   * Opens an account and signs it in; a guest who calls becomes its owner. `locale`: the language to write to them in.
   * Throws PasswordRefused, EmailTaken, SignInBusy.
   */
  async register(
    request: RegisterRequest,
    caller: Caller | undefined,
    network: string,
    locale?: Language,
  ): Promise<SignedIn> {
    await this.rules.assertGood(request.password, { email: request.email, displayName: request.displayName ?? null });
    const passwordHash = await this.passwords.hash(request.password);
    const signedIn = await this.database.transaction(async (tx) => {
      const { email, displayName = null } = request;
      const user = await this.accounts.add(tx, { email, displayName, passwordHash, roles: ['shopper'], locale });
      await this.events.publish(tx, registered(user.id));
      this.throttle.proved(tx, { userId: user.id, email, network });
      await this.claim(tx, caller, user.id);
      return this.signedIn(user, await this.refreshTokens.issue(tx, user.id));
    });
    this.endGuest(caller);
    return signedIn;
  }

  /**
   * Signs in; what the calling guest had becomes the user's. Throws SignInThrottled, RateLimited, InvalidCredentials,
   * SignInBusy. Takes the same steps for an account that does not exist.
   */
  async login(request: LoginRequest, caller: Caller | undefined, network: string): Promise<SignedIn> {
    const account = await this.accounts.withPassword(request.email);
    const target = { userId: account?.id, email: request.email, network };
    await this.throttle.attempt(target);
    const matches = await this.passwords.matches(account?.passwordHash, request.password);
    if (!account || !matches) throw new InvalidCredentials();
    const signedIn = await this.database.transaction(async (tx) => {
      const user = await this.accounts.lock(tx, account.id);
      // Closed, or the password changed, while this one was being checked.
      if (user?.passwordHash !== account.passwordHash) throw new InvalidCredentials();
      this.throttle.proved(tx, { ...target, userId: user.id });
      await this.claim(tx, caller, user.id);
      return this.signedIn(user, await this.refreshTokens.issue(tx, user.id));
    });
    this.endGuest(caller);
    await this.throttle.giveBack(target);
    return signedIn;
  }

  /** The next pair of tokens for a refresh token, which works once; a second use ends its family. Throws RefreshTokenInvalid. */
  async refresh(refreshToken: string): Promise<SignedIn> {
    // The end of a family has to commit, so refusal is an answer here and thrown outside.
    const signedIn = await this.database.transaction(async (tx) => {
      const ownerId = await this.refreshTokens.ownerOf(tx, refreshToken);
      const user = ownerId === undefined ? undefined : await this.accounts.lock(tx, ownerId);
      if (!user) return undefined;
      const family = await this.refreshTokens.use(tx, refreshToken);
      if (family === undefined) {
        const ended = await this.refreshTokens.endIfReused(tx, refreshToken);
        if (ended) await this.events.publish(tx, refreshReused(user.id));
        return undefined;
      }
      return this.signedIn(user, await this.refreshTokens.issue(tx, user.id, family));
    });
    if (!signedIn) throw new RefreshTokenInvalid();
    return signedIn;
  }

  /** Ends the sign-in that this refresh token belongs to; quiet about tokens it does not know. */
  async logout(refreshToken: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const ownerId = await this.refreshTokens.ownerOf(tx, refreshToken);
      if (ownerId === undefined) return;
      await this.accounts.lock(tx, ownerId);
      await this.refreshTokens.endFamily(tx, refreshToken);
    });
  }

  /** A sign-in of a user whose row is locked, for whoever has proved otherwise that it is them. */
  async signInAs(tx: Tx, user: UserRow): Promise<SignedIn> {
    return this.signedIn(user, await this.refreshTokens.issue(tx, user.id));
  }

  /** Only the first sign-in with a guest's token takes over what the guest had. */
  private async claim(tx: Tx, caller: Caller | undefined, userId: string): Promise<void> {
    if (caller?.kind !== 'guest') return;
    if (!(await tx.maybeOne(CLAIM, [caller.id, userId]))) return;
    await this.claims.run(tx, caller.id, userId);
    await this.events.publish(tx, guestClaimed(userId, caller.id));
  }

  private endGuest(caller: Caller | undefined): void {
    if (caller?.kind === 'guest') this.guests.end(caller.id);
  }

  private signedIn(user: UserRow, refreshToken: string): SignedIn {
    return { user, accessToken: this.access.issue(user), refreshToken, expiresIn: ACCESS_SECONDS };
  }
}
