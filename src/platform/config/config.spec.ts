import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidConfiguration, readConfig } from '.';

const KEY = 'k1XrQm0u8v3Zt6Yw9Bn2Cd5Ef7Gh4Jk1Lm3Np6Qr9S8=';
const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://muse:pw@db:5432/muse',
  PUBLIC_URL: 'https://muse.test',
  MUSE_MASTER_KEY: KEY,
  JWT_SECRET: 'Zq8vT1xWc5Rb7Ny3Mk9Lp2Hd6Gf4Js0A',
  SMTP_URL: 'smtps://muse:pw@mail.muse.test',
  MAIL_FROM: 'Muse <orders@muse.test>',
};

function problemsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.problems;
    throw error;
  }
}

describe('readConfig', () => {
  it('needs nothing in development, and turns the demo on', () => {
    expect(readConfig({})).toMatchObject({
      NODE_ENV: 'development',
      PORT: 3000,
      HOST: '127.0.0.1',
      MUSE_DEMO: true,
      MUSE_ROLE: 'all',
    });
  });

  it('has limits a hundred times wider outside production, and as wide as it is told', () => {
    expect(readConfig({}).RATE_LIMIT_FACTOR).toBe(100);
    expect(readConfig(PRODUCTION).RATE_LIMIT_FACTOR).toBe(1);
    expect(readConfig({ ...PRODUCTION, RATE_LIMIT_FACTOR: '2.5' }).RATE_LIMIT_FACTOR).toBe(2.5);
    for (const wrong of ['0', '-1', 'x', '1e9']) {
      expect(problemsOf({ RATE_LIMIT_FACTOR: wrong })).toEqual([expect.stringMatching(/^RATE_LIMIT_FACTOR: /)]);
    }
  });

  it('takes Stripe’s keys together or not at all, and no double of it in production', () => {
    const keys = { STRIPE_SECRET_KEY: 'sk_test_1234567890', STRIPE_WEBHOOK_SECRET: 'whsec_1234567890' };
    expect(problemsOf({ ...PRODUCTION, ...keys })).toEqual([]);
    expect(problemsOf(PRODUCTION)).toEqual([]);
    expect(problemsOf({ STRIPE_SECRET_KEY: keys.STRIPE_SECRET_KEY })).toEqual([
      'STRIPE_WEBHOOK_SECRET: is required with STRIPE_SECRET_KEY',
    ]);
    expect(problemsOf({ ...PRODUCTION, ...keys, STRIPE_API_BASE: 'http://127.0.0.1:12111' })).toEqual([
      'STRIPE_API_BASE: must be unset in production',
    ]);
    expect(problemsOf({ STRIPE_SECRET_KEY: 'pk_test_1234567890' })).toHaveLength(2);
    const two = { ...keys, STRIPE_WEBHOOK_SECRET: 'whsec_1234567890, whsec_0987654321' };
    expect(readConfig(two).STRIPE_WEBHOOK_SECRET).toEqual(['whsec_1234567890', 'whsec_0987654321']);
    expect(problemsOf({ ...keys, STRIPE_WEBHOOK_SECRET: 'whsec_1234567890,sk_test_1234567890' })).toHaveLength(1);
    expect(readConfig({}).STRIPE_PREVIEW_VERSION).toBeUndefined();
    expect(readConfig({ STRIPE_PREVIEW_VERSION: '2026-04-22.preview' }).STRIPE_PREVIEW_VERSION).toBe(
      '2026-04-22.preview',
    );
    for (const wrong of ['1', '2026-04-22', '2026-10-28.endive'])
      expect(problemsOf({ STRIPE_PREVIEW_VERSION: wrong })).toHaveLength(1);
    expect(readConfig({}).PLATFORM_FEE_PPM).toBe(50_000);
    expect(problemsOf({ PLATFORM_FEE_PPM: '1000001' })).toHaveLength(1);
    expect(readConfig({ ORDER_CONFIRM_HOURS: '24', ORDER_COMPLETE_DAYS: '7' })).toMatchObject({
      ...{ ORDER_CONFIRM_HOURS: 24, ORDER_COMPLETE_DAYS: 7 },
    });
    expect(problemsOf({ ORDER_CONFIRM_HOURS: '0', ORDER_COMPLETE_DAYS: '91' })).toHaveLength(2);
  });

  it('gives two weeks for ratings, unless it is told otherwise', () => {
    expect(readConfig({}).RATING_WINDOW_DAYS).toBe(14);
    expect(readConfig({ RATING_WINDOW_DAYS: '30' }).RATING_WINDOW_DAYS).toBe(30);
    for (const days of ['0', '91', '1.5']) expect(problemsOf({ RATING_WINDOW_DAYS: days })).toHaveLength(1);
  });

  it('trusts proxies by address or network, and opens itself to exact origins', () => {
    const { TRUSTED_PROXIES, CORS_ORIGINS } = readConfig({
      TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1, 2001:db8::/32, ::1',
      CORS_ORIGINS: 'https://shop.example, http://localhost:5173',
    });
    expect(TRUSTED_PROXIES).toEqual(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1']);
    expect(CORS_ORIGINS).toEqual(['https://shop.example', 'http://localhost:5173']);
    for (const wrong of ['10.0.0.0/33', 'proxy', '*', 'true', '10.0.0', '2001:db8::/129']) {
      expect([wrong, problemsOf({ TRUSTED_PROXIES: wrong }).length]).toEqual([wrong, 1]);
    }
    for (const wrong of [
      '*',
      'shop.example',
      'https://shop.example/',
      'https://shop.example/x',
      'https://Shop.example',
      'ftp://a.b',
      'null',
    ]) {
      expect([wrong, problemsOf({ CORS_ORIGINS: wrong }).length]).toEqual([wrong, 1]);
    }
  });

  it('asks for passwords of 10 characters, of 8 at the least', () => {
    expect(readConfig({}).PASSWORD_MIN_LENGTH).toBe(10);
    expect(readConfig({ PASSWORD_MIN_LENGTH: '15' }).PASSWORD_MIN_LENGTH).toBe(15);
    for (const wrong of ['7', '65']) expect(problemsOf({ PASSWORD_MIN_LENGTH: wrong })).toHaveLength(1);
  });

  it('takes an empty variable for an unset one', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({ PORT: 3000 });
  });

  it('reads numbers, booleans and lists', () => {
    const config = readConfig({
      PORT: '8080',
      MUSE_DEMO: '0',
      SANDBOX_ORIGINS: 'http://127.0.0.1:4001, http://127.0.0.1:4002',
    });
    expect(config).toMatchObject({
      PORT: 8080,
      MUSE_DEMO: false,
      SANDBOX_ORIGINS: ['http://127.0.0.1:4001', 'http://127.0.0.1:4002'],
    });
  });

  it('names every wrong variable in one message', () => {
    const problems = problemsOf({ PORT: 'eighty', MUSE_ROLE: 'boss', MUSE_MASTER_KEY: 'short' });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(
      expect.arrayContaining(['PORT', 'MUSE_ROLE', 'MUSE_MASTER_KEY']),
    );
  });

  it('refuses a number that is not one to the end', () => {
    for (const port of ['80x', '1e3', '-1', '70000']) expect(problemsOf({ PORT: port })[0]).toMatch(/^PORT: /);
  });

  it.each(['DATABASE_URL', 'MUSE_MASTER_KEY', 'JWT_SECRET', 'PUBLIC_URL'])(
    'does not start in production without %s',
    (name) => {
      expect(problemsOf({ ...PRODUCTION, [name]: '' })).toContain(`${name}: is required in production`);
    },
  );

  it('refuses demo data and guessable secrets in production', () => {
    const problems = problemsOf({ ...PRODUCTION, MUSE_DEMO: '1', JWT_SECRET: 'change-me-change-me-change-me-change' });
    expect(problems).toEqual(
      expect.arrayContaining([expect.stringMatching(/^MUSE_DEMO/), expect.stringMatching(/^JWT_SECRET/)]),
    );
  });

  it('sends mail in production, or is told not to', () => {
    expect(readConfig(PRODUCTION)).toMatchObject({ mail: 'smtp', APP_URL: 'https://muse.test' });
    expect(problemsOf({ ...PRODUCTION, SMTP_URL: '' })).toEqual([
      'SMTP_URL: is required in production (off: no mail is sent)',
    ]);
    expect(problemsOf({ ...PRODUCTION, MAIL_FROM: '' })).toEqual(['MAIL_FROM: is required with SMTP_URL']);
    expect(readConfig({ ...PRODUCTION, SMTP_URL: 'off', MAIL_FROM: '' }).mail).toBe('off');
    expect(readConfig({}).mail).toBe('folder');
  });

  it('takes nothing for a mail server or a sender that is none', () => {
    expect(problemsOf({ SMTP_URL: 'mail.muse.test' })[0]).toMatch(/^SMTP_URL: /);
    expect(problemsOf({ MAIL_FROM: 'Muse' })[0]).toMatch(/^MAIL_FROM: /);
  });

  it('binds to every address in production, and to loopback elsewhere', () => {
    expect(readConfig(PRODUCTION).HOST).toBe('0.0.0.0');
    expect(readConfig({ NODE_ENV: 'test' }).HOST).toBe('127.0.0.1');
  });
});

describe('the list of variables', () => {
  const source = readFileSync(join(__dirname, 'config.ts'), 'utf8');
  const fields = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+)\??(?::| =)/gm)].map((match) => String(match[1])).sort();

  it('holds every field of Config: what is not in it would never be read', () => {
    const list = /const KEYS = \[([^;]*)\] as const/.exec(source)?.[1] ?? '';
    expect([...list.matchAll(/'([A-Z][A-Z0-9_]+)'/g)].map((match) => String(match[1])).sort()).toEqual(fields);
  });

  it('is what .env.example shows', () => {
    const example = readFileSync(join(__dirname, '../../../.env.example'), 'utf8');
    expect([...example.matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map((match) => String(match[1])).sort()).toEqual(fields);
  });
});
