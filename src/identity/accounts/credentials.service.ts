import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { Counters, type Limit } from '../../platform/http';
import { OneTimeTokens } from '../access/one-time-tokens';
import { PasswordRules } from '../access/password-rules';
import { Passwords } from '../access/passwords';
import { RefreshTokens } from '../access/refresh-tokens';
import { SignInThrottle } from '../access/sign-in-throttle';
import { ApiKeys } from '../api-keys/api-keys.service';
import type { ChangePasswordRequest } from '../dto/credentials.request';
import { LinkInvalid, PasswordWrong } from '../identity.errors';
import { emailVerified, passwordChanged, passwordResetRequested, verificationRequested } from '../identity.events';
import { Accounts, type Asking } from './accounts.service';
import { SignIns, type SignedIn } from './sign-ins.service';
import type { UserRow } from './user-row';

/** Longer than the work takes, so that the time tells nothing of it. */
const FORGOT_TAKES_MS = 400;
/** Mails to one account, asked for from one network; beyond that the answer is the same, and nothing is sent. */
const RESET_MAILS: Limit = { name: 'reset-mails', most: 5, perSeconds: 3_600 };
/** The same from all networks together that its owner has never signed in from: nobody elsewhere can use the owner's up. */
const RESET_MAILS_ELSEWHERE: Limit = { name: 'reset-mails-elsewhere', most: 20, perSeconds: 3_600 };

/** What an account is opened with: proving its address, and its password. */
@Injectable()
export class Credentials {
  constructor(
    private readonly database: Database,
    private readonly accounts: Accounts,
    private readonly passwords: Passwords,
    private readonly rules: PasswordRules,
    private readonly oneTimeTokens: OneTimeTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly throttle: SignInThrottle,
    private readonly counters: Counters,
    private readonly keys: ApiKeys,
    private readonly signIns: SignIns,
    private readonly events: Events,
  ) {}

  /** The address is the user's own: the token was in the mail. Throws LinkInvalid. */
  async verifyEmail(token: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const user = await this.useLink(tx, token, 'verify_email');
      if (await this.accounts.verifyEmail(tx, user.id)) await this.events.publish(tx, emailVerified(user.id));
    });
  }

  /** Has the mail sent again, where there is anything left to prove. Throws Unauthenticated once closed. */
  async requestVerification(asking: Asking): Promise<void> {
    await this.database.transaction(async (tx) => {
      const user = await this.accounts.present(tx, asking);
      if (!user.emailVerified) await this.events.publish(tx, verificationRequested(user.id));
    });
  }

  /** Has a link mailed, where there is such an account; tells nobody whether there is, by the time it takes neither. */
  async forgotPassword(email: string, network: string): Promise<void> {
    const [done] = await Promise.allSettled([this.requestReset(email, network), sleep(FORGOT_TAKES_MS)]);
    if (done.status === 'rejected') throw done.reason;
  }

  /**
   * Sets a password by the token of a mailed link: every sign-in and every API key ends, for who knew the password before may
   * have made one; waiting to sign in is over, and the address is proved as well. What is sealed under the user's key stays readable. Throws LinkInvalid, PasswordRefused, SignInBusy.
   */
  async resetPassword(token: string, password: string, network: string): Promise<void> {
    const userId = await this.database.transaction((tx) => this.oneTimeTokens.ownerOf(tx, token, 'reset_password'));
    if (userId === undefined) throw new LinkInvalid();
    await this.rules.assertGood(password, await this.accounts.present(this.database, { id: userId }));
    const passwordHash = await this.passwords.hash(password);
    const ended = await this.database.transaction(async (tx) => {
      const user = await this.useLink(tx, token, 'reset_password');
      await this.setPassword(tx, user.id, passwordHash, 'reset');
      if (await this.accounts.verifyEmail(tx, user.id)) await this.events.publish(tx, emailVerified(user.id));
      this.throttle.proved(tx, { userId: user.id, email: user.email, network });
      return this.keys.endAll(tx, user.id);
    });
    this.keys.afterEnd(ended);
  }

  /**
   * Sets another password for who knows the present one: every sign-in ends, and one begins. Wrong ones count as attempts
   * to sign in. Throws PasswordRefused, PasswordWrong, SignInThrottled, RateLimited, SignInBusy, and Unauthenticated once closed.
   */
  async changePassword(
    asking: Asking,
    { currentPassword, newPassword }: ChangePasswordRequest,
    network: string,
  ): Promise<SignedIn> {
    const { id: userId, email, displayName, passwordHash } = await this.accounts.presentWithPassword(asking);
    const target = { userId, email, network };
    // First: this is no attempt to sign in, and says nothing of the present password.
    await this.rules.assertGood(newPassword, { email, displayName }, 'newPassword');
    await this.throttle.attempt(target);
    if (!(await this.passwords.matches(passwordHash, currentPassword))) throw new PasswordWrong();
    const newHash = await this.passwords.hash(newPassword);
    const signedIn = await this.database.transaction(async (tx) => {
      const user = await this.accounts.lockFor(tx, { id: userId });
      // Changed by somebody else while this one was being checked.
      if (user.passwordHash !== passwordHash) throw new PasswordWrong();
      this.throttle.proved(tx, target);
      return this.signIns.signInAs(tx, await this.setPassword(tx, userId, newHash, 'change'));
    });
    await this.throttle.giveBack(target);
    return signedIn;
  }

  /** Ends every sign-in of the user; API keys go on. Throws Unauthenticated once closed. */
  async logoutEverywhere(asking: Asking): Promise<void> {
    await this.database.transaction(async (tx) => {
      const { id } = await this.accounts.lockFor(tx, asking);
      await this.refreshTokens.endAll(tx, id);
      await this.accounts.endCredentials(tx, id);
    });
  }

  private async requestReset(email: string, network: string): Promise<void> {
    const account = await this.accounts.withPassword(email);
    if (!account || !(await this.counters.tries(RESET_MAILS, `${account.id} ${network}`))) return;
    const isKnown = await this.throttle.knows(account.id, network);
    if (!isKnown && !(await this.counters.tries(RESET_MAILS_ELSEWHERE, account.id))) return;
    await this.database.transaction((tx) => this.events.publish(tx, passwordResetRequested(account.id)));
  }

  /** Uses a link up; its user's row stays locked, so that of two that come at once one works. Throws LinkInvalid. */
  private async useLink(tx: Tx, token: string, purpose: 'verify_email' | 'reset_password'): Promise<UserRow> {
    const userId = await this.oneTimeTokens.ownerOf(tx, token, purpose);
    const user = userId === undefined ? undefined : await this.accounts.lock(tx, userId);
    if (!user || !(await this.oneTimeTokens.use(tx, token, purpose))) throw new LinkInvalid();
    return user;
  }

  private async setPassword(tx: Tx, userId: string, passwordHash: string, by: 'reset' | 'change'): Promise<UserRow> {
    await this.accounts.setPassword(tx, userId, passwordHash);
    await this.refreshTokens.endAll(tx, userId);
    await this.oneTimeTokens.end(tx, userId, 'reset_password');
    await this.events.publish(tx, passwordChanged(userId, by));
    return this.accounts.endCredentials(tx, userId);
  }
}
