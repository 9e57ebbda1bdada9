import { whenBroken } from '../platform/database';
import { DomainError, InvalidField } from '../platform/http';

/** 409: another store got the same short name at the same moment; the same request again gets another one. */
export class SlugTaken extends DomainError {
  constructor() {
    super('slug_taken', 409, 'Another store has just taken this short name; try again.');
  }
}

/** 409: a store has as many delivery options as it may have. */
export class DeliveryOptionLimitReached extends DomainError {
  constructor(limit: number) {
    super(
      'delivery_option_limit_reached',
      409,
      `A store may have at most ${limit} delivery options; retire one first.`,
    );
  }
}

/** 409: a user has as many stores as one may have. */
export class StoreLimitReached extends DomainError {
  constructor(limit: number) {
    super('store_limit_reached', 409, `A merchant may have at most ${limit} stores.`);
  }
}

/** 422: a browser is let in by an agreement that is named, at a route of its own. */
export class AgreementNeeded extends InvalidField {
  constructor() {
    super(
      '/automationPolicy',
      'is allowed by PUT /admin/stores/{storeId}/automation/policy, with the agreement',
      'agreement_needed',
    );
  }
}

whenBroken('stores_slug_is_unique', () => new SlugTaken());
