import { AnswerReader, BadAnswer } from './answer-reader';

const read = (text: string) => AnswerReader.parse(Buffer.from(text));

describe('What a store answers', () => {
  it.each([
    ['', 'JSON'],
    ['<html>', 'JSON'],
    ['{"a":', 'JSON'],
    ['['.repeat(100_000), 'nested less than 40 deep'],
    [`${'{"a":'.repeat(41)}1${'}'.repeat(41)}`, 'nested less than 40 deep'],
  ])('is JSON that ends: %#', (text, expected) => {
    expect(() => read(text)).toThrow(new BadAnswer('$', expected));
  });

  it('is UTF-8', () => {
    expect(() => AnswerReader.parse(Buffer.from([0x22, 0xff, 0x22]))).toThrow(new BadAnswer('$', 'UTF-8'));
  });

  it('may say brackets in its text', () => {
    expect(read(JSON.stringify({ a: `"\\${'['.repeat(100)}` })).at('a').isText).toBe(true);
  });

  it('names the place of what is wrong, and never the value', () => {
    const wrong = read('{"totals":[{"amount":"4111 secret"}]}').at('totals').list()[0]!.at('amount');
    expect(() => wrong.amount()).toThrow(new BadAnswer('$.totals[0].amount', 'an integer'));
  });

  it.each(['1.5', '9007199254740993', '1000000000001', '"1"', 'true', 'null', '1e400'])(
    'has whole amounts, and not %s',
    (amount) => {
      expect(() => read(`{"a":${amount}}`).at('a').amount()).toThrow(BadAnswer);
    },
  );

  it('has amounts of zero or more where they are said to be', () => {
    const reader = read('{"a":-1}').at('a');
    expect(reader.integer()).toBe(-1);
    expect(() => reader.amount()).toThrow(BadAnswer);
  });

  it.each(['""', '"a\\u0000"', '"\\ud800"', '"a\\nb"', `"${'x'.repeat(256)}"`, '1', '{}'])(
    'has identifiers that can be kept, and not %#',
    (id) => {
      expect(() => read(`{"id":${id}}`).at('id').id()).toThrow(BadAnswer);
    },
  );

  it('has text for people without what deceives them', () => {
    expect(read('{"t":"  a\\u0000b\\u202ec\\ud800 "}').at('t').text()).toBe('abc\ufffd');
    expect(
      read(`{"t":"${'x'.repeat(5_000)}"}`)
        .at('t')
        .text(),
    ).toHaveLength(1_000);
    expect(read('{"t":"\\u0000"}').at('t').textOrNull()).toBeNull();
  });

  it.each(['"http://a.example/"', '"javascript:alert(1)"', '"https://u@a.example/"', '"/x"', '"https://"', '7'])(
    'leads the shopper to https only, not to %s',
    (url) => {
      expect(() => read(`{"u":${url}}`).at('u').url()).toThrow(BadAnswer);
      expect(read(`{"u":${url}}`).at('u').safeUrl()).toBeNull();
    },
  );

  it.each([
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://169.254.169.254/',
    'https://printer.local/',
  ])('leads the shopper into no private network: %s', (url) => {
    expect(
      read(JSON.stringify({ u: url }))
        .at('u')
        .safeUrl(),
    ).toBeNull();
  });

  it('may lead to http where the sandbox does', () => {
    expect(read('{"u":"http://127.0.0.1:1/x"}').at('u').url(true)).toBe('http://127.0.0.1:1/x');
  });

  it.each([
    '"2026-02-30T99:00:00Z"',
    '"2026-01-01"',
    '"yesterday"',
    '1',
    '"+012026-01-01T00:00:00Z"',
    '"0000-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59-23:59"',
  ])('has times of RFC 3339 and of this age, and not %s', (time) => {
    expect(() => read(`{"t":${time}}`).at('t').time()).toThrow(BadAnswer);
  });

  it('inherits nothing', () => {
    expect(read('{}').at('constructor').isThere).toBe(false);
    expect(read('{"__proto__":{"a":1}}').at('a').isThere).toBe(false);
  });

  it('leaves out what is not there, and says so where it must be', () => {
    const reader = read('{"a":null}');
    expect([reader.at('a').at('b').isThere, reader.at('a').list(), reader.at('x').entries()]).toEqual([false, [], []]);
    expect([reader.at('a').idOrNull(), reader.at('a').timeOrNull(), reader.at('a').safeUrl()]).toEqual([
      null,
      null,
      null,
    ]);
    expect(() => reader.at('a').id()).toThrow(BadAnswer);
  });

  it('has lists and objects where they are said to be', () => {
    expect(() => read('{"a":1}').at('a').at('b')).toThrow(BadAnswer);
    expect(() => read('{"a":{}}').at('a').list()).toThrow(BadAnswer);
    expect(() =>
      read(`{"a":[${'1,'.repeat(2_000)}1]}`)
        .at('a')
        .list(),
    ).toThrow(BadAnswer);
  });
});
