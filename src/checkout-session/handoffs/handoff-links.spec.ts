import { randomBytes } from 'node:crypto';
import { readConfig } from '../../platform/config';
import { MasterKeys, Vault } from '../../platform/crypto';
import { HandoffLinks } from './handoff-links';

const config = readConfig({ NODE_ENV: 'test', PUBLIC_URL: 'https://muse.test', DATABASE_URL: 'postgres://x/x' });
const by = (...keys: Buffer[]) => new HandoffLinks(config, new Vault(new MasterKeys(keys)));
const [old, present] = [randomBytes(32), randomBytes(32)];
const links = by(present);
const CLICK = 'k3v9x0d2m7q1w5e8r4t6y2u0i9p1';

describe('The links of a hand-off', () => {
  it('are Muse’s own: the cart, and each of its products', () => {
    expect([links.urlOf(CLICK), links.urlOf(CLICK, 2)]).toEqual([
      `https://muse.test/r/${CLICK}`,
      `https://muse.test/r/${CLICK}/2`,
    ]);
  });

  it('lead to addresses of the web as a header may hold them', () => {
    expect(
      links.written([
        'https://shop.example/cart?a=1&b=%C3%B1',
        'https://shop.example/p/camisón añil?q=a b#c',
        'https://shop.example/p\r\n/1\tx?\nLocation: https://evil.example',
        'https://tienda-ñ.example',
      ]),
    ).toEqual([
      'https://shop.example/cart?a=1&b=%C3%B1',
      'https://shop.example/p/camis%C3%B3n%20a%C3%B1il?q=a%20b#c',
      'https://shop.example/p/1x?Location:%20https://evil.example',
      'https://xn--tienda--b0a.example/',
    ]);
  });

  it.each([
    ...[
      'javascript:alert(1)',
      'data:text/html,x',
      'ftp://shop.example/',
      'file:///etc/passwd',
      'intent://x#Intent;end',
    ],
    ...['https://user:secret@shop.example/', 'https://shop.example@evil.example/', '//evil.example', '/cart', ''],
  ])('do not lead to %s', (url) => expect(() => links.written([url])).toThrow(/Invalid URL|no web page/));

  it('are known as built for that click, with these targets in this order, and for no other', () => {
    const built = { targets: ['https://a.example/', 'https://b.example/'], affiliateTargets: null };
    const seal = links.seal(CLICK, built);
    expect(links.isSealed(CLICK, built, seal)).toBe(true);
    const others: [string, typeof built | { targets: string[]; affiliateTargets: string[] }, Buffer][] = [
      [`${CLICK.slice(1)}a`, built, seal],
      [CLICK, { ...built, targets: built.targets.toReversed() }, seal],
      [CLICK, { ...built, targets: built.targets.slice(1) }, seal],
      [CLICK, { ...built, affiliateTargets: built.targets }, seal],
      [CLICK, built, Buffer.alloc(32)],
      [CLICK, built, Buffer.alloc(0)],
      [CLICK, built, by(old).seal(CLICK, built)],
    ];
    for (const [click, targets, of] of others) expect(links.isSealed(click, targets, of)).toBe(false);
  });

  it('stay valid when the master key is rotated, while the one before is kept', () => {
    const built = { targets: ['https://a.example/'], affiliateTargets: ['https://network.example/?u=a'] };
    const seal = by(old).seal(CLICK, built);
    expect(by(present, old).isSealed(CLICK, built, seal)).toBe(true);
    expect(by(present).isSealed(CLICK, built, seal)).toBe(false);
  });
});
