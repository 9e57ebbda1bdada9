import { inPath, numberIn, type PlatformLinks } from './platform-links';

/** As its own pages fill carts: seen, and nowhere documented; one listing a link. */
export const EBAY: PlatformLinks = {
  nameOf: (line) => numberIn(line.externalId) ?? numberIn(inPath(line, /\/itm\/(?:[^/]+\/)?([0-9]{8,15})\/?$/)),
  onePerLink: true,
  warnings: ['adds_to_cart', 'undocumented'],
  carries: [],
  link({ origin, goods }) {
    const { name, quantity } = goods[0]!;
    const domain = /(?:^|\.)(ebay(?:\.[a-z]{2,3}){1,2})$/.exec(new URL(origin).hostname)?.[1] ?? 'ebay.com';
    return `https://cart.payments.${domain}/sc/add?item=iid:${name},qty:${quantity}`;
  },
};
