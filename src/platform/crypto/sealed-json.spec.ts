import { randomBytes, randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { SealBroken } from './crypto.errors';
import { DataKey } from './data-key';
import { openJson, sealJson, type SealedJson } from './sealed-json';

const subject = randomUUID();
const bytes = randomBytes(32);
const key = new DataKey(subject, bytes);
const place = 'addresses:1:sealed';

describe('sealJson', () => {
  it.each([[{ line1: 'Calle Ñ 1', lat: 10.5 }], ['text'], [[1, null, true]], [null], [0]])('gives back %j', (value) => {
    expect(openJson(key, place, JSON.parse(JSON.stringify(sealJson(key, place, value))) as SealedJson)).toEqual(value);
  });

  it('never seals the same value the same way twice', () => {
    expect(sealJson(key, place, 'x').ct).not.toBe(sealJson(key, place, 'x').ct);
    expect(sealJson(key, place, 'x').iv).not.toBe(sealJson(key, place, 'x').iv);
  });

  it('opens nowhere else than where it was sealed for', () => {
    const sealed = sealJson(key, place, 'x');
    expect(() => openJson(key, 'addresses:2:sealed', sealed)).toThrow(SealBroken);
    expect(() => openJson(new DataKey(randomUUID(), bytes), place, sealed)).toThrow(SealBroken);
    expect(() => openJson(new DataKey(subject, randomBytes(32)), place, sealed)).toThrow(SealBroken);
    expect(() => openJson(key, place, { ...sealed, k: 'another' })).toThrow(SealBroken);
    expect(() => openJson(key, place, { ...sealed, v: 2 as 1 })).toThrow(SealBroken);
  });

  it('refuses a tag cut short, and any changed byte', () => {
    const sealed = sealJson(key, place, 'some text');
    const cut = (text: string, length: number) => Buffer.from(text, 'base64').subarray(0, length).toString('base64');
    for (const length of [0, 4, 8, 12, 15]) {
      expect(() => openJson(key, place, { ...sealed, tag: cut(sealed.tag, length) })).toThrow(SealBroken);
    }
    expect(() => openJson(key, place, { ...sealed, iv: cut(sealed.iv, 8) })).toThrow(SealBroken);
    for (const member of ['iv', 'ct', 'tag'] as const) {
      const changed = Buffer.from(sealed[member], 'base64');
      changed[0]! ^= 1;
      expect(() => openJson(key, place, { ...sealed, [member]: changed.toString('base64') })).toThrow(SealBroken);
    }
  });

  it('opens by an older key of the same name after a rotation, and seals by the newest', () => {
    const rotated = new DataKey(subject, randomBytes(32), [key]);
    expect(openJson(rotated, place, sealJson(key, place, 'x'))).toBe('x');
    expect(sealJson(rotated, place, 'x').k).toBe(rotated.id);
  });
});

describe('DataKey', () => {
  it('shows its bytes to no log', () => {
    const shown = `${JSON.stringify({ key })} ${inspect(key, { showHidden: true, depth: 5 })}`;
    expect(shown).not.toContain(bytes.toString('hex').slice(0, 8));
    expect(shown).not.toContain(bytes.toString('base64').slice(0, 8));
    expect(shown).not.toMatch(/<Buffer/);
  });
});
