import { whenBroken } from '../platform/database';
import { DomainError, type FieldError } from '../platform/http';

/** 409: the store has another variant, perhaps an archived one, with this SKU. */
export class SkuTaken extends DomainError {
  constructor(errors: FieldError[] = []) {
    super('sku_taken', 409, 'The store already has a variant with this SKU.', {}, errors);
  }
}

/** 409: a product has as many variants as it may have. */
export class VariantLimitReached extends DomainError {
  constructor(limit: number) {
    super('variant_limit_reached', 409, `A product may have at most ${limit} variants.`);
  }
}

whenBroken('variants_one_per_store_and_sku', () => new SkuTaken());
