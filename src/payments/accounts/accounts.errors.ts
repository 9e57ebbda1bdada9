import { DomainError } from '../../platform/http';

/** 409: the store has no payment account yet. */
export class PaymentAccountMissing extends DomainError {
  constructor() {
    super('payment_account_missing', 409, 'The store has no payment account yet; make one first.');
  }
}

/** 409: the provider makes no account for such a store, for example because it does not serve its country. */
export class PaymentAccountRefused extends DomainError {
  constructor(reason: string) {
    super('payment_account_refused', 409, 'The payment provider makes no account for this store.', { reason });
  }
}
