import { Injectable } from '@nestjs/common';
import type { CookieData } from 'puppeteer-core';
import { Accounts, type Caller } from '../../identity';
import { Vault, keyedHash, type DataKey } from '../../platform/crypto';
import { Database, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { Counters, type Limit } from '../../platform/http';
import { ACCOUNT_LINKED, RELINK_NEEDED, accountEvent } from '../accounts/accounts.events';
import { CREDENTIALS_CONSENT, Consents } from '../accounts/consents';
import { ConsentOutdated } from '../accounts/integrations.errors';
import { forgetSecrets, keepSecret } from '../accounts/store-secrets';
import { NotAutomated } from './automation.errors';
import type { Permit } from './permits';
import { Permits } from './permits';
import { SignInsRepository, type SignInState } from './sign-ins.repository';

/** What a run has found out about the sign-in that it went by. `retry`: nothing, and it may be tried again. */
export type Verdict =
  | { type: 'opens' }
  | { type: 'refused' | 'unproved' | 'retry'; reason: string }
  | { type: 'unknown' };

/** So often one username is tried at a store, whoever gives it: Muse is no way to guess passwords there by many accounts. */
const TRIES_OF_A_USERNAME: Limit = { name: 'store-usernames', most: 20, perSeconds: 86_400 };
/** More cookies than any shop needs: what is more is no jar. */
const MOST_COOKIES = 200;
const MOST_JAR = 100_000;
/** After so many tries that told nothing it is kept unproved. */
const TRIES = 3;
/** The first time; then twice that. */
const RETRY_MS = 15_000;

/**
 * Usernames and passwords of shoppers at stores, and the cookies that they were given for them. Guarantees: one sign-in an
 * account, the last that was given; what is kept is sealed and never answered; what a run found out of one that was replaced
 * or taken back meanwhile changes nothing; one that the store has refused is destroyed, and is not tried again.
 */
@Injectable()
export class SignIns {
  private readonly hashKey: DataKey;

  constructor(
    private readonly database: Database,
    private readonly users: Accounts,
    private readonly vault: Vault,
    private readonly events: Events,
    private readonly consents: Consents,
    private readonly permits: Permits,
    private readonly signIns: SignInsRepository,
    private readonly counters: Counters,
  ) {
    this.hashKey = vault.serverKey('usernames at stores');
  }

  /** Keeps it in the place of what there was, and has it tried. Throws ConsentOutdated, NotAutomated, Unauthenticated, RateLimited. */
  async give(
    caller: Caller,
    storeId: string,
    { username, password, consentVersion }: { username: string; password: string; consentVersion: string },
  ): Promise<void> {
    if (consentVersion !== CREDENTIALS_CONSENT.version) throw new ConsentOutdated('/consentVersion');
    await this.counters.take(TRIES_OF_A_USERNAME, this.nameless(storeId, username));
    await this.database.transaction(async (tx) => {
      const { id: userId } = await this.users.lockFor(tx, caller);
      if ('type' in (await this.permits.ofStore(tx, storeId))) throw new NotAutomated();
      const accountId = await this.signIns.link(tx, userId, storeId);
      forgetSecrets(tx, accountId, null);
      const [key, place] = [await this.vault.keyFor(tx, userId), { accountId, storeId }];
      keepSecret(tx, key, place, 'credentials', JSON.stringify({ username, password }));
      this.signIns.give(tx, accountId);
      this.consents.give(tx, userId, storeId, 'store_credentials', consentVersion, new Date());
    });
  }

  /** Whoever reads the counters does not learn who has an account where. */
  private nameless(storeId: string, username: string): string {
    return keyedHash(this.hashKey, `${storeId} ${username.trim().toLowerCase()}`).toString('base64url');
  }

  /**
   * What a run found out, with the cookies that it ended with (null: nobody knows). False: its sign-in is kept no more, so that
   * nothing else of the run may be kept either; true for a run that went by none.
   */
  async heard(tx: Tx, permit: Permit, verdict: Verdict, cookies: CookieData[] | null): Promise<boolean> {
    const { signIn, storeId, userId } = permit;
    if (!signIn || userId === null) return true;
    const { accountId, version } = signIn;
    const state = await this.signIns.lock(tx, accountId, version);
    if (state === undefined) return false;
    if (state !== 'refused') await this.conclude(tx, { accountId, storeId, userId }, state, verdict, cookies);
    return true;
  }

  private async conclude(
    tx: Tx,
    whose: { accountId: string; storeId: string; userId: string },
    state: SignInState,
    verdict: Verdict,
    cookies: CookieData[] | null,
  ): Promise<void> {
    const { accountId } = whose;
    if (verdict.type === 'refused') {
      forgetSecrets(tx, accountId, null);
      this.signIns.setState(tx, accountId, 'refused', verdict.reason);
      this.signIns.used(tx, accountId, 'relink');
      await this.events.publish(tx, accountEvent(RELINK_NEEDED, whose));
      return;
    }
    this.signIns.used(tx, accountId, 'active');
    // With cookies by which nobody got in, the next run begins without any.
    if (verdict.type === 'retry') forgetSecrets(tx, accountId, ['cookie_jar']);
    if (verdict.type === 'opens' && cookies !== null) await this.keepJar(tx, whose, cookies);
    if (verdict.type === 'opens' && state !== 'proved') {
      this.signIns.setState(tx, accountId, 'proved', null);
      await this.events.publish(tx, accountEvent(ACCOUNT_LINKED, whose));
    } else if (verdict.type === 'unproved' && state === 'proving') {
      this.signIns.setState(tx, accountId, 'unproved', verdict.reason);
    } else if (verdict.type === 'retry' && state === 'proving') {
      await this.tryLater(tx, accountId, verdict.reason);
    }
  }

  /** A proof that could not be made: another is, unless these were enough. */
  async notTried(accountId: string, version: number, reason: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      if ((await this.signIns.lock(tx, accountId, version)) === 'proving') await this.tryLater(tx, accountId, reason);
    });
  }

  private async tryLater(tx: Tx, accountId: string, reason: string): Promise<void> {
    const tries = await this.signIns.tryLater(tx, accountId, RETRY_MS);
    if (tries >= TRIES) this.signIns.setState(tx, accountId, 'unproved', reason);
  }

  private async keepJar(
    tx: Tx,
    { userId, ...place }: { accountId: string; storeId: string; userId: string },
    cookies: CookieData[],
  ): Promise<void> {
    const jar = JSON.stringify(cookies);
    if (cookies.length > MOST_COOKIES || jar.length > MOST_JAR)
      return forgetSecrets(tx, place.accountId, ['cookie_jar']);
    keepSecret(tx, await this.vault.keyFor(tx, userId), place, 'cookie_jar', jar);
  }
}
