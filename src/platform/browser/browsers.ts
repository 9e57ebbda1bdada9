import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import puppeteer, { type Browser, type BrowserContext, type CookieData, type Page } from 'puppeteer-core';
import { BrowserFailed } from './browser-failed';
import { bundledChromium } from './bundled-chromium';

export interface BrowserRun {
  /** All that its pages may reach, as `URL.host` says it: `shop.example` (ports 443 and 80) or `127.0.0.1:4301`. */
  hosts: readonly string[];
  /** For all that is done with the page; waiting for a place does not count. */
  timeoutMs: number;
  /** How long it may wait for a place: 60 s. */
  waitMs?: number;
  /** Put in before the page is given: what `context.cookies()` said at the end of an earlier run. */
  cookies?: CookieData[];
}

/** `signal` is aborted when the page is taken away before the work is done. */
export type BrowserWork<T> = (page: Page, context: BrowserContext, signal: AbortSignal) => Promise<T>;

/** A few pages at a time in one real Chromium. */
@Injectable()
export class Browsers implements OnApplicationShutdown {
  private browser: Promise<Browser> | undefined;

  /**
   * A page of its own, in a context that nothing of is left afterwards. Throws BrowserFailed where there is no page, or no
   * longer; else what `work` throws.
   */
  async run<T>(run: BrowserRun, work: BrowserWork<T>): Promise<T> {
    const browser = await (this.browser ??= this.start());
    const context = await browser.createBrowserContext();
    const taken = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    try {
      await context.setCookie(...(run.cookies ?? []));
      const page = await context.newPage();
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new BrowserFailed('timeout', 'It took too long')), run.timeoutMs);
      });
      return await Promise.race([work(page, context, taken.signal), late]);
    } finally {
      clearTimeout(timer);
      taken.abort();
      await context.close();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await (await this.browser)?.close();
  }

  private async start(): Promise<Browser> {
    const { path, env } = await bundledChromium();
    const args = ['--no-sandbox', '--disable-gpu'];
    return puppeteer.launch({
      headless: 'shell',
      executablePath: path,
      env: { ...process.env, ...env },
      args,
      pipe: true,
    });
  }
}
