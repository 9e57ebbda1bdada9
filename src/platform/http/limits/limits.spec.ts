import { Buckets } from './buckets';
import { RateLimited, limitHeaders, waitFor } from './limit';
import { networkOf } from './network';

const TEN_A_MINUTE = { name: 'ten', most: 10, perSeconds: 60 };

describe('Buckets', () => {
  it('let as many through at once as the limit says, and then one at a time as room comes back', () => {
    let now = 1_000;
    const buckets = new Buckets(TEN_A_MINUTE, 100, () => now);
    const through = (tries: number) => Array.from({ length: tries }, () => buckets.take('a')).filter(Boolean).length;
    expect(through(50)).toBe(10);
    now += 5.9;
    expect(through(5)).toBe(0);
    now += 0.2;
    expect(through(5)).toBe(1);
    now += 3_600;
    expect(through(50)).toBe(10);
  });

  it('keep callers apart, and say whether there is room without taking any', () => {
    const buckets = new Buckets(TEN_A_MINUTE, 100, () => 5);
    for (let n = 0; n < 10; n++) buckets.take('a');
    for (let n = 0; n < 20; n++) expect(buckets.hasRoom('b')).toBe(true);
    expect([buckets.take('a'), buckets.hasRoom('a'), buckets.take('b')]).toEqual([false, false, true]);
  });

  it('hold no more keys than they may, and forget the drained ones first', () => {
    let now = 0;
    const buckets = new Buckets(TEN_A_MINUTE, 100, () => now);
    for (let n = 0; n < 60; n++) buckets.take(`early ${n}`);
    now += 10;
    for (let n = 0; n < 60; n++) buckets.take(`late ${n}`);
    expect(buckets.size).toBe(60);
    for (let n = 0; n < 1_000; n++) buckets.take(`flood ${n}`);
    expect(buckets.size).toBeLessThanOrEqual(100);
  });
});

describe('what a limit tells', () => {
  it('is what is left, and when', () => {
    expect(limitHeaders(TEN_A_MINUTE, 6)).toEqual({
      'ratelimit-policy': '"ten";q=10;w=60',
      ratelimit: '"ten";r=9;t=6',
    });
    expect(limitHeaders(TEN_A_MINUTE, 60)).toMatchObject({ ratelimit: '"ten";r=0;t=6' });
    expect([waitFor(TEN_A_MINUTE, 0), waitFor(TEN_A_MINUTE, 54), waitFor(TEN_A_MINUTE, 57)]).toEqual([0, 0, 3]);
  });

  it('never asks to wait less than a second', () => {
    const { status, code, headers } = new RateLimited(TEN_A_MINUTE, 54.01);
    expect([status, code, headers['retry-after']]).toEqual([429, 'rate_limited', '1']);
  });

  it('never refuses and says that there is room, whatever was seen of the counter', () => {
    for (const seen of [0, 48, 54]) expect(new RateLimited(TEN_A_MINUTE, seen).headers['ratelimit']).toMatch(/;r=0;/);
  });
});

describe('networkOf', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:50123', '203.0.113.7'],
    [' 203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:FFFF:203.0.113.7', '203.0.113.7'],
    ['0000:0000:0000:0000:0000:ffff:cb00:7107', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
    ['[2001:db8:1:2:3:4:5:6]', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:50123', '2001:db8:1:2::/64'],
    ['unknown', '192.0.2.1'],
    ['_hidden', '192.0.2.1'],
    ['', '192.0.2.1'],
    ['203.0.113.7.8', '192.0.2.1'],
    ['3405803783', '192.0.2.1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
  ])('takes %s for %s', (ip, network) =>
    expect(networkOf({ ip, socket: { remoteAddress: '::ffff:192.0.2.1' } })).toBe(network),
  );
});
