import { Logger } from '@nestjs/common';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'puppeteer-core';
import type { Browsers } from '../../../src/platform/browser';
import { bundledChromium, hasBundledChromium } from '../../../src/platform/browser/bundled-chromium';
import { memoryOfTree } from '../../../src/platform/browser/process-memory';
import { HOSTILE_WAYS, hostile } from '../../sandbox/shops/pages/hostile';
import { insideSpellings, listenInside, makeBrowsers } from '../../support/browsers';
import { afterFile } from '../../support/cleanup';
import { servePages } from '../../support/page-server';
import { eventually } from '../../support/shopper';
import { serveTls } from '../../support/tls-server';

const RUN = { hosts: [], timeoutMs: 20_000 };
const isLinux = process.platform === 'linux';

const ROOT = join(__dirname, '../../..');

/** A browser that says what Chromium says where it may have no sandbox. */
async function systemWithoutSandbox(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'muse-no-sandbox-'));
  afterFile(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const { path, env } = hasBundledChromium ? await bundledChromium() : { path: process.env['BROWSER_PATH']!, env: {} };
  const set = Object.entries(env).map(([name, value]) => `${name}='${value}' `);
  const script = `#!/bin/sh
case "$*" in *--no-sandbox*|*--version*) exec env ${set.join('')}'${path}' "$@";; esac
echo '[1:1:0101/000000.000000:FATAL:zygote_host_impl_linux.cc(128)] No usable sandbox! If you are running on Ubuntu' >&2
exit 1
`;
  await writeFile(join(folder, 'chromium'), script, { mode: 0o755 });
  return join(folder, 'chromium');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What the spec itself says to a page. */
const heading = (page: Page) => page.$eval('h1', (element) => element.textContent);

describe('A run in the browser', () => {
  let shop: Awaited<ReturnType<typeof servePages>>;
  let browsers: Browsers;
  beforeAll(async () => {
    shop = await servePages({
      '/': '<h1>The shop</h1>',
      '/agent': '<h1></h1><script>document.querySelector("h1").textContent = navigator.userAgent</script>',
      '/cookie': '<h1></h1><script>document.querySelector("h1").textContent = document.cookie</script>',
      '/hung': '<h1>Hung</h1><script>setTimeout(() => { for (;;); }, 50)</script>',
      '/hog': `<h1>Hog</h1><script>const kept = []; setInterval(() => kept.push(new Uint8Array(32 << 20).fill(1)), 20)</script>`,
    });
    ({ browsers } = makeBrowsers({
      SANDBOX_ORIGINS: shop.origin,
      BROWSER_ABOUT_URL: 'https://muse.example/about',
      BROWSER_MEMORY_MB: '1024',
    }));
  });
  const inShop = <T>(work: (page: Page) => Promise<T>, more: { timeoutMs?: number } = {}) =>
    browsers.run({ ...RUN, hosts: [new URL(shop.origin).host], ...more }, work);
  const at = (page: Page, path: string) => page.goto(`${shop.origin}${path}`, { waitUntil: 'domcontentloaded' });

  it('sees its hosts, and says who comes', async () => {
    const said = await inShop(async (page) => {
      await at(page, '/agent');
      return heading(page);
    });
    expect(said).toMatch(/HeadlessChrome\/\d+\.0\.0\.0 Safari\/537\.36 Muse\/1 \(\+https:\/\/muse\.example\/about\)$/);
  });

  it('leaves nothing to the next but what it is given', async () => {
    const kept = await browsers.run({ ...RUN, hosts: [new URL(shop.origin).host] }, async (page, context) => {
      await at(page, '/');
      await page.evaluate('document.cookie = "session=mine"');
      return context.cookies();
    });
    const read = (cookies: typeof kept) =>
      browsers.run({ ...RUN, hosts: [new URL(shop.origin).host], cookies }, async (page) => {
        await at(page, '/cookie');
        return heading(page);
      });
    expect(await read([])).toBe('');
    expect(await read(kept)).toBe('session=mine');
  });

  it('is over when its time is, whatever its page does', async () => {
    const began = Date.now();
    const hung = inShop(
      async (page) => {
        await at(page, '/hung');
        await sleep(200);
        return page.evaluate('1');
      },
      { timeoutMs: 2_000 },
    );
    await expect(hung).rejects.toMatchObject({ name: 'BrowserFailed', reason: 'timeout' });
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(await inShop(async (page) => (await at(page, '/'), heading(page)))).toBe('The shop');
  });

  it('tells its work that the page is gone', async () => {
    let why: unknown;
    // Opening the page is of that time too, and takes a while beside other work.
    const run = browsers.run({ ...RUN, timeoutMs: 5_000 }, (_page, _context, signal) => {
      signal.addEventListener('abort', () => (why = signal.reason));
      return new Promise<void>(() => undefined);
    });
    await expect(run).rejects.toMatchObject({ reason: 'timeout' });
    expect(why).toMatchObject({ reason: 'timeout' });
  });

  (isLinux ? it : it.skip)('ends a page that takes too much memory, and no other', async () => {
    const neighbour = inShop(async (page) => {
      await at(page, '/');
      const hog = inShop(async (other) => {
        await at(other, '/hog');
        await new Promise(() => undefined);
      });
      await expect(hog).rejects.toMatchObject({ reason: 'memory' });
      return heading(page);
    });
    expect(await neighbour).toBe('The shop');
  });

  it('fails cleanly where the browser is killed, and the next has a new one', async () => {
    const before = browsers.pids;
    const run = inShop(async (page) => {
      await at(page, '/');
      for (const pid of browsers.pids) process.kill(pid, 'SIGKILL');
      await page.waitForSelector('#never');
    });
    await expect(run).rejects.toMatchObject({ reason: 'crashed' });
    expect(await inShop(async (page) => (await at(page, '/'), heading(page)))).toBe('The shop');
    expect(browsers.pids).toHaveLength(1);
    expect(browsers.pids).not.toEqual(before);
  });

  it('sends nothing a second time by itself once its connections were cut', async () => {
    const hits: string[] = [];
    const { origin } = await serveTls((request, response) => {
      hits.push(request.method!);
      if (request.method === 'POST') request.socket.destroy();
      else response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Order</h1>');
    });
    const { browsers } = makeBrowsers({ SANDBOX_ORIGINS: origin });
    const order = (cuts: boolean) =>
      browsers.run({ ...RUN, hosts: [new URL(origin).host] }, async (page, _context, _signal, { cutConnections }) => {
        const session = await page.createCDPSession();
        await session.send('Security.setIgnoreCertificateErrors', { ignore: true });
        await page.goto(origin);
        hits.length = 0;
        if (cuts) cutConnections();
        return page.evaluate('fetch("/", { method: "POST", body: "x" }).catch(() => "failed")');
      });
    expect(await order(true)).toBe('failed');
    expect(hits).toEqual(['POST']);
    // What it is needed for: a browser does so with a connection that it has used.
    await order(false);
    expect(hits.length).toBeGreaterThan(1);
  });

  it('throws what its work throws', async () => {
    await expect(inShop(() => Promise.reject(new Error('of the work')))).rejects.toThrow('of the work');
  });

  (isLinux ? it : it.skip)('has a sandbox, and is nobody where Muse is root', async () => {
    await inShop(async (page) => {
      await at(page, '/');
      const renderer = memoryOfTree(browsers.pids[0]!).find(({ isOfPages }) => isOfPages)!;
      const status = readFileSync(`/proc/${renderer.pid}/status`, 'utf8');
      // 2: system calls are filtered.
      expect(/^Seccomp:\s+(\d)/m.exec(status)?.[1]).toBe('2');
      expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
    });
  });
});

describe('The runs of a process', () => {
  it('are bounded: the others wait, and too many are refused', async () => {
    const { browsers } = makeBrowsers({ BROWSER_CONTEXTS_MAX: '2', BROWSER_QUEUE_MAX: '3' });
    let [now, most] = [0, 0];
    const open: (() => void)[] = [];
    const work = async () => {
      most = Math.max(most, (now += 1));
      await new Promise<void>((resolve) => open.push(resolve));
      now -= 1;
    };
    const runs = Array.from({ length: 5 }, () => browsers.run(RUN, work));
    await expect(browsers.run(RUN, work)).rejects.toMatchObject({ reason: 'busy' });
    // Both places are taken before the first of them is given up.
    await eventually(() => Promise.resolve(open.length === 2), 25_000);
    for (let done = 0; done < 5; done++) (await eventually(() => Promise.resolve(open.shift())))();
    await Promise.all(runs);
    expect(most).toBe(2);
    expect(browsers.pids.length).toBeLessThanOrEqual(1);
  });

  it('lend their place while they wait for somebody, to as many as there are places', async () => {
    const { browsers } = makeBrowsers({ BROWSER_CONTEXTS_MAX: '1', BROWSER_IDLE_SECONDS: '1' });
    let answer!: (said: string) => void;
    const answered = new Promise<string>((resolve) => (answer = resolve));
    let isAsked!: () => void;
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    const asks = browsers.run(RUN, (page, _context, _signal, { lending }) =>
      lending(() => (isAsked(), answered)).then(async (said) => [said, await page.evaluate('1 + 1')]),
    );
    await asked;
    const wants = { ...RUN, waitMs: 5_000 };
    expect(await browsers.run(wants, () => Promise.resolve('served'))).toBe('served');
    // One is lent already: this one keeps its place while it waits.
    const second = browsers.run(wants, (_page, _context, _signal, { lending }) => lending(() => answered));
    await expect(browsers.run({ ...RUN, waitMs: 300 }, () => Promise.resolve())).rejects.toMatchObject({
      reason: 'busy',
    });
    // Longer than an idle browser stays: the one that is waited in is not idle.
    await sleep(1_500);
    answer('a code');
    expect(await asks).toEqual(['a code', 2]);
    expect(await second).toBe('a code');
    expect(await browsers.run(wants, () => Promise.resolve('served'))).toBe('served');
  });

  it('that lose their page while they wait lend nothing any more', async () => {
    const { browsers } = makeBrowsers({ BROWSER_CONTEXTS_MAX: '1', BROWSER_IDLE_SECONDS: '1' });
    const never = new Promise<void>(() => undefined);
    const late = browsers.run({ ...RUN, timeoutMs: 3_000 }, (_page, _context, _signal, { lending }) =>
      lending(() => never),
    );
    await expect(late).rejects.toMatchObject({ reason: 'timeout' });
    const first = browsers.run(RUN, () => sleep(600));
    await expect(browsers.run({ ...RUN, waitMs: 200 }, () => Promise.resolve())).rejects.toMatchObject({
      reason: 'busy',
    });
    await first;
    await eventually(() => Promise.resolve(browsers.pids.length === 0));
  });

  it('are a hundred without an error, and nothing is held when they are through', async () => {
    const shop = await servePages({ '/': '<h1>The shop</h1>', '/next': '<h1>Next</h1>' });
    const { browsers } = makeBrowsers({
      SANDBOX_ORIGINS: shop.origin,
      BROWSER_RUNS_MAX: '40',
      BROWSER_IDLE_SECONDS: '1',
    });
    const held = () => memoryOfTree(process.pid).reduce((sum, { bytes }) => sum + bytes, 0);
    const hosts = [new URL(shop.origin).host];
    let [now, most, mostBrowsers] = [0, 0, 0];
    const once = () =>
      browsers.run({ hosts, timeoutMs: 60_000, waitMs: 200_000 }, async (page) => {
        most = Math.max(most, (now += 1));
        mostBrowsers = Math.max(mostBrowsers, browsers.pids.length);
        await page.goto(`${shop.origin}/`, { waitUntil: 'domcontentloaded' });
        await page.goto(`${shop.origin}/next`, { waitUntil: 'domcontentloaded' });
        now -= 1;
        return heading(page);
      });
    const base = held();
    const said = await Promise.all(Array.from({ length: 100 }, once));
    expect(said).toEqual(Array.from({ length: 100 }, () => 'Next'));
    expect(most).toBe(4);
    // One that takes its leave may stand beside the next.
    expect(mostBrowsers).toBeLessThanOrEqual(2);
    await eventually(() => Promise.resolve(browsers.pids.length === 0));
    await eventually(() => Promise.resolve(!isLinux || held() < base * 1.2), 120_000);
  }, 300_000);

  it('do not wait longer than they want', async () => {
    const { browsers } = makeBrowsers({ BROWSER_CONTEXTS_MAX: '1' });
    await browsers.run(RUN, () =>
      expect(browsers.run({ ...RUN, waitMs: 100 }, () => Promise.resolve())).rejects.toMatchObject({ reason: 'busy' }),
    );
  });

  it('have a new browser after so many, and none when nobody needs it', async () => {
    const { browsers } = makeBrowsers({ BROWSER_RUNS_MAX: '2', BROWSER_IDLE_SECONDS: '1' });
    const seen = new Set<number>();
    for (let run = 0; run < 4; run++) {
      await browsers.run(RUN, () => Promise.resolve(seen.add(browsers.pids[0]!)));
      expect(browsers.pids.length).toBeLessThanOrEqual(1);
    }
    expect(seen.size).toBe(2);
    await browsers.run(RUN, () => Promise.resolve());
    await eventually(() => Promise.resolve(browsers.pids.length === 0));
  });

  it('end with the process: none is begun, and those that wait hear of it', async () => {
    const { browsers, shutdown } = makeBrowsers({ BROWSER_CONTEXTS_MAX: '1' });
    const never = () => new Promise<void>(() => undefined);
    const first = browsers.run(RUN, never);
    const second = browsers.run(RUN, never);
    first.catch(() => undefined);
    await eventually(() => Promise.resolve(browsers.pids.length === 1));
    shutdown.begin();
    await expect(second).rejects.toMatchObject({ reason: 'closing' });
    await expect(browsers.run(RUN, never)).rejects.toMatchObject({ reason: 'closing' });
    await browsers.onApplicationShutdown();
    await expect(first).rejects.toMatchObject({ reason: 'closing' });
    expect(browsers.pids).toEqual([]);
  });

  it('are refused, or done after a warning, where the system allows no sandbox', async () => {
    const path = await systemWithoutSandbox();
    const strict = makeBrowsers({ BROWSER_PATH: path, BROWSER_SANDBOX: 'required' });
    await expect(strict.browsers.run(RUN, () => Promise.resolve())).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('No usable sandbox!') as string,
    });
    const warned: string[] = [];
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation((text: string) => void warned.push(text));
    try {
      const { browsers } = makeBrowsers({ BROWSER_PATH: path, BROWSER_RUNS_MAX: '1' });
      for (let run = 0; run < 2; run++) expect(await browsers.run(RUN, (page) => page.evaluate('6 * 7'))).toBe(42);
    } finally {
      warn.mockRestore();
    }
    expect(warned).toEqual([
      expect.stringMatching(/without its sandbox.*No usable sandbox!.*BROWSER_SANDBOX=required/),
    ]);
  });

  it('leave no browser behind when their process is killed', async () => {
    const child = spawn(process.execPath, ['-r', './scripts/ts.cjs', 'test/support/hold-a-browser.ts'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await eventually(() => Promise.resolve(!isAlive(pid)));
    const left = async () => (await readdir(tmpdir())).some((name) => name.startsWith(`muse-browser-${child.pid}-`));
    const { browsers } = makeBrowsers();
    await browsers.run(RUN, async () => expect(await left()).toBe(false));
  });

  it('are of workers only', async () => {
    const { browsers } = makeBrowsers({ MUSE_ROLE: 'api' });
    await expect(browsers.run(RUN, () => Promise.resolve())).rejects.toMatchObject({ reason: 'unavailable' });
  });

  it('are refused with the reason where there is no browser', async () => {
    const { browsers } = makeBrowsers({ BROWSER_PATH: '/nowhere/chromium' });
    await expect(browsers.run(RUN, () => Promise.resolve())).rejects.toMatchObject({ reason: 'unavailable' });
  });
});

describe('A hostile page', () => {
  const EXTRA = `
    for (const base of window.reachFor) {
      const name = new URL(base).host.replace(/[^a-z0-9]/g, '-');
      for (const rel of ['dns-prefetch', 'prerender', 'modulepreload', 'manifest', 'icon']) {
        const link = document.createElement('link');
        link.rel = rel;
        link.href = base + '/' + rel;
        document.head.append(link);
      }
      fetch('/away?to=' + encodeURIComponent(base + '/redirected'), { mode: 'no-cors' }).catch(() => undefined);
      try { new WebTransport(base.replace('http:', 'https:') + '/webtransport').ready.catch(() => undefined); } catch {}
      try { new SharedWorker(base + '/sharedworker'); } catch {}
      const frame = document.createElement('iframe');
      document.body.append(frame);
      // A frame of its own has abilities of its own.
      try {
        const peer = new frame.contentWindow.RTCPeerConnection({ iceServers: [
          { urls: 'stun:' + new URL(base).host }, { urls: 'turn:' + new URL(base).host + '?transport=tcp', username: 'u', credential: 'c' },
        ] });
        peer.createDataChannel('out');
        peer.createOffer().then((offer) => peer.setLocalDescription(offer)).catch(() => undefined);
      } catch {}
    }
    document.title = 'tried';`;

  async function serveHostile(page: string): Promise<{ origin: string; server: Server }> {
    const server = createServer((request, response) => {
      const to = new URL(request.url!, 'http://x').searchParams.get('to');
      if (to) response.writeHead(302, { location: to }).end();
      else response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterFile(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
  }

  it('reaches nothing but its own hosts, by no way and in no spelling', async () => {
    const inside = await listenInside();
    const targets = insideSpellings().map((host) => `http://${host}:${inside.port}`);
    const { origin } = await serveHostile(
      `<!doctype html><title>hostile</title><body>${hostile(targets).text}<script>${EXTRA}</script></body>`,
    );
    const { browsers } = makeBrowsers({ SANDBOX_ORIGINS: origin });
    const refused: string[] = [];
    const run = { hosts: [new URL(origin).host], timeoutMs: 60_000, onRefused: (host: string) => refused.push(host) };
    await browsers.run(run, async (page, context) => {
      await page.goto(origin, { waitUntil: 'domcontentloaded' });
      const tried = await page.evaluate('[window.tried, document.title]');
      expect(tried).toEqual([targets.length * HOSTILE_WAYS.length, 'tried']);
      // Each spelling has asked the proxy, by several ways: what follows is not true for want of trying.
      await eventually(
        () => Promise.resolve(new Set(refused).size >= 6 && refused.length > 5 * targets.length),
        20_000,
      );
      expect((await context.pages()).length).toBe(1);
      // The page itself goes there.
      for (const target of targets) await page.goto(`${target}/navigated`, { timeout: 5_000 }).catch(() => undefined);
    });
    expect(inside.reached).toEqual([]);
  });

  it('is told nothing by a name that leads inside', async () => {
    const inside = await listenInside();
    const { browsers } = makeBrowsers();
    // It may be reached, but the rules of outgoing requests say where.
    const run = { hosts: [`localhost:${inside.port}`, `127.0.0.1:${inside.port}`], timeoutMs: 20_000 };
    await browsers.run(run, async (page) => {
      for (const [host, path] of ['localhost', '127.0.0.1'].flatMap(
        (one) =>
          [
            [one, '/'],
            [one, '/socket'],
          ] as const,
      )) {
        await page.goto(`http://${host}:${inside.port}${path}`, { timeout: 5_000 }).catch(() => undefined);
        await page
          .evaluate(
            `new Promise((done) => { const s = new WebSocket('ws://${host}:${inside.port}'); s.onopen = s.onerror = done; }).then(() => 0)`,
          )
          .catch(() => undefined);
      }
    });
    expect(inside.reached).toEqual([]);
  });
});
