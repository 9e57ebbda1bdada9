import { Injectable } from '@nestjs/common';
import { statement, type Tx } from '../platform/database';

/** Of so many at most one is told of a change of a variant; those who touched their cart last come first. */
const MOST = 1_000;

// What somebody who asked for privacy had in the cart is noted nowhere else: it would lead to what they then buy.
const HOLDERS = statement(
  'cart.holders_of_variant',
  `SELECT c.shopper_id AS id FROM carts c
    WHERE c.status = 'open' AND EXISTS (SELECT FROM cart_items l WHERE l.cart_id = c.id AND l.variant_id = $1)
      AND NOT EXISTS (SELECT FROM users u WHERE u.id = c.shopper_id AND u.privacy = 'paranoid')
    ORDER BY c.updated_at DESC, c.id LIMIT ${MOST}`,
);

/** Who has something in the cart, for whoever tells them of it. */
@Injectable()
export class CartHolders {
  /** The shoppers in whose open cart the variant lies, 1,000 at most; none who asked for privacy. */
  async of(tx: Tx, variantId: string): Promise<string[]> {
    return (await tx.rows<{ id: string }>(HOLDERS, [variantId])).map(({ id }) => id);
  }
}
