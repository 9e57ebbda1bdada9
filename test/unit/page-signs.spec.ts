import {
  isOfSite,
  isReservedName,
  platformOfHost,
  platformOfPage,
} from '../../src/store-integrations/platforms/page-signs';
import { OTHER_PAGES, SHOP_PAGES } from '../support/shop-pages';

const seen = ({ headers = {}, html }: { headers?: Record<string, string>; html: string }) =>
  platformOfPage({ url: 'https://shop.example/p/1', status: 200, headers, body: html });

describe('What a page shows of the software behind it', () => {
  it.each(Object.entries(SHOP_PAGES))('is %s, by signs that are told', (name, page) => {
    const { platform, evidence } = seen(page);
    expect(platform).toBe(name.split(',')[0]);
    expect(evidence.length).toBeGreaterThan(0);
    // Names of ours: nothing that a page says gets into what is kept.
    for (const sign of evidence) expect(sign).toMatch(/^(header|markup|version):[a-z0-9.-]+$/);
  });

  it.each(Object.entries(OTHER_PAGES))('is nothing of %s', (_, page) => {
    expect(seen(page)).toEqual({ platform: null, evidence: [] });
  });

  it('is nothing where two are shown alike', () => {
    expect(seen({ html: '<!-- this is squarespace. --><script>var prestashop = {}</script>' }).platform).toBeNull();
  });

  it('takes no time that grows faster than the page', () => {
    const hostile = [
      '<meta ',
      '<body ',
      '/plugins/woocommerce/assets/',
      '/static/version',
      'content="woocommerce ',
    ].map((part) => part.repeat(200_000));
    const began = performance.now();
    for (const html of hostile) seen({ html });
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('A site that is known by its name', () => {
  it.each([
    ['www.amazon.com', 'amazon'],
    ['smile.amazon.co.uk', 'amazon'],
    ['amazon.de', 'amazon'],
    ['www.walmart.com', 'walmart'],
    ['www.ebay.com', 'ebay'],
    ['www.ebay.com.au', 'ebay'],
    ['www.target.com', 'target'],
    ['amazon.com.evil.example', null],
    ['amazon-deals.com', null],
    ['notwalmart.com', null],
    ['127.0.0.1', null],
    ['localhost', null],
  ])('%s: %s', (host, platform) => {
    expect(platformOfHost(host).platform).toBe(platform);
  });
});

describe('An address', () => {
  it('is of a site by its registered name, and of no neighbour’s', () => {
    expect(isOfSite('https://checkout.shop.com/buy', ['www.shop.com'])).toBe(true);
    expect(isOfSite('https://shop.com.evil.net/buy', ['www.shop.com'])).toBe(false);
    expect(isOfSite('https://one.myshopify.com/buy', ['two.myshopify.com'])).toBe(false);
    expect(isOfSite('https://one.co.uk/buy', ['two.co.uk'])).toBe(false);
    expect(isOfSite('http://127.0.0.1:4010/buy', ['127.0.0.1:4010'])).toBe(true);
    expect(isOfSite('http://127.0.0.1:4011/buy', ['127.0.0.1:4010'])).toBe(false);
  });

  it('leads nowhere where its name is reserved for that', () => {
    for (const host of ['shop.example', 'shop.test', 'a.invalid', 'www.example.com'])
      expect(isReservedName(host)).toBe(true);
    for (const host of ['example.co', 'www.shop.com', 'testing.com', 'notexample.com', '127.0.0.1'])
      expect(isReservedName(host)).toBe(false);
  });
});
