import type { BrowserContext, Page } from 'puppeteer-core';
import { BrowserFailed } from './browser-failed';
import type { BrowserRun, BrowserTools, BrowserWork } from './browsers';
import type { Chromium } from './chromium';
import type { EgressProxy } from './egress-proxy';
import { memoryOfTree } from './process-memory';

const LOOK_EVERY_MS = 500;
/** A context that does not go within this is of a browser that hangs. */
const GO_MS = 5_000;

/** A page that comes to lie in another browser, as it were, must not be told from one without these abilities. */
const WITHOUT = `for (const [of, name] of [[Navigator.prototype, 'serviceWorker'], [window, 'RTCPeerConnection'],
  [window, 'webkitRTCPeerConnection'], [window, 'WebTransport'], [window, 'SharedWorker']]) delete of[name];`;

/** A browser from its start to its end, and the runs in it. */
export class BrowserLife {
  /** It takes no more runs, and ends with the last that it has. */
  isRetired = false;
  private runs = 0;
  private readonly active = new Set<(failure: BrowserFailed) => void>();
  private readonly watch: NodeJS.Timeout;
  /** When a page was ended for its memory: the crash that is heard of next is that. */
  private endedForMemory: string | undefined;

  constructor(
    readonly chromium: Chromium,
    private readonly limits: { runs: number; memoryBytes: number },
    private readonly onRetired: (why: string) => void,
  ) {
    chromium.browser.once('disconnected', () => {
      this.retire('it ended');
      this.failAll(new BrowserFailed('crashed', 'The browser ended'));
      clearInterval(this.watch);
    });
    this.watch = setInterval(() => this.lookAtMemory(), LOOK_EVERY_MS);
    this.watch.unref();
  }

  get isIdle(): boolean {
    return this.active.size === 0;
  }

  /** Throws BrowserFailed, else what `work` throws. */
  async run<T>(
    run: BrowserRun,
    proxy: EgressProxy,
    lending: BrowserTools['lending'],
    work: BrowserWork<T>,
  ): Promise<T> {
    this.runs += 1;
    if (this.runs >= this.limits.runs) this.retire(`${this.runs} runs`);
    const taken = new AbortController();
    let failure: BrowserFailed | undefined;
    let fail!: (failed: BrowserFailed) => void;
    const failed = new Promise<never>((_, reject) => {
      fail = (reason) => {
        failure ??= reason;
        taken.abort(failure);
        reject(failure);
      };
    });
    failed.catch(() => undefined);
    this.active.add(fail);
    const late = () => fail(new BrowserFailed('timeout', `It took longer than ${run.timeoutMs} ms`));
    const timer = setTimeout(late, run.timeoutMs);
    let context: BrowserContext | undefined;
    try {
      const working = (async () => {
        context = await this.openContext(proxy);
        await context.setCookie(...(run.cookies ?? []));
        const page = await this.openPage(context, fail);
        return await work(page, context, taken.signal, { lending, cutConnections: () => proxy.cutConnections() });
      })();
      return await Promise.race([working, failed]);
    } catch (error) {
      // Whose page was taken away hears of it by a call that broke, or by that which broke it, whichever is first.
      if (!failure && this.chromium.isGone) failure = new BrowserFailed('crashed', 'The browser ended');
      throw failure ?? error;
    } finally {
      clearTimeout(timer);
      fail(new BrowserFailed('crashed', 'The run is over'));
      if (context) await this.closeContext(context);
      this.active.delete(fail);
      this.lookAfterRun();
    }
  }

  /** Every run in it fails, and it ends. */
  async end(failure: BrowserFailed): Promise<void> {
    this.isRetired = true;
    clearInterval(this.watch);
    this.failAll(failure);
    await this.chromium.close();
  }

  private openContext(proxy: EgressProxy): Promise<BrowserContext> {
    return this.chromium.browser.createBrowserContext({
      proxyServer: proxy.address,
      proxyBypassList: ['<-loopback>'],
      downloadBehavior: { policy: 'deny' },
    });
  }

  private async openPage(context: BrowserContext, fail: (failure: BrowserFailed) => void): Promise<Page> {
    const page = await context.newPage();
    page.once('error', () => {
      const why = this.endedForMemory;
      fail(why ? new BrowserFailed('memory', why) : new BrowserFailed('crashed', 'The page crashed'));
    });
    // Whatever a page opens beside itself is shut; its requests lead nowhere else than the page's own.
    context.on('targetcreated', (target) => {
      if (target.type() !== 'page') return;
      void target
        .page()
        .then((other) => (other && other !== page ? other.close() : undefined))
        .catch(() => undefined);
    });
    await page.evaluateOnNewDocument(WITHOUT);
    await page.setBypassServiceWorker(true);
    const session = await page.createCDPSession();
    // Everything that a page could be allowed, by no origin: refused to all of them.
    await session.send('Browser.grantPermissions', { permissions: [], browserContextId: context.id });
    await session.detach();
    return page;
  }

  private async closeContext(context: BrowserContext): Promise<void> {
    if (this.chromium.isGone) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), GO_MS)));
    const gone = context.close().then(
      () => true,
      () => this.chromium.isGone,
    );
    if (!(await Promise.race([gone, late]))) {
      this.retire('a context did not close');
      this.chromium.kill();
    }
    clearTimeout(timer);
  }

  private lookAtMemory(): void {
    if (this.isIdle || this.chromium.isGone) return;
    const { memoryBytes } = this.limits;
    const processes = memoryOfTree(this.chromium.pid);
    const all = processes.reduce((sum, { bytes }) => sum + bytes, 0);
    const tooBig = processes.filter(({ isOfPages, bytes }) => isOfPages && bytes > memoryBytes / 2);
    for (const { pid, bytes } of tooBig) {
      this.endedForMemory = `Its page held ${megabytes(bytes)} MB`;
      kill(pid);
    }
    if (tooBig.length > 0 || all <= memoryBytes) return;
    const why = `The browser held ${megabytes(all)} MB`;
    this.retire(why);
    this.failAll(new BrowserFailed('memory', why));
    this.chromium.kill();
  }

  private lookAfterRun(): void {
    if (this.isRetired || this.chromium.isGone) return;
    const all = memoryOfTree(this.chromium.pid).reduce((sum, { bytes }) => sum + bytes, 0);
    if (all > this.limits.memoryBytes / 2) this.retire(`${megabytes(all)} MB after a run`);
  }

  private retire(why: string): void {
    if (this.isRetired) return;
    this.isRetired = true;
    this.onRetired(why);
  }

  private failAll(failure: BrowserFailed): void {
    for (const fail of this.active) fail(failure);
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
