import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { Accounts, type Caller } from '../../identity';
import { Config } from '../../platform/config';
import { Vault, hashToken, openJson, randomToken, sealJson } from '../../platform/crypto';
import { Database, type Tx } from '../../platform/database';
import { NotFound, type Once } from '../../platform/http';
import { Jobs, writingSurely } from '../../platform/jobs';
import { CONSENT, Consents } from '../accounts/consents';
import {
  ConsentOutdated,
  LinkDenied,
  LinkExpired,
  LinkRefused,
  LinkUnderWay,
  LinkUsed,
  NotLinkable,
  StoreUnavailable,
} from '../accounts/integrations.errors';
import { StoreAccounts } from '../accounts/store-accounts';
import { Connections, type LinkSetting } from '../connections/connections';
import { LinksRepository, type ClaimedLink } from './links.repository';
import { OAuthClient, parametersOf, type AuthorizationAnswer, type Tokens } from './oauth-client';
import { OAuthFault } from './oauth-fault';
import { Revocations } from './revocations';
import { returnAddress } from './return-address';

const STATE = 'ms_';
const FORGET_EVERY_MS = 10 * 60_000;

/** Where a link is begun. */
export interface BegunLink {
  /** Where the shopper signs in at the store. */
  authorizationUrl: string;
  expiresAt: Date;
}

/** Where a browser goes for which nobody named a page; it says to go back to where one came from. */
const PAGE = '/m/linked';

/**
 * Linking a shopper's account at a store: OAuth 2.0, authorization code with PKCE.
 * Guarantees: a link is finished only with the token of whoever began it, once, within ten minutes, by an answer that names
 * the server that was asked; what the store gives is kept in the transaction that says that the link is finished, or ended
 * at the store where the shopper has taken it back meanwhile. The store is never called in a transaction.
 * Errors: NotFound for a store that is not connected and for another's state; NotLinkable, ConsentOutdated, LinkExpired,
 * LinkUsed, LinkUnderWay, LinkDenied, LinkRefused, StoreUnavailable; Unauthenticated once the account is closed.
 */
@Injectable()
export class Linking implements OnModuleInit {
  private readonly logger = new Logger('Linking');

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly vault: Vault,
    private readonly users: Accounts,
    private readonly connections: Connections,
    private readonly links: LinksRepository,
    private readonly oauth: OAuthClient,
    private readonly accounts: StoreAccounts,
    private readonly consents: Consents,
    private readonly revocations: Revocations,
  ) {}

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'old store links', () => this.links.forgetOld());
  }

  /** Where every store sends the shopper's browser back to; known to it, and compared as it stands. */
  get redirectUri(): string {
    return `${this.config.PUBLIC_URL}/api/v1/integrations/callback`;
  }

  async begin(
    caller: Caller,
    storeId: string,
    { consent, returnTo }: { consent: string; returnTo?: string },
    once: Once,
  ): Promise<BegunLink> {
    const setting = await this.settingOf(storeId);
    if (consent !== CONSENT.version) throw new ConsentOutdated();
    const back = returnAddress(returnTo, this.config);
    const state = randomToken(STATE);
    const { verifier, challenge } = await this.oauth.newVerifier();
    const authorizationUrl = await this.asked(() =>
      this.oauth.authorizationUrl(setting, { state, challenge, redirectUri: this.redirectUri }),
    );
    return once.run(async (tx) => {
      const { id: userId } = await this.users.lockFor(tx, caller);
      const id = uuidv7();
      const { issuer, clientId, scopes } = setting;
      const sealed = sealJson(await this.vault.keyFor(tx, userId), placeOfVerifier(id, storeId), verifier);
      const expiresAt = await this.links.add(tx, {
        ...{ id, userId, storeId, issuer, clientId, scopes, stateHash: hashToken(state), verifier: sealed },
        ...{ returnTo: back, consentVersion: consent },
      });
      return { authorizationUrl, expiresAt };
    });
  }

  /**
   * Where the browser goes that comes from the store: to the page that whoever began the link named, with the store's answer
   * behind a # that goes to no server. Nothing is finished by it.
   */
  async forward(answer: Partial<AuthorizationAnswer>): Promise<string> {
    const waiting = answer.state === undefined ? undefined : await this.links.whereTo(hashToken(answer.state));
    const to = new URL(waiting?.returnTo ?? `${this.config.PUBLIC_URL}${PAGE}`);
    to.hash = parametersOf(waiting ? answer : { error: 'link_not_found' }).toString();
    return to.href;
  }

  /** Finishes a link of the caller's. Gives the store's id. */
  async complete(caller: Caller, answer: AuthorizationAnswer, once: Once): Promise<string> {
    const lease = randomUUID();
    const mine: { link?: ClaimedLink } = {};
    // Under the caller's key stands which link it is: sent again, the request says what became of it.
    const { storeId } = await once.run(async (tx) => {
      mine.link = await this.claim(tx, caller, answer.state, lease);
      return { storeId: mine.link.storeId };
    });
    if (!mine.link) {
      await this.assertLinked(caller, answer.state);
      return storeId;
    }
    await this.finish(mine.link, lease, answer);
    return storeId;
  }

  private async claim(tx: Tx, caller: Caller, state: string, lease: string): Promise<ClaimedLink> {
    const { id: userId } = await this.users.lockFor(tx, caller);
    const found = await this.links.ofState(tx, hashToken(state), userId);
    if (!found) throw new NotFound('link');
    if (found.status === 'linked' || found.status === 'failed') throw new LinkUsed();
    if (found.isExpired) throw new LinkExpired();
    if (found.status === 'exchanging' && found.isHeld) throw new LinkUnderWay();
    const link = await this.links.claim(tx, found.id, lease);
    if (!link) throw new NotFound('link');
    return link;
  }

  /** For a request that was sent before. */
  private async assertLinked(caller: Caller, state: string): Promise<void> {
    const found = await this.database.transaction((tx) => this.links.ofState(tx, hashToken(state), caller.id));
    if (found?.status === 'linked') return;
    throw found?.status === 'exchanging' ? new LinkUnderWay() : new LinkUsed();
  }

  private async finish(link: ClaimedLink, lease: string, answer: AuthorizationAnswer): Promise<void> {
    let setting: LinkSetting;
    let tokens: Tokens;
    try {
      setting = await this.sameSetting(link);
      const key = this.vault.unwrap(link.userId, link.wrapped, link.masterKeyId);
      const verifier = openJson<string>(key, placeOfVerifier(link.id, link.storeId), link.verifier);
      tokens = await this.oauth.exchange(setting, answer, { verifier, redirectUri: this.redirectUri });
    } catch (error) {
      throw await this.failed(link, lease, error);
    }
    const write = () => this.database.transaction((tx) => this.keep(tx, link, lease, setting, tokens));
    const isKept = await writingSurely(write, (count, reason) =>
      this.logger.warn({ message: 'link not written', storeId: link.storeId, write: count, reason }),
    );
    if (!isKept) throw new LinkUsed();
  }

  /** False where the shopper has unlinked the store, or closed the account, meanwhile. */
  private async keep(
    tx: Tx,
    { id, userId, storeId, consentVersion, begunAt }: ClaimedLink,
    lease: string,
    setting: LinkSetting,
    tokens: Tokens,
  ): Promise<boolean> {
    const { issuer, clientId } = setting;
    if (!(await this.links.end(tx, id, lease, 'linked'))) {
      // Written already, by a transaction whose end nobody heard of.
      if (await this.links.isLinked(tx, id)) return true;
      await this.revocations.add(tx, { storeId, issuer, clientId, tokens });
      return false;
    }
    await this.accounts.keep(tx, userId, storeId, setting, tokens);
    this.consents.give(tx, userId, storeId, 'store_account', consentVersion, begunAt);
    return true;
  }

  /** Where the store gave no answer, the same request may be sent again. */
  private async failed(link: ClaimedLink, lease: string, error: unknown): Promise<unknown> {
    const fault = error instanceof OAuthFault ? error : undefined;
    const mayTryAgain = fault === undefined || fault.kind === 'unavailable';
    await this.database.transaction((tx) => this.links.end(tx, link.id, lease, mayTryAgain ? 'begun' : 'failed'));
    if (fault === undefined) return error;
    this.logger.warn({ message: 'account not linked', storeId: link.storeId, code: fault.code });
    if (fault.code === 'access_denied') return new LinkDenied();
    return mayTryAgain ? new StoreUnavailable() : new LinkRefused(fault.code);
  }

  /** As what the link was begun with: a code is shown to no other server. */
  private async sameSetting({ storeId, issuer, clientId, scopes }: ClaimedLink): Promise<LinkSetting> {
    const setting = await this.settingOf(storeId);
    if (setting.issuer !== issuer || setting.clientId !== clientId)
      throw new OAuthFault('refused', 'connection_changed');
    return { ...setting, scopes };
  }

  private async settingOf(storeId: string): Promise<LinkSetting> {
    const connection = await this.connections.of(this.database, storeId);
    if (!connection) throw new NotFound('store');
    if (connection.oauth === null) throw new NotLinkable();
    return connection.oauth;
  }

  private async asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof OAuthFault)) throw error;
      this.logger.warn({ message: 'authorization server not usable', code: error.code });
      throw new StoreUnavailable();
    }
  }
}

function placeOfVerifier(linkId: string, storeId: string): string {
  return JSON.stringify(['store_links', linkId, storeId, 'verifier']);
}
