import fc from 'fast-check';
import { resolve, type Operation, type Parameter, type Schema } from './contract';

/** A request, all but where the server is and whose token it carries. */
export interface ArbitraryRequest {
  /** Values of the path's parameters as they stand in the address, already encoded (or wrongly so). */
  path: Record<string, string>;
  /** With the question mark, or empty. */
  query: string;
  headers: Record<string, string>;
  body?: string;
  caller: string;
}

/** A value that is the same JSON, so many levels down. */
export const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

/** JSON texts that may stand in the place of any value. */
const WRONG_VALUES = [
  ...[
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udc00x"',
    '""',
    '" "',
    '"<script>"',
    '"\\u202e\\uffff"',
    '"\\ufeff"',
  ],
  ...[`"${'x'.repeat(100_000)}"`, `"${'é'.repeat(300)}"`, '"%00"', '"\'; DROP TABLE orders; --"', '"{{7*7}}"', '"𝒳"'],
  ...['1e308', '-1e308', '1e400', '9007199254740993', '-9223372036854775809', '99999999999999999999', '2147483648'],
  ...['-1', '0', '-0', '1.5', '0.1e-9', 'true', 'null', '[]', '{}', '[[]]', '[null]', '[{}]', '{"length":1}'],
  ...['{"__proto__":null}', '{"hasOwnProperty":1,"toString":2}', '{"a":1,"a":2}', nested(30), nested(5_000)],
  ...['"00000000-0000-0000-0000-000000000000"', '"2026-02-30T00:00:00Z"', '"+275760-09-13T00:00:00.001Z"'],
  ...['"http://169.254.169.254/"', '"javascript:alert(1)"', '"https://user:pass@example.com/"'],
  `[${Array.from({ length: 6_000 }, () => '1').join(',')}]`,
];

/** Not even a JSON object, with the Content-Type they come with. */
export const NO_BODIES: [string, string | Buffer, string][] = [
  ['no JSON', '{"a":', 'application/json'],
  ['more than JSON', '{} {}', 'application/json'],
  ['a list', '[]', 'application/json'],
  ['a list of objects', '[{}]', 'application/json'],
  ['a text', '"x"', 'application/json'],
  ['a number', '1', 'application/json'],
  ['null', 'null', 'application/json'],
  ['__proto__', '{"__proto__":{"roles":["admin"]}}', 'application/json'],
  ['constructor', '{"constructor":{"prototype":{"roles":["admin"]}}}', 'application/json'],
  ['an unknown field', '{"surprise":1}', 'application/json'],
  ['a NUL in a name', '{"a\\u0000b":1}', 'application/json'],
  ['nested ten thousand deep', nested(10_000), 'application/json'],
  ['more than a megabyte', JSON.stringify({ a: 'x'.repeat(1_100_000) }), 'application/json'],
  ['no UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'application/json'],
  ['XML', '<a/>', 'application/xml'],
  ['a form', 'a=1', 'application/x-www-form-urlencoded'],
  ['plain text', '{}', 'text/plain'],
  ['many parts', '--x--', 'multipart/form-data; boundary=x'],
];

/** What may stand in the place of an id in an address. */
const WRONG_IDS = [
  ...[
    'x',
    '%00',
    '%ED%A0%80',
    '%FF',
    '%',
    '%zz',
    '%2',
    '..%2f..%2fetc',
    '%2e%2e',
    '%E2%80%AE',
    "'%20OR%201=1",
    '1',
    '-1',
  ],
  ...[
    'x'.repeat(250),
    '00000000-0000-0000-0000-00000000000g',
    '{id}',
    'null',
    'undefined',
    '%7B%7D',
    ';a=b',
    '%0d%0aX:1',
  ],
];

const WRONG_QUERIES = [
  ...['%00', '%ED%A0%80', '%FF', '%', '%zz', '', 'x', '-1', '0', '1e9', '99999999999999999999', '1.5', 'NaN', 'null'],
  ...['W10', 'bnVsbA', 'WyJ4Il0', 'true', '%F0%9F%92%A9', 'x'.repeat(3_000), '2026-02-30', '%27', '[]', '{}'],
];

const WRONG_HEADERS: Record<string, string[]> = {
  'idempotency-key': ['', 'x'.repeat(256), 'a b', 'a\tb', 'é', '"quoted"'],
  'if-match': ['', '7', '"x"', '"-1"', '"99999999999999999999"', '"1", "2"', 'W/"x"', '*'],
  'content-type': ['text/plain', 'application/xml', 'application/json; charset=utf-16', 'x', 'multipart/form-data'],
  accept: ['text/html', '*/*;q=0', 'x'],
  'accept-language': ['x'.repeat(500), '*', 'es;q=9'],
  'x-request-id': ['a<b>', 'x'.repeat(300), ''],
};

/** Ids that exist: the world's own and others', so that requests meet something. */
export interface Known {
  /** Of the owner, for the parameters of the path. */
  path: Record<string, string>;
  /** Of anything, of anybody. */
  ids: string[];
  /** A body that the owner might send. */
  body?: object;
  callers: string[];
}

/** Requests to one operation: near enough to the document to get somewhere, and far enough from it to hurt. */
export function arbitraryRequest(operation: Operation, known: Known): fc.Arbitrary<ArbitraryRequest> {
  const id = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...known.ids) }, fc.uuid());
  const of = (place: Parameter['in']) => operation.parameters.filter((parameter) => parameter.in === place);
  const path = Object.fromEntries(
    of('path').map(({ name }) => [
      name,
      fc.oneof(
        { weight: 12, arbitrary: fc.constant(known.path[name] ?? 'missing') },
        { weight: 2, arbitrary: id },
        { weight: 1, arbitrary: fc.constantFrom(...WRONG_IDS) },
      ),
    ]),
  );
  const body: fc.Arbitrary<string | undefined> = operation.body
    ? bodies(operation.body.schema, known, id)
    : fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.constantFrom('{}', '{"a":1}', 'x'));
  return fc.record({
    path: fc.record(path),
    query: queries(of('query'), id),
    headers: headers(of('header')),
    body,
    caller: fc.oneof({ weight: 8, arbitrary: fc.constant(known.callers[0]!) }, fc.constantFrom(...known.callers)),
  });
}

function headers(parameters: Parameter[]): fc.Arbitrary<Record<string, string>> {
  const documented = parameters.map(({ name }) => name.toLowerCase());
  const right: fc.Arbitrary<Record<string, string>> = fc.uuid().map((key) => ({
    'content-type': 'application/json',
    ...(documented.includes('idempotency-key') && { 'idempotency-key': key }),
  }));
  const wrong = fc
    .constantFrom(...Object.keys(WRONG_HEADERS))
    .chain((name) => fc.constantFrom(...WRONG_HEADERS[name]!).map((value) => ({ [name]: value })));
  return fc.oneof(
    { weight: 6, arbitrary: right },
    fc.tuple(right, wrong).map(([good, bad]) => ({ ...good, ...bad })),
  );
}

function queries(parameters: Parameter[], id: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const pair = ({ name, schema }: Parameter) =>
    fc
      .oneof(
        { weight: 3, arbitrary: valueOf(schema, id).map((value) => encodeURIComponent(String(value).toWellFormed())) },
        { weight: 2, arbitrary: fc.constantFrom(...WRONG_QUERIES) },
      )
      .map((value) => `${name}=${value}`);
  const unknown = fc.constantFrom(
    'surprise=1',
    'limit[]=1',
    'limit[a]=1',
    '__proto__=1',
    'constructor=x',
    '&&',
    '%=1',
    'a',
  );
  const some =
    parameters.length === 0 ? fc.constant<string[]>([]) : fc.array(fc.oneof(...parameters.map(pair)), { maxLength: 4 });
  // The same name may come twice; an unknown one now and then.
  return fc
    .tuple(
      some,
      fc.oneof(
        { weight: 9, arbitrary: fc.constant([]) },
        unknown.map((one) => [one]),
      ),
    )
    .map(([known, more]) => [...known, ...more].join('&'))
    .map((query) => (query === '' ? '' : `?${query}`));
}

/** The owner's body, one made from the schema, either with something wrong in one place, or nothing at all. */
function bodies(schema: Schema, known: Known, id: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> {
  const valid = fc.oneof(
    ...(known.body ? [fc.constant<unknown>(known.body)] : []),
    valueOf(schema, id),
    valueOf(schema, id),
  );
  const spoilt = fc.tuple(valid, fc.nat(), fc.constantFrom(...WRONG_VALUES)).map(([value, seed, wrong]) => {
    const places = placesOf(value);
    if (places.length === 0) return wrong;
    const place = places[seed % places.length]!;
    return JSON.stringify(put(value, place, '@@wrong@@')).replace('"@@wrong@@"', () => wrong);
  });
  const surprising = fc
    .tuple(valid, fc.json({ maxDepth: 3 }))
    .map(([value, more]) => JSON.stringify({ ...(value as object), surprise: JSON.parse(more) as unknown }));
  return fc.oneof(
    { weight: 5, arbitrary: valid.map((value) => JSON.stringify(value)) },
    { weight: 8, arbitrary: spoilt },
    { weight: 1, arbitrary: surprising },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** A value that the schema allows, or nearly: patterns with look-ahead are not made, their example stands in. */
function valueOf(given: Schema, id: fc.Arbitrary<string>, depth = 0): fc.Arbitrary<unknown> {
  const schema = resolve(given);
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices) return fc.oneof(...choices.map((one) => valueOf(one, id, depth + 1)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? 'object'].flat();
  const values = types.map((type) => ofType(type, schema, id, depth));
  return values.length === 1 ? values[0]! : fc.oneof(...values);
}

function ofType(type: string, schema: Schema, id: fc.Arbitrary<string>, depth: number): fc.Arbitrary<unknown> {
  const example = schema.example === undefined ? [] : [fc.constant(schema.example)];
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer': {
      const [min, max] = [schema.minimum ?? -9_007_199_254_740_991, schema.maximum ?? 9_007_199_254_740_991];
      const within = (value: number) => Math.min(Math.max(value, min), max);
      return fc.oneof(
        ...example,
        fc.integer({ min: within(0), max: within(1_000) }),
        fc.integer({ min, max }),
        fc.constantFrom(min, max),
      );
    }
    case 'number':
      return fc.oneof(
        fc.double({ noNaN: true, min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9 }),
        fc.constant(schema.minimum ?? 0),
      );
    case 'array':
      return fc.array(schema.items ? valueOf(schema.items, id, depth + 1) : fc.jsonValue(), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, (schema.minItems ?? 0) + 3),
      });
    case 'object':
      return objectOf(schema, id, depth);
    default:
      return fc.oneof(...example, ...example, textOf(schema, id));
  }
}

function objectOf(schema: Schema, id: fc.Arbitrary<string>, depth: number): fc.Arbitrary<object> {
  const { properties, required = [], additionalProperties } = schema;
  if (!properties) {
    const value =
      typeof additionalProperties === 'object' ? valueOf(additionalProperties, id, depth + 1) : fc.jsonValue();
    return fc.dictionary(fc.string(), value, { maxKeys: 3 });
  }
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, valueOf(property, id, depth + 1)]),
  );
  return fc.record(model, { requiredKeys: required.filter((name) => name in model) });
}

function textOf(
  { format, pattern, minLength = 0, maxLength = 200 }: Schema,
  id: fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  if (format === 'uuid') return id;
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'date') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
  if (format === 'uri') return fc.webUrl({ withFragments: true, withQueryParameters: true });
  if (format === 'email') return fc.emailAddress();
  if (pattern && !pattern.includes('(?=')) return fc.stringMatching(new RegExp(pattern, 'u'));
  return fc.oneof(
    fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 60), unit: 'grapheme' }),
    fc.constant('x'.repeat(Math.min(maxLength, 100_000))),
  );
}

type Place = (string | number)[];

/** Where values stand in a JSON value, itself left out. */
export function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const key = Array.isArray(value) ? Number(name) : name;
    return [[key], ...placesOf(member).map((place) => [key, ...place])];
  });
}

function put(value: unknown, [first, ...rest]: Place, replacement: string): unknown {
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[first!] = rest.length === 0 ? replacement : put(copy[first!], rest, replacement);
  return copy;
}
