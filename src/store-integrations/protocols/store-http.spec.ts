import { OutgoingRefused, type SafeClient } from '../../platform/http-client';
import { Unreadable } from './json-reader';
import type { StoreFault } from './store-fault';
import { askStore, reading, retryAfterMs, shopperUrl, type Weight } from './store-http';

const failing = (error: unknown) => ({ fetch: () => Promise.reject(error as Error) }) as unknown as SafeClient;
const faultOf = async (error: unknown, weight: Weight) => {
  const fault = (await askStore(failing(error), 'https://shop.example', {}, weight).catch(
    (e: unknown) => e,
  )) as StoreFault;
  return [fault.kind, fault.code];
};
const broken = (code: string, syscall?: string) => Object.assign(new Error('secret of the network'), { code, syscall });

describe('a store that gives no answer', () => {
  it.each<[string, unknown, string]>([
    ['nobody listens', broken('ECONNREFUSED', 'connect'), 'connect_failed'],
    ['no such name', broken('ENOTFOUND', 'getaddrinfo'), 'connect_failed'],
    ['connecting takes too long', broken('ETIMEDOUT', 'connect'), 'connect_failed'],
    ['a certificate of another', broken('ERR_TLS_CERT_ALTNAME_INVALID'), 'connect_failed'],
    ['a private address', new OutgoingRefused('address', 'no'), 'not_allowed_address'],
    ['no address', new OutgoingRefused('url', 'no'), 'not_allowed_url'],
  ])('%s: nothing happened there, whatever was to be done', async (_, error, code) => {
    for (const weight of ['read', 'change', 'buy'] as const)
      expect(await faultOf(error, weight)).toEqual(['unavailable', code]);
  });

  it.each<[string, unknown, string]>([
    ['the connection is cut', broken('ECONNRESET', 'read'), 'no_answer'],
    ['time is over', new OutgoingRefused('timeout', 'no'), 'timeout'],
    ['more than may be', new OutgoingRefused('size', 'no'), 'bad_answer'],
    ['something else', new Error('socket hang up'), 'no_answer'],
  ])('%s: it may have happened, where that counts', async (_, error, code) => {
    expect(await faultOf(error, 'buy')).toEqual(['unknown', code]);
    expect(await faultOf(error, 'change')).toEqual(['unavailable', code]);
    expect(await faultOf(error, 'read')).toEqual(['unavailable', code]);
  });

  it('says nothing of what the network said', async () => {
    const fault = await askStore(failing(broken('ECONNRESET')), 'https://x.example', {}, 'read').catch(
      (e: unknown) => e,
    );
    expect(String(fault)).not.toContain('secret');
  });
});

describe('an answer that cannot be read', () => {
  it('leaves open what became of a purchase, and of nothing else', () => {
    const bad = (weight: Weight) => () =>
      reading(weight, () => {
        throw new Unreadable('$', 'JSON');
      });
    expect(bad('buy')).toThrow('unknown: bad_answer');
    expect(bad('read')).toThrow('unavailable: bad_answer');
    expect(() =>
      reading('buy', () => {
        throw new TypeError('ours');
      }),
    ).toThrow(TypeError);
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-11-26T06:00:00Z');
  it.each([
    ['7', 7_000],
    ['0', 0],
    ['Thu, 26 Nov 2026 06:00:30 GMT', 30_000],
    ['Thu, 26 Nov 2026 05:00:00 GMT', 0],
    ['999999', 3_600_000],
    ['soon', null],
    [undefined, null],
  ])('%s is so many milliseconds', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});

describe('where a shopper is sent', () => {
  it.each([
    ['https://shop.example/cart?a=1', 'https://shop.example/cart?a=1'],
    ['http://127.0.0.1:4000/cart', 'http://127.0.0.1:4000/cart'],
    ['http://127.0.0.1:4001/cart', null],
    ['http://shop.example/cart', null],
    ['https://user:pw@shop.example/', null],
    ['javascript:alert(1)', null],
    ['/cart', null],
    [null, null],
  ])('%s', (url, shown) => {
    expect(shopperUrl(url, 'http://127.0.0.1:4000/acp')).toBe(shown);
  });
});
