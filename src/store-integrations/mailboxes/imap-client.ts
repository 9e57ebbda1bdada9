import { Injectable } from '@nestjs/common';
import type { ImapFlow, ImapFlowError } from 'imapflow';
import { OutgoingRefused, SafeClient } from '../../platform/http-client';
import { MailProviders } from './mail-providers';

const CONNECT_MS = 10_000;
const GREETING_MS = 8_000;
const SILENT_MS = 5 * 60_000;
/** IDLE is begun anew before servers end it (RFC 2177: 29 minutes) and before networks forget the connection. */
const IDLE_MS = 4 * 60_000;
/** Of one line or one part. */
const MOST_BYTES = 1024 * 1024;
/**
 * What a server may say while a command is done, and how long that may take; while it is being asked for nothing but news, or to
 * let us in, it has little to say. Whoever says more means to fill our memory, or to keep us busy.
 */
export const OF_A_COMMAND = { bytes: 2 * 1024 * 1024, ms: 45_000 } as const;
export const OF_NEWS = { bytes: 64 * 1024, ms: Infinity } as const;
const OF_A_GREETING = { bytes: 64 * 1024, ms: 30_000 } as const;
const LOOK_EVERY_MS = 250;

/**
 * `refused`: the server does not let these credentials in. `unavailable`: it may work later. `unusable`: it will not, as things
 * are. The code says why, without words of the server's.
 */
export class MailServerFault extends Error {
  constructor(
    readonly kind: 'refused' | 'unavailable' | 'unusable',
    readonly code: string,
  ) {
    super(`The mail server: ${code}`);
    this.name = 'MailServerFault';
  }
}

export interface MailLogin {
  host: string;
  port: number;
  username: string;
  /** What opens it: the one or the other. */
  password?: string;
  accessToken?: string;
}

/** What servers say that let nobody in for the moment (RFC 5530). */
const FOR_NOW = new Set(['UNAVAILABLE', 'LIMIT', 'INUSE', 'SERVERBUG']);

/**
 * Connections to mail servers. Guarantees: none to an address that is not public, over TLS with a certificate of the server's
 * name (sandboxes apart); what a server sends is bounded; nothing of it is logged.
 */
@Injectable()
export class ImapClient {
  constructor(
    private readonly providers: MailProviders,
    private readonly http: SafeClient,
  ) {}

  /** Signed in. Throws MailServerFault. */
  async connect({ host, port, username, password, accessToken }: MailLogin): Promise<ImapFlow> {
    const sandbox = this.providers.isSandbox(host, port);
    // Read with the first mailbox: no start should wait for it, and an API process seldom needs it.
    const { ImapFlow: Connection } = await import('imapflow');
    const client = new Connection({
      host: sandbox ? host : await this.addressOf(host),
      ...{ port, secure: sandbox !== 'http', doSTARTTLS: false, ...(sandbox === null && { servername: host }) },
      tls: { minVersion: 'TLSv1.2', rejectUnauthorized: sandbox === null },
      auth: { user: username, ...(accessToken === undefined ? { pass: password } : { accessToken }) },
      ...{ logger: false, disableAutoIdle: true, clientInfo: { name: 'Muse' } },
      ...{
        connectionTimeout: CONNECT_MS,
        greetingTimeout: GREETING_MS,
        socketTimeout: SILENT_MS,
        maxIdleTime: IDLE_MS,
      },
      ...{ maxLineLength: MOST_BYTES, maxLiteralSize: MOST_BYTES, maxResponseSize: 2 * MOST_BYTES },
    });
    // An error after the connection stood ends it, and is seen by whoever uses it next.
    client.on('error', () => undefined);
    try {
      await bounded(client, () => client.connect(), OF_A_GREETING);
      return client;
    } catch (error) {
      client.close();
      throw faultOf(error);
    }
  }

  private async addressOf(host: string): Promise<string> {
    try {
      return await this.http.addressOf(host);
    } catch (error) {
      if (error instanceof OutgoingRefused) throw new MailServerFault('unusable', 'not_public');
      throw new MailServerFault('unavailable', 'not_found');
    }
  }
}

/**
 * Whatever is asked of a server, in bounded time and for a bounded answer: beyond either the connection is ended, and `work` fails
 * as it does where a server ends it.
 */
export async function bounded<T>(
  client: ImapFlow,
  work: () => Promise<T>,
  most: { bytes: number; ms: number } = OF_A_COMMAND,
): Promise<T> {
  const [before, since] = [client.stats().received, Date.now()];
  const guard = setInterval(() => {
    if (client.stats().received - before > most.bytes || Date.now() - since > most.ms) client.close();
  }, LOOK_EVERY_MS).unref();
  try {
    return await work();
  } finally {
    clearInterval(guard);
  }
}

/** Whatever the library or the network throws; their own words may hold anything. */
export function faultOf(error: unknown): MailServerFault {
  if (error instanceof MailServerFault) return error;
  const { authenticationFailed, serverResponseCode, code } = error as ImapFlowError;
  if (authenticationFailed && !FOR_NOW.has(serverResponseCode ?? ''))
    return new MailServerFault('refused', 'sign_in_refused');
  if (serverResponseCode === 'NONEXISTENT') return new MailServerFault('unusable', 'no_such_folder');
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code ?? ''))
    return new MailServerFault('unusable', 'certificate_not_trusted');
  if (error instanceof Error && error.message === 'Unsupported authentication mechanism')
    return new MailServerFault('unusable', 'sign_in_not_offered');
  return new MailServerFault('unavailable', 'not_reached');
}
