// npm run prism: the end-to-end specs once more, every request and answer held against openapi.json by Prism
// (test/support/prism.ts). Arguments go to Jest: npm run prism -- test/e2e/cart.e2e-spec.ts
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What does not run through Prism, and why. Single streams and requests outside /api/v1: see `DIRECT` there. */
const NOT_THROUGH_PRISM = {
  'contract-walk': 'compares every answer with the document itself, and sends what no client would',
  'api-keys': 'tries operations that take no API key with one, whose answer they do not document',
  'http-limits': 'speaks to the socket: broken HTTP and connections kept waiting are the server’s own to answer',
  'mail-pages': 'a browser loads the pages and calls the API on the origin that the mails name',
  'swagger-ui': 'a browser reads the document and its assets from the server, on the origin that they name',
};

const root = fileURLToPath(new URL('..', import.meta.url));
const excluded = `e2e/(${Object.keys(NOT_THROUGH_PRISM).join('|')})[.]e2e-spec`;
const { status } = spawnSync(
  process.execPath,
  [
    ...[join(root, 'node_modules/jest/bin/jest.js'), '--selectProjects', 'e2e', '--silent=false'],
    // Proxies and more processes share the two cores.
    ...['--testTimeout', '60000', '--testPathIgnorePatterns', excluded, '--', ...process.argv.slice(2)],
  ],
  {
    cwd: root,
    env: { ...process.env, MUSE_TEST_PRISM_DOCUMENT: join(root, 'openapi.json') },
    stdio: ['ignore', 'inherit', 'inherit'],
    // Should it ever hang: it takes six to eight minutes on two cores.
    timeout: 20 * 60_000,
  },
);
process.exit(status ?? 1);
