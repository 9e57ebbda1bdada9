import { DomainError } from '../../platform/http';

/** 409: a store that Muse sells for itself, or by hand-off, has no interface of its own to be spoken to. */
export class NotApiStore extends DomainError {
  constructor() {
    super('not_an_api_store', 409, 'Only a partner store of tier oauth_api can be connected; change its tier first.');
  }
}
