import { DomainError } from '../platform/http';
import type { OrderStatus } from './order-states';

/** 409: the order's state does not allow this action. */
export class OrderStateForbids extends DomainError {
  constructor(action: string, status: OrderStatus, why?: string) {
    super('order_state', 409, why ?? `An order that is ${status} cannot be ${action}.`, { orderStatus: status });
  }
}

/** 409: buyers still wait for goods of the caller's stores; ship or settle them first. */
export class OrdersToShip extends DomainError {
  constructor(open: number) {
    super(
      'orders_to_ship',
      409,
      'Your stores have orders that are not shipped yet; an account can be closed after them.',
      { open },
    );
  }
}

/** 422: more units than have not left yet. */
export class NotThatManyToShip extends DomainError {
  constructor(pointer: string, left: number) {
    super('not_shippable', 422, 'A parcel holds only what was ordered and has not left yet.', {}, [
      { pointer, detail: `at most ${left} of this item can still be shipped` },
    ]);
  }
}

/** 409: the order has a parcel of this carrier and number already. */
export class ParcelKnown extends DomainError {
  constructor() {
    super('parcel_known', 409, 'This order has a parcel of this carrier and number already.');
  }
}

/** 409: no more notes on this order. */
export class TooManyNotes extends DomainError {
  constructor(most: number) {
    super('too_many_notes', 409, `An order holds at most ${most} notes; remove one first.`, { most });
  }
}

/** 409: the merchant cannot be paid in Muse now. */
export class MerchantNotPayable extends DomainError {
  constructor(reason: string) {
    super('merchant_not_payable', 409, 'This store cannot be paid in Muse at present.', { reason });
  }
}
