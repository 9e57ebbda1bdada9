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

/** 409: the merchant cannot be paid in Muse now. */
export class MerchantNotPayable extends DomainError {
  constructor(reason: string) {
    super('merchant_not_payable', 409, 'This store cannot be paid in Muse at present.', { reason });
  }
}
