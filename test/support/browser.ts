import { launch, type Browser, type Page } from 'puppeteer-core';
import { afterFile } from './cleanup';
import { eventually } from './shopper';

/** A real Chromium, closed after the test file. */
export async function openBrowser(): Promise<Browser> {
  const { default: chromium } = await import('@sparticuz/chromium');
  const browser = await launch({
    executablePath: await chromium.executablePath(),
    args: [...chromium.args, '--no-sandbox'],
    headless: 'shell',
  });
  afterFile(() => browser.close());
  return browser;
}

/** What stands on a page, once it holds this. */
export function textOnce(page: Page, part: string): Promise<string> {
  return eventually(async () => {
    const text = (await page.$eval('body', (body) => (body as unknown as { innerText: string }).innerText)) ?? '';
    return text.includes(part) && text;
  });
}
