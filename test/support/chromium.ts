import puppeteer, { type Browser, type LaunchOptions } from 'puppeteer-core';
import { bundledChromium, hasBundledChromium } from '../../src/platform/browser/bundled-chromium';
import { afterFile } from './cleanup';

/**
 * A real Chromium without a window, closed after the test file at the latest. On Linux x64 it is the one that npm
 * installed, with the libraries and fonts that its package carries for bare machines; elsewhere the Chrome that is
 * installed, or the one at BROWSER_PATH.
 */
export async function openChromium(): Promise<Browser> {
  const browser = await puppeteer.launch({
    headless: 'shell',
    // Without a sandbox: root may have none, and it sees nothing but the application under test.
    args: [
      ...['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage'],
      ...[
        '--disable-gpu',
        '--no-first-run',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      ],
    ],
    ...(await whichChromium()),
  });
  afterFile(() => browser.close());
  return browser;
}

async function whichChromium(): Promise<LaunchOptions> {
  const given = process.env['BROWSER_PATH'];
  if (given) return { executablePath: given };
  if (!hasBundledChromium) return { channel: 'chrome' };
  const { path, env } = await bundledChromium();
  return { executablePath: path, env: { ...process.env, ...env } };
}
