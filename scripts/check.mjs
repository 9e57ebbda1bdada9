// npm run check: all that has to hold before a change goes in. Every step runs, so that one look shows everything.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'muse');
const jestReport = join(cache, 'jest.json');
/** For .ci/run: { passed, failed }. */
const report = join(cache, 'check.json');

const bin = (name, file) => [process.execPath, join(root, 'node_modules', name, file)];
const script = (name, ...args) => [process.execPath, join(root, 'scripts', name), ...args];
/** Published schemas of the checkout protocols, where they are: `npm run conformance`. */
const hasSpecs = existsSync(resolve(process.env.MUSE_SPECS || join(root, '..', 'shared', 'specs')));
/** What the tests let sandbox stores and Muse say to each other is written down for that. */
const records = join(cache, 'records');
const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

/** Beside each other, each in its order: most of them keep one processor busy. What needs the build comes after it. */
const LANES = [
  [
    ['build', ...script('build.mjs')],
    ['migrations', ...script('migrations.mjs')],
    ['upgrade', ...script('upgrade-check.mjs')],
    ['openapi: true', ...script('openapi.mjs', '--check')],
    ['openapi: lint', ...bin('@redocly/cli', 'bin/cli.js'), 'lint', 'openapi.json', '--format=stylish'],
  ],
  [
    ['format', ...bin('oxfmt', 'bin/oxfmt'), '--check'],
    ['lint', ...bin('oxlint', 'bin/oxlint'), '--type-aware'],
    ['types', ...bin('typescript-7', 'bin/tsc'), '--noEmit', '--incremental', 'false'],
    ['architecture', ...bin('dependency-cruiser', 'bin/dependency-cruise.mjs'), ...architecture()],
  ],
  // It waits more than it works.
  [['mailboxes: dovecot', ...script('dovecot.mjs', '--silent')]],
];
/** After all of those, by themselves: they take as many processes as the machine bears, and some measure time. */
const THEN = [
  // Each spec once: end-to-end ones through Prism, where that can be.
  ['tests', ...script('prism.mjs', '--all', '--json', `--outputFile=${jestReport}`)],
  ...(hasSpecs ? [['conformance', ...script('conformance.mjs')]] : []),
];

/** The arguments of the npm script of that name, so that there is one list; less the folders that are not there yet. */
function architecture() {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return scripts.architecture
    .split(' ')
    .slice(1)
    .filter((word) => !/^[a-z]+$/.test(word) || existsSync(join(root, word)));
}

mkdirSync(cache, { recursive: true });
for (const file of [report, jestReport, records]) rmSync(file, { force: true, recursive: true });
const recording = hasSpecs ? { MUSE_RECORD_DIR: records } : {};
const recorded = { MUSE_RECORDS: records };

const results = (await Promise.all(LANES.map((lane) => oneAfterTheOther(lane, runAndTell)))).flat();
results.push(...(await oneAfterTheOther(THEN, run)));

const { passed, failed } = testCounts(jestReport);
console.log('');
for (const { name, ok, seconds } of results)
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name} (${seconds.toFixed(1)} s)`);
// Of the tests the failed ones count; where they failed without any, they count as one.
const failedSteps = results.filter(({ name, ok }) => !ok && (name !== 'tests' || failed === 0)).length;
writeFileSync(report, JSON.stringify({ passed, failed: failed + failedSteps }));
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

async function oneAfterTheOther(steps, how) {
  const done = [];
  for (const step of steps) done.push(await how(step));
  return done;
}

/** What it says is shown whole when it ends: another one speaks meanwhile. */
async function runAndTell(step) {
  const said = [];
  const result = await run(step, (part) => said.push(part));
  process.stdout.write(`\n── ${step[0]}\n${Buffer.concat(said).toString()}`);
  return result;
}

/** With its output as its own, or to `hear`. */
function run([name, command, ...args], hear) {
  if (!hear) console.log(`\n── ${name}`);
  const began = performance.now();
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...quiet, ...(name === 'tests' && recording), ...(name === 'conformance' && recorded) },
    // Jest prints its report file's contents to stdout as well when asked for JSON; the readable account is on stderr.
    stdio: hear ? ['ignore', 'pipe', 'pipe'] : ['ignore', name === 'tests' ? 'ignore' : 'inherit', 'inherit'],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', hear);
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ name, ok: code === 0, seconds: (performance.now() - began) / 1000 }));
  });
}

/** A file that could not even be run counts as one failed test. */
function testCounts(file) {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(file, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
  } catch {
    return { passed: 0, failed: 0 };
  }
}
