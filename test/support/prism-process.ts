import { spawn } from 'node:child_process';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port';

/** Set by scripts/prism.mjs: the document that the end-to-end specs run through. */
export const PRISM_DOCUMENT = 'MUSE_TEST_PRISM_DOCUMENT';
/** Where Prism listens: set once it does. */
export const PRISM_URL = 'MUSE_TEST_PRISM_URL';
/** Set by scripts/prism.mjs: a pattern of the specs that do not run through it. */
export const NOT_THROUGH_PRISM = 'MUSE_TEST_NOT_THROUGH_PRISM';
/** Which application a request to Prism is meant for. It is taken out again before the application sees it. */
export const FOR_APP = 'x-muse-test-app';

const PRISM = join(__dirname, '../../node_modules/@stoplight/prism-cli/dist/index.js');

export interface Prism {
  url: string;
  stop(): Promise<void>;
}

/**
 * One Prism for the whole run: to read the document and to compile what it says takes half a minute of a processor, and every
 * test file has applications of its own. Behind it stands a relay that leads on to whichever a request names.
 */
export async function startPrism(document: string): Promise<Prism> {
  const relay = createServer((request, response) => {
    const headers = request.rawHeaders.filter((_, at, all) => all[at & ~1]!.toLowerCase() !== FOR_APP);
    pass(request, response, request.headers[FOR_APP] as string, headers);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const upstream = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
  const port = await freePort();
  const prism = spawn(
    process.execPath,
    [PRISM, 'proxy', document, upstream, '--errors', '--cors', 'false', '-p', String(port), '-v', 'silent'],
    { stdio: 'ignore' },
  );
  await listens(port, () => prism.exitCode === null);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      prism.kill();
      relay.closeAllConnections();
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}

async function listens(port: number, lives: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600 && lives(); tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(100);
  }
  throw new Error('Prism does not start.');
}

/** Leads a request on to a server, and its answer back as it comes. */
export function pass(
  request: IncomingMessage,
  response: ServerResponse,
  to: string,
  headers = request.rawHeaders,
): void {
  const outgoing = outgoingOf(request, to, headers);
  outgoing.on('error', () => response.destroy());
  outgoing.on('response', (answer) => {
    response.writeHead(answer.statusCode!, answer.rawHeaders);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  response.on('close', () => outgoing.destroy());
  request.pipe(outgoing);
}

/** The same request to a server, its body still to come. */
export function outgoingOf({ method, url: path }: IncomingMessage, to: string, headers: string[]) {
  const { hostname, port } = new URL(to);
  return send({ hostname, port, method, path, headers: headers as never, agent: false });
}
