import { DomainError } from '../../platform/http';

/** 409: the store cannot do it by its interface; the shopper asks it there. */
export class NotOfferedByStore extends DomainError {
  constructor(what: 'cancel' | 'return', storeName: string) {
    const detail =
      what === 'cancel'
        ? `${storeName} cancels no orders by Muse: cancel it at the store.`
        : `${storeName} takes nothing back by Muse: return it at the store.`;
    super('not_offered_by_store', 409, detail, { ability: what });
  }
}
