import { simpleParser, type ParsedMail } from 'mailparser';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterFile } from './cleanup';

/** What the server does with the next mail; with those after the last of them, it takes them. */
export type Reception =
  | 'take'
  /** Refuse the recipient with this code. */
  | { recipient: number }
  /** Refuse the message with this code, once it is there. */
  | { message: number }
  /** End the connection in the middle of the message. */
  | 'cut'
  /** Keep the message, and end the connection before saying so. */
  | 'take_and_cut';

/** A real SMTP server on loopback. */
export interface MailServer {
  url: string;
  /** Everything that was kept, in order. */
  received: ParsedMail[];
  /** How often a client began a mail. */
  begun: number;
  next(...receptions: Reception[]): void;
  close(): Promise<void>;
}

export async function startMailServer(options: { password?: string } = {}): Promise<MailServer> {
  const script: Reception[] = [];
  const received: ParsedMail[] = [];
  const sockets = new Set<Socket>();
  const cut = () => sockets.forEach((socket) => socket.destroy());
  let reception: Reception = 'take';
  /** Keeps the mail, or says why not. */
  const decide = (mail: ParsedMail): Error | undefined => {
    if (typeof reception === 'object' && 'message' in reception) return refusal(reception.message);
    received.push(mail);
    if (reception === 'take_and_cut') cut();
    return undefined;
  };
  const server = new SMTPServer({
    authOptional: options.password === undefined,
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, done) =>
      password === options.password ? done(null, { user: 'muse' }) : done(refusal(535)),
    onMailFrom: (_address, _session, done) => {
      mails.begun++;
      reception = script.shift() ?? 'take';
      done();
    },
    onRcptTo: (_address, _session, done) =>
      typeof reception === 'object' && 'recipient' in reception ? done(refusal(reception.recipient)) : done(),
    onData: (stream, _session, done) => {
      if (reception === 'cut') stream.once('data', cut);
      else simpleParser(stream, (_, mail) => done(decide(mail)));
    },
  });
  server.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = () => {
    cut();
    return (closed ??= new Promise<void>((resolve) => server.close(resolve)));
  };
  const mails: MailServer = {
    ...{ url: `smtp://127.0.0.1:${port}`, received, begun: 0, close },
    next: (...receptions) => void script.push(...receptions),
  };
  afterFile(close);
  return mails;
}

/** A server that takes connections, and never says a word. */
export async function startBlackHole(): Promise<{ url: string; met: () => number }> {
  let met = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    met++;
    sockets.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(() => {
    sockets.forEach((socket) => socket.destroy());
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, met: () => met };
}

function refusal(responseCode: number): Error {
  return Object.assign(new Error('Not for ana@example.com'), { responseCode });
}
