import { inPath, type PlatformLinks } from './platform-links';

const ASIN = /^[A-Z0-9]{10}$/;

/** Documented parameters, behind a sign-in by now; each line's own page is the way that always works. */
export const AMAZON: PlatformLinks = {
  nameOf: (line) =>
    [
      line.externalId,
      inPath(line, /\/(?:dp|gp\/product|gp\/aw\/d|gp\/offer-listing)\/([A-Z0-9]{10})(?:\/|$)/),
      line.sku,
    ].find((name) => name !== null && ASIN.test(name)) ?? null,
  warnings: ['needs_sign_in', 'adds_to_cart'],
  carries: [],
  link({ origin, goods }) {
    const items = goods.map(
      ({ name, quantity }, place) => `ASIN.${place + 1}=${name}&Quantity.${place + 1}=${quantity}`,
    );
    return `${origin}/gp/aws/cart/add.html?${items.join('&')}`;
  },
  page: (_, name, origin) => `${origin}/dp/${name}`,
};
