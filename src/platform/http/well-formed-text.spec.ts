import { illFormedText } from './well-formed-text';

const nested = (depth: number): unknown => (depth === 0 ? 'x' : { a: nested(depth - 1) });

describe('text of a request', () => {
  it.each<{ value: unknown }>([
    { value: ['a', 1, null, undefined, true] },
    { value: {} },
    { value: [] },
    { value: { a: [{ b: 'ü 😀 \n\t' }] } },
    { value: nested(20) },
  ])('passes: $value', ({ value }) => {
    expect(illFormedText(value)).toBeUndefined();
  });

  it.each([
    ['\u0000', ''],
    [{ a: 'x\u0000' }, '/a'],
    [{ a: [{ b: '\ud800' }] }, '/a/0/b'],
    [['ok', '\udc00'], '/1'],
    [{ 'a/b~c': '\u0000' }, '/a~1b~0c'],
    [{ a: { 'x\u0000': 1 } }, '/a'],
    [JSON.parse('{"__proto__":"\\u0000"}'), '/__proto__'],
  ])('is named where it is none: %j', (value, pointer) => {
    expect(illFormedText(value)?.pointer).toBe(pointer);
  });

  it('may hold five thousand values and two hundred members, and no more: validating grows with the square of them', () => {
    expect(illFormedText(Array.from({ length: 4_999 }, () => 1))).toBeUndefined();
    expect(illFormedText(Array.from({ length: 5_000 }, () => 1))).toMatchObject({ pointer: '' });
    const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, 1]));
    expect(illFormedText({ a: members(200) })).toBeUndefined();
    expect(illFormedText({ a: members(201) })).toMatchObject({ pointer: '/a' });
  });

  it.each(['a\u0007b', 'Casa\u202e', '\u2067x', '\u001b[31m'])('has no controls that deceive: %j', (text) => {
    expect(illFormedText({ name: text })).toMatchObject({ pointer: '/name' });
  });

  it('may not lie deeper than twenty levels', () => {
    expect(illFormedText(nested(21))).toMatchObject({ detail: expect.stringContaining('20') });
  });
});
