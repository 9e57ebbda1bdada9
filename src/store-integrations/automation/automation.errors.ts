import { DomainError } from '../../platform/http';

/** 409: Muse does not order at this store by a browser, so it keeps no sign-in for it. */
export class NotAutomated extends DomainError {
  constructor() {
    super('not_automated', 409, 'Muse does not sign in at this store.');
  }
}

/** 409: the store has no test account to try a recipe with. */
export class NoTestAccount extends DomainError {
  constructor() {
    super('no_test_account', 409, 'The store has no test account; set one first.');
  }
}
