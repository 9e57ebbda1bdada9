import { ApiProperty } from '@nestjs/swagger';
import { ConsentTextResponse } from '../../accounts/dto/integration.response';
import type { MailboxRow, MailboxSettings } from '../mailboxes.repository';

/** A mailbox that Muse reads for orders. */
export class MailboxResponse {
  /** Its id */
  id: string;

  /**
   * Its address
   * @example "ana@perez.example"
   */
  address: string;

  /** How Muse gets in */
  @ApiProperty({ enum: ['password', 'oauth'], example: 'password' })
  kind: 'password' | 'oauth';

  /** At which provider, if by OAuth */
  @ApiProperty({ type: String, nullable: true, example: null })
  provider: string | null;

  /**
   * Its mail server
   * @example "imap.perez.example"
   */
  host: string;

  /**
   * The server's port
   * @example 993
   */
  port: number;

  /** Being tried, read, paused by the shopper, or to be linked again: what opened it is destroyed then */
  @ApiProperty({ enum: ['proving', 'active', 'paused', 'needs_relink'], example: 'active' })
  status: 'proving' | 'active' | 'paused' | 'needs_relink';

  /** What is in the way: `sign_in_refused`, `sign_in_not_offered`, `grant_ended`, `no_such_folder`, `certificate_not_trusted`, `not_public`, `not_found`, `not_reached`, `connection_ended` and others; it is tried again unless the status says otherwise */
  @ApiProperty({ type: String, nullable: true, example: null })
  reason: string | null;

  /** Folders that are read */
  @ApiProperty({ type: [String], example: ['INBOX'] })
  folders: string[];

  /** Domains and addresses whose mails alone are opened; none: whatever may be about an order */
  @ApiProperty({ type: [String], example: [] })
  senders: string[];

  /**
   * How many days back the first look goes
   * @example 30
   */
  backlogDays: number;

  /** Since when */
  linkedAt: Date;

  /** When it was first seen to open */
  @ApiProperty({ type: Date, nullable: true })
  provedAt: Date | null;

  /** When something of it was last read */
  @ApiProperty({ type: Date, nullable: true })
  readAt: Date | null;

  static of(row: MailboxRow, { address, senders }: MailboxSettings, folders: string[]): MailboxResponse {
    const { id, kind, provider, host, port, status, reason, backlogDays, linkedAt, provedAt, readAt } = row;
    return {
      ...{ id, address, kind, provider, host, port, status, reason, folders, senders, backlogDays },
      ...{ linkedAt, provedAt, readAt },
    };
  }
}

/** A mail provider at which mailboxes are linked by OAuth. */
export class MailProviderResponse {
  /**
   * Goes into the request that begins a link
   * @example "google"
   */
  key: string;

  /**
   * Its name
   * @example "Google"
   */
  name: string;
}

/** An address to which the shopper forwards mail. */
export class ForwardingResponse {
  /**
   * The shopper's alone
   * @example "u-4k7w2m9x0c5v8b1n3q6z@in.muse.example"
   */
  address: string;

  /** Since when it is this one */
  madeAt: Date;

  /** When a mail last came that was read */
  @ApiProperty({ type: Date, nullable: true })
  usedAt: Date | null;
}

/** All that is read of a shopper's mail. */
export class MailboxListResponse {
  /** Linked mailboxes, oldest first: five at most */
  data: MailboxResponse[];

  /** The address to forward to, if there is one */
  @ApiProperty({ type: ForwardingResponse, nullable: true })
  forwarding: ForwardingResponse | null;

  /** Whether there can be one */
  @ApiProperty({ example: true })
  offersForwarding: boolean;

  /** Providers at which mailboxes are linked by OAuth; any other by a password */
  providers: MailProviderResponse[];

  /** To be shown and agreed to before a mailbox is linked */
  consent: ConsentTextResponse;

  /** To be shown and agreed to before an address to forward to is given out */
  forwardingConsent: ConsentTextResponse;
}

/** Where a link is begun. */
export class BegunMailboxLinkResponse {
  /**
   * Where the shopper signs in at the provider
   * @example "https://accounts.mail.example/authorize?response_type=code"
   */
  authorizationUrl: string;

  /** Until when it may be finished */
  expiresAt: Date;
}

/** An agreement by which mail is read. */
export class ExportedMailConsentResponse {
  /** What for */
  @ApiProperty({ enum: ['mailbox', 'mail_forwarding'], example: 'mailbox' })
  purpose: 'mailbox' | 'mail_forwarding';

  /**
   * Version of the text
   * @example "2026-11"
   */
  version: string;

  /** When it was given */
  givenAt: Date;

  /** When it was taken back */
  @ApiProperty({ type: Date, nullable: true })
  withdrawnAt: Date | null;
}
