import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Vault, keyedHash, type DataKey } from '../../platform/crypto';
import type { Tx } from '../../platform/database';
import type { Tokens } from '../oauth/oauth-client';
import { MailboxConsents } from './mailbox-consents';
import { forgetMailboxSecrets, keepMailboxSecret } from './mailbox-secrets';
import { MailboxTokens } from './mailbox-tokens';
import { MailboxLimitReached } from './mailboxes.errors';
import { BACKLOG_DAYS, MOST_MAILBOXES } from './mailboxes.limits';
import { MailboxesRepository, sealFolder, sealSettings } from './mailboxes.repository';

/** A mailbox as the shopper describes it. */
export interface DescribedMailbox {
  address: string;
  username?: string;
  host: string;
  port: number;
  provider: string | null;
  folders?: string[];
  senders?: string[];
  backlogDays?: number;
}

/** Writes down a mailbox that is to be linked, with what opens it: of an address that is linked already, in its place. */
@Injectable()
export class MailboxKeeping {
  private readonly hashKey: DataKey;

  constructor(
    private readonly vault: Vault,
    private readonly mailboxes: MailboxesRepository,
    private readonly consents: MailboxConsents,
    private readonly tokens: MailboxTokens,
  ) {
    this.hashKey = vault.serverKey('mailbox addresses');
  }

  /** Whoever reads what is counted does not learn who has a mailbox where. */
  nameless(address: string): Buffer {
    return keyedHash(this.hashKey, address.toLowerCase());
  }

  /** To be proved by whoever watches it next. Gives its id. Throws MailboxLimitReached. The user is locked. */
  async keep(
    tx: Tx,
    userId: string,
    { address, username = address, host, port, provider, folders, senders = [], backlogDays }: DescribedMailbox,
    secret: { password: string } | Tokens,
    consent: { version: string; givenAt: Date },
  ): Promise<string> {
    const addressHash = this.nameless(address);
    const present = await this.mailboxes.byAddress(tx, userId, addressHash);
    if (present === undefined && (await this.mailboxes.count(tx, userId)) >= MOST_MAILBOXES)
      throw new MailboxLimitReached(MOST_MAILBOXES);
    const id = present ?? uuidv7();
    const key = await this.vault.keyFor(tx, userId);
    const isPassword = 'password' in secret;
    const row = {
      ...{
        id,
        userId,
        kind: isPassword ? ('password' as const) : ('oauth' as const),
        provider,
        host,
        port,
        addressHash,
      },
      sealed: sealSettings(key, id, { address, username, senders }),
      ...{ backlogDays: backlogDays ?? BACKLOG_DAYS, tokenExpiresIn: isPassword ? null : secret.expiresIn },
    };
    if (present === undefined) await this.mailboxes.add(tx, row);
    else {
      await this.mailboxes.linkAgain(tx, row);
      forgetMailboxSecrets(tx, id);
    }
    if (present === undefined || folders !== undefined) await this.setFolders(tx, key, id, folders ?? ['INBOX']);
    if (isPassword) keepMailboxSecret(tx, key, id, 'password', secret.password);
    else this.tokens.keepTokens(tx, key, id, secret);
    this.consents.give(tx, { userId, purpose: 'mailbox', subjectId: id, ...consent });
    return id;
  }

  private async setFolders(tx: Tx, key: DataKey, mailboxId: string, names: string[]): Promise<void> {
    const folders = names.map((name) => {
      const id = uuidv7();
      return { id, sealed: sealFolder(key, id, name) };
    });
    await this.mailboxes.setFolders(tx, mailboxId, folders);
  }
}
