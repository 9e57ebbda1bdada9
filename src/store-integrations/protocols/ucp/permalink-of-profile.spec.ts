import { AnswerReader } from '../answer-reader';
import { permalinkOfProfile } from './permalink-of-profile';

const NAME = 'dev.ucp.shopping.permalink';
const SCHEMA = 'https://ucp.dev/2026-08-25/schemas/shopping/permalink.json';
const of = (capability: object | object[] | undefined, mayBeHttp = false) =>
  permalinkOfProfile(
    new AnswerReader({ ucp: { version: '2026-08-25', capabilities: { [NAME]: capability } } }),
    mayBeHttp,
  );
const offered = (endpoint: unknown, more: object = {}) => [
  { version: '2026-08-25', schema: SCHEMA, config: { endpoint }, ...more },
];

describe('The permalink of a profile', () => {
  it('begins where the profile says', () => {
    expect(of(offered('https://shop.example/buy'))).toBe('https://shop.example/buy');
    expect(of(offered('https://shop.example/en/buy', { version: '2027-01-01' }))).toBe('https://shop.example/en/buy');
    expect(of([{ version: '2026-04-08', config: {} }, ...offered('https://shop.example/buy')])).toBe(
      'https://shop.example/buy',
    );
  });

  it.each([
    ['none is offered', undefined],
    ['it is of a release that has none', offered('https://shop.example/buy', { version: '2026-04-08' })],
    [
      'its schema is somebody else’s',
      offered('https://shop.example/buy', { schema: 'https://evil.example/permalink.json' }),
    ],
    ['it says nothing of where', [{ version: '2026-08-25', schema: SCHEMA, config: {} }]],
    ...[
      'http://shop.example/buy',
      'https://shop.example/buy/',
      'https://shop.example/buy?x=1',
      'https://shop.example/buy#x',
      'https://user@shop.example/buy',
      'https://127.0.0.1/buy',
      'https://localhost/buy',
      'javascript:alert(1)',
      '/buy',
      7,
      null,
    ].map((endpoint): [string, object[]] => [`its endpoint is ${String(endpoint)}`, offered(endpoint)]),
  ])('is none where %s', (_, capability) => {
    expect(of(capability)).toBeNull();
  });

  it('is none where the document is another', () => {
    for (const document of [{}, { ucp: {} }, { ucp: { capabilities: {} } }])
      expect(permalinkOfProfile(new AnswerReader(document), false)).toBeNull();
  });
});
