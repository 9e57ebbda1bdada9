import { inPath, numberIn, type LinkLine, type PlatformLinks } from './platform-links';

const nameOf = (line: LinkLine) =>
  numberIn(line.externalId) ?? numberIn(inPath(line, /\/ip\/(?:[^/]+\/)?([0-9]{1,20})\/?$/)) ?? numberIn(line.sku);

const walmart = (address: string, between: string, more: Pick<PlatformLinks, 'warnings'>): PlatformLinks => ({
  nameOf,
  carries: [],
  ...more,
  link: ({ goods }) =>
    `${address}?items=${goods.map(({ name, quantity }) => `${name}${between}${quantity}`).join(',')}`,
});

/** As its own site fills carts: seen, and nowhere documented. */
export const WALMART = walmart('https://www.walmart.com/sc/cart/addToCart', '_', {
  warnings: ['adds_to_cart', 'undocumented'],
});

/** For stores with an affiliate agreement of Muse: another host, and another sign between item and quantity. */
export const WALMART_AFFILIATE = walmart('https://affil.walmart.com/cart/addToCart', '|', {
  warnings: ['adds_to_cart'],
});
