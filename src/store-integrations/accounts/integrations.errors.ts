import { DomainError, InvalidField } from '../../platform/http';
import { codeFrom } from '../protocols/store-code';
import type { StoreAbility } from '../protocols/store-api';
import type { StoreFault } from '../protocols/store-fault';

/** 409: no account can be linked at this store. */
export class NotLinkable extends DomainError {
  constructor() {
    super('not_linkable', 409, 'No account can be linked at this store.');
  }
}

/** 422: the text that the shopper agreed to is not the present one; GET /integrations has it. */
export class ConsentOutdated extends InvalidField {
  constructor(pointer = '/consent') {
    super(pointer, 'must be the version of the text that GET /integrations shows', 'consent_outdated');
  }
}

/** 409: the link was begun too long ago. */
export class LinkExpired extends DomainError {
  constructor() {
    super('link_expired', 409, 'This link was begun too long ago; begin another.');
  }
}

/** 409: each link is finished once. */
export class LinkUsed extends DomainError {
  constructor() {
    super('link_used', 409, 'This link was finished, or has failed, before; begin another.');
  }
}

/** 409: another request is finishing it. */
export class LinkUnderWay extends DomainError {
  constructor() {
    super('link_under_way', 409, 'This link is being finished.', {}, [], { 'retry-after': '1' });
  }
}

/** 409: the shopper did not agree at the store. */
export class LinkDenied extends DomainError {
  constructor() {
    super('link_denied', 409, 'The account was not linked: access was refused at the store.');
  }
}

/** 409: the store's answer is not one that an account may be linked by. `reason` says why, in a code. */
export class LinkRefused extends DomainError {
  constructor(reason: string) {
    super('link_refused', 409, 'The account was not linked; begin another link.', { reason });
  }
}

/** 409: the account at the store has to be linked again. */
export class RelinkRequired extends DomainError {
  constructor() {
    super('relink_required', 409, 'The account at this store must be linked again.');
  }
}

/** 409: the store does not offer this to Muse. `toDo`: what the shopper does there instead, in words. */
export class NotOfferedByStore extends DomainError {
  constructor(ability: StoreAbility, toDo = 'The store does not offer this.') {
    super('not_offered_by_store', 409, toDo, { ability });
  }
}

/** 409: the store said no. `reason` is its code. */
export class StoreRefused extends DomainError {
  constructor(reason: string) {
    super('store_refused', 409, 'The store refuses this.', { reason });
  }
}

/** 503: the store cannot be asked at the moment. */
export class StoreUnavailable extends DomainError {
  constructor(retryAfterMs: number | null = null) {
    const seconds = Math.max(1, Math.ceil((retryAfterMs ?? 5_000) / 1000));
    super('store_unavailable', 503, 'The store cannot be asked at the moment; try again.', {}, [], {
      'retry-after': String(seconds),
    });
  }
}

/** A store's fault as what a request for something to read answers. */
export function problemOf({ kind, code, retryAfterMs }: StoreFault): DomainError {
  switch (kind) {
    case 'relink':
      return new RelinkRequired();
    case 'refused':
      return new StoreRefused(codeFrom(code, 'refused'));
    default:
      return new StoreUnavailable(retryAfterMs);
  }
}
