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

  it('may not lie deeper than twenty levels', () => {
    expect(illFormedText(nested(21))).toMatchObject({ detail: expect.stringContaining('20') });
  });
});
