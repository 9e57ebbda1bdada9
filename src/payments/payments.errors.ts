import { whenBroken } from '../platform/database';
import { DomainError } from '../platform/http';

/** 409: the purchase has a payment already, under way or made. */
export class PaymentUnderWay extends DomainError {
  constructor() {
    super('payment_under_way', 409, 'This is being paid, or is paid already; look at it again.');
  }
}

/** 422: an amount that the payment provider cannot move in this currency. */
export class AmountNotChargeable extends DomainError {
  constructor(unit: number, currency: string) {
    super('amount_not_chargeable', 422, `Amounts in ${currency} must be multiples of ${unit} minor units.`, {
      unit,
      currency,
    });
  }
}

/** 422: more than is left of what was captured for the order. */
export class RefundTooLarge extends DomainError {
  constructor(leftCents: number, currency: string) {
    super('refund_too_large', 422, 'More than was paid for this order and is not refunded yet.', {
      left: { amount: leftCents, currency },
    });
  }
}

/** 409: nothing was captured for the order. */
export class NothingToRefund extends DomainError {
  constructor() {
    super('nothing_to_refund', 409, 'Nothing was paid for this order through Muse.');
  }
}

/** 409: a step that nobody has to look at. */
export class NothingToTryAgain extends DomainError {
  constructor(stepStatus: string) {
    super('nothing_to_try_again', 409, 'This does not need attention, or not any more.', { stepStatus });
  }
}

/** 400: a webhook that is forged, old, re-serialised, or signed with another secret. Nothing was stored. */
export class WebhookNotVerified extends DomainError {
  constructor() {
    super('webhook_not_verified', 400, 'The signature does not fit the body, or is too old.');
  }
}

whenBroken('payments_one_per_purchase', () => new PaymentUnderWay());
