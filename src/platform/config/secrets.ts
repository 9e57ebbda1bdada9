import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config';

/**
 * The contents of a file that only its owner may read; made with `contents` if it is not there. Of several processes that
 * come at once, all get the same contents, and none sees half a file.
 */
export async function createOnce(path: string, contents: string): Promise<string> {
  const found = await read(path);
  if (found !== undefined) return found;
  const making = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(making, contents, { mode: 0o600 });
  try {
    await link(making, path);
    return contents;
  } catch (error) {
    const made = await read(path);
    if (made === undefined) throw error;
    return made;
  } finally {
    await rm(making, { force: true });
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Fills in the secrets that a development server was not given, from a file that keeps them between starts. */
export async function fillDevelopmentSecrets(config: Config, dataDir: string): Promise<void> {
  if (config.MUSE_MASTER_KEY && config.JWT_SECRET) return;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const fresh = {
    MUSE_MASTER_KEY: randomBytes(32).toString('base64'),
    JWT_SECRET: randomBytes(32).toString('base64url'),
  };
  const kept = JSON.parse(
    await createOnce(join(dataDir, 'secrets.json'), `${JSON.stringify(fresh, null, 2)}\n`),
  ) as typeof fresh;
  config.MUSE_MASTER_KEY ??= kept.MUSE_MASTER_KEY;
  config.JWT_SECRET ??= kept.JWT_SECRET;
}
