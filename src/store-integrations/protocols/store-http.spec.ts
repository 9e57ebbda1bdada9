import { faultOfStatus, readAnswer, retryAfterMs } from './store-http';

const NOW = Date.parse('2026-11-26T08:00:00Z');
const fault = (status: number, hasEffect: boolean, headers: Record<string, string> = {}) =>
  faultOfStatus({ status, headers }, hasEffect, NOW);

describe('A status of a store', () => {
  it.each([200, 201, 202, 204])('%i is no fault', (status) => {
    expect(fault(status, true)).toBeNull();
  });

  it.each([
    [400, 'refused', 'http_400'],
    [401, 'relink', 'unauthorized'],
    [403, 'refused', 'http_403'],
    [404, 'unavailable', 'no_such_endpoint'],
    [405, 'unavailable', 'no_such_endpoint'],
    [408, 'unknown', 'http_408'],
    [409, 'conflict', 'conflict'],
    [422, 'refused', 'http_422'],
    [429, 'throttled', 'rate_limited'],
    [500, 'unknown', 'http_500'],
    [501, 'unavailable', 'no_such_endpoint'],
    [502, 'unknown', 'http_502'],
    [503, 'unavailable', 'store_unavailable'],
    [504, 'unknown', 'http_504'],
    [302, 'unknown', 'http_302'],
  ])('%i of what has an effect is %s (%s)', (status, kind, code) => {
    expect(fault(status, true)).toMatchObject({ kind, code });
  });

  it.each([500, 502, 504, 408])('%i of what has none leaves nothing unknown', (status) => {
    expect(fault(status, false)).toMatchObject({ kind: 'unavailable' });
  });

  it('says when to come back', () => {
    expect(fault(429, true, { 'retry-after': '7' })?.retryAfterMs).toBe(7_000);
    expect(fault(429, true)?.retryAfterMs).toBe(5_000);
    expect(fault(503, true, { 'retry-after': '7' })?.retryAfterMs).toBe(7_000);
    expect(fault(503, true)?.retryAfterMs).toBeNull();
  });

  it.each([
    ['0', 1_000],
    ['30', 30_000],
    [' 30 ', 30_000],
    ['999999999', 3_600_000],
    ['Thu, 26 Nov 2026 08:00:20 GMT', 20_000],
    ['Thu, 26 Nov 2026 07:00:00 GMT', 1_000],
    ['soon', 5_000],
    ['Thu, 26 Nov 2026 09:30:00 GMT', 3_600_000],
    [undefined, 5_000],
  ])('waits for Retry-After: %s', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });

  it('calls an answer that cannot be read bad, and unknown only where it may have had an effect', () => {
    const read = (hasEffect: boolean) => () =>
      readAnswer(Buffer.from('{"id":7}'), hasEffect, (answer) => answer.at('id').id());
    expect(read(true)).toThrow('unknown: bad_answer');
    expect(read(false)).toThrow('unavailable: bad_answer');
    expect(readAnswer(Buffer.from('{"id":"7"}'), true, (answer) => answer.at('id').id())).toBe('7');
  });

  it('keeps faults that are no fault of the store', () => {
    expect(() =>
      readAnswer(Buffer.from('{}'), true, () => {
        throw new TypeError('ours');
      }),
    ).toThrow(TypeError);
  });
});
