import { whenBroken } from '../platform/database';
import { DomainError } from '../platform/http';

/** 409: fewer units on hand than shoppers have set aside right now, or than none. */
export class StockReserved extends DomainError {
  constructor(extra: { onHand?: number; reserved?: number } = {}) {
    super(
      'stock_reserved',
      409,
      'On hand cannot be less than what checkouts under way have set aside; wait for them to end, or set at least that many.',
      extra,
    );
  }
}

/** 409: more units than one variant may have. */
export class StockLimitReached extends DomainError {
  constructor(limit: number) {
    super('stock_limit_reached', 409, `A variant may have at most ${limit} units on hand.`);
  }
}

/** 409: what an order was to be made of is held no longer. A fault of ours: a person looks at it. */
export class StockNotHeld extends DomainError {
  override name = 'StockNotHeld';

  constructor() {
    super('stock_not_held', 409, 'The goods of this order are not set aside for it any more.');
  }
}

/** The rule by which held goods are sold. */
export const ALL_COMMITTED = 'holds_all_committed';

whenBroken(ALL_COMMITTED, () => new StockNotHeld());
whenBroken('inventory_reserved_within_on_hand', () => new StockReserved());
