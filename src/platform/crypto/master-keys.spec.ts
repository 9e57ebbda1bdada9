import { randomBytes, randomUUID } from 'node:crypto';
import { MasterKeyMissing, SealBroken } from './crypto.errors';
import { ConfiguredMasterKeys, MasterKeys } from './master-keys';

const older = randomBytes(32);
const newer = randomBytes(32);
const subject = randomUUID();
const dataKey = randomBytes(32);

describe('MasterKeys', () => {
  it('unwraps by an older key and wraps by the newest', () => {
    const before = new MasterKeys([older]).wrap(subject, dataKey);
    const ring = new MasterKeys([newer, older]);
    expect(ring.unwrap(subject, before.wrapped, before.masterKeyId)).toEqual(dataKey);
    expect(ring.wrap(subject, dataKey).masterKeyId).toBe(ring.currentId);
    expect(ring.currentId).not.toBe(before.masterKeyId);
  });

  it('unwraps no other subject’s key, none that was changed, and none of a master key it lacks', () => {
    const ring = new MasterKeys([newer]);
    const { wrapped, masterKeyId } = ring.wrap(subject, dataKey);
    expect(() => ring.unwrap(randomUUID(), wrapped, masterKeyId)).toThrow(SealBroken);
    expect(() => ring.unwrap(subject, wrapped.subarray(0, 20), masterKeyId)).toThrow(SealBroken);
    expect(() => new MasterKeys([older]).unwrap(subject, wrapped, masterKeyId)).toThrow(MasterKeyMissing);
  });

  it('derives another key for each purpose and each master key', () => {
    const ring = new MasterKeys([newer, older]);
    const keys = [...ring.derive('a'), ...ring.derive('b')].map((key) => key.toString('hex'));
    expect(new Set(keys).size).toBe(4);
  });

  it('takes keys of 32 bytes only, and at least one', async () => {
    expect(() => new MasterKeys([])).toThrow(RangeError);
    expect(() => new MasterKeys([randomBytes(16)])).toThrow(RangeError);
    const [loaded] = await new ConfiguredMasterKeys([newer.toString('base64')]).load();
    expect(loaded).toEqual(newer);
  });
});
