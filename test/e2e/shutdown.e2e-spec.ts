import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { freshDatabase } from '../support/database';
import { startProcess } from '../support/process';

const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://muse.example.com',
  SMTP_URL: 'off',
  MUSE_MASTER_KEY: 'q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng=',
  JWT_SECRET: 'of-the-shutdown-test-and-long-enough-for-it',
};

/** Sends the head and a part of a body; `finish` sends the rest and answers the status. */
function begunRequest(url: string): { finish: () => Promise<number> } {
  const body = JSON.stringify({ email: 'nobody@example.com', password: 'a password of nobody' });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const sent = request(`${url}/api/v1/auth/login`, { method: 'POST', headers, agent: false });
  const status = new Promise<number>((resolve, reject) => {
    sent.on('response', (response) => resolve(response.resume().statusCode!));
    sent.on('error', reject);
  });
  status.catch(() => undefined);
  sent.write(body.slice(0, 5));
  return {
    finish: () => {
      sent.end(body.slice(5));
      return status;
    },
  };
}

describe('A process that is asked to stop', () => {
  it('fails readiness first, goes on answering, lets requests under way finish, and ends with 0', async () => {
    const { child, url, ended } = await startProcess({ ...PRODUCTION, DATABASE_URL: await freshDatabase() });
    const begun = begunRequest(url);
    await sleep(200);
    const asked = Date.now();
    child.kill('SIGTERM');
    await sleep(500);
    expect((await fetch(`${url}/api/v1/health/ready`)).status).toBe(503);
    expect((await fetch(`${url}/api/v1/health/live`)).status).toBe(200);
    // Connections are refused after three seconds; what had come before is answered.
    await sleep(3_500);
    await expect(fetch(`${url}/api/v1/health/live`)).rejects.toThrow();
    expect(await begun.finish()).toBe(401);
    expect(await ended).toBe(0);
    expect(Date.now() - asked).toBeLessThan(30_000);
  }, 60_000);

  it('ends at once, with 1, at a second signal that is none of the first', async () => {
    const { child, url, ended, output } = await startProcess({ ...PRODUCTION, DATABASE_URL: await freshDatabase() });
    begunRequest(url);
    await sleep(200);
    child.kill('SIGTERM');
    await sleep(100);
    child.kill('SIGTERM'); // npm and a terminal hand on the same one
    await sleep(1_200);
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    expect(await ended).toBe(1);
    expect(output()).toContain('SIGINT again');
  }, 60_000);

  it('says what was not caught, closes what it can, and ends with 1', async () => {
    const { child, ended, output } = await startProcess(
      { ...PRODUCTION, DATABASE_URL: await freshDatabase() },
      { preload: [join(__dirname, '..', 'support', 'fault.cjs')] },
    );
    child.kill('SIGUSR2');
    expect(await ended).toBe(1);
    expect(output()).toContain('Not caught, so this process ends: Error: a fault of the test');
  }, 60_000);
});
