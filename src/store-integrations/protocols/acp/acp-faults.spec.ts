import { faultOf } from './acp-faults';

const LINES = [
  { itemId: 'one', externalId: 'TG-1', quantity: 1 },
  { itemId: 'two', externalId: 'TG-2', quantity: 1 },
];
const now = Date.parse('2026-11-26T06:00:00Z');
const answer = (status: number, body: unknown = {}, headers: Record<string, string> = {}) => ({
  ...{ status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) },
});
const error = (code: string, more: object = {}) => ({
  type: 'invalid_request',
  code,
  message: `Because of ${code}`,
  ...more,
});
const fault = (given: ReturnType<typeof answer>, about: object = {}) =>
  faultOf(given, { hasEffect: false, isLinked: false, now, lines: LINES, ...about });

describe('a fault of an ACP store', () => {
  it.each<[string, ReturnType<typeof answer>, string, string, string]>([
    [
      'a key that is being worked on',
      answer(409, error('idempotency_in_flight')),
      'idempotency_in_flight',
      'conflict',
      'conflict',
    ],
    [
      'a key of something else',
      answer(422, error('idempotency_conflict')),
      'idempotency_conflict',
      'conflict',
      'conflict',
    ],
    ['409 without a word', answer(409, '<html>'), 'http_409', 'conflict', 'conflict'],
    ['goods that are gone', answer(409, error('out_of_stock')), 'out_of_stock', 'refused', 'refused'],
    ['a bad request', answer(400, error('invalid_item_id')), 'invalid_item_id', 'refused', 'refused'],
    ['a missing key', answer(400, error('idempotency_key_required')), 'idempotency_key_required', 'refused', 'refused'],
    ['no such session', answer(404, error('not_found')), 'not_found', 'refused', 'refused'],
    ['another 422', answer(422, error('minimum_not_met')), 'minimum_not_met', 'refused', 'refused'],
    ['too many requests', answer(429, error('rate_limited')), 'rate_limited', 'throttled', 'throttled'],
    [
      'a failure of the store',
      answer(500, error('oops', { type: 'processing_error' })),
      'oops',
      'unavailable',
      'unknown',
    ],
    [
      'a store that is closed for now',
      answer(503, error('busy', { type: 'service_unavailable' })),
      'busy',
      'unavailable',
      'unknown',
    ],
    ['somebody before the store', answer(502, '<html>Bad gateway</html>'), 'http_502', 'unavailable', 'unknown'],
    ['a time-out at the store', answer(408), 'http_408', 'unavailable', 'unknown'],
    ['an answer that leads elsewhere', answer(307), 'bad_answer', 'unavailable', 'unknown'],
    ['a code that is no word', answer(400, error('Señor ‮X')), 'http_400', 'refused', 'refused'],
  ])('%s is %s: without effect %s, after a purchase %s', (_, given, code, without, after) => {
    expect([fault(given).code, fault(given).kind, fault(given, { hasEffect: true }).kind]).toEqual([
      code,
      without,
      after,
    ]);
  });

  it('is ours where our own key is not taken, and the shopper’s where their token is not', () => {
    expect(fault(answer(401, error('unauthorized')))).toMatchObject({ kind: 'unavailable', code: 'store_credentials' });
    expect(fault(answer(401), { isLinked: true, hasEffect: true })).toMatchObject({
      kind: 'relink',
      code: 'token_refused',
    });
    expect(fault(answer(403, error('insufficient_scope')), { isLinked: true })).toMatchObject({ kind: 'relink' });
    expect(fault(answer(403, error('insufficient_scope')))).toMatchObject({ kind: 'refused' });
  });

  it('says how long to wait', () => {
    expect(fault(answer(429, {}, { 'retry-after': '7' })).retryAfterMs).toBe(7_000);
    expect(fault(answer(409, error('idempotency_in_flight'), { 'retry-after': '2' })).retryAfterMs).toBe(2_000);
    expect(fault(answer(503, {}, { 'retry-after': 'Thu, 26 Nov 2026 06:00:30 GMT' })).retryAfterMs).toBe(30_000);
    expect(fault(answer(500)).retryAfterMs).toBeNull();
  });

  it('names the line that it is about, and tells people in the store’s words', () => {
    const about = fault(answer(400, error('invalid_item_id', { param: '$.line_items[1].id' })));
    expect(about).toMatchObject({
      itemId: 'two',
      detail: 'Because of invalid_item_id',
      message: 'refused: invalid_item_id',
    });
    expect(fault(answer(400, error('x', { param: '$.line_items[9].id' }))).itemId).toBeNull();
    expect(fault(answer(400, error('x', { param: '$.buyer.email' }))).itemId).toBeNull();
  });
});
