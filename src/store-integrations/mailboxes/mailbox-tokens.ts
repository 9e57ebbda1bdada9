import { Injectable, Logger } from '@nestjs/common';
import { Vault, type DataKey } from '../../platform/crypto';
import { Database, type Tx } from '../../platform/database';
import { writingSurely } from '../../platform/jobs';
import { OAuthClient, type Tokens } from '../oauth/oauth-client';
import { OAuthFault } from '../oauth/oauth-fault';
import { MailServerFault } from './imap-client';
import { MailProviders } from './mail-providers';
import { keepMailboxSecret, openMailboxSecret } from './mailbox-secrets';
import { MailboxesRepository, type ClaimedMailbox } from './mailboxes.repository';

/** A token that ends sooner is renewed first. */
const SOON_MS = 2 * 60_000;

/**
 * What opens a claimed mailbox. Guarantees: a grant is renewed by the one process that watches its mailbox, and by no other; new
 * tokens are kept before they are used.
 */
@Injectable()
export class MailboxTokens {
  private readonly logger = new Logger('Mailboxes');

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly oauth: OAuthClient,
    private readonly providers: MailProviders,
    private readonly mailboxes: MailboxesRepository,
  ) {}

  keyOf({ userId, wrapped, masterKeyId }: Pick<ClaimedMailbox, 'userId' | 'wrapped' | 'masterKeyId'>): DataKey {
    return this.vault.unwrap(userId, wrapped, masterKeyId ?? '');
  }

  /** Throws MailServerFault. `anew`: the token that is kept was refused. */
  async loginOf(
    mailbox: ClaimedMailbox,
    lease: string,
    anew = false,
  ): Promise<{ password: string } | { accessToken: string }> {
    if (mailbox.kind === 'password') return { password: this.open(mailbox, 'password') };
    const until = mailbox.tokenExpiresAt?.getTime() ?? Infinity;
    if (!anew && until > Date.now() + SOON_MS) return { accessToken: this.open(mailbox, 'access_token') };
    return { accessToken: await this.renew(mailbox, lease) };
  }

  keepTokens(tx: Tx, key: DataKey, mailboxId: string, { accessToken, refreshToken }: Tokens): void {
    keepMailboxSecret(tx, key, mailboxId, 'access_token', accessToken);
    if (refreshToken !== null) keepMailboxSecret(tx, key, mailboxId, 'refresh_token', refreshToken);
  }

  private async renew(mailbox: ClaimedMailbox, lease: string): Promise<string> {
    const setting = this.providers.of(mailbox.provider!)?.oauth;
    if (!setting) throw new MailServerFault('unusable', 'provider_not_configured');
    let tokens: Tokens;
    try {
      tokens = await this.oauth.refresh(setting, this.open(mailbox, 'refresh_token'));
    } catch (error) {
      if (!(error instanceof OAuthFault)) throw error;
      if (error.kind === 'invalid_grant') throw new MailServerFault('refused', 'grant_ended');
      throw new MailServerFault('unavailable', 'token_not_renewed');
    }
    const write = () =>
      this.database.transaction(async (tx) => {
        if (!(await this.mailboxes.tokens(tx, mailbox, lease, tokens.expiresIn))) return false;
        this.keepTokens(tx, await this.vault.keyFor(tx, mailbox.userId), mailbox.id, tokens);
        return true;
      });
    const isKept = await writingSurely(write, (count, reason) =>
      this.logger.warn({ message: 'mailbox token not written', mailboxId: mailbox.id, write: count, reason }),
    );
    if (!isKept) throw new MailServerFault('unavailable', 'not_held');
    mailbox.tokenExpiresAt = tokens.expiresIn === null ? null : new Date(Date.now() + tokens.expiresIn * 1000);
    return tokens.accessToken;
  }

  private open(mailbox: ClaimedMailbox, name: 'password' | 'access_token' | 'refresh_token'): string {
    const sealed = mailbox.secrets[name];
    // A grant without a refresh token ends with its access token.
    if (!sealed) throw new MailServerFault('refused', name === 'refresh_token' ? 'grant_ended' : 'not_kept');
    return openMailboxSecret(this.keyOf(mailbox), mailbox.id, name, sealed);
  }
}
