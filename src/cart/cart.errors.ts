import { Unauthenticated } from '../identity';
import { whenBroken } from '../platform/database';
import { DomainError, InvalidField, NotFound } from '../platform/http';
import { MAX_LINES, MAX_QUANTITY } from './cart-line';

/** 422: no more than 999 of one line. */
export class QuantityLimitReached extends DomainError {
  constructor() {
    const detail = `A line holds at most ${MAX_QUANTITY}; what is in the cart counts too.`;
    super('quantity_limit', 422, detail, { maxQuantity: MAX_QUANTITY }, [{ pointer: '/quantity', detail }]);
  }
}

/** 422: no more than so many lines in one cart. */
export class CartLineLimitReached extends DomainError {
  constructor() {
    super('cart_full', 422, `A cart holds at most ${MAX_LINES} lines.`, { maxLines: MAX_LINES });
  }
}

/** 422: goods that are not, or no longer, sold. */
export class NotForSale extends DomainError {
  constructor(detail: string) {
    super('not_for_sale', 422, detail);
  }
}

/** 422: the product's page is not on one of the store's own hosts. */
export class ForeignProductUrl extends InvalidField {
  constructor(hosts: string[]) {
    super('/productUrl', `must be a page on ${hosts.join(' or ') || 'the hosts of the store'}`, 'foreign_product_url');
  }
}

/** 422: goods of a store on Muse are named by their variant, so that price and stock are the merchant's. */
export class CatalogGoodsOnly extends InvalidField {
  constructor() {
    super('/variantId', 'is required for the goods of this store', 'catalog_goods_only');
  }
}

/** 422: a price in another currency than the store sells in. */
export class WrongCurrency extends InvalidField {
  constructor(currency: string) {
    super('/price/currency', `must be ${currency}, the currency of the store`, 'wrong_currency');
  }
}

/** 422: the product has no such size or colour. */
export class NoSuchVariant extends DomainError {
  constructor() {
    super('no_such_variant', 422, 'The product is not sold in that size and colour.');
  }
}

/** 422: nobody of this cart gives out such a code. The same for a code of a store that is not in it. */
export class CouponUnknown extends DomainError {
  constructor(places: number[]) {
    const errors = places.map((index) => ({ pointer: `/codes/${index}`, detail: 'is no code for this cart' }));
    super('coupon_unknown', 422, 'There is no such coupon for what is in the cart.', {}, errors);
  }
}

/** Rules by which goods come into a cart. */
export const GOODS_KNOWN = 'cart_items_of_known_goods';
export const GOODS_SOLD = 'cart_items_of_goods_that_are_sold';
export const SHOPPER_PRESENT = 'carts_of_present_shoppers';
export const QUANTITY_WITHIN_LIMIT = 'cart_items_quantity';
/** The rule by which a cart is read after lines were added. */
export const LINES_WITHIN_LIMIT = 'carts_lines_within_limit';

whenBroken(LINES_WITHIN_LIMIT, () => new CartLineLimitReached());
whenBroken(GOODS_KNOWN, () => new NotFound('variant'));
whenBroken(GOODS_SOLD, () => new NotForSale('It is not sold any more.'));
whenBroken(SHOPPER_PRESENT, () => new Unauthenticated(true));
whenBroken(QUANTITY_WITHIN_LIMIT, () => new QuantityLimitReached());
