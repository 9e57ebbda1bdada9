import type { Page } from 'puppeteer-core';
import { eventually } from './shopper';

/** What stands on a page, once it holds this. */
export function textOnce(page: Page, part: string): Promise<string> {
  return eventually(async () => {
    const text = (await page.$eval('body', (body) => (body as unknown as { innerText: string }).innerText)) ?? '';
    return text.includes(part) && text;
  });
}
