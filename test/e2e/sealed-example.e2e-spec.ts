import type { GeneralJWE, JWK } from 'jose';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exportJWK, generateKeyPair } from 'jose';
import { open, openOrder, seal, type StoreKey } from '../../docs/examples/sealing';
import { startApp, type RunningApp } from '../support/app';
import { openShop, type Shop } from '../support/market';
import { holderOf } from '../support/sealed';
import { addVariant, begin, eventually, guest, place, type Body } from '../support/shopper';

const ROOT = join(__dirname, '../..');
/** Below node_modules, so that the example finds its packages as an integrator's project would. */
const PROJECT = join(ROOT, 'node_modules/.cache/muse/sealed-example');
const run = promisify(execFile);

interface Pair {
  public: JWK;
  private: JWK;
}

async function pairOf(crv: 'P-256' | 'X25519' = 'X25519'): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES+A256KW', { crv, extractable: true });
  return { public: await exportJWK(publicKey), private: await exportJWK(privateKey) };
}

describe('docs/examples/sealed-order.ts', () => {
  let muse: RunningApp;
  let shop: Shop;
  let other: Shop;

  beforeAll(async () => {
    await rm(PROJECT, { recursive: true, force: true });
    await mkdir(PROJECT, { recursive: true });
    await writeFile(join(PROJECT, 'package.json'), '{ "type": "module" }');
    for (const file of ['sealing.ts', 'sealed-order.ts'])
      await copyFile(join(ROOT, 'docs/examples', file), join(PROJECT, file));
    muse = await startApp();
    [shop, other] = [await openShop(muse), await openShop(muse)];
  }, 60_000);

  it('compiles as strictly as can be', async () => {
    const options = ['--ignoreConfig', '--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes'];
    options.push('--noUnusedLocals', '--module', 'nodenext', '--target', 'es2023', '--types', 'node');
    const tsc = join(ROOT, 'node_modules/typescript-7/bin/tsc');
    const compiled = run(process.execPath, [tsc, ...options, '--skipLibCheck', 'sealing.ts', 'sealed-order.ts'], {
      cwd: PROJECT,
    });
    await expect(compiled.catch((error: { stdout: string }) => error)).resolves.toEqual({ stdout: '', stderr: '' });
  }, 60_000);

  it('buys sealed, and the merchant reads where it goes', async () => {
    const env = {
      ...{ ...process.env, MUSE_URL: muse.url, STORE_ID: shop.storeId, VARIANT_ID: shop.variantIds[0] },
      MERCHANT_TOKEN: shop.merchant.headers['authorization']!.slice('Bearer '.length),
    };
    const { stdout } = await run(process.execPath, ['sealed-order.js'], { cwd: PROJECT, env, timeout: 60_000 });
    const [buyer, merchant, ...said] = stdout.trim().split('\n');
    expect(buyer).toMatch(/^buyer M-\S+ Please use the side entrance$/);
    expect(merchant).toMatch(/^merchant M-\S+ Ana Pérez 350 Fifth Avenue ana.perez@example.com$/);
    expect(said).toEqual(['buyer reads It leaves tomorrow', 'merchant reads Thank you']);
  }, 60_000);

  describe('opens', () => {
    const keys = new Map<string, Pair>();
    let orders: { order: Body; session: string; own: Pair }[];

    /** Two orders of the first shop and one of the other, each of a guest with a key of their own. */
    beforeAll(async () => {
      for (const { storeId, merchant } of [shop, other]) {
        const pair = await pairOf('P-256');
        keys.set(storeId, pair);
        await merchant.put(`/merchant/stores/${storeId}/keys`, { jwk: pair.public, kid: 'now' }).expect(200);
      }
      orders = [];
      for (const at of [shop, shop, other]) {
        const [buyer, own] = [await guest(muse), await pairOf()];
        await addVariant(buyer, at.variantIds[0]);
        const session = await begin(buyer, { sealed: true });
        const { keys: listed } = (await buyer.get(`/stores/${at.storeId}/keys`).expect(200)).body;
        const storeKey = listed.find((one: StoreKey) => one.active);
        const sealed = async (field: string, value: unknown) =>
          seal(value, { of: session.id, store: at.storeId, field }, storeKey, own.public);
        const parts = {
          shippingAddress: await sealed('shippingAddress', { line1: `To ${session.id}` }),
          contact: await sealed('contact', { email: `${session.id}@example.com` }),
        };
        const body = { sealed: { [at.storeId]: parts }, destination: { country: 'US', region: 'NY' } };
        const ready = (await buyer.put(`/checkout/sessions/${session.id}/shipping`, body).expect(200)).body;
        const { orderAccess } = (await place(buyer, ready).expect(202)).body;
        const order = await eventually(async () => {
          const answer = await holderOf(muse, orderAccess[0]).get(`/orders/${orderAccess[0].orderId}`);
          return answer.status === 200 ? answer.body : undefined;
        });
        orders.push({ order, session: session.id, own });
      }
    }, 60_000);

    const keyOf = (storeId: string) => () => keys.get(storeId)!.private;

    it('what was sealed for the store and the buyer, with the key of either', async () => {
      for (const { order, session, own } of orders) {
        const expected = { shippingAddress: { line1: `To ${session}` }, contact: { email: `${session}@example.com` } };
        expect(await openOrder(order, keyOf(order.store.id))).toEqual(expected);
        expect(await openOrder(order, () => own.private, session)).toEqual(expected);
      }
    });

    it('nothing of another store, of another buyer, or without the key that it names', async () => {
      const [first, second, elsewhere] = orders.map(({ order }) => order);
      await expect(openOrder(elsewhere, keyOf(shop.storeId))).rejects.toThrow('decryption');
      await expect(openOrder(first, keyOf(other.storeId))).rejects.toThrow('decryption');
      await expect(openOrder(second, () => orders[0]!.own.private)).rejects.toThrow('decryption');
      await expect(openOrder(first, () => undefined)).rejects.toThrow('There is no key now');
    });

    it('nothing that was put into the place of another', async () => {
      const [first, second, elsewhere] = orders.map(({ order }) => order);
      const swapped: [Body, Record<string, GeneralJWE>][] = [
        // Within an order, between two orders of a store, and between two stores.
        [first, { ...first.sealed, contact: first.sealed.shippingAddress, shippingAddress: first.sealed.contact }],
        [first, { ...first.sealed, shippingAddress: second.sealed.shippingAddress }],
        [first, { ...first.sealed, contact: elsewhere.sealed.contact }],
      ];
      for (const [order, sealed] of swapped)
        await expect(openOrder({ ...order, sealed } as never, keyOf(order.store.id))).rejects.toThrow();
      // All of another order's at once: the buyer, who knows the checkout, sees it.
      const all = { ...first, sealed: second.sealed };
      await expect(openOrder(all, () => orders[1]!.own.private, orders[0]!.session)).rejects.toThrow('elsewhere');
    });

    it('nothing whose place was written anew, or of which anything was changed', async () => {
      const { order, session } = orders[0]!;
      const place_ = { of: session, store: shop.storeId, field: 'contact' };
      const written = Buffer.from(JSON.stringify(['muse', session, shop.storeId, 'contact'])).toString('base64url');
      const jwe: GeneralJWE = order.sealed.shippingAddress;
      const mine = keys.get(shop.storeId)!.private;
      await expect(open({ ...jwe, aad: written }, mine, place_)).rejects.toThrow('decryption');
      const flipped = (jwe.ciphertext[0] === 'A' ? 'B' : 'A') + jwe.ciphertext.slice(1);
      const at = { ...place_, field: 'shippingAddress' };
      await expect(open({ ...jwe, ciphertext: flipped }, mine, at)).rejects.toThrow('decryption');
    });
  });
});
