import { encoded, type PlatformLinks } from './platform-links';

/** One product a link; several need the store's own server. Goods by SKU. */
export const BIGCOMMERCE: PlatformLinks = {
  nameOf: (line) => line.sku,
  onePerLink: true,
  warnings: ['adds_to_cart'],
  carries: ['discountCodes'],
  maxCodes: 1,
  link({ origin, goods, shared }) {
    const { name, quantity } = goods[0]!;
    const coupon = (shared.discountCodes ?? []).map((code) => `&couponcode=${encoded(code)}`).join('');
    return `${origin}/cart.php?action=add&sku=${encoded(name)}&qty=${quantity}${coupon}`;
  },
};
