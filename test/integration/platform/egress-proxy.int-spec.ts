import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import { connect, createServer as createRawServer, type AddressInfo, type Socket } from 'node:net';
import { EgressProxy } from '../../../src/platform/browser/egress-proxy';
import { readConfig } from '../../../src/platform/config';
import { SafeClient } from '../../../src/platform/http-client';
import { listenInside } from '../../support/browsers';
import { afterFile } from '../../support/cleanup';

/** A site that says what it was asked, sets two cookies, and echoes what comes over another protocol. */
async function openSite(): Promise<{ host: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((incoming, answer) => {
    asked.push(incoming);
    let body = '';
    incoming.on('data', (part) => (body += String(part)));
    incoming.on('end', () => {
      answer.writeHead(200, [
        ...['content-type', 'text/plain', 'set-cookie', 'a=1', 'set-cookie', 'b=2'],
        ...['keep-alive', 'timeout=99'],
      ]);
      answer.end(`${incoming.method} ${incoming.url} ${body}`);
    });
  });
  server.on('upgrade', (_incoming, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n');
    socket.on('error', () => undefined).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function openProxy(hosts: string[], sandbox: string[] = hosts) {
  const client = new SafeClient(
    readConfig({ NODE_ENV: 'test', SANDBOX_ORIGINS: sandbox.map((host) => `http://${host}`).join(',') }),
  );
  afterFile(() => Promise.resolve(client.onModuleDestroy()));
  const refused: string[] = [];
  const proxy = await EgressProxy.open(client, hosts, (host) => refused.push(host));
  afterFile(() => proxy.close());
  const { hostname, port } = new URL(proxy.address);
  /** What it answers to these very bytes: the first line. */
  const says = async (text: string): Promise<string> => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined).write(text);
    const [data] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])) as [unknown];
    socket.destroy();
    return String(data).split('\r\n')[0]!;
  };
  return { proxy, refused, says, at: { host: hostname, port } };
}

/** A site that answers every request with these bytes. */
async function openRawSite(bytes: string): Promise<string> {
  const server = createRawServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(bytes, 'latin1'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(() => new Promise((resolve) => server.close(() => resolve())));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('The way out of a run', () => {
  it.each([
    ['a number that no answer has', 'HTTP/1.1 099 No', 'HTTP/1.1 502 Bad Gateway'],
    ['words that no server may write', 'HTTP/1.1 200 O\x01K', 'HTTP/1.1 200 OK'],
  ])('outlives an answer whose status has %s', async (_, line, passedOn) => {
    const host = await openRawSite(`${line}\r\ncontent-length: 2\r\n\r\nhi`);
    const { says } = await openProxy([host]);
    for (let times = 0; times < 2; times += 1)
      expect(await says(`GET http://${host}/ HTTP/1.1\r\nhost: ${host}\r\n\r\n`)).toBe(passedOn);
  });

  it('passes plain requests on whole, and keeps what is between two neighbours', async () => {
    const site = await openSite();
    const { at } = await openProxy([site.host]);
    const asking = request({
      ...at,
      method: 'POST',
      path: `http://${site.host}/cart?x=1`,
      headers: {
        'proxy-authorization': 'Basic eA==',
        'proxy-connection': 'keep-alive',
        'x-own': 'yes',
        host: 'other.example',
      },
    });
    asking.end('two lines');
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    let body = '';
    for await (const part of answer) body += String(part);
    expect([answer.statusCode, body]).toEqual([200, 'POST /cart?x=1 two lines']);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(answer.headers['keep-alive']).not.toBe('timeout=99');
    const { headers } = site.asked[0]!;
    expect(headers).toMatchObject({ host: site.host, 'x-own': 'yes' });
    expect(headers).not.toHaveProperty('proxy-authorization');
    expect(headers).not.toHaveProperty('proxy-connection');
  });

  it('passes a tunnel on, whatever is said in it', async () => {
    const site = await openSite();
    const { proxy, at } = await openProxy([site.host]);
    const asking = request({ ...at, method: 'CONNECT', path: site.host });
    asking.end();
    const [answer, socket] = (await once(asking, 'connect')) as [IncomingMessage, Socket];
    expect(answer.statusCode).toBe(200);
    socket.write(`GET /socket HTTP/1.1\r\nhost: ${site.host}\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n`);
    const [upgraded] = (await once(socket, 'data')) as [Buffer];
    expect(upgraded.toString()).toMatch(/^HTTP\/1\.1 101 /);
    socket.write('hello');
    const [echo] = (await once(socket, 'data')) as [Buffer];
    expect(echo.toString()).toBe('hello');
    socket.on('error', () => undefined);
    await Promise.all([once(socket, 'close'), proxy.close()]);
  });

  it('leads to no other host, nor to another port of the same', async () => {
    const site = await openSite();
    const inside = await listenInside();
    const { says, refused } = await openProxy([site.host, 'shop.example']);
    const others = [
      ...[`127.0.0.1:${inside.port}`, `localhost:${inside.port}`, `2130706433:${inside.port}`, `0x7f.1:${inside.port}`],
      ...[`[::1]:${inside.port}`, `[::ffff:127.0.0.1]:${inside.port}`, `127.0.0.1.:${inside.port}`],
      ...[`shop.example:${inside.port}`, 'shop.example:22', 'www.shop.example:443', `x@127.0.0.1:${inside.port}`],
      ...['169.254.169.254:80', 'metadata.google.internal:80', '127.0.0.1', '', '/', ':', '%31:80'],
    ];
    for (const other of others) {
      expect(await says(`CONNECT ${other} HTTP/1.1\r\nhost: ${site.host}\r\n\r\n`)).toMatch(
        /^(HTTP\/1\.1 (403|400) |$)/,
      );
      expect(await says(`GET http://${other}/ HTTP/1.1\r\nhost: ${site.host}\r\n\r\n`)).toMatch(
        /^(HTTP\/1\.1 (403|400) |$)/,
      );
    }
    for (const target of ['/', '*', `https://${site.host}/`, `ftp://${site.host}/`, 'file:///etc/passwd'])
      expect(await says(`GET ${target} HTTP/1.1\r\nhost: ${site.host}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403 /);
    expect(refused).toContain('169.254.169.254');
    expect(inside.reached).toEqual([]);
    expect(site.asked).toEqual([]);
  });

  it('leads to no private address by a host of the run either', async () => {
    const inside = await listenInside();
    const hosts = [
      `127.0.0.1:${inside.port}`,
      `localhost:${inside.port}`,
      `[::1]:${inside.port}`,
      '10.0.0.1',
      '0.0.0.0:80',
    ];
    const { says } = await openProxy(hosts, []);
    for (const host of hosts.map((one) => (/:\d+$/.test(one) ? one : `${one}:80`))) {
      expect(await says(`CONNECT ${host} HTTP/1.1\r\nhost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 502 /);
      expect(await says(`GET http://${host}/ HTTP/1.1\r\nhost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 502 /);
    }
    expect(inside.reached).toEqual([]);
  });

  it('is shut with its run: what is open breaks, and nothing new begins', async () => {
    const site = await openSite();
    const { proxy, says } = await openProxy([site.host]);
    await proxy.close();
    await expect(says(`CONNECT ${site.host} HTTP/1.1\r\nhost: x\r\n\r\n`)).rejects.toThrow('ECONNREFUSED');
  });
});
