/** What the cart says: a cart came to be; nobody touched it for 30 days. */
export const CART_CREATED = 'cart.created';
export const CART_ABANDONED = 'cart.abandoned';
export const CART_MERGED = 'cart.merged';
