import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsEmail,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { NullIsAbsent, Trimmed } from '../../../platform/http';
import { MOST_FOLDERS, MOST_SENDERS } from '../mailboxes.limits';

/** A domain or an address. */
const SENDER = /^(?:[^@\s]{1,64}@)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/i;
const SENDER_FAULT = { each: true, message: 'each value in senders must be a domain or an e-mail address' };
const FOLDER = /^[^\r\n\0]+$/;
const FOLDER_FAULT = { each: true, message: 'each value in folders must be the name of a folder' };

/** Of which mails a mailbox is read. */
export class MailboxScopeRequest {
  /**
   * Folders that are read, the first at once when something comes, the others every few minutes. Default: `INBOX`
   * @example ["INBOX"]
   */
  @NullIsAbsent()
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_FOLDERS)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  @Matches(FOLDER, FOLDER_FAULT)
  folders?: string[];

  /**
   * Domains, with what is below them, and addresses whose mails alone are opened. Default: none, and then whatever may be about an order by its sender and subject
   * @example ["nordstrom.com"]
   */
  @NullIsAbsent()
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_SENDERS)
  @IsString({ each: true })
  @MaxLength(320, { each: true })
  @Matches(SENDER, SENDER_FAULT)
  senders?: string[];
}

/** A mailbox to link, whichever way. */
class NewMailboxRequest extends MailboxScopeRequest {
  /**
   * The mailbox's address
   * @example "ana@perez.example"
   */
  @Trimmed()
  @IsEmail({ require_tld: false })
  @MaxLength(320)
  address: string;

  /**
   * How many days back the first look goes. Default: 30
   * @example 30
   */
  @NullIsAbsent()
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(90)
  backlogDays?: number;

  /**
   * The version of the text that the shopper was shown and agreed to: `consent` of GET /mailboxes
   * @example "2026-11"
   */
  @IsString()
  @Length(1, 40)
  consent: string;
}

/** A mailbox that is opened by a password. */
export class LinkMailboxRequest extends NewMailboxRequest {
  /**
   * Its mail server's name. May be left out where the provider is known by the address
   * @example "imap.perez.example"
   */
  @NullIsAbsent()
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 253)
  host?: string;

  /**
   * IMAP over TLS
   * @example 993
   */
  @NullIsAbsent()
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(65535)
  port?: number;

  /**
   * By which one signs in there. Default: the address
   * @example "ana@perez.example"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Length(1, 320)
  username?: string;

  /**
   * A password for this alone (an app password) where the provider gives any; never answered, and destroyed when the mailbox is unlinked
   * @example "abcd efgh ijkl mnop"
   */
  @IsString()
  @Length(1, 1000)
  password: string;
}

/** A mailbox at a provider that lets Muse in by OAuth. */
export class BeginMailboxLinkRequest extends NewMailboxRequest {
  /**
   * Which provider: a key of `providers` of GET /mailboxes
   * @example "google"
   */
  @IsString()
  @Length(1, 31)
  provider: string;

  /**
   * The page of the shop that the browser comes back to, https: it is given state, code and iss behind a #, and sends them to POST /mailboxes/oauth/complete
   * @example "https://shop.example/mailboxes"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  returnTo?: string;
}

/** What the provider's browser brought back. */
export class CompleteMailboxLinkRequest {
  /**
   * As it came
   * @example "mb_Qf3k0Zc1v5m2bXn7sWq9tYu4iOp6aSd8fGh1jKl3zXc"
   */
  @Matches(/^mb_[A-Za-z0-9_-]{43}$/, { message: 'state must be as the provider gave it back' })
  state: string;

  /**
   * As it came; left out where the provider sent an error
   * @example "SplxlOBeZQQYbYS6WxSbIA"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Length(1, 2048)
  code?: string;

  /**
   * As it came: which server it is from
   * @example "https://accounts.mail.example"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Length(1, 500)
  iss?: string;

  /**
   * As it came, where the shopper did not agree
   * @example "access_denied"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Length(1, 100)
  error?: string;
}

/** What is to be different; the rest stays. */
export class ChangeMailboxRequest extends MailboxScopeRequest {
  /**
   * Whether reading pauses: nobody is connected meanwhile, and what comes is read afterwards
   * @example true
   */
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  paused?: boolean;
}

/** An address to forward mail to. */
export class OpenForwardingRequest {
  /**
   * The version of the text that the shopper was shown and agreed to: `forwardingConsent` of GET /mailboxes
   * @example "2026-11"
   */
  @IsString()
  @Length(1, 40)
  consent: string;
}
