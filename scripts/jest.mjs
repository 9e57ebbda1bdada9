// npm test: Jest, arguments go to it. Its processes read three thousand modules and hold them for hundreds of test files: V8
// would look them through again and again for what it could free, 6 % of their processor time.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Workers inherit them. */
const HEAP = ['--initial-old-space-size=512', '--min-semi-space-size=16', '--max-semi-space-size=32'];

/** Runs it with these arguments; its exit code. */
export function runJest(args, { env = {}, stdin = 'inherit', timeoutMs } = {}) {
  const { status } = spawnSync(process.execPath, [...HEAP, join(root, 'node_modules/jest/bin/jest.js'), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: [stdin, 'inherit', 'inherit'],
    timeout: timeoutMs,
  });
  return status ?? 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exit(runJest(process.argv.slice(2)));
