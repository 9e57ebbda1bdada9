// npm run upgrade-check: the release before this one runs on the schema that the present migrations make. It is taken from the
// commit in docs/ops/previous-release, walks its own demo on a database of now, alone and with a worker of now beside it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const commit = readFileSync(join(root, 'docs', 'ops', 'previous-release'), 'utf8').trim();
const PORT = '39501';
const READY_WITHIN_MS = 60_000;

const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
if (git('cat-file', '-e', `${commit}^{commit}`).status !== 0) {
  const whole = git('rev-parse', '--is-shallow-repository').stdout?.trim() === 'false';
  const hasHistory = whole && Number(git('rev-list', '--count', 'HEAD').stdout) > 1;
  // With the whole history here, docs/ops/previous-release names what there is not: CI must not pass over that.
  const isFault = hasHistory && Boolean(process.env.CI);
  const why = hasHistory
    ? 'and yet its whole history: see to docs/ops/previous-release'
    : '(a shallow clone, or no git): fetch the whole history';
  console.log(`${isFault ? 'FAILED' : 'NOT CHECKED'}: this copy has no commit ${commit} ${why}.`);
  process.exit(isFault ? 1 : 0);
}
const folder = mkdtempSync(join(tmpdir(), 'muse-upgrade-'));
const children = [];
let postgres;
try {
  const old = unpack();
  await ensureBuilt();
  const require = createRequire(import.meta.url);
  require('reflect-metadata');
  require('./ts.cjs');
  const { migrate } = require('../src/platform/database/data-source.ts');
  const { startEmbeddedPostgres } = require('../src/platform/database/embedded-postgres.ts');
  mkdirSync(join(folder, 'data'));
  postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), durable: false, log: () => undefined });
  const url = await postgres.ensureDatabase('muse');
  const made = await migrate(url);
  console.log(`${made.length} migrations of now; the release before is ${commit.slice(0, 12)}.`);

  const alone = await start(old, url, { MUSE_ROLE: 'all' }, true);
  await demo(old, 'The release before, alone');
  await stop(alone);
  const [api, worker] = [
    await start(old, url, { MUSE_ROLE: 'api' }, true),
    await start(root, url, { MUSE_ROLE: 'worker' }),
  ];
  await demo(old, 'API of the release before, worker of now');
  await stop(worker);
  await stop(api);
  console.log('The release before runs on the present schema.');
} finally {
  for (const child of children) child.kill('SIGKILL');
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** The old sources with the packages of now; they are run as they are, for a build takes half a minute of a processor. */
function unpack() {
  const old = join(folder, 'old');
  mkdirSync(old);
  const archive = spawnSync('git', ['archive', '--format=tar', commit], { cwd: root, maxBuffer: 1 << 28 });
  must(archive, 'git archive');
  must(spawnSync('tar', ['-x', '-C', old], { input: archive.stdout }), 'tar');
  symlinkSync(join(root, 'node_modules'), join(old, 'node_modules'), 'dir');
  return old;
}

function must({ status, stderr }, what) {
  if (status !== 0) throw new Error(`${what} failed: ${stderr ?? status}`);
}

async function start(project, url, environment, hasPort = false) {
  const built = [join(root, 'dist', 'src', 'main.js')];
  const unbuilt = ['-r', join(root, 'scripts', 'ts.cjs'), join(project, 'src', 'main.ts')];
  const child = spawn(process.execPath, project === root ? built : unbuilt, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'development',
      MUSE_DATA_DIR: join(folder, 'data'),
      DATABASE_URL: url,
      LOG_LEVEL: 'warn',
      PORT,
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  const ready = () =>
    fetch(`http://127.0.0.1:${PORT}/api/v1/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  if (!hasPort) {
    // A worker has no port to ask; what it is there for is seen by the demo.
    await sleep(3_000);
    return child;
  }
  for (const deadline = Date.now() + READY_WITHIN_MS; !(await ready()); await sleep(200)) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`${project} did not start: ${child.exitCode}`);
  }
  return child;
}

async function stop(child) {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await ended;
  if (code !== 0) throw new Error(`A process ended with ${code}`);
}

async function demo(project, name) {
  const args = [join(project, 'scripts', 'demo.mjs')];
  const env = { PATH: process.env.PATH, MUSE_URL: `http://127.0.0.1:${PORT}` };
  const run = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  run.stdout.on('data', (part) => (said += part));
  const [code] = await once(run, 'exit');
  if (code !== 0) throw new Error(`${name}: the demo of that release fails\n${said}`);
  console.log(`${name}: ${said.trim().split('\n').at(-1)}`);
}
