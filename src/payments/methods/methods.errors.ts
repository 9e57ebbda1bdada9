import { DomainError, InvalidField } from '../../platform/http';

/** 409: a user has as many saved methods as one may have. */
export class PaymentMethodLimitReached extends DomainError {
  constructor(limit: number) {
    super('payment_method_limit_reached', 409, `At most ${limit} payment methods are kept; remove one first.`);
  }
}

/** 409: the shopper has not finished giving the method to the provider. */
export class SetupNotFinished extends DomainError {
  constructor() {
    super('setup_not_finished', 409, 'The method has not been given to the payment provider yet.');
  }
}

/** 422: the provider does not keep this method: it was used up, detached, or is of a kind that cannot be saved. */
export class MethodNotUsable extends InvalidField {
  constructor(pointer: string) {
    super(pointer, 'This payment method cannot be used any more, ask for another one.', 'payment_method_not_usable');
  }
}

/** 422: methods are saved for users, and not for those who asked for privacy: they pay with one-time tokens. */
export class SavingNotOffered extends InvalidField {
  constructor() {
    super('/save', 'Payment methods are kept for users without special privacy only.', 'saving_not_offered');
  }
}

/** 422: what is sealed is paid with a token that is good once: anything that is saved is somebody's. */
export class OneTimeTokenNeeded extends InvalidField {
  constructor(pointer: string) {
    super(pointer, 'must be a one-time token: a saved method would say who pays', 'one_time_token_needed');
  }
}
