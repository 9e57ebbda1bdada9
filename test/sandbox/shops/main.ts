import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serverOf } from './http/server';
import { KINDS } from './kinds';
import { Shop } from './shop';
import type { Order } from './world/orders';

/**
 * A sandbox shop as a process of its own: KIND says which; see README.md. Prints one line of JSON when it is ready; ends
 * with its parent, whose end of standard input closes, or on SIGTERM.
 */
const { KIND = 'nordstrom', PORT = '0', FRAME_PORT = '0', STATE_FILE = '' } = process.env;
const manners = KINDS[KIND];
if (!manners) {
  console.error(`There is no shop of the kind ${KIND}: ${Object.keys(KINDS).join(', ')}.`);
  process.exit(1);
}
const shop = new Shop(KIND, manners);
const kept = STATE_FILE && existsSync(STATE_FILE) ? (JSON.parse(readFileSync(STATE_FILE, 'utf8')) as Kept) : null;
if (kept) shop.orders.restore(kept.orders);

/** From one start to the next in development: the orders, and where the shop is, which others have written down. */
interface Kept {
  port: number;
  framePort: number;
  orders: Order[];
}

const servers = [serverOf(shop), serverOf(shop)] as const;

async function begin(): Promise<void> {
  shop.url = await listen(servers[0], Number(PORT) || (kept?.port ?? 0));
  // The same shop at another origin: what it shows in frames comes from there.
  shop.frameUrl = await listen(servers[1], Number(FRAME_PORT) || (kept?.framePort ?? 0));
  save();
  console.log(JSON.stringify({ ready: true, what: manners!.name, kind: KIND, url: shop.url, frameUrl: shop.frameUrl }));
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((done, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      // Somebody else has the port of the last time: another will do.
      if (error.code === 'EADDRINUSE' && port === kept?.port) server.listen(0, '127.0.0.1');
      else failed(error);
    });
    server.listen(port, '127.0.0.1', () => done(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

function save(): void {
  if (STATE_FILE === '') return;
  const ports = { port: Number(new URL(shop.url).port), framePort: Number(new URL(shop.frameUrl).port) };
  // Written aside and moved: half a file would be worse than an old one.
  writeFileSync(`${STATE_FILE}.new`, JSON.stringify({ ...ports, orders: shop.orders.all() }), { mode: 0o600 });
  renameSync(`${STATE_FILE}.new`, STATE_FILE);
}

function stop(): void {
  save();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  process.exit(0);
}
process.once('SIGTERM', stop);
process.stdin.once('end', stop).once('close', stop).resume();
begin().catch((error: unknown) => {
  console.error('The sandbox shop cannot listen:', error);
  process.exit(1);
});
