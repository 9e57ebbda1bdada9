import { encoded, numberIn, parameterOf, withParameters, type PlatformLinks } from './platform-links';

/** Cart permalinks as Shopify has had them from the beginning; the variant's number is in many product addresses. */
export const SHOPIFY: PlatformLinks = {
  nameOf: (line) => numberIn(line.externalId) ?? numberIn(parameterOf(line, 'variant')),
  warnings: [],
  carries: ['email', 'postalCode', 'discountCodes', 'note'],
  link({ origin, goods, clickId, shared }) {
    const items = goods.map(({ name, quantity }) => `${name}:${quantity}`).join(',');
    const { email, postalCode, discountCodes = [], note } = shared;
    return withParameters(`${origin}/cart/${items}`, [
      ...(email ? [`checkout[email]=${encoded(email)}`] : []),
      ...(postalCode ? [`checkout[shipping_address][zip]=${encoded(postalCode)}`] : []),
      ...(discountCodes.length > 0 ? [`discount=${discountCodes.map(encoded).join(',')}`] : []),
      ...(note ? [`note=${encoded(note)}`] : []),
      ...(clickId ? [`ref=${encoded(clickId)}`] : []),
    ]);
  },
  page: (line, name) => (parameterOf(line, 'variant') ? line.url : withParameters(line.url, [`variant=${name}`])),
};
