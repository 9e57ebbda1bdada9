import { cartLink, type LinkLine } from './cart-link';

const line = (overrides: Partial<LinkLine> = {}): LinkLine => ({
  ...{ externalId: '41', sku: 'A-1', quantity: 2, url: 'https://shop.example/p/1', ...overrides },
});
const shopify = {
  template: 'https://shop.example/cart/{items}?ref={clickId}',
  item: '{externalId}:{quantity}',
  separator: ',',
};
const vtex = {
  template: 'https://shop.example/cart/add?sc=1&{items}',
  item: 'sku={sku}&qty={quantity}',
  separator: '&',
};

describe('a link that fills a cart', () => {
  it('takes the form that the store’s platform wants', () => {
    const lines = [line(), line({ externalId: '42', quantity: 1 })];
    expect(cartLink(shopify, lines, 'click1')).toEqual({
      url: 'https://shop.example/cart/41:2,42:1?ref=click1',
      cartFilled: true,
    });
    expect(cartLink(vtex, [line(), line({ sku: 'B' })], 'c').url).toBe(
      'https://shop.example/cart/add?sc=1&sku=A-1&qty=2&sku=B&qty=2',
    );
  });

  it('is the page of the first product where the store has no such links, or a line lacks what they ask for', () => {
    const page = { url: 'https://shop.example/p/1', cartFilled: false };
    expect(cartLink(null, [line(), line({ url: 'https://shop.example/p/2' })], 'c')).toEqual(page);
    expect(cartLink(shopify, [line(), line({ externalId: null })], 'c')).toEqual(page);
    expect(cartLink(vtex, [line({ externalId: null })], 'c').cartFilled).toBe(true);
  });

  it('stays on the store’s page whatever a line is called', () => {
    const evil = ['../../x', '?a=1&b=2', '#x', '//evil.example', '{clickId}', '$&', "$'", 'a b', 'ü', '{items}'];
    for (const sku of evil) {
      const { url } = cartLink(
        { ...vtex, template: 'https://shop.example/cart?{items}&ref={clickId}' },
        [line({ sku })],
        'CLICK',
      );
      const parsed = new URL(url);
      expect([parsed.host, parsed.pathname, parsed.hash]).toEqual(['shop.example', '/cart', '']);
      expect([parsed.searchParams.get('sku'), parsed.searchParams.get('ref')]).toEqual([sku, 'CLICK']);
    }
  });
});
