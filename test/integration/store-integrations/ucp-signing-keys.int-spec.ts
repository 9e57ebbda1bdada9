import { createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { MasterKeys } from '../../../src/platform/crypto';
import { KeyRotation } from '../../../src/platform/crypto/key-rotation';
import { SigningKeys } from '../../../src/store-integrations/protocols/ucp/signing-keys';
import { Database } from '../../../src/platform/database';
import { startApp, type RunningApp } from '../../support/app';
import { makeUser, signIn } from '../../support/sellers';
import { API, sql } from '../../support/shopper';

describe('The keys that Muse signs by', () => {
  const start = async (overrides: Record<string, string> = {}) => {
    const muse = await startApp({ MUSE_ROLE: 'api', ...overrides });
    return { muse, keys: muse.app.get(SigningKeys, { strict: false }) };
  };
  const age = (muse: RunningApp, kid: string, days: number) =>
    sql(muse, `UPDATE ucp_signing_keys SET signs_from = now() - make_interval(days => $2) WHERE kid = $1`, [kid, days]);
  const kids = async (keys: SigningKeys) => (await keys.published()).map(({ kid }) => kid);
  const rotate = (muse: RunningApp, keys: SigningKeys, compromised?: string) =>
    muse.app.get(Database, { strict: false }).transaction((tx) => keys.rotate(tx, compromised));

  it('are one, however many processes need the first at once', async () => {
    const { muse, keys } = await start();
    const { keys: others } = await start({
      DATABASE_URL: muse.database,
      MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY!,
    });
    const found = await Promise.all([keys, others, keys, others, keys].map((each) => each.current()));
    expect(new Set(found.map(({ kid }) => kid)).size).toBe(1);
    expect(await kids(others)).toEqual([found[0]!.kid]);
  });

  it('are published, and what they sign holds by what is published', async () => {
    const { keys } = await start();
    const { kid, key } = await keys.current();
    const [published] = await keys.published();
    expect(published).toEqual({
      ...{ kid, kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256' },
      ...{ x: expect.any(String), y: expect.any(String) },
    });
    const signature = sign('sha256', Buffer.from('x'), key);
    expect(verify('sha256', Buffer.from('x'), createPublicKey({ key: published!, format: 'jwk' }), signature)).toBe(
      true,
    );
  });

  it('are never stored in the clear', async () => {
    const { muse, keys } = await start();
    const { key } = await keys.current();
    const { d } = key.export({ format: 'jwk' });
    const [{ row }] = await sql(muse, `SELECT s::text AS row FROM ucp_signing_keys s`);
    expect(row).not.toContain(d);
  });

  it('are followed: published a day before they sign, and a week after', async () => {
    const { muse, keys } = await start();
    const first = (await keys.current()).kid;
    const { kid: next } = await rotate(muse, keys);
    expect(await kids(keys)).toEqual([next, first]);
    keys.forget();
    expect((await keys.current()).kid).toBe(first);
    // A day later.
    await age(muse, first, 5);
    await age(muse, next, 1);
    keys.forget();
    expect((await keys.current()).kid).toBe(next);
    expect(await kids(keys)).toEqual([next, first]);
    await age(muse, first, 20);
    await age(muse, next, 8);
    expect(await kids(keys)).toEqual([next]);
  });

  it('are followed by themselves after 90 days, once', async () => {
    const { muse, keys } = await start();
    const { kid } = await keys.current();
    await keys.rotateOld();
    expect(await kids(keys)).toEqual([kid]);
    await age(muse, kid, 91);
    await Promise.all([keys.rotateOld(), keys.rotateOld(), keys.rotateOld()]);
    expect(await kids(keys)).toHaveLength(2);
    const [newest] = await kids(keys);
    await age(muse, newest!, 31);
    await age(muse, kid, 200);
    await keys.rotateOld();
    expect(await sql(muse, `SELECT kid FROM ucp_signing_keys`)).toEqual([{ kid: newest }]);
  });

  it('are gone at once where others may have them, and another signs', async () => {
    const { muse, keys } = await start();
    const { kid } = await keys.current();
    const { kid: waiting } = await rotate(muse, keys);
    const instead = await rotate(muse, keys, kid);
    expect(instead.status).toBe('signing');
    keys.forget();
    expect((await keys.current()).kid).toBe(instead.kid);
    expect((await kids(keys)).sort()).toEqual([instead.kid, waiting].sort());
    await expect(rotate(muse, keys, kid)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are looked after by admins', async () => {
    const { muse, keys } = await start();
    const { kid } = await keys.current();
    const admin = await signIn(muse, await makeUser(muse, 'admin'));
    const list = async () => (await muse.http.get(`${API}/admin/signing-keys`).set(admin).expect(200)).body.data;
    const rotating = (body: object) => muse.http.post(`${API}/admin/signing-keys`).set(admin).send(body);
    expect(await list()).toEqual([
      { kid, status: 'signing', signsFrom: expect.any(String), createdAt: expect.any(String) },
    ]);
    const made = (await rotating({}).expect(201)).body;
    expect(made.status).toBe('waiting');
    const once = { 'idempotency-key': 'once' };
    const instead = (await rotating({ compromised: kid }).set(once).expect(201)).body;
    expect((await rotating({ compromised: kid }).set(once).expect(201)).body).toEqual(instead);
    expect((await list()).map((key: { kid: string; status: string }) => [key.kid, key.status])).toEqual([
      [made.kid, 'waiting'],
      [instead.kid, 'signing'],
    ]);
    // The next request is signed by the new one already.
    expect((await keys.current()).kid).toBe(instead.kid);
    await rotating({ compromised: kid }).expect(404);
    await rotating({ compromised: 'x' }).expect(400);
  });

  it('outlive the master key that sealed them', async () => {
    const { muse, keys } = await start();
    const { kid } = await keys.current();
    const newer = randomBytes(32).toString('base64');
    const both = await start({
      DATABASE_URL: muse.database,
      MUSE_MASTER_KEY: newer,
      MUSE_MASTER_KEYS_OLDER: muse.config.MUSE_MASTER_KEY!,
    });
    expect(both.muse.app.get(MasterKeys, { strict: false }).hasOlder).toBe(true);
    await both.muse.app.get(KeyRotation, { strict: false }).runOnce();
    const after = await start({ DATABASE_URL: muse.database, MUSE_MASTER_KEY: newer });
    expect((await after.keys.current()).kid).toBe(kid);
  });

  it('stand in our profile, which may be kept for an hour', async () => {
    const { muse, keys } = await start();
    const { kid } = await keys.current();
    const newest = await muse.http.get('/.well-known/ucp').expect(200);
    expect(newest.headers['cache-control']).toBe('public, max-age=3600');
    expect(newest.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(newest.body).toMatchObject({ ucp: { version: '2026-08-25' }, keys: [{ kid }], signing_keys: [{ kid }] });
    const { body } = await muse.http.get('/.well-known/ucp/2026-04-08').expect(200);
    expect(body).toMatchObject({ ucp: { version: '2026-04-08' }, signing_keys: [{ kid }] });
    await muse.http.get('/.well-known/ucp').set('if-none-match', newest.headers['etag']!).expect(304);
    await muse.http.get('/.well-known/ucp/2020-01-01').expect(404);
    expect(JSON.stringify(newest.body)).not.toContain('"d"');
  });
});
