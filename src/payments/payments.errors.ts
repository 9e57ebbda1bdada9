import { whenBroken } from '../platform/database';
import { DomainError, InvalidField } from '../platform/http';

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

/** 400: a webhook that is forged, old, re-serialised, or signed with another secret. Nothing was stored. */
export class WebhookNotVerified extends DomainError {
  constructor() {
    super('webhook_not_verified', 400, 'The signature does not fit the body, or is too old.');
  }
}

/** 409: nobody has to decide about this step. */
export class NoStepToResolve extends DomainError {
  constructor(status: string) {
    super('nothing_to_resolve', 409, `This step is ${status}: only one that needs attention can be resolved.`);
  }
}

/** 409: as the payment stands, what a person says cannot be what became of the step. */
export class OutcomeDoesNotFit extends DomainError {
  constructor(reason: string) {
    super('outcome_does_not_fit', 409, 'As the payment stands, this cannot be what became of it; look at it again.', {
      reason,
    });
  }
}

/** 422: the provider's id belongs to something else already. */
export class ProviderRefTaken extends InvalidField {
  constructor() {
    super('/providerRef', 'belongs to another payment, transfer or refund', 'provider_ref_taken');
  }
}

for (const unique of ['payments_provider_payment', 'payment_shares_transfer', 'refunds_provider_refund'])
  whenBroken(unique, () => new ProviderRefTaken());
whenBroken('payments_one_per_purchase', () => new PaymentUnderWay());
