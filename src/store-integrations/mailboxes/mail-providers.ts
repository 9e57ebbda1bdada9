import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config';
import { InvalidField } from '../../platform/http';
import { SafeClient, isPublicHost, isUrl } from '../../platform/http-client';
import type { OAuthSetting } from '../connections/connections';

/** IMAP over TLS from the first byte on (RFC 8314). */
export const IMAPS_PORT = 993;

interface KnownProvider {
  domains: string[];
  host: string;
  /** Domains of the servers that write its Authentication-Results, beside the host's and the address's own. */
  servers: string[];
}

/** Where mailboxes of these domains are, so that a shopper need not know it. */
const KNOWN: KnownProvider[] = [
  { domains: ['gmail.com', 'googlemail.com'], host: 'imap.gmail.com', servers: ['google.com'] },
  { domains: ['yahoo.com', 'ymail.com', 'rocketmail.com', 'yahoo.es'], host: 'imap.mail.yahoo.com', servers: [] },
  { domains: ['icloud.com', 'me.com', 'mac.com'], host: 'imap.mail.me.com', servers: ['icloud.com', 'apple.com'] },
  { domains: ['aol.com'], host: 'imap.aol.com', servers: ['yahoo.com'] },
  { domains: ['fastmail.com', 'fastmail.fm'], host: 'imap.fastmail.com', servers: ['messagingengine.com'] },
  { domains: ['gmx.com', 'gmx.net', 'gmx.de'], host: 'imap.gmx.com', servers: ['gmx.net'] },
  { domains: ['zoho.com'], host: 'imap.zoho.com', servers: [] },
  { domains: ['outlook.com', 'hotmail.com', 'live.com'], host: 'outlook.office365.com', servers: ['outlook.com'] },
];

/** A provider that lets Muse in by OAuth: MAILBOX_PROVIDERS. */
export interface OAuthProvider {
  key: string;
  name: string;
  host: string;
  port: number;
  oauth: OAuthSetting;
}

/** Which mail servers there are, and which may be spoken to. */
@Injectable()
export class MailProviders {
  private readonly configured: OAuthProvider[];

  constructor(
    config: Config,
    private readonly http: SafeClient,
  ) {
    this.configured = config.MAILBOX_PROVIDERS.map(
      ({ key, name, host, port, issuer, clientId, clientSecret, scopes }) => ({
        ...{ key, name, host, port: port ?? IMAPS_PORT },
        oauth: {
          ...{ issuer, clientId, scopes, clientSecret: clientSecret ?? null },
          clientAuth: clientSecret === undefined ? 'none' : 'client_secret_post',
        },
      }),
    );
  }

  get all(): readonly OAuthProvider[] {
    return this.configured;
  }

  of(key: string): OAuthProvider | undefined {
    return this.configured.find((provider) => provider.key === key);
  }

  /**
   * Domains of servers that speak for the provider at this host, beside its own; null where nobody vouches that it takes away
   * what a mail brings along under its name (RFC 8601, 5): there a sender could write the Authentication-Results.
   */
  serversOf(host: string, port: number): readonly string[] | null {
    const known = KNOWN.find((one) => one.host === host);
    if (known) return known.servers;
    const isVouchedFor = this.configured.some((one) => one.host === host) || this.isSandbox(host, port) !== null;
    return isVouchedFor ? [] : null;
  }

  /**
   * The mail server of an address, by name and port: the one that the shopper names, or the one that is known for its domain.
   * On the public internet, by its name, over TLS; or a sandbox of development. Throws InvalidField.
   */
  serverOf(address: string, given: { host?: string; port?: number }): { host: string; port: number } {
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    const named = given.host ?? KNOWN.find(({ domains }) => domains.includes(domain))?.host;
    if (named === undefined) throw new InvalidField('/host', 'must name the mail server of this address');
    const port = given.port ?? IMAPS_PORT;
    const host = isUrl(`https://${named}:${port}`) ? new URL(`https://${named}:${port}`).hostname : '';
    if (this.isSandbox(host, port)) return { host, port };
    const isName = host.toLowerCase() === named.toLowerCase() && !/^[\d.]+$|^\[/.test(host);
    if (!isName || !isPublicHost(host)) throw new InvalidField('/host', 'must be the name of a public mail server');
    if (port !== IMAPS_PORT) throw new InvalidField('/port', `must be ${IMAPS_PORT}: IMAP over TLS`);
    return { host, port };
  }

  /** In development alone, as SANDBOX_ORIGINS has it: `http` in the clear, `https` over TLS by a certificate of its own. */
  isSandbox(host: string, port: number): 'http' | 'https' | null {
    const schemes = ['http', 'https'] as const;
    return schemes.find((scheme) => this.http.isSandbox(`${scheme}://${host}:${port}`)) ?? null;
  }
}
