import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startApp, type RunningApp } from '../support/app';
import { DOCUMENT } from '../support/contract';
import { openPartner, openShop } from '../support/market';
import { makeUser, signIn, usd } from '../support/sellers';
import { API } from '../support/shopper';

const ROOT = join(__dirname, '../..');
/** Below node_modules, so that the example finds its packages as an integrator's project would. */
const PROJECT = join(ROOT, 'node_modules/.cache/muse/example');
const run = promisify(execFile);

/**
 * The types are made here and kept nowhere: openapi.json is already checked in and diffed, and 8,000 lines that say the
 * same again would only conflict twice.
 */
describe('docs/examples/checkout.ts', () => {
  let muse: RunningApp;

  beforeAll(async () => {
    // Imported as a module, for what it says of its types to those who require it is broken.
    const { default: typesOf, astToString } = await import('openapi-typescript');
    await rm(PROJECT, { recursive: true, force: true });
    await mkdir(PROJECT, { recursive: true });
    await writeFile(join(PROJECT, 'package.json'), '{ "type": "module" }');
    await writeFile(join(PROJECT, 'muse-api.d.ts'), astToString(await typesOf(JSON.stringify(DOCUMENT))));
    await copyFile(join(ROOT, 'docs/examples/checkout.ts'), join(PROJECT, 'checkout.ts'));
    muse = await startApp();
  }, 60_000);

  it("compiles against the types of Muse's own document, as strictly as can be and without a cast", async () => {
    const options = ['--ignoreConfig', '--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes'];
    options.push('--noUnusedLocals', '--module', 'nodenext', '--target', 'es2023', '--types', 'node');
    const tsc = join(ROOT, 'node_modules/typescript-7/bin/tsc');
    const compiled = run(process.execPath, [tsc, ...options, '--skipLibCheck', 'checkout.ts'], { cwd: PROJECT });
    await expect(compiled.catch((error: { stdout: string }) => error)).resolves.toEqual({ stdout: '', stderr: '' });
  }, 60_000);

  it('buys from three stores at once, and prints what became of it', async () => {
    await openShop(muse);
    await openShop(muse);
    const partner = await openPartner(muse, { name: 'Old Navy' });
    const admin = await signIn(muse, await makeUser(muse, 'admin'));
    await muse.http
      .post(`${API}/merchant/stores/${partner.id}/products`)
      .set(admin)
      .send({
        title: 'Jeans',
        url: `https://${partner.hosts[0]}/jeans`,
        variants: [{ sku: 'J-1', price: usd(3999), onHand: 5 }],
      })
      .expect(201);
    const env = { ...process.env, MUSE_URL: muse.url };
    const { stdout } = await run(process.execPath, ['checkout.js'], { cwd: PROJECT, env, timeout: 60_000 });
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => /^Store \w+ placed \S+$/.test(line))).toHaveLength(2);
    expect(lines.filter((line) => /^Old Navy continue_at_store http:\S+\/r\/[a-z0-9]{28}$/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /^\S+ Store \w+ (15|25)00 USD pending$/.test(line))).toHaveLength(2);
    expect(lines).toHaveLength(5);
  }, 90_000);
});
