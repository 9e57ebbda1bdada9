import { request as httpRequest } from 'node:http';
import { startApp, type RunningApp } from '../support/app';
import { ROUTES, addressOf, type Route } from '../support/routes';
import { API, type Body, type Shopper } from '../support/shopper';
import { makeWorld, type World } from '../support/world';

interface Answer {
  status: number;
  contentType: string;
  body: string;
}

/** A value that is the same JSON, so many levels down. */
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

/** Bodies that are no JSON object at all, with the Content-Type they come with. */
const NO_BODIES: [string, string | Buffer, string][] = [
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

/** What may stand in the place of any value. */
const WRONG_VALUES = [
  ...[
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udc00x"',
    '""',
    '" "',
    `"${'x'.repeat(100_000)}"`,
    '"<script>"',
    '"\\u202e\\uffff"',
  ],
  ...['1e308', '-1e308', '1e400', '9007199254740993', '-1', '0', '1.5', '99999999999999999999', 'true', 'null'],
  ...[
    '[]',
    '{}',
    '[[]]',
    '[null]',
    '[{}]',
    '{"length":1}',
    '{"__proto__":null}',
    nested(30),
    '{"hasOwnProperty":1,"toString":2}',
  ],
];

describe('Bad input', () => {
  let muse: RunningApp;
  let world: World;

  beforeAll(async () => {
    muse = await startApp();
    world = await makeWorld(muse);
  });

  const owner = ({ by }: Route): Shopper | undefined => {
    if (by === 'public') return undefined;
    if (by === 'merchant') return world.shop.merchant;
    return by === 'admin' || by === 'support' ? world.admin : world.buyer;
  };
  /** One request as it is, which no client library has put right. */
  const raw = (verb: string, path: string, headers: Record<string, string>, body?: string | Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(muse.url);
      const request = httpRequest(
        { hostname, port, method: verb.toUpperCase(), path: `${API}${path}`, headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const contentType = response.headers['content-type'] ?? '';
            resolve({ status: response.statusCode!, contentType, body: Buffer.concat(chunks).toString('utf8') });
          });
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  const send = (route: string, body: string | Buffer | undefined, more: Record<string, string> = {}) => {
    const row = ROUTES[route]!;
    const [verb, path] = addressOf(route, row.ids?.(world));
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    return raw(verb, path, { ...owner(row)?.headers, 'idempotency-key': `${Math.random()}`, ...json, ...more }, body);
  };
  const expectProblem = (what: unknown[], { status, contentType, body }: Answer) => {
    const problem = contentType.startsWith('application/problem+json') ? JSON.parse(body) : {};
    const isProblem = status >= 400 && status < 500 && problem.status === status && typeof problem.code === 'string';
    expect([...what, status, isProblem, isProblem ? '' : body]).toEqual([...what, status, true, '']);
    expect(body).not.toMatch(/node_modules|\.ts:|SELECT|INSERT|UPDATE|violates/);
  };

  const withBody = Object.keys(ROUTES).filter((route) => ROUTES[route]!.body);
  /** Requests in groups, so that neither they nor this process wait long. */
  const inGroups = async (work: (() => Promise<void>)[]) => {
    for (let from = 0; from < work.length; from += 8) await Promise.all(work.slice(from, from + 8).map((one) => one()));
  };

  it.each(withBody)('that is no object is a problem for %s', async (route) => {
    await inGroups(
      NO_BODIES.map(([what, body, contentType]) => async () => {
        const answer = await send(route, body, { 'content-type': contentType });
        expectProblem([route, what], answer);
      }),
    );
  });

  it.each(withBody)('in any place of a body never breaks %s', async (route) => {
    const valid = JSON.stringify(ROUTES[route]!.body!(world));
    await inGroups(
      placesOf(JSON.parse(valid)).flatMap((place) =>
        WRONG_VALUES.map((value) => async () => {
          const body = JSON.stringify(put(JSON.parse(valid), place, '@@')).replace('"@@"', () => value);
          const answer = await send(route, body);
          if (answer.status >= 400) expectProblem([route, place.join('/'), value.slice(0, 40)], answer);
        }),
      ),
    );
  });

  it('in a path is a problem', async () => {
    const ids = [
      'x',
      '%00',
      '%ED%A0%80',
      '%FF',
      '..%2f..%2fetc',
      '%E2%80%AE',
      "'%20OR%201=1",
      '1',
      'x'.repeat(250),
      '00000000-0000-0000-0000-00000000000g',
    ];
    const work = Object.entries(ROUTES).flatMap(([route, row]) =>
      Object.keys(row.ids?.(world) ?? {}).flatMap((name) =>
        ids.map((id) => async () => {
          const [verb, path] = addressOf(route, { ...row.ids!(world), [name]: '@@' });
          const headers = { ...owner(row)?.headers, 'idempotency-key': 'k', 'content-type': 'application/json' };
          const body = row.body && JSON.stringify(row.body(world));
          expectProblem(
            [route, name, id],
            await raw(
              verb,
              path.replace('%40%40', () => id),
              headers,
              body,
            ),
          );
        }),
      ),
    );
    await inGroups(work);
  });

  it('in a query is a problem', async () => {
    const queries = [
      'surprise=1',
      'limit=%00',
      'cursor=%00',
      'q=%00',
      'q=%ED%A0%80&cursor=%F0',
      'limit=1e9',
      'limit=-1',
      'limit[]=1',
      '__proto__=1',
      'cursor=W10',
      'cursor=bnVsbA',
    ];
    const lists = Object.keys(ROUTES).filter((route) =>
      /^GET .*(stores|products|orders|placements|inventory|prices|addresses|coupons|tax-rates)$/.test(route),
    );
    expect(lists.length).toBeGreaterThan(8);
    await inGroups(
      lists.flatMap((route) =>
        queries.map((query) => async () => {
          const row = ROUTES[route]!;
          const [verb, path] = addressOf(route, row.ids?.(world));
          const answer = await raw(verb, `${path}?${query}`, { ...owner(row)?.headers });
          // GET /merchant/stores takes no query at all.
          if (answer.status >= 400) expectProblem([route, query], answer);
        }),
      ),
    );
    // A name that JavaScript itself would set is dropped before anybody sees it.
    for (const query of queries.filter((one) => !one.startsWith('__proto__')))
      expectProblem([query], await raw('get', `/orders?${query}`, world.buyer.headers));
  });

  it('in a header is a problem', async () => {
    const { headers } = world.buyer;
    const item = JSON.stringify({ variantId: world.shop.variantIds[0], quantity: 1 });
    for (const key of ['', 'x'.repeat(256), 'a b', 'a\tb', 'é']) {
      const more = { 'idempotency-key': key, 'content-type': 'application/json' };
      expectProblem([key], await raw('post', '/cart/items', { ...headers, ...more }, item));
    }
    for (const tag of ['', '7', '"x"', '"-1"', '"99999999999999999999"', '"1", "2"', 'W/"x"'])
      expectProblem([tag], await raw('delete', '/cart', { ...headers, 'if-match': tag }));
    for (const authorization of [
      'Bearer ',
      'Bearer a.b.c',
      `Bearer ${'x'.repeat(10_000)}`,
      'Bearer mg_',
      'bearer',
      'Basic Og==',
    ])
      expectProblem([authorization], await raw('get', '/cart', { authorization }));
    const given = await raw('get', '/orders/x', { ...headers, 'x-request-id': 'a<b>' });
    expect(JSON.parse(given.body).requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('has not made anybody an admin, nor the server ill', async () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    const { body } = await muse.http.get(`${API}/me`).set(world.buyer.headers).expect(200);
    expect(body.roles).not.toContain('admin');
    expect(body.roles).not.toContain('support');
    await muse.http.get(`${API}/health/ready`).expect(200);
  });
});

type Place = (string | number)[];

/** Where values stand in a JSON value, itself left out. */
function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const key = Array.isArray(value) ? Number(name) : name;
    return [[key], ...placesOf(member).map((place) => [key, ...place])];
  });
}

function put(value: Body, [first, ...rest]: Place, replacement: string): Body {
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[first!] = rest.length === 0 ? replacement : put(copy[first!], rest, replacement);
  return copy;
}
