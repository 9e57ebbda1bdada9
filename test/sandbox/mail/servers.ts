import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { SMTPServer } from 'smtp-server';
import { Session } from './imap/session';
import type { MailProvider } from './provider';
import { received, type Authentication } from './world';

/** Of 127.0.0.1 and of nobody else: in the open, it protects nothing. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgebeQO5var2xne5SS
bIfnUXKYUZZlPrBZzRjXSbel7FChRANCAAQTCjS9pEWnFyNleAV+ZvXHTYahB/Qp
vKhwNYlSqVbfJriAIC0EcJPagYx2Ueub7e8p6496Pl+eif9eh1mGTd0O
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUeBsWTg7j9YAhkX5Cbsdbrwn70MIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNjEwNTcwMVoYDzIxMjYxMTAy
MTA1NzAxWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQTCjS9pEWnFyNleAV+ZvXHTYahB/QpvKhwNYlSqVbfJriAIC0EcJPa
gYx2Ueub7e8p6496Pl+eif9eh1mGTd0Oo2QwYjAdBgNVHQ4EFgQUsjb8NZOs9QN/
pr8i5CbZl782KFMwHwYDVR0jBBgwFoAUsjb8NZOs9QN/pr8i5CbZl782KFMwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IQDtYvKZMbmb//5tI73JIVwQD78MESNKIouDuK9FQJX1wQIgVcKYZq3om9CCTXz4
50XgH6vPTvEmbr6Nfy2I5wxfQPk=
-----END CERTIFICATE-----`;

/** The IMAP server at one port, in the clear or over TLS; it can be ended and begun again at the same port. */
export class ImapServer {
  readonly sessions = new Set<{ socket: Socket; session: Session }>();
  private server?: Server;
  port = 0;

  constructor(
    private readonly provider: MailProvider,
    private readonly isTls: boolean,
  ) {}

  get origin(): string {
    return `${this.isTls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  async up(port = this.port): Promise<void> {
    if (this.server) return;
    const meet = (socket: Socket): void => {
      const one = { socket, session: new Session(socket, this.provider) };
      this.sessions.add(one);
      socket.once('close', () => this.sessions.delete(one));
    };
    const server = this.isTls ? createTlsServer({ key: KEY, cert: CERTIFICATE }, meet) : createServer(meet);
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Every connection ends in the middle of whatever it does; nobody gets in any more. */
  async down(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    for (const { socket } of this.sessions) socket.destroy();
    if (server) await new Promise((resolve) => server.close(resolve));
  }
}

/** Takes mail for whoever has an account here, and delivers it. What it thinks of the sender is `authentication`'s to say. */
export function smtpServer({ world }: MailProvider, authentication: () => Authentication): SMTPServer {
  const server = new SMTPServer({
    ...{ authOptional: true, hideSTARTTLS: true, disableReverseLookup: true },
    onRcptTo: ({ address }, _, done) =>
      world.accounts.has(address.toLowerCase())
        ? done()
        : done(Object.assign(new Error('Nobody of that name'), { responseCode: 550 })),
    onData: (stream, { envelope }, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const raw = received(Buffer.concat(parts).toString('latin1'), authentication());
        for (const { address } of envelope.rcptTo) world.deliver(world.accounts.get(address.toLowerCase())!, raw);
        done();
      });
    },
  });
  server.on('error', () => undefined);
  return server;
}
