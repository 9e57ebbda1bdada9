import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import puppeteer, { type Browser, type LaunchOptions } from 'puppeteer-core';
import { extract } from 'tar-fs';
import { afterFile } from './cleanup';

const ROOT = join(__dirname, '../..');
const PACKAGE = join(ROOT, 'node_modules/@sparticuz/chromium');

/**
 * A real Chromium without a window, closed after the test file at the latest. On Linux x64 it is the one that npm
 * installed, with the libraries and fonts that its package carries for bare machines; elsewhere the Chrome that is
 * installed, or the one at MUSE_CHROMIUM.
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
  const given = process.env['MUSE_CHROMIUM'];
  if (given) return { executablePath: given };
  if (platform() !== 'linux' || arch() !== 'x64') return { channel: 'chrome' };
  const home = await unpacked();
  const environment = { HOME: home, FONTCONFIG_PATH: home, LD_LIBRARY_PATH: join(home, 'lib') };
  return { executablePath: join(home, 'chromium'), env: { ...process.env, ...environment } };
}

/** Unpacked once per version: 200 MB. What its own installer unpacks is shared in /tmp, and only in AWS whole. */
async function unpacked(): Promise<string> {
  const { version } = require(join(PACKAGE, 'package.json')) as { version: string };
  const home = join(ROOT, 'node_modules/.cache/muse', `chromium-${version}`);
  if (existsSync(home)) return home;
  await mkdir(dirname(home), { recursive: true });
  // Beside it first: another worker may be at it too, and half a browser must not look like a whole one.
  const work = await mkdtemp(`${home}-`);
  const read = (name: string) => [createReadStream(join(PACKAGE, 'bin', name)), createBrotliDecompress()] as const;
  await pipeline(...read('chromium.br'), createWriteStream(join(work, 'chromium')));
  await chmod(join(work, 'chromium'), 0o755);
  // lib/…
  await pipeline(...read('al2023.tar.br'), extract(work));
  // fonts/…, and a fonts.conf that looks for them elsewhere.
  await pipeline(...read('fonts.tar.br'), extract(work));
  const fonts = `<fontconfig><dir>${join(home, 'fonts')}</dir><cachedir>${join(home, 'font-cache')}</cachedir></fontconfig>`;
  await writeFile(join(work, 'fonts.conf'), fonts);
  await rename(work, home).catch(() => rm(work, { recursive: true, force: true }));
  return home;
}
