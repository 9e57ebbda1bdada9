import { whenBroken } from '../platform/database';
import { DomainError } from '../platform/http';

const BEARER = { 'www-authenticate': 'Bearer' };

/** 401: no token, or one that is expired, ended, or not ours. */
export class Unauthenticated extends DomainError {
  constructor(given = false) {
    super(
      'unauthenticated',
      401,
      given ? 'The token is not valid, or not any more.' : 'This route needs a token: Authorization: Bearer …',
      {},
      [],
      given ? { 'www-authenticate': 'Bearer error="invalid_token"' } : BEARER,
    );
  }
}

/** 403: a route that this role may never use. */
export class Forbidden extends DomainError {
  constructor() {
    super('forbidden', 403, 'This route is not for your role.');
  }
}

/** 401, the same for an unknown address, a wrong password and a closed account. */
export class InvalidCredentials extends DomainError {
  constructor() {
    super('invalid_credentials', 401, 'E-mail and password do not belong together.', {}, [], BEARER);
  }
}

/** 401: unknown, expired, used before (which ends its family), or ended by signing out. */
export class RefreshTokenInvalid extends DomainError {
  constructor() {
    super('refresh_token_invalid', 401, 'The refresh token is not valid any more; sign in again.', {}, [], BEARER);
  }
}

/** 409: another account has this e-mail, in whatever case of letters. */
export class EmailTaken extends DomainError {
  constructor() {
    super('email_taken', 409, 'An account with this e-mail exists already.');
  }
}

/** 409: an address book holds at most 50. */
export class AddressLimitReached extends DomainError {
  constructor() {
    super('address_limit_reached', 409, 'An address book holds at most 50 addresses; delete one first.');
  }
}

/** 503: more people sign in at this moment than passwords can be checked. */
export class SignInBusy extends DomainError {
  constructor() {
    super('sign_in_busy', 503, 'Too many sign-ins at this moment; try again.', {}, [], { 'retry-after': '2' });
  }
}

whenBroken('users_one_per_email', () => new EmailTaken());
