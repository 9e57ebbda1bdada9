import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OutgoingRefused, SafeClient } from '../../../src/platform/http-client';
import { readConfig } from '../../../src/platform/config';

const servers: Server[] = [];
const clients: SafeClient[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function client(...sandboxOrigins: string[]): SafeClient {
  const made = new SafeClient(readConfig({ NODE_ENV: 'test', SANDBOX_ORIGINS: sandboxOrigins.join(',') }));
  clients.push(made);
  return made;
}

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    (error: unknown) => (error instanceof OutgoingRefused ? error.reason : `other: ${String(error)}`),
  );

afterEach(async () => {
  for (const made of clients.splice(0)) made.onModuleDestroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('SafeClient', () => {
  it.each([
    ...[
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
    ],
    ...[
      '0.0.0.0',
      '[::]',
      '127.0.0.1.',
      '①②⑦.0.0.1',
      '10.0.0.1',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '[fe80::1]',
      '[fd00::1]',
    ],
    ...['100.64.0.1', '[64:ff9b::7f00:1]', '[2002:7f00:1::]'],
  ])('connects to no private address: %s', async (host) => {
    const url = new URL(await serve((_, answer) => answer.end('secret')));
    const asked = client().fetch(`http://${host}:${url.port}/`, { timeoutMs: 2_000 });
    // What is no address in this place either does not resolve, or was refused: it never answers.
    expect(await refusal(asked)).toMatch(/^address$|ENOTFOUND|EAI_AGAIN/);
  });

  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'http://user:pass@example.com/',
    'nonsense',
    '',
  ])('refuses %j as an address', async (url) => {
    expect(await refusal(client().fetch(url))).toBe('url');
  });

  it('reaches an origin of the sandbox, and only exactly that one', async () => {
    const sandbox = await serve((_, answer) => answer.end('hello'));
    const neighbour = await serve((_, answer) => answer.end('secret'));
    const answer = await client(sandbox).fetch(`${sandbox}/goods`);
    expect([answer.status, answer.body.toString(), answer.url]).toEqual([200, 'hello', `${sandbox}/goods`]);
    expect(await refusal(client(sandbox).fetch(neighbour))).toBe('address');
    expect(await refusal(client(sandbox).fetch(sandbox.replace('127.0.0.1', 'localhost')))).toBe('address');
  });

  it('checks where a redirect leads, and leaves tokens behind when it leaves the origin', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((request, answer) => {
      seen.push(request.headers.authorization);
      answer.end('there');
    });
    const secret = await serve((_, answer) => answer.end('secret'));
    const first = await serve((request, answer) => {
      answer
        .writeHead(302, { location: request.url === '/in' ? secret : request.url === '/out' ? other : '/out' })
        .end();
    });
    const both = client(first, other);
    expect(await refusal(both.fetch(`${first}/in`))).toBe('address');
    const answer = await both.fetch(first, { headers: { Authorization: 'Bearer x' } });
    expect([answer.body.toString(), answer.url, seen]).toEqual(['there', `${other}/`, [undefined]]);
  });

  it('follows three redirects and not a fourth, and none with a body', async () => {
    const url = await serve((request, answer) => {
      const left = Number(request.url!.slice(1));
      if (left > 0) answer.writeHead(307, { location: `/${left - 1}` }).end();
      else answer.end('end');
    });
    expect((await client(url).fetch(`${url}/3`)).body.toString()).toBe('end');
    expect(await refusal(client(url).fetch(`${url}/4`))).toBe('redirects');
    expect((await client(url).fetch(`${url}/1`, { method: 'POST', body: '{}' })).status).toBe(307);
  });

  it('waits no longer and reads no more than it was told', async () => {
    const url = await serve((request, answer) => {
      if (request.url === '/silent') return;
      answer.writeHead(200);
      if (request.url === '/slow') answer.write('.');
      if (request.url === '/endless') {
        const more = setInterval(() => answer.write('x'.repeat(10_000)), 1);
        answer.on('close', () => clearInterval(more));
      }
      if (request.url === '/exact') answer.end('x'.repeat(1_000));
    });
    expect(await refusal(client(url).fetch(`${url}/silent`, { timeoutMs: 200 }))).toBe('timeout');
    expect(await refusal(client(url).fetch(`${url}/slow`, { timeoutMs: 200 }))).toBe('timeout');
    expect(await refusal(client(url).fetch(`${url}/endless`, { maxBytes: 50_000 }))).toBe('size');
    expect(await refusal(client(url).fetch(`${url}/exact`, { maxBytes: 1_000 }))).toBe('answered');
    expect(await refusal(client(url).fetch(`${url}/exact`, { maxBytes: 999 }))).toBe('size');
  });

  it('gives an error status as an answer', async () => {
    const url = await serve((_, answer) => answer.writeHead(503).end('away'));
    expect((await client(url).fetch(url)).status).toBe(503);
  });
});
