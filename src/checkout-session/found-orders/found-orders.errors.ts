import { DomainError } from '../../platform/http';

/** 409: it is an order already. */
export class FoundOrderFollowed extends DomainError {
  constructor(orderId: string) {
    super('found_order_followed', 409, 'It is followed as an order already.', { orderId });
  }
}

/** 409: an order without a checkout names its buyer, which a paranoid account must not. */
export class FoundOrderNamesBuyer extends DomainError {
  constructor() {
    super(
      'found_order_names_buyer',
      409,
      'An order found in mail names its buyer, and this account asked for privacy. Name the hand-off that it was ordered from, or dismiss it.',
    );
  }
}
