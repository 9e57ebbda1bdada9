import { randomBytes, randomUUID } from 'node:crypto';
import {
  KeyDestroyed,
  MasterKeyMissing,
  MasterKeys,
  SealBroken,
  Vault,
  openJson,
  sealJson,
} from '../../../src/platform/crypto';
import { KeyRotation } from '../../../src/platform/crypto/key-rotation';
import { Database, statement } from '../../../src/platform/database';
import { Jobs } from '../../../src/platform/jobs';
import { startApp, type RunningApp } from '../../support/app';

const STORED = statement(
  'test.stored_key',
  'SELECT wrapped, master_key_id AS "masterKeyId", destroyed_at AS "destroyedAt" FROM data_keys WHERE subject_id = $1',
);

describe('Vault', () => {
  let app: RunningApp;
  let database: Database;
  let vault: Vault;

  beforeAll(async () => {
    app = await startApp({ MUSE_ROLE: 'api' });
    database = app.app.get(Database, { strict: false });
    vault = app.app.get(Vault, { strict: false });
  });

  const keyFor = (from: Vault, subject: string) => database.transaction((tx) => from.keyFor(tx, subject));
  const stored = async (subject: string) =>
    (await database.maybeOne<{ wrapped: Buffer | null; masterKeyId: string; destroyedAt: Date | null }>(STORED, [
      subject,
    ]))!;

  it('gives a subject the same key every time, and every subject another', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    const first = await keyFor(vault, a);
    expect((await keyFor(vault, a)).id).toBe(first.id);
    expect((await keyFor(vault, b)).id).not.toBe(first.id);
  });

  it('gives everybody the same key when many ask for a new one at once', async () => {
    const subject = randomUUID();
    const keys = await Promise.all(Array.from({ length: 20 }, () => keyFor(vault, subject)));
    expect(new Set(keys.map((key) => key.id)).size).toBe(1);
  });

  it('forgets a key whose transaction rolled back', async () => {
    const subject = randomUUID();
    let lost = '';
    const failing = database.transaction(async (tx) => {
      lost = (await vault.keyFor(tx, subject)).id;
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const kept = await keyFor(vault, subject);
    expect(kept.id).not.toBe(lost);
    expect((await keyFor(vault, subject)).id).toBe(kept.id);
  });

  it('asks the database once for a key that exists', async () => {
    const subject = randomUUID();
    await keyFor(vault, subject);
    await database.transaction(async (tx) => {
      const asked = jest.spyOn(tx, 'rows');
      await vault.keyFor(tx, subject);
      expect(asked).toHaveBeenCalledTimes(1);
    });
  });

  it('opens nothing once the key is shredded, and never makes another', async () => {
    const subject = randomUUID();
    const key = await keyFor(vault, subject);
    sealJson(key, 'a:b:c', 'x');
    await database.transaction((tx) => vault.shred(tx, subject));
    await expect(keyFor(vault, subject)).rejects.toThrow(KeyDestroyed);
    const row = await stored(subject);
    expect(row).toMatchObject({ wrapped: null, destroyedAt: expect.any(Date) as Date });
    expect(() => vault.unwrap(subject, row.wrapped, row.masterKeyId)).toThrow(KeyDestroyed);
  });

  it('is seen as shredded by another process that had the key in memory', async () => {
    const subject = randomUUID();
    const other = new Vault(app.app.get(MasterKeys, { strict: false }));
    await keyFor(vault, subject);
    await keyFor(other, subject);
    await keyFor(other, subject);
    await database.transaction((tx) => vault.shred(tx, subject));
    await expect(keyFor(other, subject)).rejects.toThrow(KeyDestroyed);
    other.onModuleDestroy();
  });

  it('shreds a subject that never had a key for good as well', async () => {
    const subject = randomUUID();
    await database.transaction((tx) => vault.shred(tx, subject));
    await expect(keyFor(vault, subject)).rejects.toThrow(KeyDestroyed);
  });

  it('opens a wrapped key for its own subject only', async () => {
    const [subject, other] = [randomUUID(), randomUUID()];
    await keyFor(vault, subject);
    const { wrapped, masterKeyId } = await stored(subject);
    expect(() => vault.unwrap(other, wrapped, masterKeyId)).toThrow(SealBroken);
  });

  it('rotates the master key while keys are in use', async () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const before = new Vault(new MasterKeys([older]));
    const during = new Vault(new MasterKeys([newer, older]));
    const after = new Vault(new MasterKeys([newer]));
    const subject = randomUUID();
    const sealed = sealJson(await keyFor(before, subject), 'a:b:c', 'kept');
    await expect(keyFor(after, subject)).rejects.toThrow(MasterKeyMissing);
    expect(openJson(await keyFor(during, subject), 'a:b:c', sealed)).toBe('kept');
    // The other tests' keys are under another master key, which this ring lacks.
    await database.pool.query('DELETE FROM data_keys WHERE subject_id <> $1', [subject]);
    const jobs = app.app.get(Jobs, { strict: false });
    const rotation = new KeyRotation(new MasterKeys([newer, older]), during, database, jobs);
    await expect(rotation.runOnce()).resolves.toBe(1);
    await expect(rotation.runOnce()).resolves.toBe(0);
    expect(openJson(await keyFor(after, subject), 'a:b:c', sealed)).toBe('kept');
    for (const each of [before, during, after]) each.onModuleDestroy();
  });

  it('derives the server’s own keys per purpose, the same in every process', () => {
    const again = new Vault(app.app.get(MasterKeys, { strict: false }));
    expect(again.serverKey('a').id).toBe(vault.serverKey('a').id);
    expect(vault.serverKey('b').id).not.toBe(vault.serverKey('a').id);
    again.onModuleDestroy();
  });
});
