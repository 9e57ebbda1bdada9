// npm run conformance: what Muse and the sandbox stores say to each other, held against the published schemas of UCP and ACP.
// These are no part of the project: MUSE_SPECS names the folder that holds them (default ../shared/specs beside the project).
// Arguments are specs for Jest; without any, all that start a sandbox store. MUSE_RECORDS names a folder of exchanges that were
// recorded before (MUSE_RECORD_DIR, set for any test run): then none is run.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSpecs } from './conformance/schemas.mjs';
import { checkTheChecker } from './conformance/self-check.mjs';
import { runJest } from './jest.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(process.env.MUSE_SPECS || join(root, '..', 'shared', 'specs'));
const SHOWN = 20;

if (!existsSync(folder)) {
  console.log(`There are no specifications in ${folder} (MUSE_SPECS): nothing was checked.`);
  process.exit(0);
}
const specs = readSpecs(folder);
checkTheChecker(specs);
const given = process.env.MUSE_RECORDS;
const records = given || mkdtempSync(join(tmpdir(), 'muse-conformance-'));
try {
  const ran = given !== undefined || recordInto(records);
  const { checked, faults } = check(exchangesIn(records));
  for (const [what, count] of [...checked].sort(([one], [other]) => one.localeCompare(other)))
    console.log(`${String(count).padStart(6)}  ${what}`);
  for (const fault of faults.slice(0, SHOWN)) console.log(`\n${fault}`);
  if (faults.length > SHOWN) console.log(`\n… and ${faults.length - SHOWN} more`);
  const total = [...checked.values()].reduce((sum, count) => sum + count, 0);
  console.log(`\n${total} messages held against ${specs.versions.join(', ')}: ${faults.length} do not fit.`);
  if (!ran) console.log('The specs that were recorded did not pass.');
  process.exitCode = ran && total > 0 && faults.length === 0 ? 0 : 1;
} finally {
  if (given === undefined) rmSync(records, { recursive: true, force: true });
}

function recordInto(path) {
  const named = process.argv.slice(2);
  const files = named.length > 0 ? named : specsWithStores();
  const args = ['--silent=false', '--testTimeout', '60000', '--runTestsByPath', ...files];
  return runJest(args, { env: { MUSE_RECORD_DIR: path }, timeoutMs: 30 * 60_000 }) === 0;
}

/** All spec files that start a sandbox store. */
function specsWithStores() {
  return readdirSync(join(root, 'test'), { recursive: true })
    .map((name) => join(root, 'test', String(name)))
    .filter((path) => /-spec[.]ts$/.test(path) && readFileSync(path, 'utf8').includes('support/store-sandbox'))
    .map((path) => relative(root, path));
}

function* exchangesIn(path) {
  for (const name of readdirSync(path))
    for (const line of readFileSync(join(path, name), 'utf8').split('\n')) if (line !== '') yield JSON.parse(line);
}

function ofMuse(agent) {
  return agent?.startsWith('Muse/') ? ' of Muse' : '';
}

function check(exchanges) {
  const checked = new Map();
  const faults = [];
  for (const exchange of exchanges) {
    const { protocol, version, operation, requestBody, responseBody, agent, path, status } = exchange;
    const what = `${protocol} ${version} ${operation}`;
    const hold = (side, validator, body) => {
      checked.set(`${what}, ${side}`, (checked.get(`${what}, ${side}`) ?? 0) + 1);
      if (validator(body)) return;
      const why = validator.errors
        .slice(0, 6)
        .map(({ instancePath, message, params }) => `  ${instancePath || '/'} ${message} ${JSON.stringify(params)}`);
      faults.push(
        `${what}, ${side} (${agent ?? '-'} ${path})\n${why.join('\n')}\n  ${JSON.stringify(body).slice(0, 600)}`,
      );
    };
    if (exchange.faulty) continue;
    const validators = specs.validatorsOf(exchange);
    if (!validators) {
      faults.push(`${what}: there is no schema of it`);
      continue;
    }
    const { request, answer } = validators;
    // Tests of the stores send what must be refused, and need not fit; Muse never may.
    const mustFit = (status !== null && status < 300) || agent?.startsWith('Muse/');
    if (request && requestBody !== null && mustFit) hold(`request${ofMuse(agent)}`, request, requestBody);
    const validator = answer?.(responseBody, status);
    if (validator) hold('answer', validator, responseBody);
  }
  return { checked, faults };
}
