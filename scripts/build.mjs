// Builds dist with the Nest CLI, and knows whether there is anything to build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
export const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const stampFile = join(dist, '.stamp');
const lockFile = join(dist, '.building');

/** Builds if the sources have changed since the last build; a process that comes meanwhile waits. */
export async function ensureBuilt(say = console.log) {
  // An image carries dist and no sources; then there is nothing to build, and nothing to build it with.
  if (!existsSync(join(root, 'src')) || !nestCli()) return;
  if (isFresh()) return;
  await withLock(() => {
    if (isFresh()) return;
    const began = performance.now();
    say('Building …');
    build();
    say(`Built in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  });
}

/** Runs the build whether it is needed or not. */
export function build() {
  const cli = nestCli();
  if (!cli) throw new Error('The Nest CLI is not installed: run "npm ci" with development dependencies.');
  const stamp = sourcesStamp();
  mkdirSync(dist, { recursive: true });
  rmSync(stampFile, { force: true });
  // The compiler's own record says what has been emitted; without the output it would emit nothing.
  if (!existsSync(join(dist, 'src', 'main.js'))) rmSync(join(dist, '.tsbuildinfo'), { force: true });
  const { status } = spawnSync(process.execPath, [cli, 'build'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('The build failed.');
  removeOrphans();
  writeFileSync(stampFile, stamp);
}

function isFresh() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === sourcesStamp();
}

function nestCli() {
  try {
    return require.resolve('@nestjs/cli/bin/nest.js');
  } catch {
    const bin = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
    return existsSync(bin) ? bin : undefined;
  }
}

/** Contents, not times: a checkout or a copy changes times. */
function sourcesStamp() {
  const hash = createHash('sha256');
  const configuration = ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package-lock.json'];
  for (const path of [...configuration.map((name) => join(root, name)), ...sources()]) {
    hash.update(`${relative(root, path)}\n`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

function sources() {
  const files = ['src', 'migrations'].flatMap((folder) => filesBelow(join(root, folder)));
  return files.filter((path) => path.endsWith('.ts') || path.endsWith('.json')).sort((a, b) => (a < b ? -1 : 1));
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** What was compiled from a file that is gone: an old migration among it would still be run. */
function removeOrphans() {
  for (const folder of ['src', 'migrations']) {
    for (const path of filesBelow(join(dist, folder))) {
      const source = join(root, relative(dist, path)).replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts');
      if (!existsSync(source)) rmSync(path);
    }
  }
}

async function withLock(work) {
  mkdirSync(dist, { recursive: true });
  for (;;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!holderLives()) rmSync(lockFile, { force: true });
      else await sleep(200);
    }
  }
  try {
    await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function holderLives() {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8'));
    // Zero: made a moment ago, not yet written.
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    build();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
