import { Unreadable, readJson } from './json-reader';

describe('JSON of a store', () => {
  it('is read value by value, each in the form that is asked for', () => {
    const read = readJson('{"a":{"b":[1,"two",true,null,"2026-01-02T03:04:05Z"]}}');
    const [one, two, yes, none, when] = read.get('a').get('b').list();
    expect([one!.integer(), two!.text(), yes!.boolean(), none!.textOrNull(), when!.moment().toISOString()]).toEqual([
      ...[1, 'two', true, null, '2026-01-02T03:04:05.000Z'],
    ]);
    expect(read.get('x').get('y').list()).toEqual([]);
    expect(read.get('x').isAbsent).toBe(true);
  });

  it.each<[string, (read: ReturnType<typeof readJson>) => unknown]>([
    ['{"n":1.5}', (read) => read.get('n').integer()],
    ['{"n":9007199254740993}', (read) => read.get('n').integer()],
    ['{"n":"1"}', (read) => read.get('n').integer()],
    ['{"n":""}', (read) => read.get('n').text()],
    ['{"n":{}}', (read) => read.get('n').text()],
    ['{"n":{}}', (read) => read.get('n').list()],
    ['{"n":[]}', (read) => read.get('n').get('m')],
    ['{"n":[]}', (read) => read.get('n').object()],
    ['{}', (read) => read.get('n').object()],
    ['{"n":"yesterday"}', (read) => read.get('n').moment()],
    ['{"n":"12"}', (read) => read.get('n').moment()],
    ['{"n":1}', (read) => read.get('n').boolean()],
  ])('%s is refused where something else is asked for, by its place and not by what stands there', (text, ask) => {
    expect(() => ask(readJson(text))).toThrow(Unreadable);
    expect(() => ask(readJson(text))).toThrow(/^\$\.n is not /);
  });

  it('that is none, or too deep, is refused before anything is made of it', () => {
    expect(() => readJson('<html>')).toThrow(Unreadable);
    expect(() => readJson('')).toThrow(Unreadable);
    expect(() => readJson('['.repeat(100_000))).toThrow(/levels deep/);
    expect(() => readJson(`${'['.repeat(41)}${']'.repeat(41)}`)).toThrow(/levels deep/);
    // Brackets in a text are no levels.
    expect(
      readJson(JSON.stringify({ t: `\\"${'['.repeat(100)}` }))
        .get('t')
        .text(),
    ).toContain('[[[');
  });

  it('knows only what an object holds itself', () => {
    const read = readJson('{"__proto__":{"admin":true}}');
    expect(read.get('constructor').isAbsent).toBe(true);
    expect(read.get('toString').isAbsent).toBe(true);
    expect(read.get('admin').isAbsent).toBe(true);
  });

  it('gives words for people as one line of bounded length', () => {
    const read = readJson(JSON.stringify({ t: ' a\nb\u0000c\u2028d ', long: 'x'.repeat(900), no: 5 }));
    expect(read.get('t').wordsOrNull()).toBe('a b c d');
    expect(read.get('long').wordsOrNull()).toHaveLength(500);
    expect(read.get('no').wordsOrNull()).toBeNull();
  });
});
