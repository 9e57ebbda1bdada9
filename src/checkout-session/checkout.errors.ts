import { DomainError, type FieldError } from '../platform/http';
import type { Money } from '../platform/money';
import type { Problem } from '../store-integrations';

/** 409: every line of the cart is gone or being placed already. */
export class NothingToCheckOut extends DomainError {
  constructor() {
    super('nothing_to_check_out', 409, 'There is nothing in the cart that is not being ordered already.');
  }
}

/** 409: the 30 minutes are over; begin a new session. */
export class SessionExpired extends DomainError {
  constructor() {
    super('session_expired', 409, 'This checkout has expired; begin a new one.');
  }
}

/** 409: it was cancelled, or a newer session took its place. */
export class SessionCancelled extends DomainError {
  constructor() {
    super('session_cancelled', 409, 'This checkout was cancelled, or a newer one has taken its place.');
  }
}

/** 409: it has been placed and cannot be changed any more. */
export class SessionPlaced extends DomainError {
  constructor(status: string) {
    super('session_placed', 409, 'This checkout has been placed; it cannot be changed any more.', {
      sessionStatus: status,
    });
  }
}

/** 409: the total is another than the shopper saw; nothing was bought. */
export class TotalChanged extends DomainError {
  constructor(expected: Money, actual: Money) {
    super('total_changed', 409, 'The total has changed; look at it again. Nothing was bought.', { expected, actual });
  }
}

/** 409: not enough stock; nothing was bought. */
export class StockShort extends DomainError {
  constructor(problems: Problem[]) {
    super('stock_short', 409, 'Some items are not in stock any more. Nothing was bought.', { problems });
  }
}

/** 409: a quote has run out; refresh the session. */
export class QuoteExpired extends DomainError {
  constructor(storeIds: string[]) {
    super('quote_expired', 409, 'A price is older than ten minutes; refresh the checkout.', { storeIds });
  }
}

/** 422: something is still missing. */
export class Incomplete extends DomainError {
  constructor(errors: FieldError[], problems: Problem[]) {
    super('incomplete', 422, 'Something is missing before this can be placed.', { problems }, errors);
  }
}

/** 409: no store of this session takes payment in Muse. */
export class PaymentNotOffered extends DomainError {
  constructor() {
    super(
      'payment_not_offered',
      409,
      'No store of this checkout takes payment here: it is paid later, or at the store.',
    );
  }
}

/** 409: a store that was to be paid now takes no payment here any more; nothing was bought. */
export class SettlementChanged extends DomainError {
  constructor() {
    super(
      'settlement_changed',
      409,
      'A store of this checkout no longer takes payment here; look at it again. Nothing was bought.',
    );
  }
}

/** 409: the account asked for privacy after the session was begun openly; nothing was bought. */
export class PrivacyChanged extends DomainError {
  constructor() {
    super('privacy_changed', 409, 'You have asked for privacy since this checkout was begun: begin a new one.');
  }
}

/** 409: what was placed waits for another payment, which can no longer be made. */
export class PaymentNoLongerPossible extends DomainError {
  constructor() {
    super(
      'payment_no_longer_possible',
      409,
      'A store of this checkout no longer takes payment here. Cancel the checkout: nothing was bought, and the items are in your cart again.',
    );
  }
}

/** 409: the hand-off is over. */
export class HandoffOver extends DomainError {
  constructor(status: string) {
    super('handoff_over', 409, `This hand-off is ${status}.`, { handoffStatus: status });
  }
}

/** 409: nobody has to decide about this placement. */
export class NothingToResolve extends DomainError {
  constructor(status: string) {
    super('nothing_to_resolve', 409, `This placement is ${status}: only one that needs attention can be resolved.`);
  }
}
