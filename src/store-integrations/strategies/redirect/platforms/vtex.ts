import { encoded, numberIn, parameterOf, withParameters, type PlatformLinks } from './platform-links';

/** The three parameters once for each product, in its main sales channel and from its main seller. SKUs are numbers there. */
export const VTEX: PlatformLinks = {
  nameOf: (line) =>
    numberIn(line.externalId) ?? numberIn(line.sku) ?? numberIn(parameterOf(line, 'skuId', 'idsku', 'sku')),
  warnings: ['adds_to_cart'],
  carries: [],
  link({ origin, goods, clickId }) {
    const items = goods.map(({ name, quantity }) => `sku=${name}&qty=${quantity}&seller=1`);
    const attribution = clickId ? ['utm_source=muse', `utm_campaign=${encoded(clickId)}`] : [];
    return withParameters(`${origin}/checkout/cart/add?sc=1`, [...items, ...attribution]);
  },
};
