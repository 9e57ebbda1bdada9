import { encoded, numberIn, withParameters, type LinkParts, type PlatformLinks } from './platform-links';

const attribution = ({ clickId }: LinkParts) => (clickId ? ['utm_source=muse', `utm_content=${encoded(clickId)}`] : []);

/** Since 10: one link for all of it, straight to the checkout. Goods are products or variations, by number. */
export const WOOCOMMERCE: PlatformLinks = {
  nameOf: (line) => numberIn(line.externalId),
  warnings: ['empties_cart'],
  carries: ['discountCodes'],
  maxCodes: 1,
  link(parts) {
    const items = parts.goods.map(({ name, quantity }) => `${name}:${quantity}`).join(',');
    const coupon = (parts.shared.discountCodes ?? []).map((code) => `coupon=${encoded(code)}`);
    return withParameters(`${parts.origin}/checkout-link/?products=${items}`, [...coupon, ...attribution(parts)]);
  },
};

/** Before 10, or where nobody knows which it is: that works in every version. */
export const WOOCOMMERCE_CLASSIC: PlatformLinks = {
  nameOf: (line) => numberIn(line.externalId),
  onePerLink: true,
  warnings: ['adds_to_cart'],
  carries: [],
  link(parts) {
    const { name, quantity } = parts.goods[0]!;
    return withParameters(`${parts.origin}/?add-to-cart=${name}&quantity=${quantity}`, attribution(parts));
  },
};
