// npm run prism: the end-to-end specs once more, every request and answer held against openapi.json by Prism
// (test/support/prism.ts). Arguments go to Jest: npm run prism -- test/e2e/cart.e2e-spec.ts
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NOT_THROUGH_PRISM } from './not-through-prism.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith('--'));
const specs = args.filter((arg) => !arg.startsWith('--'));
const { status } = spawnSync(
  process.execPath,
  [
    ...[join(root, 'node_modules/jest/bin/jest.js'), '--selectProjects', 'e2e', '--silent=false'],
    // Proxies and more processes share the two cores.
    ...['--testTimeout', '60000', ...options, '--testPathIgnorePatterns', NOT_THROUGH_PRISM, '--', ...specs],
  ],
  {
    cwd: root,
    env: { ...process.env, MUSE_TEST_PRISM_DOCUMENT: join(root, 'openapi.json') },
    stdio: ['ignore', 'inherit', 'inherit'],
    // Should it ever hang: it takes five to seven minutes on two cores.
    timeout: 20 * 60_000,
  },
);
process.exit(status ?? 1);
