import { identityKey, isOnHosts, itemKey, normaliseUrl } from './cart-line';

const PAGE = 'https://shop.example/p/dress';

describe('the identity of a cart line', () => {
  it('is the variant, else the SKU, else the page', () => {
    expect(itemKey({ variantId: 'v', productSku: 's', productUrl: PAGE })).toBe('variant:v');
    expect(itemKey({ variantId: null, productSku: 's', productUrl: PAGE })).toBe('sku:s');
    expect(itemKey({ variantId: null, productSku: null, productUrl: PAGE })).toMatch(/^url:[\w-]{43}$/);
  });

  it('of a page fits an index, however long the page’s address is', () => {
    const item = { variantId: null, productSku: null };
    const [long, other] = ['a', 'b'].map((end) =>
      itemKey({ ...item, productUrl: `${PAGE}?q=${'x'.repeat(2000)}${end}` }),
    );
    expect(long!.length).toBe(other!.length);
    expect(long).not.toBe(other);
  });

  it.each([
    [`${PAGE}/`, PAGE],
    [`${PAGE}#reviews`, PAGE],
    [`${PAGE}?utm_source=mail&utm_campaign=x`, PAGE],
    [`${PAGE}?gclid=1&FBCLID=2&ref=3&irclickid=4`, PAGE],
    [`${PAGE}?b=2&a=1`, `${PAGE}?a=1&b=2`],
    ['HTTPS://SHOP.example:443/p/dress', PAGE],
    ['https://shop.example', 'https://shop.example/'],
  ])('takes %s for the page that it is', (url, same) => {
    expect(normaliseUrl(url)).toBe(normaliseUrl(same));
  });

  it.each([
    `${PAGE}?color=red`,
    'https://shop.example/p/Dress',
    'http://shop.example/p/dress',
    'https://www.shop.example/p/dress',
  ])('takes %s for another page', (url) => {
    expect(normaliseUrl(url)).not.toBe(normaliseUrl(PAGE));
  });

  it('tells lines apart by store, item, size and colour, and by nothing else', () => {
    const line = { storeId: 's', itemKey: 'k', size: 'M', color: null };
    const others = [
      { ...line, storeId: 't' },
      { ...line, itemKey: 'l' },
      { ...line, size: null },
      { ...line, color: 'M', size: null },
    ];
    expect(new Set([line, ...others].map(identityKey)).size).toBe(5);
    expect(identityKey({ ...line, quantity: 3 } as typeof line)).toBe(identityKey(line));
    // No sign in a name can make one identity look like another.
    expect(identityKey({ ...line, itemKey: 'k","M' })).not.toBe(identityKey({ ...line, itemKey: 'k', size: '","M' }));
  });
});

describe('a page of a store', () => {
  const hosts = ['nordstrom.com', 'm.example'];

  it.each([
    'https://nordstrom.com/x',
    'https://nordstrom.com',
    'https://www.nordstrom.com/x',
    'https://a.b.m.example/',
    'https://NORDSTROM.COM/x',
  ])('is one on its hosts or below: %s', (url) => expect(isOnHosts(url, hosts)).toBe(true));

  it.each([
    'https://nordstrom.com.evil.example/x',
    'https://evilnordstrom.com/x',
    'http://nordstrom.com/x',
    'https://nordstrom.com@evil.example/x',
    'https://evil.example/?u=https://nordstrom.com',
    'https://evil.example#@nordstrom.com/',
    'https://evil.example\\.nordstrom.com/',
    'https://user@nordstrom.com/x',
    'https://:pass@nordstrom.com/x',
    'ftp://nordstrom.com/x',
    'javascript://nordstrom.com/%0aalert(1)',
    'https://nordstrom.com./x',
    'https://com/x',
    'not an address',
    '',
  ])('is none anywhere else: %s', (url) => expect(isOnHosts(url, hosts)).toBe(false));

  it('is none where the store has no hosts', () => {
    expect(isOnHosts('https://nordstrom.com/', [])).toBe(false);
  });
});
