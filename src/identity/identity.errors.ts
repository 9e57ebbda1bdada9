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

/** 403: the API key lacks the scope of this route; `scope` is null where no key may use it. */
export class ScopeMissing extends DomainError {
  constructor(scope: string | undefined) {
    const detail = scope === undefined ? 'This route is not for API keys.' : `The API key has no scope ${scope}.`;
    super('scope_missing', 403, detail, { scope: scope ?? null });
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

/** 429: too many sign-ins to this account have failed, or from here; the wait grows with each. */
export class SignInThrottled extends DomainError {
  constructor(waitSeconds: number) {
    const seconds = String(Math.max(1, Math.ceil(waitSeconds)));
    super('sign_in_throttled', 429, `Too many attempts to sign in; try again in ${seconds} s.`, {}, [], {
      'retry-after': seconds,
    });
  }
}

/** 422: a new password that is too short, or among the first that anybody would try; `reason` says which. */
export class PasswordRefused extends DomainError {
  constructor(field: string, reason: 'too_short' | 'too_common', wanted: string) {
    super('password_refused', 422, `Choose another password: ${wanted}.`, { reason }, [
      { pointer: `/${field}`, detail: `must be ${wanted}` },
    ]);
  }
}

/** 422: the token of a mailed link that is unknown, used, expired, or replaced by a newer one. */
export class LinkInvalid extends DomainError {
  constructor() {
    super('link_invalid', 422, 'This link does not work any more; ask for a new one.');
  }
}

/** 422: the present password was not the right one. */
export class PasswordWrong extends DomainError {
  constructor() {
    super('password_wrong', 422, 'The present password is another.', {}, [
      { pointer: '/currentPassword', detail: 'must be the present password' },
    ]);
  }
}

/** 409: another account has this e-mail, in whatever case of letters. */
export class EmailTaken extends DomainError {
  constructor() {
    super('email_taken', 409, 'An account with this e-mail exists already.');
  }
}

/** 403: an API key is asked for before the account's address is proved, by somebody who may not be its owner. */
export class AddressUnproven extends DomainError {
  constructor() {
    super('address_unproven', 403, 'Prove the address of your account first, by the link that was mailed to it.');
  }
}

/** 409: an address book holds at most 50. */
export class AddressLimitReached extends DomainError {
  constructor() {
    super('address_limit_reached', 409, 'An address book holds at most 50 addresses; delete one first.');
  }
}

/** 409: of a user who asked for privacy no address is kept. */
export class AddressBookClosed extends DomainError {
  constructor() {
    super(
      'address_book_closed',
      409,
      'You asked for privacy: no address of yours is kept. Give it with each checkout.',
    );
  }
}

/** 409: a user holds at most 20 API keys. */
export class ApiKeyLimitReached extends DomainError {
  constructor() {
    super('api_key_limit_reached', 409, 'You have 20 API keys; end one first.');
  }
}

/** 503: more people sign in at this moment than passwords can be checked. */
export class SignInBusy extends DomainError {
  constructor() {
    super('sign_in_busy', 503, 'Too many sign-ins at this moment; try again.', {}, [], { 'retry-after': '2' });
  }
}

/** 409: this kid names another key of the same owner, or one that is retired. */
export class KeyIdTaken extends DomainError {
  constructor() {
    super(
      'key_id_taken',
      409,
      'This kid names another of your keys, or one that is retired; give the new key another.',
    );
  }
}

/** 409: an owner has published as many keys as one may, retired ones included. */
export class KeyLimitReached extends DomainError {
  constructor(limit: number) {
    super('key_limit_reached', 409, `At most ${limit} keys can be published, retired ones included.`);
  }
}

whenBroken('users_one_per_email', () => new EmailTaken());
