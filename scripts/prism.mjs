// npm run prism: the end-to-end specs, every request and answer held against openapi.json by Prism (test/support/prism.ts).
// Arguments go to Jest: npm run prism -- test/e2e/cart.e2e-spec.ts. With --all the other tests run beside them, as npm run
// check has it: each spec once, through Prism where that can be.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NOT_THROUGH_PRISM } from './not-through-prism.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2).filter((arg) => arg !== '--all');
const options = args.filter((arg) => arg.startsWith('--'));
const specs = args.filter((arg) => !arg.startsWith('--'));
const which = process.argv.includes('--all')
  ? []
  : ['--selectProjects', 'e2e', '--testPathIgnorePatterns', NOT_THROUGH_PRISM];
const { status } = spawnSync(
  process.execPath,
  [
    ...[join(root, 'node_modules/jest/bin/jest.js'), '--silent=false'],
    // A proxy and more processes share the two cores.
    ...['--testTimeout', '60000', ...options, ...which, '--', ...specs],
  ],
  {
    cwd: root,
    env: {
      ...process.env,
      MUSE_TEST_PRISM_DOCUMENT: join(root, 'openapi.json'),
      MUSE_TEST_NOT_THROUGH_PRISM: NOT_THROUGH_PRISM,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
    // Should it ever hang: all tests take a quarter to half an hour on two cores.
    timeout: 40 * 60_000,
  },
);
process.exit(status ?? 1);
