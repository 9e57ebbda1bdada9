import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Browsers } from '../../src/platform/browser';
import { readConfig } from '../../src/platform/config';
import { Shutdown } from '../../src/platform/http';
import { SafeClient } from '../../src/platform/http-client';
import { Metrics } from '../../src/platform/metrics';
import { afterFile } from './cleanup';

/** The pool of a worker process, closed after the test file at the latest. */
export function makeBrowsers(env: Record<string, string> = {}): { browsers: Browsers; shutdown: Shutdown } {
  const config = readConfig({ NODE_ENV: 'test', ...env });
  const shutdown = new Shutdown();
  const browsers = new Browsers(config, new SafeClient(config), new Metrics(config), shutdown);
  afterFile(() => browsers.onApplicationShutdown());
  return { browsers, shutdown };
}

/** Something inside the network, by TCP and UDP, on every address of this machine: what reaches it is written down. */
export async function listenInside(): Promise<{ port: number; reached: string[] }> {
  const reached: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    reached.push(`tcp from ${socket.remoteAddress} to ${socket.localAddress}`);
    socket.once('data', (data) => reached.push(data.toString('latin1').slice(0, 60)));
  });
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  const { port } = server.address() as AddressInfo;
  const datagrams = createSocket('udp6');
  datagrams.on('message', (_, from) => reached.push(`udp from ${from.address}`));
  await new Promise<void>((resolve) => datagrams.bind(port, '::', resolve));
  afterFile(async () => {
    for (const socket of sockets) socket.destroy();
    datagrams.close();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port, reached };
}

/** How a page may write addresses of this machine and of its neighbours. */
export function insideSpellings(): string[] {
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
  return [
    ...['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '0.0.0.0', '127.0.0.1.'],
    ...['[::1]', '[::]', '[::ffff:127.0.0.1]', 'a.localhost', ...own],
  ];
}
