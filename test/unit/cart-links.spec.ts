import fc from 'fast-check';
import { PLATFORMS, platformOf } from '../../src/store-integrations/platforms/platform-names';
import {
  buildCart,
  type CartWanted,
  type LinkStore,
} from '../../src/store-integrations/strategies/redirect/platforms/build-cart';
import { LINKS_OF } from '../../src/store-integrations/strategies/redirect/platforms/links-of-platforms';
import type { LinkLine } from '../../src/store-integrations/strategies/redirect/platforms/platform-links';
import { READERS, understoodBy } from '../support/store-carts';

const CLICK = 'k3v9x0d2m7q1w5e8r4t6y2u0i9p1';
const EVERYTHING = {
  email: 'ana+muse@example.com',
  postalCode: 'SW1A 1AA',
  discountCodes: ['A,1', 'B&2'],
  note: 'Ring & wait, #2 – ünder 100% <ok>',
};

const store = (platform: string | null, more: Partial<LinkStore> = {}): LinkStore => ({
  ...{ name: 'The Shop', url: 'https://www.shop.example/welcome', hosts: ['shop.example', 'www.shop.example'] },
  ...{ platform, cartLink: null, permalink: null, ...more },
});
const line = (more: Partial<LinkLine> = {}): LinkLine => ({
  ...{ itemId: 'i1', name: 'Linen shirt', externalId: null, sku: null, url: 'https://www.shop.example/p/1' },
  ...{ size: null, color: null, quantity: 1, ...more },
});
const wanted = (lines: LinkLine[], more: Partial<CartWanted> = {}): CartWanted => ({
  ...{ lines, clickId: CLICK, shared: null, discountCodes: [], ...more },
});
const codesOf = ({ warnings }: { warnings: { code: string }[] }) => warnings.map(({ code }) => code);

/** By platform: two things that it sells, as lines know them, and what the store calls them. */
const SOLD: Record<
  string,
  { is?: Partial<LinkStore>; lines: Partial<LinkLine>[]; names: string[]; site: string; ref: boolean }
> = {
  ucp: {
    is: { platform: null, permalink: 'https://www.shop.example/buy' },
    lines: [{ externalId: 'shirt-1.M_x' }, { externalId: 'gid://shop/Ärmel 2,3:4' }],
    names: ['shirt-1.M_x', 'gid://shop/Ärmel 2,3:4'],
    ...{ site: 'https://www.shop.example', ref: true },
  },
  shopify: {
    lines: [
      { externalId: 'gid://shopify/ProductVariant/40000000032000' },
      { url: 'https://shop.example/products/x?variant=40000000032001&utm_x=1' },
    ],
    names: ['40000000032000', '40000000032001'],
    ...{ site: 'https://www.shop.example', ref: true },
  },
  woocommerce: {
    ...{ lines: [{ externalId: '123' }, { externalId: '456' }], names: ['123', '456'] },
    ...{ site: 'https://www.shop.example', ref: true },
  },
  woocommerce_classic: {
    ...{ lines: [{ externalId: '123' }, { externalId: '456' }], names: ['123', '456'] },
    ...{ site: 'https://www.shop.example', ref: true },
  },
  bigcommerce: {
    ...{ lines: [{ sku: 'A&1 +x/ü' }, { sku: 'B-2' }], names: ['A&1 +x/ü', 'B-2'] },
    ...{ site: 'https://www.shop.example', ref: false },
  },
  vtex: {
    lines: [{ externalId: '22' }, { url: 'https://shop.example/x/p?skuId=73' }],
    names: ['22', '73'],
    ...{ site: 'https://www.shop.example', ref: true },
  },
  amazon: {
    is: { platform: 'amazon', url: 'https://www.amazon.com', hosts: ['www.amazon.com'] },
    lines: [{ externalId: 'B00EXAMPL1' }, { url: 'https://www.amazon.com/Some-Thing/dp/B00EXAMPL2/ref=sr_1_1?x=y' }],
    names: ['B00EXAMPL1', 'B00EXAMPL2'],
    ...{ site: 'https://www.amazon.com', ref: false },
  },
  walmart: {
    is: { platform: 'walmart', url: 'https://www.walmart.com', hosts: ['www.walmart.com'] },
    lines: [{ externalId: '55123' }, { url: 'https://www.walmart.com/ip/Some-Socks-6-Pack/987654321' }],
    names: ['55123', '987654321'],
    ...{ site: 'https://www.walmart.com', ref: false },
  },
  walmart_affiliate: {
    is: { platform: 'walmart_affiliate', url: 'https://www.walmart.com', hosts: ['www.walmart.com'] },
    lines: [{ externalId: '55123' }, { url: 'https://www.walmart.com/ip/987654321' }],
    names: ['55123', '987654321'],
    ...{ site: 'https://affil.walmart.com', ref: false },
  },
  ebay: {
    is: { platform: 'ebay', url: 'https://www.ebay.co.uk', hosts: ['www.ebay.co.uk'] },
    lines: [{ externalId: '123456789012' }, { url: 'https://www.ebay.co.uk/itm/Old-Lamp/110987654321?hash=x' }],
    names: ['123456789012', '110987654321'],
    ...{ site: 'https://cart.payments.ebay.co.uk', ref: false },
  },
};
const ONE_PER_LINK = ['woocommerce_classic', 'bigcommerce', 'ebay'];

describe('A link to a store of each platform', () => {
  const at = (name: string) => store(name, SOLD[name]!.is);
  const linesOf = (name: string, quantities: number[]) =>
    quantities.map((quantity, n) => {
      const { url = at(name).url! } = SOLD[name]!.lines[n]!;
      return line({ ...SOLD[name]!.lines[n], url, itemId: `i${n}`, quantity });
    });

  it('has a case here for every platform whose links fill a cart', () => {
    const known = PLATFORMS.filter((platform) => LINKS_OF[platform] !== null);
    expect(Object.keys(SOLD).sort()).toEqual([...known, 'ucp'].sort());
    expect(Object.keys(READERS).sort()).toEqual([...known, 'ucp'].sort());
  });

  it.each(Object.keys(SOLD))('is understood by %s: the same product, as many, and who sent the shopper', (name) => {
    const { names, site, ref } = SOLD[name]!;
    for (const place of [0, 1]) {
      const [one] = linesOf(name, [7, 7]).slice(place);
      const built = buildCart(at(name), wanted([one!]));
      expect(built.kind).toBe('cart');
      const understood = understoodBy(name, built.url);
      expect(understood).toMatchObject({ site, goods: { [names[place]!]: 7 }, codes: [] });
      expect(understood.ref).toBe(ref ? CLICK : undefined);
    }
  });

  it.each(Object.keys(SOLD).filter((name) => !ONE_PER_LINK.includes(name)))(
    'holds all that is bought at %s, each as often as wanted',
    (name) => {
      const built = buildCart(at(name), wanted(linesOf(name, [2, 31])));
      expect(built.kind).toBe('cart');
      expect(understoodBy(name, built.url).goods).toEqual({ [SOLD[name]!.names[0]!]: 2, [SOLD[name]!.names[1]!]: 31 });
      expect(built.productLinks.map(({ itemId }) => itemId)).toEqual(['i0', 'i1']);
    },
  );

  it.each(ONE_PER_LINK)('is one for each product at %s, which takes one product a link', (name) => {
    const built = buildCart(at(name), wanted(linesOf(name, [2, 31])));
    expect(built.kind).toBe('product_links');
    expect(built.url).toBe(built.productLinks[0]!.url);
    expect(built.productLinks.map(({ url }) => understoodBy(name, url).goods)).toEqual([
      { [SOLD[name]!.names[0]!]: 2 },
      { [SOLD[name]!.names[1]!]: 31 },
    ]);
    expect(codesOf(built)).toContain('one_product_per_link');
  });

  it.each([
    [
      'ucp',
      { email: EVERYTHING.email, postcode: 'SW1A 1AA', codes: ['A,1', 'B&2'] },
      ['email', 'postalCode', 'discountCodes'],
    ],
    [
      'shopify',
      { email: EVERYTHING.email, postcode: 'SW1A 1AA', codes: ['A,1', 'B&2'], note: EVERYTHING.note },
      ['email', 'postalCode', 'discountCodes', 'note'],
    ],
    ['woocommerce', { codes: ['A,1'] }, ['discountCodes']],
    ['bigcommerce', { codes: ['A,1'] }, ['discountCodes']],
    ...['woocommerce_classic', 'vtex', 'amazon', 'walmart', 'walmart_affiliate', 'ebay'].map(
      (name) => [name, { codes: [] }, []] as [string, object, string[]],
    ),
  ])('tells %s what it takes of what the shopper agreed to, and the rest to nobody', (name, told, carries) => {
    const [one] = linesOf(name, [1, 1]);
    const agreed = wanted([one!], { shared: EVERYTHING, discountCodes: EVERYTHING.discountCodes });
    const built = buildCart(at(name), agreed);
    const { email, postcode, codes, note, goods } = understoodBy(name, built.sharedUrl ?? built.url);
    expect({ email, postcode, codes, note, goods }).toEqual({
      ...{ email: undefined, postcode: undefined, note: undefined, ...told },
      goods: { [SOLD[name]!.names[0]!]: 1 },
    });
    expect([...built.carries].sort()).toEqual([...carries].sort());
    expect(built.sharedUrl !== undefined).toBe(carries.length > 0);
    // What is kept in the clear tells nothing of the shopper, and neither does a link that nobody agreed to.
    const silent = buildCart(at(name), { ...agreed, shared: null });
    expect(silent.url).toBe(built.url);
    expect(silent.sharedUrl).toBeUndefined();
    for (const secret of ['ana', 'SW1A', 'A%2C1', 'A,1', 'Ring']) expect(built.url).not.toContain(secret);
    expect(codesOf(built).includes('discount_not_carried')).toBe(!codesAre(codes, EVERYTHING.discountCodes));
    expect(codesOf(silent)).toContain('discount_not_carried');
  });

  const codesAre = (told: string[], given: string[]) => given.every((code) => told.includes(code));

  it.each([
    ['ucp', []],
    ['shopify', []],
    ['woocommerce', ['empties_cart']],
    ['woocommerce_classic', ['adds_to_cart']],
    ['bigcommerce', ['adds_to_cart']],
    ['vtex', ['adds_to_cart']],
    ['amazon', ['needs_sign_in', 'adds_to_cart']],
    ['walmart', ['adds_to_cart', 'undocumented']],
    ['walmart_affiliate', ['adds_to_cart']],
    ['ebay', ['adds_to_cart', 'undocumented']],
  ])('says what it does besides, or cannot do: %s %j', (name, warnings) => {
    const built = buildCart(at(name), wanted([linesOf(name, [1])[0]!]));
    expect(codesOf(built)).toEqual(warnings);
    for (const { detail } of built.warnings) expect(detail).toContain('The Shop');
  });

  it('is the same before it is handed off, but for who sent the shopper', () => {
    for (const name of Object.keys(SOLD)) {
      const [before, after] = [null, CLICK].map((clickId) =>
        buildCart(at(name), wanted(linesOf(name, [1, 2]), { clickId })),
      );
      expect([before!.kind, codesOf(before!)]).toEqual([after!.kind, codesOf(after!)]);
      expect(before!.url).not.toContain(CLICK);
    }
  });
});

describe('A store whose platform takes no cart by a link', () => {
  it.each(
    PLATFORMS.filter((platform) => LINKS_OF[platform] === null)
      .map(String)
      .concat('of our own', ''),
  )('is opened page by page, and the shopper is told: %s', (platform) => {
    const lines = [
      line({ externalId: '1', size: 'M', quantity: 3 }),
      line({ itemId: 'i2', url: 'https://shop.example/p/2' }),
    ];
    const built = buildCart(store(platform), wanted(lines));
    expect(built).toMatchObject({
      ...{ kind: 'product_links', url: 'https://www.shop.example/p/1', carries: [] },
      productLinks: [
        { itemId: 'i1', url: 'https://www.shop.example/p/1' },
        { itemId: 'i2', url: 'https://shop.example/p/2' },
      ],
      warnings: [
        { code: 'no_cart_link' },
        { code: 'variant_unknown', itemIds: ['i1'] },
        { code: 'quantity_unknown', itemIds: ['i1'], detail: expect.stringContaining('3 × Linen shirt') },
      ],
    });
    expect(buildCart(store(platform), wanted([lines[1]!]))).toMatchObject({
      ...{ kind: 'product_page', url: 'https://shop.example/p/2', warnings: [{ code: 'no_cart_link' }] },
    });
  });
});

describe('Goods of which Muse does not know what the store calls them', () => {
  it('are bought on their pages, and so are the others, where a link takes all or nothing', () => {
    const lines = [
      line({ externalId: '41' }),
      line({ itemId: 'i2', size: 'M', quantity: 2, externalId: 'not a number' }),
    ];
    const built = buildCart(store('shopify'), wanted(lines));
    expect(built).toMatchObject({
      kind: 'product_links',
      // The page that is known to be of the variant says which one.
      productLinks: [{ url: 'https://www.shop.example/p/1?variant=41' }, { url: 'https://www.shop.example/p/1' }],
      warnings: [
        { code: 'variant_unknown', itemIds: ['i2'] },
        { code: 'quantity_unknown', itemIds: ['i2'] },
      ],
    });
  });

  it('are bought on their pages beside links for the others, where a link takes one product', () => {
    const lines = [line({ externalId: '41', quantity: 2 }), line({ itemId: 'i2', size: 'M' })];
    const built = buildCart(store('woocommerce_classic'), wanted(lines));
    expect(understoodBy('woocommerce_classic', built.productLinks[0]!.url).goods).toEqual({ 41: 2 });
    expect(built.productLinks[1]!.url).toBe('https://www.shop.example/p/1');
    expect(codesOf(built)).toEqual(['one_product_per_link', 'adds_to_cart', 'variant_unknown']);
  });

  it('never make a link of a part: the next way that names all of them is taken', () => {
    const permalink = 'https://www.shop.example/buy';
    const lines = [line({ externalId: '41' }), line({ itemId: 'i2', sku: 'S2' })];
    const cartLink = { template: 'https://shop.example/c?{items}', item: 's={sku}*{quantity}', separator: '&' };
    const both = [line({ externalId: '41', sku: 'S1' }), line({ itemId: 'i2', sku: 'S2' })];
    expect(buildCart(store('shopify', { permalink, cartLink }), wanted(both)).url).toBe(
      'https://shop.example/c?s=S1*1&s=S2*1',
    );
    expect(buildCart(store('shopify', { permalink, cartLink }), wanted(lines)).kind).toBe('product_links');
  });
});

describe('Which way is taken', () => {
  const cartLink = { template: 'https://shop.example/t/{items}', item: '{externalId}x{quantity}', separator: '+' };
  const goods = wanted([line({ externalId: '41', quantity: 2 })], { clickId: null });

  it('is the profile’s permalink before an admin’s template before what the platform is known to take', () => {
    const permalink = 'https://www.shop.example/buy';
    expect(buildCart(store('shopify', { permalink, cartLink }), goods).url).toBe('https://www.shop.example/buy/41:2');
    expect(buildCart(store('shopify', { cartLink }), goods).url).toBe('https://shop.example/t/41x2');
    expect(buildCart(store('shopify'), goods).url).toBe('https://www.shop.example/cart/41:2');
  });

  it('is not a permalink of a site that is the store’s no more', () => {
    const permalink = 'https://www.shop.example/buy';
    const hosts = ['new-shop.example'];
    const moved = store('shopify', { permalink, hosts, url: 'https://new-shop.example' });
    expect(buildCart(moved, goods).url).toBe('https://new-shop.example/cart/41:2');
  });

  it('knows a platform by whatever people call it', () => {
    for (const text of ['Shopify', ' shopify ', 'SHOPIFY', 'Shopify Plus']) expect(platformOf(text)).toBe('shopify');
    for (const text of ['Magento', 'magento 2', 'Adobe Commerce', 'adobe-commerce'])
      expect(platformOf(text)).toBe('adobe_commerce');
    for (const text of ['constructor', '__proto__', '', null, 'own']) expect(platformOf(text)).toBeNull();
  });
});

describe('A template', () => {
  const TEMPLATE = {
    template: 'https://shop.example/add?{items}&ref={clickId}#cart',
    item: 'ASIN.{n}={externalId}&Quantity.{n}={quantity}&o.{n}={size}',
    separator: '&',
  };

  it('numbers its lines, and says which size', () => {
    const lines = [
      line({ externalId: 'A', size: 'M' }),
      line({ itemId: 'i2', externalId: 'B', size: 'L/XL', quantity: 3 }),
    ];
    const { url } = buildCart(store(null, { cartLink: TEMPLATE }), wanted(lines, { clickId: 'c1' }));
    expect(url).toBe(
      'https://shop.example/add?ASIN.1=A&Quantity.1=1&o.1=M&ASIN.2=B&Quantity.2=3&o.2=L%2FXL&ref=c1#cart',
    );
  });

  it('tells what it takes, before the fragment, and warns of what an admin said', () => {
    const cartLink = {
      ...TEMPLATE,
      takes: { email: 'mail', discountCodes: 'code[]' },
      warnings: ['needs_sign_in' as const],
      maxCodes: 1,
    };
    const lines = [line({ externalId: 'A', size: 'M' })];
    const asked = wanted(lines, { clickId: 'c1', shared: EVERYTHING, discountCodes: EVERYTHING.discountCodes });
    const built = buildCart(store(null, { cartLink }), asked);
    expect(built.sharedUrl).toBe(
      'https://shop.example/add?ASIN.1=A&Quantity.1=1&o.1=M&ref=c1&mail=ana%2Bmuse%40example.com&code[]=A%2C1#cart',
    );
    expect(built.carries).toEqual(['email', 'discountCodes']);
    expect(codesOf(built)).toEqual(['needs_sign_in', 'discount_not_carried']);
  });

  it('makes a link for each product where it takes one alone', () => {
    const cartLink = {
      template: 'https://shop.example/one/{items}',
      item: '{sku}/{quantity}',
      separator: ',',
      onePerLink: true,
    };
    const lines = [line({ sku: 'A' }), line({ itemId: 'i2', sku: 'B', quantity: 2 })];
    expect(buildCart(store(null, { cartLink }), wanted(lines)).productLinks.map(({ url }) => url)).toEqual([
      'https://shop.example/one/A/1',
      'https://shop.example/one/B/2',
    ]);
  });
});

describe('Any link', () => {
  const TEMPLATE = {
    template: 'https://shop.example/cart?{items}&ref={clickId}',
    item: 'sku={sku}&id={externalId}&qty={quantity}',
    separator: '&',
  };
  const EVIL = [
    '../../x',
    '?a=1&b=2',
    '#x',
    '//evil.example',
    '{clickId}',
    '{quantity}',
    '$&',
    "$'",
    'a b',
    'ü',
    '{items}',
    '\\evil',
    '@evil.example',
    '%2f%2e',
    '\u0000',
    '\ud800x',
  ];

  it('stays on the store’s page whatever a line is called', () => {
    for (const text of EVIL.filter((one) => one !== '\ud800x')) {
      for (const name of [...Object.keys(SOLD), 'template']) {
        const is = name === 'template' ? { cartLink: TEMPLATE } : SOLD[name]!.is;
        const { url, productLinks } = buildCart(store(name, is), wanted([line({ externalId: text, sku: text })]));
        const hosts = [
          'www.shop.example',
          'shop.example',
          'www.amazon.com',
          'www.walmart.com',
          'affil.walmart.com',
          'www.ebay.co.uk',
        ];
        for (const address of [url, ...productLinks.map((one) => one.url)]) {
          expect(hosts).toContain(new URL(address).host);
          expect(address).not.toContain('evil.example/');
        }
      }
    }
  });

  it('leads nowhere but to the store, also where a line’s page is another’s', () => {
    for (const url of [
      'https://evil.example/p',
      'javascript:alert(1)',
      'no address',
      'https://shop.example@evil.example/',
    ]) {
      const built = buildCart(store(null), wanted([line({ url })]));
      expect([built.url, built.productLinks[0]!.url]).toEqual(Array(2).fill('https://www.shop.example/welcome'));
    }
  });

  it('says the same goods and quantities as were wanted, however many lines, and adds up what is the same to the store', () => {
    const some = fc.array(
      fc.record({ id: fc.integer({ min: 1, max: 40 }), quantity: fc.integer({ min: 1, max: 999 }) }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(
        some,
        fc.constantFrom('shopify', 'woocommerce', 'vtex', 'walmart', 'walmart_affiliate', 'ucp'),
        (items, name) => {
          const lines = items.map(({ id, quantity }, n) => line({ itemId: `i${n}`, externalId: String(id), quantity }));
          const sums: Record<string, number> = {};
          for (const { id, quantity } of items) sums[id] = (sums[id] ?? 0) + quantity;
          const built = buildCart(store(name, SOLD[name]!.is), wanted(lines));
          expect(understoodBy(name, built.url).goods).toEqual(sums);
        },
      ),
    );
  });

  it('is left for the pages where it would be longer than servers take', () => {
    const lines = Array.from({ length: 200 }, (_, n) =>
      line({ itemId: `i${n}`, externalId: String(10n ** 18n + BigInt(n)) }),
    );
    const built = buildCart(store('shopify'), wanted(lines));
    expect([built.kind, built.productLinks.length, codesOf(built)]).toEqual(['product_links', 200, ['too_many_items']]);
    const long = wanted([lines[0]!], { shared: { ...EVERYTHING, note: 'ü'.repeat(1000) } });
    const short = buildCart(store('shopify'), long);
    expect(short.carries).toEqual(['email', 'postalCode', 'discountCodes']);
    expect(understoodBy('shopify', short.sharedUrl!)).toMatchObject({ email: EVERYTHING.email, note: undefined });
  });
});
