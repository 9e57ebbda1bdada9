// npm run prism: the end-to-end specs, every request and answer held against openapi.json by Prism (test/support/prism.ts).
// Arguments go to Jest: npm run prism -- test/e2e/cart.e2e-spec.ts. With --all the other tests run beside them, as npm run
// check has it: each spec once, through Prism where that can be.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runJest } from './jest.mjs';
import { NOT_THROUGH_PRISM } from './not-through-prism.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2).filter((arg) => arg !== '--all');
const options = args.filter((arg) => arg.startsWith('--'));
const specs = args.filter((arg) => !arg.startsWith('--'));
const which = process.argv.includes('--all')
  ? []
  : ['--selectProjects', 'e2e', '--testPathIgnorePatterns', NOT_THROUGH_PRISM];
process.exit(
  // A proxy and more processes share the two cores.
  runJest(['--silent=false', '--testTimeout', '60000', ...options, ...which, '--', ...specs], {
    env: {
      MUSE_TEST_PRISM_DOCUMENT: join(root, 'openapi.json'),
      MUSE_TEST_NOT_THROUGH_PRISM: NOT_THROUGH_PRISM,
    },
    stdin: 'ignore',
    // Should it ever hang: all tests take a quarter to half an hour on two cores.
    timeoutMs: 40 * 60_000,
  }),
);
