import { cartLinkFault } from './cart-link';

const HOSTS = ['shop.example', 'www.shop.example'];
const shopify = {
  template: 'https://shop.example/cart/{items}?ref={clickId}',
  item: '{externalId}:{quantity}',
  separator: ',',
};

describe('cartLinkFault', () => {
  it('accepts the documented forms of the platforms', () => {
    expect(cartLinkFault(shopify, HOSTS)).toBeUndefined();
    expect(
      cartLinkFault({ ...shopify, template: 'https://www.shop.example/checkout-link/?products={items}' }, HOSTS),
    ).toBeUndefined();
    expect(
      cartLinkFault(
        {
          template: 'https://shop.example/checkout/cart/add?sc=1&{items}',
          item: 'sku={sku}&qty={quantity}&seller=1',
          separator: '&',
        },
        HOSTS,
      ),
    ).toBeUndefined();
  });

  it('accepts lines that are numbered, and say which size and colour', () => {
    const item = 'id{n}={externalId}&q{n}={quantity}&size{n}={size}&c{n}={color}';
    expect(cartLinkFault({ ...shopify, item }, HOSTS)).toBeUndefined();
  });

  it.each([
    ['without items', 'https://shop.example/cart'],
    ['with items twice', 'https://shop.example/{items}/{items}'],
    ['with an unknown placeholder', 'https://shop.example/{items}?mail={email}'],
    ['on a foreign host', 'https://evil.example/cart/{items}'],
    ['whose host a placeholder makes', 'https://{clickId}/cart/{items}'],
    ['with the host of the store as user name', 'https://shop.example@evil.example/cart/{items}'],
    ['that is no address', 'cart/{items}'],
  ])('refuses a template %s', (_, template) => {
    expect(cartLinkFault({ ...shopify, template }, HOSTS)?.pointer).toBe('/template');
  });

  it.each([['{externalId}'], ['{quantity}'], ['{externalId}:{quantity}:{price}']])('refuses the line %s', (item) => {
    expect(cartLinkFault({ ...shopify, item }, HOSTS)?.pointer).toBe('/item');
  });
});
