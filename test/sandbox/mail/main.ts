import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { obey, type Sandbox } from './control';
import { Keeping } from './keeping';
import { MailProvider } from './provider';
import { ImapServer, smtpServer } from './servers';

/**
 * A mail provider as a process of its own: IMAP in the clear and over TLS, and SMTP that delivers into it. See README.md.
 * Prints one line of JSON when it is ready; ends with its parent, whose end of standard input closes, or on SIGTERM.
 */
const env = process.env;
const provider = new MailProvider();
const [plain, tls] = [new ImapServer(provider, false), new ImapServer(provider, true)];
const sandbox: Sandbox = { provider, imap: [plain, tls], authentication: 'pass' };
const kept = env['STATE_FILE'] ? new Keeping(env['STATE_FILE']) : null;
const ports = kept?.load(provider.world) ?? {};
const smtp = smtpServer(provider, () => sandbox.authentication);
const control = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    obey(sandbox, Buffer.concat(parts).toString()).then(
      (value) => response.end(JSON.stringify(value ?? null)),
      (error: Error) => response.writeHead(400).end(JSON.stringify({ error: error.message })),
    );
  });
});

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
/** At the port of the last time, or another where somebody else has it by now. */
async function at(name: string, listen: (port: number) => Promise<void>): Promise<void> {
  const wanted = Number(env[`${name}_PORT`] ?? ports[name] ?? 0);
  await listen(wanted).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' || wanted === 0) throw error;
    return listen(0);
  });
}
const listening = (server: { once: Function; listen: Function }) => (port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

async function start(): Promise<void> {
  await at('IMAP', (port) => plain.up(port));
  await at('IMAPS', (port) => tls.up(port));
  await at('SMTP', listening(smtp.server));
  await at('CONTROL', listening(control));
  const now = { IMAP: plain.port, IMAPS: tls.port, SMTP: portOf(smtp.server), CONTROL: portOf(control) };
  for (const account of (env['ACCOUNTS'] ?? '').split(',').filter(Boolean)) {
    const [address, password] = account.split('=');
    provider.world.account(address!, password!);
  }
  const save = () => kept?.save(provider.world, now);
  save();
  provider.world.on('changed', save);
  console.log(
    JSON.stringify({
      ...{ ready: true, what: 'mail', url: `http://127.0.0.1:${now.CONTROL}` },
      ...{ imap: plain.origin, imaps: tls.origin, smtp: `smtp://127.0.0.1:${now.SMTP}` },
    }),
  );
  const stop = (): void => {
    save();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.stdin.once('end', stop).once('close', stop).resume();
}

start().catch((error: Error) => {
  console.error(`The mail sandbox cannot start: ${error.message}`);
  process.exit(1);
});
