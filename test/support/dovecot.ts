import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, chmod, chown, mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { received } from '../sandbox/mail/world';
import { afterFile } from './cleanup';
import { freePort } from './free-port';
import type { ImapServerUnderTest } from './imap-server';
import { keepSecret } from './leaks';
import { rawOf, type Delivery, type TestMail } from './mail-sandbox';

const READY_WITHIN_MS = 30_000;

/**
 * Dovecot, a real IMAP server, with folders of its own below the temporary folder. What is said to it goes through a port of the
 * test's, which knows who idles; mail is delivered as mail servers do, as a file that is moved into the Maildir.
 */
export async function startDovecot(binary: string): Promise<ImapServerUnderTest> {
  const home = await mkdtemp(join(tmpdir(), 'dovecot-'));
  const port = await freePort();
  const user = userOf();
  await mkdir(join(home, 'mail'));
  await writeFile(join(home, 'users'), '');
  await writeFile(join(home, 'dovecot.conf'), configuration(home, port, user));
  await chmod(home, 0o755);
  await chown(join(home, 'mail'), user.uid, user.gid);
  let child: ChildProcess | undefined;
  const up = async () => {
    child = spawn(binary, ['-F', '-c', join(home, 'dovecot.conf')], { stdio: 'ignore', detached: true });
    await answering(port);
  };
  const kill = async () => {
    if (!child) return;
    const ended = once(child, 'exit');
    // With those that it has begun.
    process.kill(-child.pid!, 'SIGKILL');
    await ended;
    child = undefined;
  };
  await up();
  const way = await startWay(port);
  afterFile(async () => {
    await way.close();
    await kill();
    await rm(home, { recursive: true, force: true });
  });

  const maildir = (address: string) => join(home, 'mail', address);
  const deliver = async (address: string, mail: TestMail, { at, authentication = 'pass' }: Delivery = {}) => {
    const name = `${Date.now()}.${randomUUID()}.test`;
    const file = join(maildir(address), 'tmp', name);
    await writeFile(file, received((await rawOf(address, mail)).toString('latin1'), authentication), 'latin1');
    await chown(file, user.uid, user.gid);
    if (at) await utimes(file, at, at);
    await rename(file, join(maildir(address), 'new', name));
  };
  const files = async (address: string) =>
    (await Promise.all(['new', 'cur'].map((folder) => readdir(join(maildir(address), folder))))).flat();
  return {
    ...{ origins: `http://127.0.0.1:${way.port}`, place: { host: '127.0.0.1', port: way.port } },
    account: async () => {
      const [address, password] = [`ana-${randomUUID().slice(0, 8)}@mail.sandbox`, `app-${randomUUID()}`];
      keepSecret('the password of a mailbox', password);
      for (const folder of ['', 'tmp', 'new', 'cur']) {
        await mkdir(join(maildir(address), folder));
        await chown(join(maildir(address), folder), user.uid, user.gid);
      }
      await appendFile(join(home, 'users'), `${address}:{PLAIN}${password}\n`);
      return { address, password };
    },
    deliver,
    deliverMany: async (address, mails, delivery) => {
      for (const mail of mails) await deliver(address, mail, delivery);
    },
    // A Maildir notes what was read in the file's name.
    seen: async (address) => (await files(address)).filter((name) => /:2,[A-Z]*S/.test(name)).length,
    idling: () => Promise.resolve(way.idling()),
    renumber: async (address) => {
      const names = (await readdir(maildir(address))).filter((name) => name.startsWith('dovecot'));
      for (const name of names) await rm(join(maildir(address), name), { recursive: true });
    },
    down: async () => {
      way.cut();
      await kill();
    },
    up,
  };
}

interface User {
  name: string;
  group: string;
  uid: number;
  gid: number;
}

/** Dovecot opens no mail as root. */
function userOf(): User {
  const { username, uid } = userInfo();
  const name = uid === 0 ? 'nobody' : username;
  const ask = (what: string) => execFileSync('id', [what, name], { encoding: 'utf8' }).trim();
  return { name, group: ask('-gn'), uid: Number(ask('-u')), gid: Number(ask('-g')) };
}

function configuration(home: string, port: number, { name, group }: User): string {
  return `
base_dir = ${home}/base
state_dir = ${home}/state
log_path = ${home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = ${name}
default_internal_group = ${group}
default_login_user = ${name}
mail_location = maildir:${home}/mail/%u
mail_max_userip_connections = 100
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${home}/users
}
userdb {
  driver = static
  args = uid=${name} gid=${group} home=${home}/mail/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
`;
}

async function answering(port: number): Promise<void> {
  const end = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('data', () => resolve(true)).once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.once('data', () => socket.destroy());
    });
    if (isThere) return;
    if (Date.now() > end) throw new Error('Dovecot does not answer.');
    await sleep(100);
  }
}

/** Passes everything on, and knows which connections idle. */
async function startWay(to: number) {
  const connections = new Map<Socket, { isIdle: boolean }>();
  const server = createServer((client) => {
    const state = { isIdle: false };
    connections.set(client, state);
    const upstream = connect(to, '127.0.0.1');
    client.on('data', (data) => {
      const text = data.toString('latin1');
      if (/^DONE\r\n/im.test(text)) state.isIdle = false;
      if (/ IDLE\r\n/i.test(text)) state.isIdle = true;
    });
    client.pipe(upstream).pipe(client);
    const end = () => {
      connections.delete(client);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => [...connections.keys()].forEach((client) => client.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    idling: () => [...connections.values()].filter(({ isIdle }) => isIdle).length,
    cut,
    close: () => {
      cut();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
