import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type LookupFunction } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { OutgoingRefused, SafeClient } from '../../../src/platform/http-client';
import { readConfig } from '../../../src/platform/config';

const servers: Server[] = [];
const tcpServers: ReturnType<typeof createTcpServer>[] = [];
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
  for (const server of tcpServers.splice(0)) server.close();
  for (const made of clients.splice(0)) made.onModuleDestroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('SafeClient', () => {
  it.each([
    // Loopback: decimal, octal, hex, short, mixed, dotted at the end, full-width, percent-encoded.
    ...[
      '127.0.0.1',
      '127.1',
      '127.0.1',
      '2130706433',
      '0x7f000001',
      '0x7F.1',
      '0177.0.0.1',
      '017700000001',
      '0x7f.0.0.0x1',
    ],
    ...['127.0.0.1.', '127.255.255.254', '①②⑦.0.0.1', '１２７.0.0.1', '127。0。0。1', '%31%32%37.0.0.1'],
    ...['localhost', 'LOCALHOST', 'localhost.', 'ｌｏｃａｌｈｏｓｔ', 'x.localhost'],
    ...['0.0.0.0', '0', '0x0', '00.0.0.0', '[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]'],
    // IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, Teredo.
    ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', '[::127.0.0.1]', '[::7f00:1]'],
    ...['[64:ff9b::7f00:1]', '[64:ff9b::127.0.0.1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]'],
    // Private, shared, link-local, metadata, benchmark, documentation, multicast, reserved.
    ...['10.0.0.1', '167772161', '012.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '0xc0a80101'],
    ...['100.64.0.1', '100.127.255.255', '169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376'],
    ...['[::ffff:169.254.169.254]', '192.0.0.192', '198.18.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1'],
    ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    ...[
      '[fe80::1]',
      '[febf::1]',
      '[fec0::1]',
      '[fc00::1]',
      '[fd00::1]',
      '[fd00:ec2::254]',
      '[ff02::1]',
      '[2001:db8::1]',
    ],
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
    'http://user@example.com/',
    'http://:pass@example.com/',
    'http://127.0.0.1@example.com/',
    'http://example.com@127.0.0.1/',
    'gopher://example.com/',
    'javascript:alert(1)',
    'ws://example.com/',
    'unix:/var/run/docker.sock',
    'http://[::1',
    'http://256.256.256.256/',
    'http://exa mple.com/',
    '//example.com/',
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

  it('follows no redirect where it is told to refuse them, whatever the method', async () => {
    const url = await serve((request, answer) => {
      if (request.url === '/there') answer.end('there');
      else answer.writeHead(request.url === '/304' ? 304 : 302, { location: '/there' }).end();
    });
    for (const method of ['GET', 'POST'] as const) {
      expect(await refusal(client(url).fetch(`${url}/`, { method, redirects: 'refuse' }))).toBe('redirects');
    }
    expect(await refusal(client(url).fetch(`${url}/there`, { redirects: 'refuse' }))).toBe('answered');
    expect((await client(url).fetch(`${url}/304`, { redirects: 'refuse' })).status).toBe(304);
  });

  it('asks over https alone where it is told so, but in the sandbox', async () => {
    const url = await serve((_, answer) => answer.end('hello'));
    expect(await refusal(client(url).fetch(url, { onlyHttps: true }))).toBe('answered');
    expect(await refusal(client().fetch('http://example.com/', { onlyHttps: true }))).toBe('url');
  });

  it('says when a request went out: before, nobody has heard of it', async () => {
    const sent = async (url: string, sandbox: string) => {
      let said = 0;
      const outcome = await refusal(client(sandbox).fetch(url, { timeoutMs: 300, onSent: () => (said += 1) }));
      return [outcome.replace(/^other: .*(ECONN[A-Z]+).*$/, '$1'), said];
    };
    const url = await serve((request, answer) => {
      if (request.url === '/answers') answer.end('hello');
      if (request.url === '/breaks') request.socket.destroy();
    });
    expect(await sent(`${url}/answers`, url)).toEqual(['answered', 1]);
    expect(await sent(`${url}/hangs`, url)).toEqual(['timeout', 1]);
    expect((await sent(`${url}/breaks`, url))[1]).toBe(1);
    const gone = await serve(() => undefined);
    await new Promise((resolve) => servers.pop()!.close(resolve));
    expect(await sent(gone, gone)).toEqual(['ECONNREFUSED', 0]);
    expect(await sent(url, 'http://127.0.0.1:1')).toEqual(['address', 0]);
    // On a connection that was kept, too.
    const kept = client(url);
    let said = 0;
    for (let i = 0; i < 2; i++) await kept.fetch(`${url}/answers`, { onSent: () => (said += 1) });
    expect(said).toBe(2);
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

  it('waits for no answer from who goes over to another protocol', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      );
    });
    tcpServers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await refusal(client(url).fetch(url, { timeoutMs: 2_000 }))).toMatch(/another protocol/);
  });

  describe('with names that somebody else answers for', () => {
    class Resolving extends SafeClient {
      asked = 0;
      answers: string[][] = [];
      protected override readonly resolve: LookupFunction = (_hostname, options, done) => {
        const addresses = this.answers[Math.min(this.asked++, this.answers.length - 1)]!;
        const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        if (options.all) done(null, found);
        else done(null, found[0]!.address, found[0]!.family);
      };
    }
    const resolving = (...answers: string[][]): Resolving => {
      const made = new Resolving(readConfig({ NODE_ENV: 'test' }));
      made.answers = answers;
      clients.push(made);
      return made;
    };
    /** Public, and from nowhere that tests run to be reached. */
    const PUBLIC = '2001:4860:ffff::1';

    it.each([
      ...[['127.0.0.1'], ['::1'], ['10.0.0.1'], ['169.254.169.254'], ['100.64.0.1'], ['fd00::1'], ['::ffff:127.0.0.1']],
      ...[['::7f00:1'], ['0.0.0.0'], [PUBLIC, '127.0.0.1'], ['127.0.0.1', PUBLIC]],
    ])('connects to none that leads to a private address: %s %s', async (...addresses) => {
      const seen: string[] = [];
      const url = new URL(await serve((request, answer) => answer.end(seen.push(request.url!).toString())));
      const asked = resolving(addresses).fetch(`http://shop.example:${url.port}/`, { timeoutMs: 2_000 });
      expect([await refusal(asked), seen]).toEqual(['address', []]);
    });

    it.each([
      ...[['127.0.0.1'], ['::1'], ['10.0.0.1'], ['169.254.169.254'], ['::ffff:127.0.0.1'], ['0.0.0.0']],
      ...[
        [PUBLIC, '127.0.0.1'],
        ['127.0.0.1', PUBLIC],
      ],
    ])('gives nobody who connects by themselves a private address: %s %s', async (...addresses) => {
      expect(await refusal(resolving(addresses).addressOf('imap.example'))).toBe('address');
    });

    it('gives the address that it checked to whoever connects by themselves', async () => {
      await expect(resolving([PUBLIC]).addressOf('imap.example')).resolves.toBe(PUBLIC);
      await expect(client().addressOf('1.1.1.1')).resolves.toBe('1.1.1.1');
      for (const literal of ['127.0.0.1', '[::1]', '10.0.0.1'])
        expect(await refusal(client().addressOf(literal))).toBe('address');
    });

    it('connects to the very address that it checked: a name that changes its mind gains nothing', async () => {
      const seen: string[] = [];
      const url = new URL(await serve((request, answer) => answer.end(seen.push(request.url!).toString())));
      const rebinding = resolving([PUBLIC], ['127.0.0.1']);
      const address = `http://shop.example:${url.port}/`;
      expect(await refusal(rebinding.fetch(address, { timeoutMs: 300 }))).toMatch(/^timeout$|UNREACH|ECONN/);
      expect([rebinding.asked, seen]).toEqual([1, []]);
      expect(await refusal(rebinding.fetch(address, { timeoutMs: 2_000 }))).toBe('address');
      expect([rebinding.asked, seen]).toEqual([2, []]);
    });
  });

  it.each([
    ...['file:///etc/passwd', 'ftp://127.0.0.1/', 'data:text/plain,x', 'javascript:alert(1)'],
    ...['http://user:pass@example.com/', 'http://[::1'],
  ])('follows no redirect to %s', async (location) => {
    const url = await serve((_, answer) => answer.writeHead(302, { location }).end());
    expect(await refusal(client(url).fetch(url))).toBe('url');
  });

  it.each([
    ...['http://127.1/', 'http://0x7f000001/', '//2130706433/', 'http://[::ffff:7f00:1]/', 'http://localhost/'],
    ...['http://169.254.169.254/latest/meta-data/', 'https://10.0.0.1/'],
  ])('follows no redirect to %s, whatever the port', async (location) => {
    const url = await serve((_, answer) => answer.writeHead(301, { location }).end());
    // In the sandbox's own origin, 127.1 with its port would be the same place: without, it is another.
    expect(await refusal(client(url).fetch(url, { timeoutMs: 2_000 }))).toBe('address');
  });

  it('leaves a circle of redirects, and one that never ends', async () => {
    let asked = 0;
    const url = await serve((request, answer) => {
      asked += 1;
      answer
        .writeHead(302, { location: request.url === '/a' ? '/b' : request.url === '/b' ? '/a' : `/${asked}` })
        .end();
    });
    expect(await refusal(client(url).fetch(`${url}/a`))).toBe('redirects');
    expect(await refusal(client(url).fetch(`${url}/x`))).toBe('redirects');
    expect(asked).toBe(8);
  });

  it('does not unpack what it is sent packed: a bomb stays as small as it came', async () => {
    const bomb = Buffer.alloc(20 * 1024 * 1024);
    const packed = { gzip: gzipSync(bomb), br: brotliCompressSync(bomb), 'gzip, gzip': gzipSync(gzipSync(bomb)) };
    for (const [encoding, body] of Object.entries(packed)) {
      const url = await serve((request, answer) => {
        expect(request.headers['accept-encoding']).toBe('identity');
        answer.writeHead(200, { 'content-encoding': encoding }).end(body);
      });
      const answer = await client(url).fetch(url, { maxBytes: 100_000 });
      expect(answer.body.length).toBe(body.length);
    }
  });

  it('reads no flood of headers, no endless status line and no endless trailers', async () => {
    const tcp = async (write: (more: (text: string) => void) => void) => {
      const server = createTcpServer((socket) => {
        socket.on('error', () => undefined);
        write((text) => socket.writable && socket.write(text));
        const more = setInterval(() => write((text) => socket.writable && socket.write(text)), 1);
        socket.on('close', () => clearInterval(more));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      tcpServers.push(server);
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    let begun = new Set<unknown>();
    const first = (more: (text: string) => void, start: string) => {
      if (begun.size === 0) more(start);
      begun.add(more);
    };
    const floods: [string, (more: (text: string) => void) => void][] = [
      ['headers', (more) => (first(more, 'HTTP/1.1 200 OK\r\n'), more(`X-A: ${'x'.repeat(1_000)}\r\n`))],
      ['one header', (more) => (first(more, 'HTTP/1.1 200 OK\r\nX-A: '), more('x'.repeat(1_000)))],
      ['status', (more) => (first(more, 'HTTP/1.1 200 '), more('x'.repeat(1_000)))],
      [
        'trailers',
        (more) => (
          first(more, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n'),
          more(`X-A: ${'x'.repeat(1_000)}\r\n`)
        ),
      ],
    ];
    for (const [name, flood] of floods) {
      begun = new Set();
      const url = await tcp(flood);
      const outcome = await refusal(client(url).fetch(url, { timeoutMs: 3_000 }));
      expect([name, outcome]).toEqual([name, expect.stringMatching(/HPE_HEADER_OVERFLOW|Header overflow|Parse Error/)]);
    }
  });

  it('waits for no body that comes a byte at a time', async () => {
    const url = await serve((_, answer) => {
      answer.writeHead(200, { 'content-length': '1000000' });
      const drop = setInterval(() => answer.write('.'), 20);
      answer.on('close', () => clearInterval(drop));
    });
    const began = Date.now();
    expect(await refusal(client(url).fetch(url, { timeoutMs: 400 }))).toBe('timeout');
    expect(Date.now() - began).toBeLessThan(2_000);
  });

  it('gives an error status as an answer', async () => {
    const url = await serve((_, answer) => answer.writeHead(503).end('away'));
    expect((await client(url).fetch(url)).status).toBe(503);
  });
});
