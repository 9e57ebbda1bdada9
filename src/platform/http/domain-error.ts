/** One wrong place in a request: a JSON pointer (RFC 6901) and what is allowed there. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/**
 * A state that a use case can end in other than success, thrown by services and rendered as
 * `application/problem+json` (RFC 9457) by ProblemFilter. `code` is part of the contract: docs/errors.md lists every one.
 */
export class DomainError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    detail: string,
    /** Further members of the problem document, such as `expected` and `actual`; never another shopper's data. */
    readonly extra: Record<string, unknown> = {},
    readonly errors: FieldError[] = [],
    readonly headers: Record<string, string> = {},
  ) {
    super(detail);
    this.name = new.target.name;
  }
}

/** 404, worded the same for an unknown id and for another's: foreign means not found. */
export class NotFound extends DomainError {
  constructor(what: string) {
    super('not_found', 404, `There is no such ${what}.`);
  }
}

/** 422 for a request that is well formed but names a value this resource does not allow. */
export class InvalidField extends DomainError {
  constructor(pointer: string, detail: string, code = 'invalid_field') {
    super(code, 422, detail, {}, [{ pointer, detail }]);
  }
}
