import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { startApp, type RunningApp } from '../support/app';
import { API, guest } from '../support/shopper';
import { openStream } from '../support/sse';

const SHOP = 'https://shop.example';

describe('HTTP itself', () => {
  let muse: RunningApp;
  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api', CORS_ORIGINS: `${SHOP},http://localhost:5173` });
  });

  describe('from a browser', () => {
    it('may be asked by applications of the named origins, which see the headers they need', async () => {
      const { headers } = await muse.http.get(`${API}/products`).set('origin', SHOP).expect(200);
      expect(headers['access-control-allow-origin']).toBe(SHOP);
      expect(headers['vary']).toMatch(/Origin/i);
      expect(headers['access-control-allow-credentials']).toBeUndefined();
      for (const name of ['ETag', 'Retry-After', 'RateLimit', 'X-Request-Id', 'Idempotency-Replayed'])
        expect(headers['access-control-expose-headers']).toContain(name);
      const refused = await muse.http.get(`${API}/cart`).set('origin', 'http://localhost:5173').expect(401);
      expect(refused.headers['access-control-allow-origin']).toBe('http://localhost:5173');
    });

    it('asks first for what it may send, and is told', async () => {
      const { headers } = await muse.http
        .options(`${API}/cart/items`)
        .set({
          origin: SHOP,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        })
        .expect(204);
      expect(headers['access-control-allow-origin']).toBe(SHOP);
      expect(headers['access-control-allow-methods']).toBe('GET, POST, PUT, PATCH, DELETE');
      expect(headers['access-control-allow-headers']).toContain('Idempotency-Key');
      expect(headers['access-control-max-age']).toBe('600');
    });

    it.each([
      'https://evil.example',
      'https://shop.example.evil.example',
      'http://shop.example',
      `${SHOP}:444`,
      'null',
    ])('is not opened to %s', async (origin) => {
      for (const answer of [
        await muse.http.get(`${API}/products`).set('origin', origin),
        await muse.http.options(`${API}/cart`).set({ origin, 'access-control-request-method': 'GET' }),
      ])
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    });

    it('is opened to nobody unless the operator says so', async () => {
      const closed = await startApp({ MUSE_ROLE: 'api' });
      const { headers } = await closed.http.get(`${API}/products`).set('origin', SHOP).expect(200);
      expect(headers['access-control-allow-origin']).toBeUndefined();
      await closed.close();
    });
  });

  describe('security headers', () => {
    const ALWAYS = {
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    };

    it('come with every answer, problems and unknown routes too', async () => {
      for (const path of [`${API}/products`, `${API}/cart`, `${API}/nothing`]) {
        expect((await muse.http.get(path)).headers).toMatchObject(ALWAYS);
      }
      const { headers } = await muse.http.get(`${API}/products`);
      expect(headers['x-powered-by'] ?? headers['server']).toBeUndefined();
      expect(headers['strict-transport-security']).toBeUndefined();
    });

    it('ask for https where the address is one of https', async () => {
      const secure = await startApp({ MUSE_ROLE: 'api', PUBLIC_URL: 'https://muse.example' });
      const { headers } = await secure.http.get(`${API}/products`);
      expect(headers['strict-transport-security']).toBe('max-age=31536000');
      await secure.close();
    });

    it('let Swagger UI run its own scripts and styles, and nothing else', async () => {
      const page = await muse.http.get('/api/docs').expect(200);
      const policy = page.headers['content-security-policy'] as string;
      expect(policy).toContain("script-src 'self';");
      // Nothing that this policy would stop: no script in place, none from elsewhere.
      const scripts = [...page.text.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)];
      expect(scripts.length).toBeGreaterThanOrEqual(3);
      for (const [, attributes, inline] of scripts) {
        expect(inline!.trim()).toBe('');
        const source = /src="([^"]+)"/.exec(attributes!)![1]!;
        expect(source).not.toMatch(/^(https?:)?\/\//);
        await muse.http.get(new URL(source, `${muse.url}/api/docs`).pathname).expect(200);
      }
      expect(page.text).not.toMatch(/\son\w+=/);
    });
  });

  it.each(['/api/docs-json', '/api/docs-yaml', '/api/docs/swagger-ui-init.js'])(
    'answer %s from what was written once, and not again to whoever has it',
    async (path) => {
      const first = await muse.http.get(path).expect(200);
      const etag = first.headers['etag'] as string;
      expect(etag).toMatch(/^"[\w-]{43}"$/);
      const again = await muse.http.get(path).expect(200);
      expect([again.headers['etag'], again.text]).toEqual([etag, first.text]);
      const known = await muse.http.get(path).set('if-none-match', `"other", W/${etag}`).expect(304);
      expect(known.text).toBe('');
      await muse.http.get(path).set('if-none-match', '"other"').expect(200);
    },
  );

  describe('on the wire', () => {
    /** Sends raw bytes; gives what came back until the connection was closed, and after how many ms. */
    const send = (...parts: (string | { waitMs: number })[]) =>
      new Promise<{ text: string; ms: number }>((resolve, reject) => {
        const began = performance.now();
        const socket = connect(Number(new URL(muse.url).port), '127.0.0.1');
        let text = '';
        socket.setTimeout(20_000, () => reject(new Error(`Still open after 20 s: ${text}`)));
        socket.on('data', (data) => (text += data.toString()));
        socket.on('error', () => undefined);
        socket.on('close', () => {
          socket.destroy();
          resolve({ text, ms: performance.now() - began });
        });
        const next = (): void => {
          const part = parts.shift();
          if (part === undefined || socket.destroyed) return;
          if (typeof part === 'string') socket.write(part, next);
          else setTimeout(next, part.waitMs);
        };
        next();
      });
    const problemIn = (text: string): Record<string, unknown> => {
      expect(text).toContain('content-type: application/problem+json');
      return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;
    };

    it.each([
      ['no HTTP at all', 'hello\r\n\r\n', 400, 'bad_request'],
      ['a method that is none', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'bad_request'],
      [
        'two lengths',
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
        400,
        'bad_request',
      ],
      [
        'a length and chunks',
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        400,
        'bad_request',
      ],
      [
        'headers without end',
        `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${randomBytes(12_000).toString('hex')}\r\n\r\n`,
        431,
        'headers_too_large',
      ],
    ])('answers %s as a problem document', async (_, bytes, status, code) => {
      const { text } = await send(bytes);
      expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(text).toContain('connection: close');
      expect(problemIn(text)).toMatchObject({ type: `urn:muse:problem:${code}`, status, code, instance: '/' });
    });

    it.each([
      ['that cannot be read', '/mailboxes/callback/%zz', 400],
      ['that is too long', `/mailboxes/callback/${'x'.repeat(300)}`, 414],
      ['that is none of ours', '/nothing', 404],
      ['of another method', '/health/ready', 404, 'PATCH'],
    ])(
      'repeats of an address %s its path, never the code or state behind it',
      async (_, path, status, verb = 'GET') => {
        const line = `${verb} ${API}${path}?state=SECRET HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
        const { text } = await send(line);
        expect(problemIn(text)).toMatchObject({
          status,
          instance: `${API}${path}`,
          detail: expect.stringContaining(path) as string,
        });
        expect(text).not.toContain('SECRET');
      },
    );

    it('gives whoever sends headers or a body drop by drop up', async () => {
      const server = muse.app.getHttpServer();
      expect([server.headersTimeout, server.requestTimeout, server.timeout, server.keepAliveTimeout]).toEqual([
        10_000, 30_000, 60_000, 65_000,
      ]);
      const set = { headersTimeout: server.headersTimeout, requestTimeout: server.requestTimeout };
      Object.assign(server, { headersTimeout: 400, requestTimeout: 800 });
      try {
        const drops = Array.from({ length: 200 }, () => [{ waitMs: 100 }, 'X-A: b\r\n']).flat();
        const slowHeaders = await send('GET / HTTP/1.1\r\nHost: x\r\n', ...drops);
        const body = Array.from({ length: 200 }, () => [{ waitMs: 100 }, ' ']).flat();
        const slowBody = await send(
          `POST ${API}/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
          ...body,
        );
        for (const { text, ms } of [slowHeaders, slowBody]) {
          expect(problemIn(text)).toMatchObject({ status: 408, code: 'request_timeout' });
          // The server looks every two seconds.
          expect(ms).toBeLessThan(8_000);
        }
      } finally {
        Object.assign(server, set);
      }
    });

    it('gives up whoever says nothing, but no stream that has nothing to say', async () => {
      const shopper = await guest(muse);
      const server = muse.app.getHttpServer();
      const before = server.timeout;
      server.timeout = 500;
      try {
        const stream = await openStream(muse, shopper, '/cart/events');
        const silent = await send();
        expect(silent.text).toBe('');
        expect(silent.ms).toBeLessThan(5_000);
        await expect(stream.until(() => false, 1_500)).rejects.toThrow('did not send it in time');
        stream.close();
      } finally {
        server.timeout = before;
      }
    });

    it('takes no body larger than 1 MiB, with a length or in chunks', async () => {
      const large = JSON.stringify({ email: 'a'.repeat(1024 * 1024) });
      const { body } = await muse.http
        .post(`${API}/auth/login`)
        .set('content-type', 'application/json')
        .send(large)
        .expect(413);
      expect(body.code).toBe('body_too_large');
      const chunk = 'a'.repeat(64 * 1024);
      const chunks = Array.from({ length: 20 }, () => `${chunk.length.toString(16)}\r\n${chunk}\r\n`);
      const { text } = await send(
        `POST ${API}/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
        ...chunks,
        '0\r\n\r\n',
      );
      expect(text).toMatch(/^HTTP\/1.1 413 /);
    });
  });
});
