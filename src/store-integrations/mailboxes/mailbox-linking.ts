import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { Accounts, type Caller } from '../../identity';
import { Config } from '../../platform/config';
import { Vault, hashToken, openJson, randomToken, sealJson } from '../../platform/crypto';
import { Database } from '../../platform/database';
import { NotFound } from '../../platform/http';
import { Jobs, writingSurely } from '../../platform/jobs';
import {
  LinkDenied,
  LinkExpired,
  LinkRefused,
  LinkUnderWay,
  LinkUsed,
  StoreUnavailable,
} from '../accounts/integrations.errors';
import { OAuthClient, parametersOf, type AuthorizationAnswer, type Tokens } from '../oauth/oauth-client';
import { OAuthFault } from '../oauth/oauth-fault';
import type { BeginMailboxLinkRequest } from './dto/mailbox.request';
import type { BegunMailboxLinkResponse, MailboxResponse } from './dto/mailbox.response';
import { MailProviders, type OAuthProvider } from './mail-providers';
import { MAILBOX_CONSENT } from './mailbox-consents';
import { MailboxKeeping, type DescribedMailbox } from './mailbox-keeping';
import { MailboxLinksRepository, type MailboxLinkRow } from './mailbox-links.repository';
import { Mailboxes } from './mailboxes';
import { MailConsentOutdated } from './mailboxes.errors';
import { returnAddress } from '../oauth/return-address';

const STATE = 'mb_';
const FORGET_EVERY_MS = 10 * 60_000;
/** Where a browser goes for which nobody named a page. */
const PAGE = '/m/linked';

interface SealedLink {
  verifier: string;
  mailbox: Pick<DescribedMailbox, 'address' | 'folders' | 'senders' | 'backlogDays'>;
}

/**
 * Linking a mailbox by OAuth: authorization code with PKCE, at a redirect URI of the provider's own, so that the answer of one
 * cannot be shown to another (RFC 9700, 4.4.2). Guarantees: a link is finished only with the token of whoever began it, once,
 * within ten minutes. The provider is never called in a transaction.
 * Errors: NotFound for a provider that there is not and for another's state; MailConsentOutdated, MailboxLimitReached,
 * LinkExpired, LinkUsed, LinkUnderWay, LinkDenied, LinkRefused, StoreUnavailable; Unauthenticated once the account is closed.
 */
@Injectable()
export class MailboxLinking implements OnModuleInit {
  private readonly logger = new Logger('Mailboxes');

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly vault: Vault,
    private readonly users: Accounts,
    private readonly providers: MailProviders,
    private readonly links: MailboxLinksRepository,
    private readonly oauth: OAuthClient,
    private readonly keeping: MailboxKeeping,
    private readonly mailboxes: Mailboxes,
  ) {}

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'old mailbox links', () => this.links.forgetOld());
  }

  async begin(
    caller: Caller,
    { provider: key, consent, returnTo, ...mailbox }: BeginMailboxLinkRequest,
  ): Promise<BegunMailboxLinkResponse> {
    const provider = this.providerOf(key);
    if (consent !== MAILBOX_CONSENT.version) throw new MailConsentOutdated();
    const back = returnAddress(returnTo, this.config);
    await this.mailboxes.countTry(mailbox.address);
    const state = randomToken(STATE);
    const { verifier, challenge } = await this.oauth.newVerifier();
    const asked = { state, challenge, redirectUri: this.redirectUriOf(provider) };
    const authorizationUrl = await this.asked(() => this.oauth.authorizationUrl(provider.oauth, asked));
    return this.database.transaction(async (tx) => {
      const { id: userId } = await this.users.lockFor(tx, caller);
      const id = uuidv7();
      const secret: SealedLink = { verifier, mailbox };
      const expiresAt = await this.links.add(tx, {
        ...{ id, stateHash: hashToken(state), userId, provider: key, returnTo: back, consentVersion: consent },
        sealed: sealJson(await this.vault.keyFor(tx, userId), placeOf(id), secret),
      });
      return { authorizationUrl, expiresAt };
    });
  }

  /** Where the browser goes that comes from the provider: nothing is finished by it. */
  async forward(key: string, answer: Partial<AuthorizationAnswer>): Promise<string> {
    const waiting = answer.state === undefined ? undefined : await this.links.whereTo(hashToken(answer.state), key);
    const to = new URL(waiting?.returnTo ?? `${this.config.PUBLIC_URL}${PAGE}`);
    to.hash = parametersOf(waiting ? answer : { error: 'link_not_found' }).toString();
    return to.href;
  }

  async complete(caller: Caller, answer: AuthorizationAnswer): Promise<MailboxResponse> {
    const lease = randomUUID();
    const { link, secret, userId } = await this.database.transaction(async (tx) => {
      const { id } = await this.users.lockFor(tx, caller);
      const found = await this.links.ofState(tx, hashToken(answer.state), id);
      if (!found) throw new NotFound('link');
      if (found.status === 'linked' || found.status === 'failed') throw new LinkUsed();
      if (found.isExpired) throw new LinkExpired();
      if (found.status === 'exchanging' && found.isHeld) throw new LinkUnderWay();
      this.links.claim(tx, found.id, lease);
      const key = await this.vault.keyFor(tx, id);
      return { link: found, secret: openJson<SealedLink>(key, placeOf(found.id), found.sealed), userId: id };
    });
    const provider = this.providers.of(link.provider);
    let tokens: Tokens;
    try {
      if (!provider) throw new OAuthFault('refused', 'provider_not_configured');
      const asked = { verifier: secret.verifier, redirectUri: this.redirectUriOf(provider), hasOwnRedirectUri: true };
      tokens = await this.oauth.exchange(provider.oauth, answer, asked);
    } catch (error) {
      throw await this.failed(link, lease, error);
    }
    const { host, port, key } = provider;
    const described: DescribedMailbox = { ...secret.mailbox, host, port, provider: key };
    const given = { version: link.consentVersion, givenAt: link.begunAt };
    const write = () =>
      this.database.transaction(async (tx) => {
        await this.users.lockFor(tx, caller);
        if (!(await this.links.end(tx, link.id, lease, 'linked'))) return null;
        return this.keeping.keep(tx, userId, described, tokens, given);
      });
    const mailboxId = await writingSurely(write, (count, reason) =>
      this.logger.warn({ message: 'mailbox link not written', write: count, reason }),
    );
    if (mailboxId === null) throw new LinkUsed();
    return this.mailboxes.show(caller, mailboxId);
  }

  /** Where the provider gave no answer, the same request may be sent again. */
  private async failed(link: MailboxLinkRow, lease: string, error: unknown): Promise<unknown> {
    const fault = error instanceof OAuthFault ? error : undefined;
    const mayTryAgain = fault === undefined || fault.kind === 'unavailable';
    await this.database.transaction((tx) => this.links.end(tx, link.id, lease, mayTryAgain ? 'begun' : 'failed'));
    if (fault === undefined) return error;
    this.logger.warn({ message: 'mailbox not linked', provider: link.provider, code: fault.code });
    if (fault.code === 'access_denied') return new LinkDenied();
    return mayTryAgain ? new StoreUnavailable() : new LinkRefused(fault.code);
  }

  private providerOf(key: string): OAuthProvider {
    const provider = this.providers.of(key);
    if (!provider) throw new NotFound('mail provider');
    return provider;
  }

  private redirectUriOf({ key }: OAuthProvider): string {
    return `${this.config.PUBLIC_URL}/api/v1/mailboxes/callback/${key}`;
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

function placeOf(linkId: string): string {
  return JSON.stringify(['mailbox_links', linkId, 'secret']);
}
