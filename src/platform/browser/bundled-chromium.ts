import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar-fs';

// Of Node and tar-fs alone: the image runs this file by itself, before there is anything else.

/** What to start, and with what in its environment beside the usual. */
export interface Executable {
  path: string;
  env: Record<string, string>;
}

/** npm brings a Chromium for this machine, with the libraries and fonts that bare machines lack. */
export const hasBundledChromium = platform() === 'linux' && arch() === 'x64';

let unpacking: Promise<string> | undefined;

/** The Chromium that npm installed. The first time for its version it is unpacked: 250 MB, some seconds. */
export async function bundledChromium(): Promise<Executable> {
  const home = await (unpacking ??= unpacked().catch((error: unknown) => {
    unpacking = undefined;
    throw error;
  }));
  return { path: join(home, 'chromium'), env: { FONTCONFIG_PATH: home, LD_LIBRARY_PATH: join(home, 'lib') } };
}

async function unpacked(): Promise<string> {
  // …/@sparticuz/chromium/build/cjs/index.cjs
  const source = join(dirname(require.resolve('@sparticuz/chromium')), '../..');
  const { version } = require(join(source, 'package.json')) as { version: string };
  const home = join(source, '../../.cache/muse', `browser-${version}`);
  if (existsSync(home)) return home;
  try {
    await mkdir(dirname(home), { recursive: true });
    return await unpack(join(source, 'bin'), home);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // Nobody may write here. In the open folder only under a name that nobody could have taken before.
    return await unpack(join(source, 'bin'), join(await mkdtemp(join(tmpdir(), 'muse-chromium-')), 'browser'));
  }
}

/** What its own installer unpacks is shared in /tmp, and only in AWS whole. */
async function unpack(packed: string, home: string): Promise<string> {
  // Beside it first: another process may be at it too, and half a browser must not look like a whole one.
  const work = await mkdtemp(`${home}-`);
  const read = (name: string) => [createReadStream(join(packed, name)), createBrotliDecompress()] as const;
  await pipeline(...read('chromium.br'), createWriteStream(join(work, 'chromium')));
  await chmod(join(work, 'chromium'), 0o755);
  // lib/…
  await pipeline(...read('al2023.tar.br'), extract(work));
  // fonts/…, and a fonts.conf that looks for them elsewhere.
  await pipeline(...read('fonts.tar.br'), extract(work));
  const fonts = `<fontconfig><dir>${join(home, 'fonts')}</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>`;
  await writeFile(join(work, 'fonts.conf'), fonts);
  // The browser may run as another user than the one who unpacks it.
  await chmod(work, 0o755);
  await rename(work, home).catch(async (error: unknown) => {
    await rm(work, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  });
  return home;
}

if (require.main === module) void bundledChromium();
