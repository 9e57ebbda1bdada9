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

whenBroken('inventory_reserved_within_on_hand', () => new StockReserved());
