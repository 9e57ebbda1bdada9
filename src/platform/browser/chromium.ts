import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { Browser } from 'puppeteer-core';
import { BrowserFailed } from './browser-failed';
import { bundledChromium, hasBundledChromium, type Executable } from './bundled-chromium';
import { PipeTransport } from './pipe-transport';

const START_MS = 30_000;
const CLOSE_MS = 3_000;
/** A call to the browser that takes longer is lost: no page is waited for so long at once. */
const PROTOCOL_MS = 60_000;
/** The account that owns nothing, on every Linux. */
const NOBODY = 65_534;
const PROFILE = 'muse-browser-';
const MAX_STDERR = 16 * 1024;
const VIEWPORT = { width: 1280, height: 900 };

/** A context of a run brings its own proxy; whatever else the browser would like to tell somebody leads nowhere. */
const NOWHERE = 'http://nowhere.invalid:1';

/** Nothing of this process's environment: there are secrets in it. */
const PLAIN = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'en_US.UTF-8' };

const ARGUMENTS = [
  // Only proxies are reached, on loopback, and names are theirs to look up.
  ...[`--proxy-server=${NOWHERE}`, '--proxy-bypass-list=<-loopback>'],
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  // What would go around a proxy.
  ...['--disable-quic', '--force-webrtc-ip-handling-policy=disable_non_proxied_udp', '--dns-prefetch-disable'],
  // What it does by itself, and what a page would ask a person for.
  ...['--disable-component-update', '--disable-domain-reliability', '--no-pings', '--no-default-browser-check'],
  ...['--deny-permission-prompts', '--disable-notifications', '--disable-speech-api', '--block-new-web-contents'],
  ...['--disable-gpu', '--disable-software-rasterizer'],
];
/** Of puppeteer's own, for pages that are trusted. */
const NOT_HERE = new Set(['--disable-popup-blocking', '--disable-ipc-flooding-protection']);

export interface ChromiumOptions {
  path?: string;
  sandbox: 'auto' | 'required';
  /** What the user agent ends with. */
  sign: string;
  /** Further arguments, of tests. */
  more?: string[];
}

/** One Chromium, with all its processes. */
export class Chromium {
  isGone = false;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly child: ChildProcess,
    readonly browser: Browser,
    private readonly ended: Promise<void>,
    /** Why it has no sandbox, where it has none. */
    readonly unsandboxed: string | undefined,
  ) {
    void ended.then(() => (this.isGone = true));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Throws BrowserFailed (`unavailable`). */
  static async start(options: ChromiumOptions): Promise<Chromium> {
    const executable = await executableOf(options.path);
    const version = await versionOf(executable);
    const args = [...ARGUMENTS, `--user-agent=${userAgentOf(version, options.sign)}`, ...(options.more ?? [])];
    const isRoot = process.getuid?.() === 0;
    let why = 'this process is root';
    // Root's browser gives up being root first.
    try {
      return await Chromium.spawn(executable, args, isRoot ? NOBODY : undefined, undefined);
    } catch (error) {
      if (!(error instanceof NotStarted) || !error.isOfSandbox) throw unavailable(error);
      why = error.message;
    }
    if (options.sandbox === 'required') {
      throw new BrowserFailed(
        'unavailable',
        `The system does not allow the browser's sandbox, which is required: ${why}`,
      );
    }
    return Chromium.spawn(executable, [...args, '--no-sandbox'], undefined, why).catch((error: unknown) => {
      throw unavailable(error);
    });
  }

  private static async spawn(
    { path, env }: Executable,
    args: string[],
    account: number | undefined,
    unsandboxed: string | undefined,
  ): Promise<Chromium> {
    sweepProfiles();
    const profile = await mkdtemp(join(tmpdir(), `${PROFILE}${process.pid}-`));
    if (account !== undefined) chownSync(profile, account, account);
    const puppeteer = await library();
    const all = puppeteer
      .defaultArgs({
        headless: 'shell',
        userDataDir: profile,
        args: [...args, '--remote-debugging-pipe', 'about:blank'],
      })
      .filter((one) => !NOT_HERE.has(one));
    const home = { HOME: profile, XDG_CACHE_HOME: profile, XDG_CONFIG_HOME: profile, TMPDIR: tmpdir() };
    const child = spawn(path, all, {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...PLAIN, ...home, ...env },
      // A group of its own, to be killed whole; a Ctrl-C at the terminal is for this process to hear.
      detached: true,
      ...(account !== undefined && { uid: account, gid: account }),
    });
    let said = '';
    child.stderr!.on('data', (part: Buffer) => (said = (said + part.toString()).slice(-MAX_STDERR)));
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    }).then(() => {
      killGroup(child);
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
    });
    const spawned = new Promise<never>((_, reject) => child.once('error', reject));
    const [, , , to, from] = child.stdio as [null, null, Readable, Writable, Readable];
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`It did not answer within ${START_MS / 1000} s`)), START_MS);
    });
    const dead = ended.then((): never => {
      throw new Error('It ended at once');
    });
    dead.catch(() => undefined);
    try {
      const transport = new PipeTransport(to, from);
      const connecting = puppeteer.connect({ transport, defaultViewport: VIEWPORT, protocolTimeout: PROTOCOL_MS });
      connecting.catch(() => undefined);
      // Requests of shoppers come first.
      if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
      const browser = await Promise.race([connecting, spawned, late, dead]);
      return new Chromium(child, browser, ended, unsandboxed);
    } catch (error) {
      killGroup(child);
      if (child.pid !== undefined) await ended;
      else await rm(profile, { recursive: true, force: true });
      throw new NotStarted(error as Error, said);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when none of its processes runs any more. */
  close(): Promise<void> {
    this.closing ??= (async () => {
      const timer = setTimeout(() => this.kill(), CLOSE_MS);
      await this.browser.close().catch(() => this.kill());
      await this.ended;
      clearTimeout(timer);
    })();
    return this.closing;
  }

  /** At once, with all that runs in it. */
  kill(): void {
    killGroup(this.child);
  }
}

/** Read with the first browser: megabytes that an API process, and a worker without stores by browser, never needs. */
async function library() {
  return (await import('puppeteer-core')).default;
}

class NotStarted extends Error {
  /** Nothing else was in the way than the sandbox, or the account that goes with it. */
  readonly isOfSandbox: boolean;

  constructor(error: NodeJS.ErrnoException, said: string) {
    const line = /^.*(?:sandbox|namespace).*$/im.exec(said)?.[0];
    const place = error.code === 'EACCES' || error.code === 'EPERM';
    super(line?.replace(/^\[[^\]]*\]\s*/, '').slice(0, 300) ?? error.message);
    this.name = 'NotStarted';
    this.isOfSandbox = place || line !== undefined;
  }
}

function unavailable(error: unknown): BrowserFailed {
  if (error instanceof BrowserFailed) return error;
  return new BrowserFailed('unavailable', `No browser can be started here: ${(error as Error).message}`);
}

async function executableOf(path: string | undefined): Promise<Executable> {
  if (path !== undefined) return { path, env: {} };
  if (hasBundledChromium) return bundledChromium();
  try {
    return { path: (await library()).executablePath('chrome'), env: {} };
  } catch {
    throw new BrowserFailed(
      'unavailable',
      'npm brings a browser for Linux x64 only: install Chrome, or set BROWSER_PATH',
    );
  }
}

/** `147`. The rest of a version is nobody's business: browsers themselves say zeros. */
async function versionOf({ path, env }: Executable): Promise<string> {
  const { stdout } = await promisify(execFile)(path, ['--version'], {
    env: { ...PLAIN, ...env },
    timeout: START_MS,
  }).catch((error: unknown) => {
    throw unavailable(error);
  });
  return /(\d+)(?:\.\d+){3}/.exec(stdout)?.[1] ?? '0';
}

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Macintosh; Intel Mac OS X 10_15_7',
  win32: 'Windows NT 10.0; Win64; x64',
};

/** What it is, and who sends it. */
function userAgentOf(version: string, sign: string): string {
  const on = PLATFORMS[process.platform] ?? 'X11; Linux x86_64';
  return `Mozilla/5.0 (${on}) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/${version}.0.0.0 Safari/537.36 ${sign}`;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/** What processes that were killed have left. */
function sweepProfiles(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = new RegExp(`^${PROFILE}(\\d+)-`).exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
