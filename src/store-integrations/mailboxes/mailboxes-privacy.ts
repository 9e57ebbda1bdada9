import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry, ExportRegistry, exportSection, inPages } from '../../identity';
import { Database, type Tx } from '../../platform/database';
import { ExportedMailConsentResponse, ForwardingResponse, MailboxResponse } from './dto/mailbox.response';
import { MailForwardings } from './mail-forwardings';
import { MailboxConsents, type MailConsentRow } from './mailbox-consents';
import { MailboxLinksRepository } from './mailbox-links.repository';
import { Mailboxes } from './mailboxes';
import { MailboxesRepository, type MailboxRow } from './mailboxes.repository';

const MAILBOXES = exportSection(
  'mailboxes',
  MailboxResponse,
  'Mailboxes that Muse reads for orders: what is kept of them, never what opens them',
);
const FORWARDING = exportSection('mailForwarding', ForwardingResponse, 'The address at Muse that mail is forwarded to');
const CONSENTS = exportSection(
  'mailConsents',
  ExportedMailConsentResponse,
  'What was agreed to for that, and taken back',
);

/** What is kept of a shopper's mailboxes: told in their export, gone with the account. */
@Injectable()
export class MailboxesPrivacy implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly mailboxes: Mailboxes,
    private readonly repository: MailboxesRepository,
    private readonly forwardings: MailForwardings,
    private readonly consents: MailboxConsents,
    private readonly links: MailboxLinksRepository,
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.register({
      section: MAILBOXES,
      tables: { mailboxes: true },
      read: ({ userId }) =>
        inPages<MailboxRow, MailboxResponse>(
          (after, limit) => this.repository.list(this.database, userId, after?.id ?? null, limit),
          (row) => this.mailboxes.shown(row),
        ),
    });
    this.exports.register({
      section: FORWARDING,
      tables: { mail_forwardings: true },
      read: async ({ userId }) => {
        const present = await this.forwardings.show(userId);
        return present ? [present] : [];
      },
    });
    this.exports.register({
      section: CONSENTS,
      tables: { mailbox_consents: true },
      read: ({ userId }) =>
        inPages<MailConsentRow, ExportedMailConsentResponse>(
          (after, limit) => this.consents.exported(this.database, userId, after?.id ?? null, limit),
          ({ id: _, ...consent }) => consent,
        ),
    });
    this.exports.leaveOut('mailboxes', {
      mailbox_links: 'links that were begun and not finished: hashes and sealed values, for a day',
    });
    this.erasures.register('mailboxes', (tx, userId) => this.forget(tx, userId), {
      mailboxes: true,
      mail_forwardings: true,
      mailbox_consents: true,
      mailbox_links: true,
    });
  }

  private async forget(tx: Tx, userId: string): Promise<void> {
    for (const id of await this.repository.ofUser(tx, userId)) this.mailboxes.end(tx, id);
    await this.forwardings.end(tx, userId);
    this.links.forget(tx, userId);
    this.consents.forget(tx, userId);
  }
}
